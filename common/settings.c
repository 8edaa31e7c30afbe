// Settings in memory: folders of files merged, sections found, values as types.
#include "common/settings.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/settings_internal.h"
#include "common/settings_value.h"

static void value_free(void *data)
{
    Value *value = data;
    g_free(value->key);
    g_free(value->text);
    g_strfreev(value->words);
    g_free(value->origin);
    g_free(value);
}

void section_free(void *data)
{
    Section *section = data;
    g_free(section->name);
    g_free(section->file);
    g_free(section->origin);
    g_ptr_array_unref(section->values);
    g_free(section);
}

Settings *settings_new(void)
{
    Settings *settings = g_new0(Settings, 1);
    settings->sections = g_ptr_array_new_with_free_func(section_free);
    return settings;
}

void settings_free(Settings *settings)
{
    if (!settings)
        return;
    g_ptr_array_unref(settings->sections);
    g_free(settings);
}

static bool row_admits(const SettingRow *row, const char *key)
{
    size_t length = strlen(row->name);
    if (length && row->name[length - 1] == '*')
        return strncmp(row->name, key, length - 1) == 0 && strlen(key) >= length;
    return strcmp(row->name, key) == 0;
}

const SettingRow *section_kind_row(const SectionKind *kind, const char *key)
{
    for (int i = 0; i < kind->n_rows; i++) {
        if (row_admits(&kind->rows[i], key))
            return &kind->rows[i];
    }
    return NULL;
}

Value *section_value(const Section *section, const char *key)
{
    for (guint i = 0; i < section->values->len; i++) {
        Value *value = section->values->pdata[i];
        if (strcmp(value->key, key) == 0)
            return value;
    }
    return NULL;
}

Section *section_new(const SectionKind *kind, const char *name, const char *file, int line)
{
    Section *section = g_new0(Section, 1);
    section->kind = kind;
    section->name = g_strdup(name);
    section->file = g_strdup(file);
    section->origin = g_strdup_printf("%s:%d", file, line);
    section->values = g_ptr_array_new_with_free_func(value_free);
    return section;
}

// Moves the sections of from into to; a name that both have is a complaint, and the first one
// stays.
static void settings_merge(Settings *to, Settings *from, GPtrArray *complaints)
{
    for (guint i = 0; i < from->sections->len; i++) {
        Section *section = from->sections->pdata[i];
        const Section *known = settings_find(to, section->kind->kind, section->name);
        if (known) {
            g_autofree char *title = section_title(section);
            g_ptr_array_add(complaints,
                            g_strdup_printf("%s: the section [%s] is there already, at %s",
                                            section->origin, title, known->origin));
            section_free(section);
        } else {
            g_ptr_array_add(to->sections, section);
        }
    }
    g_ptr_array_set_free_func(from->sections, NULL);
    settings_free(from);
}

static void read_into(Settings *settings, const char *path, const SectionKind *kinds, int n_kinds,
                      GPtrArray *complaints)
{
    Settings *one = NULL;
    GError *error = NULL;
    if (settings_read_file(path, kinds, n_kinds, &one, complaints, &error)) {
        settings_merge(settings, one, complaints);
        return;
    }
    g_ptr_array_add(complaints, g_strdup(error->message));
    g_error_free(error);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void read_drop_ins(Settings *settings, const char *folder, const SectionKind *kinds,
                          int n_kinds, GPtrArray *complaints)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
    if (error && !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_ptr_array_add(complaints, g_strdup(error->message));
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        if (g_str_has_suffix(name, ".ini") && *name != '.')
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
        read_into(settings, path, kinds, n_kinds, complaints);
    }
}

Settings *settings_read_folder(const char *folder, const SectionKind *kinds, int n_kinds,
                               GPtrArray *complaints)
{
    Settings *settings = settings_new();
    g_autofree char *main_file = g_build_filename(folder, "marvin.ini", NULL);
    if (g_file_test(main_file, G_FILE_TEST_EXISTS))
        read_into(settings, main_file, kinds, n_kinds, complaints);
    for (int i = 0; i < n_kinds; i++) {
        if (kinds[i].folder) {
            g_autofree char *drop_ins = g_build_filename(folder, kinds[i].folder, NULL);
            read_drop_ins(settings, drop_ins, &kinds[i], 1, complaints);
        }
    }
    return settings;
}

char *settings_config_folder(void)
{
    const char *given = g_getenv("MARVIN_CONFIG");
    if (given && *given)
        return g_canonicalize_filename(given, NULL);
    if (g_file_test("/etc/marvin", G_FILE_TEST_IS_DIR))
        return g_strdup("/etc/marvin");
    return g_build_filename(g_get_user_config_dir(), "marvin", NULL);
}

