// What a machine's setting says of one facet.
#include "inventory/facet.h"

#include <string.h>

#include "common/error.h"
#include "common/text.h"

void facet_clear(Facet *facet)
{
    g_clear_pointer(&facet->driver, g_free);
    g_clear_pointer(&facet->arguments, g_strfreev);
    g_clear_pointer(&facet->text, g_free);
    g_clear_pointer(&facet->origin, g_free);
}

static bool fail_unknown(const Section *section, const char *key, const char *word,
                         const FacetWord *const *words, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GString) usages = g_string_new("none");
    for (const FacetWord *const *known = words; *known; known++) {
        g_ptr_array_add(names, (gpointer)(guintptr)(*known)->name);
        g_string_append_printf(usages, ", %s", (*known)->usage);
    }
    g_ptr_array_add(names, NULL);
    const char *meant = text_suggest(word, (const char *const *)names->pdata);
    return error_set(error, ERROR_INPUT, "%s: there is no %s driver %s%s%s%s; there are: %s",
                     section_origin(section, key), key, word, meant ? " (did you mean " : "",
                     meant ? meant : "", meant ? "?)" : "", usages->str);
}

static const FacetWord *word_find(const FacetWord *const *words, const char *name)
{
    for (; *words; words++) {
        if (strcmp((*words)->name, name) == 0)
            return *words;
    }
    return NULL;
}

static char **split_words(const char *text)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_auto(GStrv) parts = g_strsplit_set(text, " \t", -1);
    for (char **part = parts; *part; part++) {
        if (**part)
            g_ptr_array_add(words, g_strdup(*part));
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&words), false);
}

bool facet_parse(const Section *section, const char *key, const char *preset,
                 const FacetWord *const *words, Facet *ret_facet, GError **error)
{
    const char *text = section_text(section, key);
    g_auto(GStrv) parts = split_words(text ? text : preset ? preset : "none");
    if (!parts[0] || strcmp(parts[0], "none") == 0) {
        *ret_facet = (Facet){.arguments = g_new0(char *, 1),
                             .text = g_strdup("none"),
                             .origin = g_strdup(section_origin(section, key))};
        return true;
    }
    const FacetWord *word = word_find(words, parts[0]);
    if (!word)
        return fail_unknown(section, key, parts[0], words, error);
    int n = (int)g_strv_length(parts) - 1;
    if (n < word->min_arguments || (word->max_arguments >= 0 && n > word->max_arguments))
        return error_set(error, ERROR_INPUT, "%s: expected %s = %s", section_origin(section, key),
                         key, word->usage);
    *ret_facet = (Facet){.driver = g_strdup(parts[0]),
                         .arguments = g_strdupv(parts + 1),
                         .text = g_strjoinv(" ", parts),
                         .origin = g_strdup(section_origin(section, key))};
    return true;
}

const char *facet_argument(const Facet *facet, int i)
{
    return i < (int)g_strv_length(facet->arguments) ? facet->arguments[i] : NULL;
}
