// SELECTION of command lines.
#include "marvin/selection.h"

#include <string.h>

#include "common/error.h"
#include "common/suggest.h"

static const struct {
    const char *key;
    size_t offset;
} KEYS[] = {{"benchmark", G_STRUCT_OFFSET(Selection, benchmark)},
            {"machine", G_STRUCT_OFFSET(Selection, machine)},
            {"tree", G_STRUCT_OFFSET(Selection, tree)},
            {"release", G_STRUCT_OFFSET(Selection, release)},
            {"plan", G_STRUCT_OFFSET(Selection, plan)}};

static char **field(Selection *selection, size_t i)
{
    return G_STRUCT_MEMBER_P(selection, KEYS[i].offset);
}

static bool fail_key(const char *key, GError **error)
{
    const char *names[G_N_ELEMENTS(KEYS)];
    for (size_t i = 0; i < G_N_ELEMENTS(KEYS); i++)
        names[i] = KEYS[i].key;
    g_autofree char *hint = suggest_format(key, names, G_N_ELEMENTS(KEYS));
    return error_set(error, ERROR_USAGE, "nothing is selected by '%s'%s", key, hint);
}

static bool set(Selection *selection, const char *key, const char *value, GError **error)
{
    size_t i = 0;
    while (i < G_N_ELEMENTS(KEYS) && strcmp(key, KEYS[i].key) != 0)
        i++;
    if (i == G_N_ELEMENTS(KEYS))
        return fail_key(key, error);
    if (*field(selection, i))
        return error_set(error, ERROR_USAGE, "%s= is given twice", key);
    *field(selection, i) = g_strdup(value);
    return true;
}

static bool parse_word(Selection *selection, const char *word, GError **error)
{
    const char *equals = strchr(word, '=');
    if (!equals || equals == word || !equals[1])
        return error_set(error, ERROR_USAGE,
                         "'%s' is no key=value: a selection is benchmark=, machine=, tree=, "
                         "release=, plan=",
                         word);
    g_autofree char *key = g_strndup(word, (gsize)(equals - word));
    const char *colon = strcmp(key, "release") == 0 ? strchr(equals, ':') : NULL;
    if (!colon)
        return set(selection, key, equals + 1, error);
    g_autofree char *tree = g_strndup(equals + 1, (gsize)(colon - equals - 1));
    return set(selection, "tree", tree, error) && set(selection, key, colon + 1, error);
}

bool selection_parse(const char *const *words, Selection *ret_selection, GError **error)
{
    g_auto(Selection) selection = {0};
    for (; *words; words++) {
        if (!parse_word(&selection, *words, error))
            return false;
    }
    *ret_selection = selection;
    selection = (Selection){0};
    return true;
}

void selection_clear(Selection *selection)
{
    for (size_t i = 0; i < G_N_ELEMENTS(KEYS); i++)
        g_clear_pointer(field(selection, i), g_free);
}

char *selection_format(const Selection *selection)
{
    Selection copy = *selection;
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(KEYS); i++) {
        if (*field(&copy, i))
            g_string_append_printf(text, "%s%s=%s", text->len ? " " : "", KEYS[i].key,
                                   *field(&copy, i));
    }
    return g_string_free(text, FALSE);
}
