// What goes into a build beside the recipe's text, and what the recipe says of it.
#include "bob/build_notes.h"

#include "bob/recipe.h"
#include "common/error.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

enum { NOTES_MAX_BYTES = 64 << 10, NOTES_MAX = 200, LINE_BYTES = 1024, CONFIG_MAX_BYTES = 4 << 20 };

/* Names are ours, and no part of a path all the same. */
static bool is_file_name(const char *name)
{
    return name[0] != '\0' && strspn(name, G_CSET_a_2_z G_CSET_DIGITS "-") == strlen(name);
}

static bool is_variable_name(const char *name)
{
    return g_str_has_prefix(name, "MARVIN_") &&
           strspn(name, G_CSET_A_2_Z G_CSET_DIGITS "_") == strlen(name);
}

static bool write_files(json_t *files, const char *folder, GError **error)
{
    const char *name = NULL;
    json_t *value = NULL;
    if (g_mkdir_with_parents(folder, 0755) != 0)
        return error_set(error, ERROR_INPUT, "cannot make the folder %s: %s", folder,
                         g_strerror(errno));
    json_object_foreach(files, name, value)
    {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        const char *text = json_string_value(value);
        if (!is_file_name(name) || text == NULL)
            return error_set(error, ERROR_INPUT, "the recipe has a file of an odd name");
        if (!g_file_set_contents(path, text, (gssize)json_string_length(value), error))
            return false;
    }
    return true;
}

bool build_inputs_write(const json_t *recipe, const char *folder, GPtrArray *env, GError **error)
{
    json_t *files = json_object_get(recipe, "files");
    json_t *variables = json_object_get(recipe, "variables");
    const char *name = NULL;
    json_t *value = NULL;
    if (files != NULL && !write_files(files, folder, error))
        return false;
    if (files != NULL)
        g_ptr_array_add(env, g_strconcat("MARVIN_FILES=", folder, NULL));
    json_object_foreach(variables, name, value)
    {
        if (!is_variable_name(name) || json_string_value(value) == NULL)
            return error_set(error, ERROR_INPUT, "the recipe has a variable of an odd name");
        g_ptr_array_add(env, g_strconcat(name, "=", json_string_value(value), NULL));
    }
    return true;
}

static void add_note(json_t *notes, const char *key, const char *value)
{
    json_t *text = json_string(value); // NULL where it is not UTF-8: then no note
    if (strcmp(key, "not-honoured") != 0) {
        json_object_set_new(notes, key, text);
        return;
    }
    if (json_object_get(notes, key) == NULL)
        json_object_set_new(notes, key, json_array());
    json_array_append_new(json_object_get(notes, key), text);
}

json_t *build_notes_read(const char *path)
{
    json_t *notes = json_object();
    FILE *file = fopen(path, "re");
    char line[LINE_BYTES];
    long bytes = 0;
    for (int n = 0; file != NULL && n < NOTES_MAX && fgets(line, sizeof line, file) != NULL; n++) {
        char *colon = strstr(line, ": ");
        bytes += (long)strlen(line);
        if (colon == NULL || bytes > NOTES_MAX_BYTES)
            continue;
        *colon = '\0';
        if (is_file_name(line))
            add_note(notes, line, g_strstrip(colon + 2));
    }
    if (file != NULL)
        fclose(file);
    return notes;
}

char *build_config_read(const char *build_folder)
{
    g_autofree char *path = g_build_filename(build_folder, "config", NULL);
    char *text = NULL;
    return recipe_text_read(path, CONFIG_MAX_BYTES, &text, NULL) ? text : NULL;
}
