// A machine as the settings describe it.
#include "inventory/machine.h"

#include <jansson.h>
#include <string.h>

#include "common/error.h"
#include "common/proc.h"
#include "inventory/console.h"
#include "inventory/deploy.h"
#include "inventory/power.h"
#include "inventory/reserve.h"
#include "sql/queries.h"

static bool parse_ssh(const Section *section, const char *const *words, Machine *machine,
                      GError **error)
{
    guint n = g_strv_length((char **)(gpointer)(guintptr)words);
    if (n < 2 || words[1][0] == '-' || !*words[1])
        return error_set(error, ERROR_INPUT, "%s: expected transport = ssh USER@NAME [ssh options]",
                         section_origin(section, "transport"));
    g_autoptr(GPtrArray) ssh = g_ptr_array_new();
    for (guint i = 2; i < n; i++)
        g_ptr_array_add(ssh, g_strdup(words[i]));
    g_ptr_array_add(ssh, g_strdup("--"));
    g_ptr_array_add(ssh, g_strdup(words[1]));
    g_ptr_array_add(ssh, NULL);
    machine->ssh = (char **)g_ptr_array_free(g_steal_pointer(&ssh), false);
    machine->transport = TRANSPORT_SSH;
    machine->mode = "metal";
    return true;
}

// driver = presets the facets.
typedef struct {
    const char *name, *transport, *power, *console, *deploy;
} Preset;

static const Preset PRESETS[] = {
    {"local", "local", NULL, NULL, NULL},
    {"qemu", "qemu", "qemu", "qemu", "qemu"},
};

static bool find_preset(const Section *section, Preset *ret_preset, GError **error)
{
    const char *driver = section_text(section, "driver");
    for (size_t i = 0; driver && i < G_N_ELEMENTS(PRESETS); i++) {
        if (strcmp(PRESETS[i].name, driver) == 0) {
            *ret_preset = PRESETS[i];
            return true;
        }
    }
    if (driver)
        return error_set(error, ERROR_INPUT,
                         "%s: there is no driver = %s; there are local and qemu",
                         section_origin(section, "driver"), driver);
    if (!section_has(section, "transport"))
        return error_set(error, ERROR_INPUT,
                         "%s: the machine %s needs driver = local or qemu, or transport = ssh "
                         "USER@NAME",
                         section_origin(section, NULL), section_name(section));
    return true;
}

static bool parse_transport(const Section *section, const char *preset, Machine *machine,
                            GError **error)
{
    const char *text = section_text(section, "transport");
    const char *const *words =
        text ? section_words(section, "transport") : (const char *const[]){preset, NULL};
    if (words[0] && strcmp(words[0], "ssh") == 0)
        return parse_ssh(section, words, machine, error);
    bool local = words[0] && strcmp(words[0], "local") == 0;
    if ((!local && g_strcmp0(words[0], "qemu") != 0) || words[1])
        return error_set(error, ERROR_INPUT,
                         "%s: there is no transport = %s; there are local, qemu, and "
                         "ssh USER@NAME [ssh options]",
                         section_origin(section, "transport"), text);
    machine->transport = local ? TRANSPORT_LOCAL : TRANSPORT_QEMU;
    machine->mode = local ? "local" : NULL;
    return true;
}

static bool parse_facets(const Section *section, const Preset *preset, Machine *machine,
                         GError **error)
{
    return facet_parse(section, "reserve", "builtin", reserve_words(), &machine->reserve, error) &&
           facet_parse(section, "power", preset->power, power_words(), &machine->power, error) &&
           facet_parse(section, "console", preset->console, console_words(), &machine->console,
                       error) &&
           facet_parse(section, "deploy", preset->deploy, deploy_words(), &machine->deploy, error);
}

