// "Did you mean": the nearest of some names to one that is unknown.
#include "common/suggest.h"

#include <glib.h>
#include <string.h>

enum { MAX_LENGTH = 64, MAX_LISTED = 12 };

// Damerau-Levenshtein distance (optimal string alignment) of two short words.
static int distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    if (n > MAX_LENGTH || m > MAX_LENGTH)
        return MAX_LENGTH;
    int d[MAX_LENGTH + 1][MAX_LENGTH + 1];
    for (size_t i = 0; i <= n; i++)
        d[i][0] = (int)i;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        for (size_t j = 1; j <= m; j++) {
            int swap = a[i - 1] != b[j - 1];
            d[i][j] = MIN(MIN(d[i - 1][j] + 1, d[i][j - 1] + 1), d[i - 1][j - 1] + swap);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = MIN(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[n][m];
}

char *suggest_format(const char *name, const char *const *names, int n)
{
    const char *best = NULL;
    int best_distance = (int)MIN(strlen(name), 9) / 3 + 1;
    for (int i = 0; i < n; i++) {
        int far = distance(name, names[i]);
        if (far <= best_distance && far < (int)strlen(names[i])) {
            best_distance = far - 1;
            best = names[i];
        }
    }
    if (best)
        return g_strdup_printf("; did you mean '%s'?", best);
    if (n == 0 || n > MAX_LISTED)
        return g_strdup("");
    g_autoptr(GString) list = g_string_new("; expected one of ");
    for (int i = 0; i < n; i++)
        g_string_append_printf(list, "%s%s", i ? ", " : "", names[i]);
    return g_string_free(g_steal_pointer(&list), FALSE);
}
