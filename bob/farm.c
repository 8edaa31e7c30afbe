// The build farm as the settings describe it.
#include "bob/farm.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "common/error.h"
#include "common/text.h"
#include "sql/config.h"
#include "sql/queries.h"

const char *node_state_format(NodeState state)
{
    static const char *const NAMES[] = {"up", "draining", "down", "refused"};
    return NAMES[state];
}

static void node_free(gpointer data)
{
    FarmNode *node = data;
    g_free(node->name);
    g_free(node->host);
    g_free(node->arch);
    g_strfreev(node->toolchains);
    g_free(node);
}

/* HOST, HOST:PORT, [V6] or [V6]:PORT with harmless characters alone: it becomes part of haproxy's
 * configuration. */
static bool address_parse(const char *text, char **ret_host, int *ret_port)
{
    bool is_v6 = *text == '[';
    const char *host = text + is_v6;
    size_t length = strspn(host, is_v6 ? G_CSET_DIGITS "abcdefABCDEF:."
                                       : G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-");
    const char *rest = host + length;
    int64_t port = FARM_DISTCC_PORT;
    if (length == 0 || *host == '-' || (is_v6 && *rest++ != ']'))
        return false;
    if (*rest != '\0' &&
        (*rest != ':' || !text_parse_int(rest + 1, &port) || port < 1 || port > 65535))
        return false;
    *ret_host = g_strndup(host, length);
    *ret_port = (int)port;
    return true;
}

static int text_compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted and each once; a bad word is *ret_bad. */
static char **toolchains_read(const char *const *words, const char **ret_bad)
{
    GPtrArray *found = g_ptr_array_new();
    for (; *words != NULL; words++) {
        if (!text_is_word(*words))
            *ret_bad = *words;
        if (!g_ptr_array_find_with_equal_func(found, *words, g_str_equal, NULL))
            g_ptr_array_add(found, g_strdup(*words));
    }
    g_ptr_array_sort(found, text_compare);
    g_ptr_array_add(found, NULL);
    return (char **)g_ptr_array_free(found, FALSE);
}

static bool check_is_first(const Farm *farm, const FarmNode *node, const Section *section,
                           GError **error)
{
    for (guint i = 0; i + 1 < farm->nodes->len; i++) { // it is the last
        const FarmNode *other = farm->nodes->pdata[i];
        if (g_ascii_strcasecmp(other->host, node->host) == 0 && other->port == node->port)
            return error_set(error, ERROR_INPUT,
                             "%s: the nodes %s and %s have the same address %s: one of the two is "
                             "too many",
                             section_origin(section, "address"), other->name, node->name,
                             section_text(section, "address"));
    }
    return true;
}

static bool node_read(Farm *farm, const Section *section, const char *own_arch, GError **error)
{
    FarmNode *node = g_new0(FarmNode, 1);
    const char *bad = NULL, *arch = section_text(section, "arch");
    const char *address = section_text(section, "address");
    g_ptr_array_add(farm->nodes, node);
    node->name = g_strdup(section_name(section));
    node->cores = (int)section_int(section, "cores");
    node->arch = g_strdup(arch != NULL ? arch : own_arch);
    node->toolchains = toolchains_read(section_words(section, "toolchains"), &bad);
    node->preload = section_bool(section, "preload");
    node->load_port = (int)section_int(section, "load-port");
    if (!text_is_word(node->name) || !text_is_word(node->arch))
        return error_set(error, ERROR_INPUT,
                         "%s: names of nodes and architectures are letters, digits and . _ + -",
                         section_origin(section, "address"));
    if (!address_parse(address, &node->host, &node->port))
        return error_set(error, ERROR_INPUT, "%s: '%s' is no address: HOST or HOST:PORT",
                         section_origin(section, "address"), address);
    if (node->toolchains[0] == NULL)
        return error_set(error, ERROR_INPUT, "%s: the node %s has no toolchain: gcc-12, say",
                         section_origin(section, "toolchains"), node->name);
    if (bad != NULL)
        return error_set(error, ERROR_INPUT,
                         "%s: '%s' is no toolchain: the name of a compiler, as gcc-12",
                         section_origin(section, "toolchains"), bad);
    return check_is_first(farm, node, section, error);
}

static const Section *farm_section(Site *site)
{
    const Section *written = settings_find(site->settings, "farm", NULL);
    for (int i = 0; written == NULL && i < N_CONFIG_KINDS; i++) {
        if (strcmp(CONFIG_KINDS[i].kind, "farm") == 0)
            written = settings_add_presets(site->settings, &CONFIG_KINDS[i]);
    }
    return written;
}

static bool networks_read(Farm *farm, const Section *section, GError **error)
{
    const char *const *words = section_words(section, "allow");
    for (const char *const *word = words; *word != NULL; word++) {
        if ((*word)[strspn(*word, G_CSET_DIGITS "abcdefABCDEF:./")] != '\0')
            return error_set(error, ERROR_INPUT, "%s: '%s' is no network: 10.0.0.0/8",
                             section_origin(section, "allow"), *word);
    }
    GPtrArray *allow = g_ptr_array_new();
    if (*words == NULL)
        g_ptr_array_add(allow, g_strdup(farm->proxy));
    for (const char *const *word = words; *word != NULL; word++)
        g_ptr_array_add(allow, g_strdup(*word));
    g_ptr_array_add(allow, NULL);
    farm->allow = (char **)g_ptr_array_free(allow, FALSE);
    return true;
}

bool farm_read(Site *site, Farm **ret_farm, GError **error)
{
    g_autoptr(Farm) farm = g_new0(Farm, 1);
    const Section *section = farm_section(site), *of_node = NULL;
    const char *proxy = section_text(section, "proxy");
    struct utsname system;
    int no_port = 0;
    if (uname(&system) != 0)
        return error_set(error, ERROR_MACHINE, "the system does not say its architecture");
    farm->nodes = g_ptr_array_new_with_free_func(node_free);
    farm->first_port = (int)section_int(section, "port");
    farm->jobs_per_core = section_real(section, "jobs-per-core");
    if (strchr(proxy, ':') != NULL || !address_parse(proxy, &farm->proxy, &no_port))
        return error_set(error, ERROR_INPUT,
                         "%s: '%s' is no address: a name or an address without a port",
                         section_origin(section, "proxy"), proxy);
    if (!networks_read(farm, section, error))
        return false;
    for (int i = 0; (of_node = settings_at(site->settings, "node", i)) != NULL; i++) {
        if (!node_read(farm, of_node, system.machine, error))
            return false;
    }
    *ret_farm = g_steal_pointer(&farm);
    return true;
}

void farm_free(Farm *farm)
{
    if (farm == NULL)
        return;
    g_free(farm->proxy);
    g_strfreev(farm->allow);
    g_clear_pointer(&farm->nodes, g_ptr_array_unref);
    g_free(farm);
}

bool farm_find_pools(Farm *farm, Db *db, GError **error)
{
    for (guint i = 0; i < farm->nodes->len; i++) {
        FarmNode *node = farm->nodes->pdata[i];
        g_autofree char *words = g_strjoinv(" ", node->toolchains);
        g_autofree char *key = g_strconcat(node->arch, " ", words, NULL);
        g_autoptr(Rows) rows = NULL;
        if (!db_row(db, &QUERY_FARM_PORT, DB_PARAMS(DB_TEXT(key), DB_INT(farm->first_port)), &rows,
                    error))
            return false;
        node->pool = (int)rows_int(rows, 0, "port");
    }
    return true;
}

char *farm_node_address(const FarmNode *node)
{
    return strchr(node->host, ':') != NULL ? g_strdup_printf("[%s]:%d", node->host, node->port)
                                           : g_strdup_printf("%s:%d", node->host, node->port);
}

FarmNode *farm_find_node(const Farm *farm, const char *name)
{
    for (guint i = 0; i < farm->nodes->len; i++) {
        FarmNode *node = farm->nodes->pdata[i];
        if (strcmp(node->name, name) == 0)
            return node;
    }
    return NULL;
}