static char *format_body(const Section *section, const Machine *machine)
{
    static const char *const KEYS[] = {"driver",  "transport", "reserve",  "power",
                                       "console", "deploy",    "cpu-list", "accel",
                                       "memory",  "append",    "distro",   "kernel"};
    json_t *body = json_object();
    for (size_t i = 0; i < G_N_ELEMENTS(KEYS); i++) {
        if (section_has(section, KEYS[i]))
            json_object_set_new(body, KEYS[i], json_string(section_text(section, KEYS[i])));
    }
    if (section_has(section, "canary"))
        json_object_set_new(body, "canary", json_real(section_real(section, "canary")));
    json_object_set_new(body, "cpus", json_integer(machine->cpus));
    json_object_set_new(body, "machine", json_string(machine->name));
    json_t *classes = json_array();
    for (char **class = machine->classes; *class; class ++)
        json_array_append_new(classes, json_string(*class));
    json_object_set_new(body, "classes", classes);
    char *text = json_dumps(body, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(body);
    char *owned = g_strdup(text);
    free(text);
    return owned;
}

bool machine_new(const Section *section, Machine **ret_machine, GError **error)
{
    g_autoptr(Machine) machine = g_new0(Machine, 1);
    machine->name = g_strdup(section_name(section));
    machine->cpus = (int)section_int(section, "cpus");
    machine->cpu_list = g_strdup(section_text(section, "cpu-list"));
    machine->classes = g_strdupv((char **)(gpointer)(guintptr)section_words(section, "classes"));
    cpu_set_t cpus;
    GError *cause = NULL;
    Preset preset = {0};
    machine->accel = g_strdup(section_text(section, "accel"));
    machine->memory_bytes = section_int(section, "memory");
    machine->append = g_strdup(section_text(section, "append"));
    machine->distro = g_strdup(section_text(section, "distro"));
    machine->kernel = g_strdup(section_text(section, "kernel"));
    machine->dump = section_bool(section, "dump");
    machine->boot_s = section_real(section, "boot-deadline");
    if (!find_preset(section, &preset, error) || !parse_facets(section, &preset, machine, error) ||
        !parse_transport(section, preset.transport, machine, error))
        return false;
    if (machine->cpu_list && !proc_parse_cpus(machine->cpu_list, &cpus, &cause))
        return error_pass(error, cause, "%s", section_origin(section, "cpu-list"));
    machine->body = format_body(section, machine);
    machine->hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, machine->body, -1);
    *ret_machine = g_steal_pointer(&machine);
    return true;
}

bool machine_find(const Settings *settings, const char *name, Machine **ret_machine, GError **error)
{
    const Section *section = settings_find(settings, "machine", name);
    if (section)
        return machine_new(section, ret_machine, error);
    g_autoptr(GString) known = g_string_new(NULL);
    for (int i = 0; (section = settings_at(settings, "machine", i)); i++)
        g_string_append_printf(known, "%s%s", i ? ", " : "", section_name(section));
    return error_set(error, ERROR_INPUT, "the settings have no [machine %s]; they have %s", name,
                     known->len ? known->str : "none: add machines.d/NAME.ini");
}

void machine_check_all(const Settings *settings, GPtrArray *complaints)
{
    const Section *section;
    for (int i = 0; (section = settings_at(settings, "machine", i)); i++) {
        g_autoptr(Machine) machine = NULL;
        g_autoptr(GError) error = NULL;
        if (!machine_new(section, &machine, &error))
            g_ptr_array_add(complaints, g_strdup(error->message));
    }
}

static bool file_has_section(const char *path, const char *title)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return false;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        if (strcmp(g_strstrip(*line), title) == 0)
            return true;
    }
    return false;
}

bool machine_is_left_out(const GPtrArray *complaints, const char *name)
{
    g_autofree char *title = g_strdup_printf("[machine %s]", name);
    for (guint i = 0; i < complaints->len; i++) {
        const char *complaint = complaints->pdata[i], *end = strstr(complaint, ".ini:");
        g_autofree char *path = end ? g_strndup(complaint, (gsize)(end + 4 - complaint)) : NULL;
        if (path && file_has_section(path, title))
            return true;
    }
    return false;
}

void machine_free(Machine *machine)
{
    if (!machine)
        return;
    g_free(machine->name);
    g_strfreev(machine->ssh);
    facet_clear(&machine->reserve);
    facet_clear(&machine->power);
    facet_clear(&machine->console);
    facet_clear(&machine->deploy);
    g_free(machine->cpu_list);
    g_free(machine->accel);
    g_free(machine->append);
    g_free(machine->distro);
    g_free(machine->kernel);
    g_strfreev(machine->classes);
    g_free(machine->body);
    g_free(machine->hash);
    g_free(machine);
}

bool machine_store(Db *db, const Machine *machine, int *ret_id, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_none(db, &QUERY_INVENTORY_DEFINITION_STORE,
                 DB_PARAMS(DB_TEXT(machine->hash), DB_TEXT(machine->name), DB_TEXT(machine->body)),
                 error) ||
        !db_row(db, &QUERY_INVENTORY_MACHINE_STORE,
                DB_PARAMS(DB_TEXT(machine->name), DB_TEXT(machine->hash)), &rows, error))
        return false;
    *ret_id = (int)rows_int(rows, 0, "id");
    return true;
}

char *machine_pinned_cpus(const Machine *machine)
{
    if (machine->transport == TRANSPORT_QEMU)
        return NULL; // QEMU is pinned, and has as many CPUs as it was given
    if (machine->cpu_list)
        return g_strdup(machine->cpu_list);
    if (machine->cpus == 0)
        return NULL;
    return machine->cpus == 1 ? g_strdup("0") : g_strdup_printf("0-%d", machine->cpus - 1);
}
