/*
 * SERIES and CELL of the command lines: BENCHMARK[/k=v]:METRIC@MACHINE[%DISTRO], and the same with
 * #RELEASE behind it. Pure; whether there is such a series is the database's to say.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Owned by whoever declares it; released with series_name_clear() or g_auto. */
typedef struct {
    char *trial_key, *metric, *machine;
    char *distro; // NULL: not said
    char *release; // of a CELL, as it stands there: TAG or TREE:TAG; NULL for a SERIES
} SeriesName;

/* ERROR_USAGE, with the form that is expected. */
bool series_name_parse(const char *text, SeriesName *ret_name, GError **error);
bool cell_name_parse(const char *text, SeriesName *ret_name, GError **error);
void series_name_clear(SeriesName *name);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SeriesName, series_name_clear)
