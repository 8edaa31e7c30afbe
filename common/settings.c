// Settings: INI files whose keys are rows of a table.
#include "common/settings.h"

#include <errno.h>
#include <ini.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/settings_value.h"
#include "common/suggest.h"

enum { MAX_FILE_BYTES = 1 << 20 };
#define PROTECT "\x1f" // stands before a `;` on its way through libinih

typedef struct {
    const SettingRow *row;
    char *key;
    char *text;
    char **words; // of SETTING_WORDS
    char *origin;
} Value;

struct Section {
    const SectionKind *kind;
    char *name;
    char *file;
    char *origin;
    GPtrArray *values; // Value *
};

struct Settings {
    GPtrArray *sections; // Section *
};

typedef struct {
    const char *path;
    const char *at; // the rest of the file
    const SectionKind *kinds;
    int n_kinds;
    Settings *settings;
    GPtrArray *complaints;
    Section *section; // being read; NULL behind a bad header
    char *header; // of the section being read
    int line; // that libinih is at
} Reader;

static void value_free(void *data)
{
    Value *value = data;
    g_free(value->key);
    g_free(value->text);
    g_strfreev(value->words);
    g_free(value->origin);
    g_free(value);
}

static void section_free(void *data)
{
    Section *section = data;
    g_free(section->name);
    g_free(section->file);
    g_free(section->origin);
    g_ptr_array_unref(section->values);
    g_free(section);
}

static Settings *settings_new(void)
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

static void complain(Reader *reader, int line, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void complain(Reader *reader, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(reader->complaints, g_strdup_printf("%s:%d: %s", reader->path, line, what));
}

static const SectionKind *kind_find(const Reader *reader, const char *name)
{
    for (int i = 0; i < reader->n_kinds; i++) {
        if (strcmp(reader->kinds[i].kind, name) == 0)
            return &reader->kinds[i];
    }
    return NULL;
}

static bool row_admits(const SettingRow *row, const char *key)
{
    size_t length = strlen(row->name);
    if (length && row->name[length - 1] == '*')
        return strncmp(row->name, key, length - 1) == 0 && strlen(key) >= length;
    return strcmp(row->name, key) == 0;
}

static const SettingRow *row_find(const SectionKind *kind, const char *key)
{
    for (int i = 0; i < kind->n_rows; i++) {
        if (row_admits(&kind->rows[i], key))
            return &kind->rows[i];
    }
    return NULL;
}

static Value *value_find(const Section *section, const char *key)
{
    for (guint i = 0; i < section->values->len; i++) {
        Value *value = section->values->pdata[i];
        if (strcmp(value->key, key) == 0)
            return value;
    }
    return NULL;
}

// "; did you mean 'x'?" for the nearest of some names, or "".
static char *hint_kind(const Reader *reader, const char *name)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (int i = 0; i < reader->n_kinds; i++)
        g_ptr_array_add(names, (gpointer)(guintptr)reader->kinds[i].kind);
    return suggest_format(name, (const char *const *)names->pdata, (int)names->len);
}

static char *hint_key(const SectionKind *kind, const char *key)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (int i = 0; i < kind->n_rows; i++)
        g_ptr_array_add(names, (gpointer)(guintptr)kind->rows[i].name);
    return suggest_format(key, (const char *const *)names->pdata, (int)names->len);
}

static Section *section_new(const SectionKind *kind, const char *name, const char *file, int line)
{
    Section *section = g_new0(Section, 1);
    section->kind = kind;
    section->name = g_strdup(name);
    section->file = g_strdup(file);
    section->origin = g_strdup_printf("%s:%d", file, line);
    section->values = g_ptr_array_new_with_free_func(value_free);
    return section;
}

static bool name_is_good(const char *name)
{
    for (const char *c = name; *c; c++) {
        if (!g_ascii_isalnum(*c) && !strchr("._+-", *c))
            return false;
    }
    return *name && *name != '-' && *name != '.' && strlen(name) <= 64;
}

