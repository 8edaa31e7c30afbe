// A management controller that speaks Redfish, reached by curl with its configuration on stdin.
#include "inventory/redfish.h"

#include <string.h>

#include "common/clock.h"
#include "common/error.h"
#include "inventory/device_program.h"

static const char SYSTEMS[] = "/redfish/v1/Systems";

void redfish_free(Redfish *redfish)
{
    if (!redfish)
        return;
    g_free(redfish->base);
    g_free(redfish->system);
    if (redfish->options)
        memset(redfish->options, 0, strlen(redfish->options));
    g_free(redfish->options);
    g_free(redfish);
}

// A value of curl's configuration: in quotes, with \ before \ and ".
static void add_option(GString *options, const char *key, const char *value)
{
    g_string_append_printf(options, "%s = \"", key);
    for (; *value; value++) {
        if (*value == '\\' || *value == '"')
            g_string_append_c(options, '\\');
        if (*value != '\n' && *value != '\r')
            g_string_append_c(options, *value);
    }
    g_string_append(options, "\"\n");
}

// https anywhere; http where nobody can listen on the way.
static bool parse_address(const Facet *facet, Redfish *redfish, GError **error)
{
    g_autoptr(GRegex) form = g_regex_new(
        "^(https://[A-Za-z0-9._-]+(?::\\d+)?|http://(?:127\\.0\\.0\\.1|localhost)(?::\\d+)?)"
        "(/redfish/v1/Systems/[A-Za-z0-9._~-]+)?/?$",
        0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    const char *address = facet_argument(facet, 0);
    if (!g_regex_match(form, address, 0, &match))
        return error_set(error, ERROR_INPUT,
                         "%s: expected https://NAME[:PORT][/redfish/v1/Systems/ID], not %s",
                         facet->origin, address);
    g_autofree char *system = g_match_info_fetch(match, 2);
    redfish->base = g_match_info_fetch(match, 1);
    redfish->system = system && *system ? g_steal_pointer(&system) : NULL;
    return true;
}

static bool password_find(const Facet *facet, char **ret_password, GError **error)
{
    const char *path = facet_option(facet, "password-file", NULL);
    GError *cause = NULL;
    if (path)
        return secret_read(path, ret_password, &cause) ||
               error_pass(error, cause, "%s", facet->origin);
    *ret_password = g_strdup(g_getenv("REDFISH_PASSWORD"));
    return *ret_password || error_set(error, ERROR_INPUT,
                                      "%s: no password: add password-file=PATH, or set "
                                      "REDFISH_PASSWORD",
                                      facet->origin);
}

bool redfish_new(const Facet *facet, Redfish **ret_redfish, GError **error)
{
    static const char *const KEYS[] = {"user", "password-file", "ca", "insecure", NULL};
    g_autoptr(Redfish) redfish = g_new0(Redfish, 1);
    g_autoptr(GString) options =
        g_string_new("silent\nshow-error\nfail\nproto = \"=http,https\"\n");
    g_autofree char *password = NULL;
    if (!parse_address(facet, redfish, error) || !facet_check_options(facet, 1, KEYS, error) ||
        !password_find(facet, &password, error))
        return false;
    g_autofree char *login =
        g_strdup_printf("%s:%s", facet_option(facet, "user", "ADMIN"), password);
    add_option(options, "user", login);
    if (facet_option(facet, "ca", NULL))
        add_option(options, "cacert", facet_option(facet, "ca", NULL));
    if (strcmp(facet_option(facet, "insecure", "no"), "yes") == 0)
        g_string_append(options, "insecure\n");
    redfish->options = g_string_free(g_steal_pointer(&options), FALSE);
    *ret_redfish = g_steal_pointer(&redfish);
    return true;
}

// One request; body NULL: GET. The answer may be empty for a POST.
static bool request(const Redfish *redfish, const char *path, const char *body, int64_t deadline_ms,
                    char **ret_answer, GError **error)
{
    static const char *const ARGV[] = {"curl", "-q", "--config", "-", NULL};
    g_autoptr(GString) input = g_string_new(redfish->options);
    g_autofree char *url = g_strconcat(redfish->base, path, NULL);
    add_option(input, "url", url);
    add_option(input, "header", "Accept: application/json");
    if (body) {
        add_option(input, "header", "Content-Type: application/json");
        add_option(input, "data", body);
    }
    DeviceQuestion question = {.argv = ARGV, .input = input->str, .deadline_ms = deadline_ms};
    return device_ask(&question, ret_answer, error);
}

static bool get(const Redfish *redfish, const char *path, int64_t deadline_ms, json_t **ret_value,
                GError **error)
{
    g_autofree char *answer = NULL;
    if (!request(redfish, path, NULL, deadline_ms, &answer, error))
        return false;
    json_t *value = json_loads(answer, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(value)) {
        json_decref(value);
        return device_rubbish("the controller", answer, error);
    }
    *ret_value = value;
    return true;
}

static bool is_path(const char *path)
{
    return path && g_str_has_prefix(path, "/redfish/v1/") &&
           !path[strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                              "/._~-")];
}

