// "Did you mean": the nearest of some names to one that is unknown.
#include "common/suggest.h"

#include <glib.h>

#include "common/text.h"

enum { MAX_LISTED = 12 };

char *suggest_format(const char *name, const char *const *names, int n)
{
    g_autofree const char **list = g_new0(const char *, n + 1);
    for (int i = 0; i < n; i++)
        list[i] = names[i];
    const char *best = text_suggest(name, list);
    if (best)
        return g_strdup_printf("; did you mean '%s'?", best);
    if (n == 0 || n > MAX_LISTED)
        return g_strdup("");
    g_autofree char *all = g_strjoinv(", ", (char **)(gpointer)list);
    return g_strdup_printf("; expected one of %s", all);
}