char *settings_state_folder(void)
{
    const char *given = g_getenv("MARVIN_HOME");
    if (given && *given)
        return g_canonicalize_filename(given, NULL);
    return geteuid() == 0 ? g_strdup("/var/lib/marvin")
                          : g_build_filename(g_get_user_data_dir(), "marvin", NULL);
}

const Section *settings_add_presets(Settings *settings, const SectionKind *kind)
{
    Section *section = section_new(kind, "", "preset", 0);
    g_ptr_array_add(settings->sections, section);
    return section;
}

const Section *settings_find(const Settings *settings, const char *kind, const char *name)
{
    for (guint i = 0; i < settings->sections->len; i++) {
        const Section *section = settings->sections->pdata[i];
        if (strcmp(section->kind->kind, kind) == 0 && strcmp(section->name, name ? name : "") == 0)
            return section;
    }
    return NULL;
}

const Section *settings_at(const Settings *settings, const char *kind, int i)
{
    for (guint k = 0; k < settings->sections->len; k++) {
        const Section *section = settings->sections->pdata[k];
        if (strcmp(section->kind->kind, kind) == 0 && i-- == 0)
            return section;
    }
    return NULL;
}

static void section_print(const Section *section, FILE *out)
{
    g_autofree char *title = section_title(section);
    fprintf(out, "[%s]\n", title);
    for (guint i = 0; i < section->values->len; i++) {
        const Value *value = section->values->pdata[i];
        if (value->origin)
            fprintf(out, "# %s\n%s = %s\n", value->origin, value->key, value->text);
    }
    for (int k = 0; k < section->kind->n_rows; k++) {
        const SettingRow *row = &section->kind->rows[k];
        if (row->preset && !section_has(section, row->name))
            fprintf(out, "# preset\n%s = %s\n", row->name, row->preset);
    }
}

void settings_print(const Settings *settings, FILE *out)
{
    for (guint i = 0; i < settings->sections->len; i++) {
        fputs(i ? "\n" : "", out);
        section_print(settings->sections->pdata[i], out);
    }
}

const char *section_name(const Section *section)
{
    return section->name;
}

const char *section_file(const Section *section)
{
    return section->file;
}

const char *section_origin(const Section *section, const char *key)
{
    const Value *value = key ? section_value(section, key) : NULL;
    return value && value->origin ? value->origin : section->origin;
}

bool section_has(const Section *section, const char *key)
{
    const Value *value = section_value(section, key);
    return value && value->origin;
}

const char *section_text(const Section *section, const char *key)
{
    const Value *value = section_value(section, key);
    if (value)
        return value->text;
    const SettingRow *row = section_kind_row(section->kind, key);
    if (!row)
        g_error("the section kind %s has no key %s", section->kind->kind, key);
    return row->preset;
}

const char *const *section_words(const Section *section, const char *key)
{
    static const char *const NONE[] = {NULL};
    Value *value = section_value(section, key);
    if (value)
        return (const char *const *)value->words;
    const char *preset = section_text(section, key);
    if (!preset)
        return NONE;
    value = g_new0(Value, 1); // the split preset, kept for the next time
    *value = (Value){section_kind_row(section->kind, key), g_strdup(key), g_strdup(preset),
                     setting_split(preset), NULL};
    g_ptr_array_add(section->values, value);
    return (const char *const *)value->words;
}

double section_real(const Section *section, const char *key)
{
    const char *text = section_text(section, key);
    double value = NAN;
    if (text)
        setting_parse_number(section_kind_row(section->kind, key)->type, text, &value);
    return value;
}

int64_t section_int(const Section *section, const char *key)
{
    double value = section_real(section, key);
    return isnan(value) ? 0 : (int64_t)value;
}

bool section_bool(const Section *section, const char *key)
{
    return g_strcmp0(section_text(section, key), "yes") == 0;
}

void section_range(const Section *section, const char *key, double *ret_low, double *ret_high)
{
    const char *text = section_text(section, key);
    *ret_low = -INFINITY;
    *ret_high = INFINITY;
    if (text)
        setting_parse_range(text, ret_low, ret_high);
}

const char **section_keys(const Section *section, const char *prefix)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    for (guint i = 0; i < section->values->len; i++) {
        const Value *value = section->values->pdata[i];
        if (value->origin && g_str_has_prefix(value->key, prefix))
            g_ptr_array_add(keys, value->key + strlen(prefix));
    }
    g_ptr_array_add(keys, NULL);
    return (const char **)g_ptr_array_free(g_steal_pointer(&keys), false);
}