// The section of a header such as `tree toy`; NULL with a complaint where it is no good.
static Section *section_begin(Reader *reader, const char *header, int line)
{
    g_auto(GStrv) words = g_strsplit_set(header, " \t", 2);
    const char *name = words[0] && words[1] ? g_strstrip(words[1]) : "";
    const SectionKind *kind = words[0] ? kind_find(reader, words[0]) : NULL;
    if (!kind) {
        g_autofree char *hint = hint_kind(reader, words[0] ? words[0] : "");
        complain(reader, line, "unknown section [%s]%s", header, hint);
        return NULL;
    }
    if (!kind->named && *name) {
        complain(reader, line, "the section [%s] takes no name", kind->kind);
        return NULL;
    }
    if (kind->named && !name_is_good(name)) {
        complain(reader, line,
                 "the section [%s] needs a name of letters, digits and ._+- (64 at most), as in "
                 "[%s home]",
                 header, kind->kind);
        return NULL;
    }
    const Section *known = settings_find(reader->settings, kind->kind, name);
    if (known) {
        complain(reader, line, "the section [%s] is there already, at %s", header, known->origin);
        return NULL;
    }
    Section *section = section_new(kind, name, reader->path, line);
    g_ptr_array_add(reader->settings->sections, section);
    return section;
}

static void value_add(Reader *reader, const char *key, const char *text, int line)
{
    Section *section = reader->section;
    const SettingRow *row = row_find(section->kind, key);
    if (!row) {
        g_autofree char *hint = hint_key(section->kind, key);
        complain(reader, line, "unknown key '%s' in [%s]%s", key, reader->header, hint);
        return;
    }
    const Value *known = value_find(section, key);
    if (known) {
        complain(reader, line, "the key '%s' is there already, at %s", key, known->origin);
        return;
    }
    g_autofree char *wrong = setting_check(row, text);
    if (wrong) {
        complain(reader, line, "%s = %s: %s", key, text, wrong);
        return;
    }
    Value *value = g_new0(Value, 1);
    *value = (Value){row, g_strdup(key), g_strdup(text), NULL,
                     g_strdup_printf("%s:%d", reader->path, line)};
    if (row->type == SETTING_WORDS)
        value->words = setting_split(text);
    g_ptr_array_add(section->values, value);
}

// libinih calls it for each key. The header that it names is cut to 50 bytes: ours is not.
static int on_key(void *data, const char *header, const char *name, const char *text)
{
    (void)header;
    Reader *reader = data;
    g_auto(GStrv) parts = g_strsplit(text ? text : "", PROTECT, -1);
    g_autofree char *value = g_strjoinv("", parts);
    if (!reader->header)
        complain(reader, reader->line,
                 "the key '%s' stands before any section: begin one with [%s%s]", name,
                 reader->kinds[0].kind, reader->kinds[0].named ? " NAME" : "");
    else if (reader->section)
        value_add(reader, name, value, reader->line);
    return 1;
}

// Takes a header out of the lines that libinih sees: it tells nobody of sections without keys.
static void header_read(Reader *reader, const char *line)
{
    const char *end = strchr(line, ']');
    g_free(reader->header);
    reader->header = end ? g_strndup(line + 1, (gsize)(end - line - 1)) : g_strdup(line + 1);
    reader->section = NULL;
    if (!end || end[1])
        complain(reader, reader->line, "expected nothing but [%s%s] on this line",
                 reader->kinds[0].kind, reader->kinds[0].named ? " NAME" : "");
    else
        reader->section = section_begin(reader, reader->header, reader->line);
}

// What libinih reads from, as fgets: a line at a time, so that every line has its number. Leading
// space goes (no continuation lines) and each `;` is protected (no comments behind a value).
static char *next_line(char *buffer, int size, void *data)
{
    Reader *reader = data;
    if (!*reader->at)
        return NULL;
    reader->line++;
    size_t length = strcspn(reader->at, "\n");
    g_autofree char *line = g_strstrip(g_strndup(reader->at, length));
    reader->at += length + (reader->at[length] == '\n');
    g_auto(GStrv) parts = g_strsplit(line, ";", -1);
    g_autofree char *shielded = g_strjoinv(PROTECT ";", parts);
    *buffer = '\0';
    if (*line == '[')
        header_read(reader, line);
    else if (*line == ';')
        complain(reader, reader->line, "a comment begins with `#`");
    else if (strpbrk(line, PROTECT))
        complain(reader, reader->line, "the line holds a control character");
    else if (strlen(shielded) + 2 > (size_t)size)
        complain(reader, reader->line, "the line is longer than %d bytes", size - 2);
    else
        g_strlcpy(buffer, shielded, (gsize)size);
    g_strlcat(buffer, "\n", (gsize)size);
    return buffer;
}

static void check_required(Reader *reader)
{
    for (guint i = 0; i < reader->settings->sections->len; i++) {
        const Section *section = reader->settings->sections->pdata[i];
        for (int k = 0; k < section->kind->n_rows; k++) {
            const SettingRow *row = &section->kind->rows[k];
            if (row->required && !value_find(section, row->name))
                g_ptr_array_add(reader->complaints,
                                g_strdup_printf("%s: the section [%s %s] lacks the key '%s' (%s)",
                                                section->origin, section->kind->kind, section->name,
                                                row->name, row->help));
        }
    }
}