static bool system_find(Redfish *redfish, int64_t deadline_ms, GError **error)
{
    json_t *all = NULL;
    if (!get(redfish, SYSTEMS, deadline_ms, &all, error))
        return false;
    json_t *members = json_object_get(all, "Members");
    const char *path = json_string_value(json_object_get(json_array_get(members, 0), "@odata.id"));
    size_t n = json_array_size(members);
    bool good = n == 1 && is_path(path);
    if (good)
        redfish->system = g_strdup(path);
    else
        error_set(error, ERROR_MACHINE,
                  "the controller has %zu systems: name one behind its address, as in "
                  "%s%s/ID",
                  n, redfish->base, SYSTEMS);
    json_decref(all);
    return good;
}

bool redfish_system(Redfish *redfish, int64_t deadline_ms, json_t **ret_resource, GError **error)
{
    int64_t until = clock_monotonic_ms() + deadline_ms;
    return (redfish->system || system_find(redfish, deadline_ms, error)) &&
           get(redfish, redfish->system, MAX(until - clock_monotonic_ms(), 1), ret_resource, error);
}

// The first type that the action allows; all are allowed where it says nothing.
static const char *type_find(const json_t *action, const char *const *types)
{
    const json_t *allowed = json_object_get(action, "ResetType@Redfish.AllowableValues");
    if (!json_is_array(allowed))
        return types[0];
    for (; *types; types++) {
        for (size_t i = 0; i < json_array_size(allowed); i++) {
            if (g_strcmp0(json_string_value(json_array_get(allowed, i)), *types) == 0)
                return *types;
        }
    }
    return NULL;
}

static bool post_reset(const Redfish *redfish, const json_t *action, const char *const *types,
                       int64_t deadline_ms, GError **error)
{
    const char *target = json_string_value(json_object_get(action, "target"));
    const char *type = type_find(action, types);
    if (!is_path(target))
        return error_set(error, ERROR_MACHINE, "%s%s offers no ComputerSystem.Reset", redfish->base,
                         redfish->system);
    if (!type)
        return error_set(error, ERROR_MACHINE,
                         "the controller does not allow a reset of the type %s", types[0]);
    g_autofree char *body = g_strdup_printf("{\"ResetType\": \"%s\"}", type);
    return request(redfish, target, body, deadline_ms, NULL, error);
}

bool redfish_reset(Redfish *redfish, const char *const *types, int64_t deadline_ms, GError **error)
{
    int64_t until = clock_monotonic_ms() + deadline_ms;
    json_t *resource = NULL;
    if (!redfish_system(redfish, deadline_ms, &resource, error))
        return false;
    const json_t *action =
        json_object_get(json_object_get(resource, "Actions"), "#ComputerSystem.Reset");
    bool good = post_reset(redfish, action, types, MAX(until - clock_monotonic_ms(), 1), error);
    json_decref(resource);
    return good;
}
