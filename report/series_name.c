// The names of series and cells, taken apart.
#include "report/series_name.h"

#include "common/error.h"

#include <string.h>

void series_name_clear(SeriesName *name)
{
    g_free(name->trial_key);
    g_free(name->metric);
    g_free(name->machine);
    g_free(name->distro);
    g_free(name->release);
    *name = (SeriesName){0};
}

/* The part before end; false where it is not of the form. */
static bool split(const char *text, const char *end, SeriesName *ret_name)
{
    const char *at = g_strrstr_len(text, end - text, "@");
    const char *colon = at == NULL ? NULL : g_strrstr_len(text, at - text, ":");
    if (colon == NULL || colon == text || colon + 1 == at || at + 1 == end)
        return false;
    const char *percent = memchr(at, '%', (size_t)(end - at));
    const char *stop = percent == NULL ? end : percent;
    ret_name->trial_key = g_strndup(text, (gsize)(colon - text));
    ret_name->metric = g_strndup(colon + 1, (gsize)(at - colon - 1));
    ret_name->machine = g_strndup(at + 1, (gsize)(stop - at - 1));
    ret_name->distro = percent == NULL ? NULL : g_strndup(percent + 1, (gsize)(end - percent - 1));
    return true;
}

bool series_name_parse(const char *text, SeriesName *ret_name, GError **error)
{
    SeriesName name = {0};
    if (!split(text, text + strlen(text), &name))
        return error_set(error, ERROR_USAGE,
                         "%s: expected a series, BENCHMARK[/k=v]:METRIC@MACHINE[%%DISTRO]", text);
    *ret_name = name;
    return true;
}

bool cell_name_parse(const char *text, SeriesName *ret_name, GError **error)
{
    SeriesName name = {0};
    const char *sharp = strrchr(text, '#');
    if (sharp == NULL || sharp[1] == '\0' || !split(text, sharp, &name))
        return error_set(
            error, ERROR_USAGE,
            "%s: expected a cell, BENCHMARK[/k=v]:METRIC@MACHINE[%%DISTRO]#[TREE:]RELEASE", text);
    name.release = g_strdup(sharp + 1);
    *ret_name = name;
    return true;
}
