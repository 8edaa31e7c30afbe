// Two configuration files as a line of steps.
#include "marvin/bisect/configs.h"

#include <string.h>

#include "common/error.h"
#include "common/text.h"

#define NOT_SET " is not set"

static void option_free(gpointer data)
{
    ConfigOption *option = data;
    g_free(option->name);
    g_free(option->old_line);
    g_free(option->new_line);
    g_free(option);
}

void configs_free(Configs *configs)
{
    if (!configs)
        return;
    g_ptr_array_unref(configs->common);
    g_ptr_array_unref(configs->options);
    g_free(configs);
}

// A file: its names in their order, and the last line of each.
typedef struct {
    GPtrArray *names; // of char *, borrowed from lines
    GHashTable *lines; // name -> line
} File;

static void file_clear(File *file)
{
    g_clear_pointer(&file->names, g_ptr_array_unref);
    g_clear_pointer(&file->lines, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(File, file_clear)

// The option's name; NULL with *ret_is_empty for what does not count, or without it for a mistake.
static char *name_parse(const char *line, bool *ret_is_empty)
{
    *ret_is_empty = *line == 0 || *line == '#';
    if (g_str_has_prefix(line, "# ") && g_str_has_suffix(line, NOT_SET))
        return g_strndup(line + 2, strlen(line) - 2 - strlen(NOT_SET));
    const char *equals = strchr(line, '=');
    return *ret_is_empty || !equals || equals == line ? NULL
                                                      : g_strndup(line, (gsize)(equals - line));
}

static bool file_parse(const char *text, const char *path, File *file, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    file->names = g_ptr_array_new();
    file->lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (int i = 0; lines[i]; i++) {
        g_strstrip(lines[i]);
        bool is_empty = false;
        g_autofree char *name = name_parse(lines[i], &is_empty);
        if (!name && !is_empty) {
            g_autofree char *safe = text_escape_terminal(lines[i]);
            return error_set(error, ERROR_INPUT,
                             "%s:%d: expected NAME=VALUE or '# NAME is not set', found '%.60s'.",
                             path, i + 1, safe);
        }
        if (!name)
            continue;
        char *kept = g_hash_table_contains(file->lines, name) ? NULL : g_strdup(name);
        if (kept)
            g_ptr_array_add(file->names, kept);
        g_hash_table_insert(file->lines, kept ? kept : g_strdup(name), g_strdup(lines[i]));
    }
    return true;
}

static void option_add(Configs *configs, const char *name, const char *old_line,
                       const char *new_line)
{
    if (g_strcmp0(old_line, new_line) == 0) {
        g_ptr_array_add(configs->common, g_strdup(old_line));
        return;
    }
    ConfigOption *option = g_new0(ConfigOption, 1);
    option->name = g_strdup(name);
    option->old_line = g_strdup(old_line);
    option->new_line = g_strdup(new_line);
    g_ptr_array_add(configs->options, option);
}

bool configs_compare(const char *old_text, const char *new_text, const char *old_name,
                     const char *new_name, Configs **ret_configs, GError **error)
{
    g_auto(File) old = {0}, new = {0};
    if (!file_parse(old_text, old_name, &old, error) ||
        !file_parse(new_text, new_name, &new, error))
        return false;
    g_autoptr(Configs) configs = g_new0(Configs, 1);
    configs->common = g_ptr_array_new_with_free_func(g_free);
    configs->options = g_ptr_array_new_with_free_func(option_free);
    for (guint i = 0; i < old.names->len; i++) {
        const char *name = old.names->pdata[i];
        option_add(configs, name, g_hash_table_lookup(old.lines, name),
                   g_hash_table_lookup(new.lines, name));
    }
    for (guint i = 0; i < new.names->len; i++) {
        const char *name = new.names->pdata[i];
        if (!g_hash_table_contains(old.lines, name))
            option_add(configs, name, NULL, g_hash_table_lookup(new.lines, name));
    }
    if (configs->options->len == 0)
        return error_set(error, ERROR_INPUT, "%s and %s set the same options to the same values.",
                         old_name, new_name);
    *ret_configs = g_steal_pointer(&configs);
    return true;
}

char *configs_mix(const Configs *configs, int switched, int except)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < configs->common->len; i++)
        g_string_append_printf(text, "%s\n", (const char *)configs->common->pdata[i]);
    for (int i = 0; i < (int)configs->options->len; i++) {
        const ConfigOption *option = configs->options->pdata[i];
        const char *line = i < switched && i != except ? option->new_line : option->old_line;
        if (line)
            g_string_append_printf(text, "%s\n", line);
    }
    return g_string_free(g_steal_pointer(&text), false);
}

static const char *value_of(const char *line)
{
    if (!line)
        return "-";
    const char *equals = *line == '#' ? NULL : strchr(line, '=');
    return equals ? equals + 1 : "not set";
}

char *configs_describe(const ConfigOption *option)
{
    g_autofree char *text =
        g_strdup_printf("%s -> %s", value_of(option->old_line), value_of(option->new_line));
    return text_escape_terminal(text);
}