static bool file_load(const char *path, char **ret_text, GError **error)
{
    gsize size = 0;
    g_autofree char *text = NULL;
    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return error_set(error, ERROR_INPUT, "%s is not a file that can be read", path);
    if (!g_file_get_contents(path, &text, &size, error))
        return false;
    if (size > MAX_FILE_BYTES || strlen(text) != size)
        return error_set(error, ERROR_INPUT, "%s is no settings file: it %s", path,
                         size > MAX_FILE_BYTES ? "is larger than 1 MiB" : "holds a NUL byte");
    *ret_text = g_steal_pointer(&text);
    return true;
}

bool settings_read_file(const char *path, const SectionKind *kinds, int n_kinds,
                        Settings **ret_settings, GPtrArray *complaints, GError **error)
{
    g_autofree char *text = NULL;
    if (!file_load(path, &text, error))
        return false;
    Reader reader = {.path = path,
                     .at = text,
                     .kinds = kinds,
                     .n_kinds = n_kinds,
                     .settings = settings_new(),
                     .complaints = complaints};
    guint before = complaints->len;
    int bad_line = ini_parse_stream(next_line, &reader, on_key, &reader);
    if (bad_line > 0)
        complain(&reader, bad_line, "expected [section], `key = value` or `# comment`");
    check_required(&reader);
    if (complaints->len > before) {
        settings_free(reader.settings);
        reader.settings = settings_new();
    }
    g_free(reader.header);
    *ret_settings = reader.settings;
    return true;
}

// Moves the sections of from into to; a name that both have is a complaint, and the first one
// stays.
static void settings_merge(Settings *to, Settings *from, GPtrArray *complaints)
{
    for (guint i = 0; i < from->sections->len; i++) {
        Section *section = from->sections->pdata[i];
        const Section *known = settings_find(to, section->kind->kind, section->name);
        if (known) {
            g_ptr_array_add(complaints,
                            g_strdup_printf("%s: the section [%s %s] is there already, at %s",
                                            section->origin, section->kind->kind, section->name,
                                            known->origin));
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
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
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

void settings_print(const Settings *settings, FILE *out)
{
    for (guint i = 0; i < settings->sections->len; i++) {
        const Section *section = settings->sections->pdata[i];
        fprintf(out, "%s[%s%s%s]\n", i ? "\n" : "", section->kind->kind, *section->name ? " " : "",
                section->name);
        for (int k = 0; k < section->kind->n_rows; k++) {
            const SettingRow *row = &section->kind->rows[k];
            const Value *value = value_find(section, row->name);
            if (value)
                fprintf(out, "# %s\n%s = %s\n", value->origin, row->name, value->text);
            else if (row->preset)
                fprintf(out, "# preset\n%s = %s\n", row->name, row->preset);
        }
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
    const Value *value = key ? value_find(section, key) : NULL;
    return value ? value->origin : section->origin;
}

bool section_has(const Section *section, const char *key)
{
    return value_find(section, key) != NULL;
}

const char *section_text(const Section *section, const char *key)
{
    const Value *value = value_find(section, key);
    if (value)
        return value->text;
    const SettingRow *row = row_find(section->kind, key);
    if (!row)
        g_error("the section kind %s has no key %s", section->kind->kind, key);
    return row->preset;
}

const char *const *section_words(const Section *section, const char *key)
{
    static const char *const NONE[] = {NULL};
    Value *value = value_find(section, key);
    if (value)
        return (const char *const *)value->words;
    const char *preset = section_text(section, key);
    if (!preset)
        return NONE;
    // The split preset becomes a value without an origin of its own.
    value = g_new0(Value, 1);
    *value = (Value){row_find(section->kind, key), g_strdup(key), g_strdup(preset),
                     setting_split(preset), g_strdup(section->origin)};
    g_ptr_array_add(section->values, value);
    return (const char *const *)value->words;
}

double section_real(const Section *section, const char *key)
{
    const char *text = section_text(section, key);
    double value = NAN;
    if (text)
        setting_parse_number(row_find(section->kind, key)->type, text, &value);
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
        if (g_str_has_prefix(value->key, prefix))
            g_ptr_array_add(keys, value->key + strlen(prefix));
    }
    g_ptr_array_add(keys, NULL);
    return (const char **)g_ptr_array_free(g_steal_pointer(&keys), false);
}
