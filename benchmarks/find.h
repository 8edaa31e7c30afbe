/*
 * Where benchmark folders are. A search path is a list of folders that hold benchmark folders; the
 * first that has the name wins, so that a site's own benchmark can stand in for one of ours.
 */
#pragma once

#include "benchmarks/manifest.h"

#include <glib.h>
#include <stdbool.h>

/*
 * {CONFIG/benchmarks, DATA/benchmarks}, NULL-terminated, g_strfreev. config_folder may be NULL.
 * DATA is $MARVIN_DATA, else ../share/marvin beside the folder of the running program.
 */
char **benchmark_search_path(const char *config_folder);

/* The folder on the search path that is called name and holds a benchmark.ini; NULL when none has
 * (or the name is no word of letters, digits, '.', '_', '-'). The caller frees. */
char *benchmark_folder_find(const char *const *search, const char *name);

/* Finds and reads; ERROR_INPUT names where was looked and a near name. */
bool benchmark_get(const char *const *search, const char *name, Benchmark **ret_benchmark,
                   GError **error);

/* Every name on the search path once, sorted; NULL-terminated, g_strfreev. */
char **benchmark_list(const char *const *search);

/* The file of one of our programs for targets (`program = micro`): $MARVIN_PROGRAMS/NAME, else
 * ../lib/marvin/NAME beside the running program's folder. NULL when absent. The caller frees. */
char *benchmark_program_find(const char *name);
