/*
 * What gobench.c, gobench_parse.c and gobench_format.c share, and nobody else includes: the
 * inside of a Gobench.
 */
#pragma once

#include "benchmarks/formats/gobench.h"

enum { GOBENCH_CONFIG_MAX = 64, GOBENCH_COMPLAINTS_MAX = 100 };

struct Gobench {
    GStringChunk *strings; // interned: every string of every line
    GPtrArray *lines; // of GobenchLine *
    GPtrArray *failed; // the same, of values that are not finite
    GPtrArray *snapshots; // arrays of GobenchPair that lines point to
    GArray *config; // of GobenchPair, sorted: what holds for the next line
    bool config_changed; // since the last snapshot
    const char *run; // what holds for the next line, or NULL
    GHashTable *units; // gobench_unit_format -> Better
    GPtrArray *unit_order; // the same units, in order of appearance
    GHashTable *names; // a unit that stands alone -> the metric that it is of
    GHashTable *tidied; // tidied unit -> Better
    GPtrArray *complaints; // of char *, NULL-terminated
};

const char *gobench_intern(Gobench *gobench, const char *text, size_t length);

/* value NULL: the key no longer holds. False when there are too many keys. */
bool gobench_config_put(Gobench *gobench, const char *key, const char *value);

/* False when it has another direction already. metric equal to unit: of the bare unit. */
bool gobench_unit_put(Gobench *gobench, const char *metric, const char *unit, Better better);

/* False when it has another name already. */
bool gobench_name_put(Gobench *gobench, const char *metric, const char *unit);

/* "metric:unit", or "unit" where they are equal or metric is NULL, escaped; the caller frees. */
char *gobench_unit_format(const char *metric, const char *unit);

/* Returns the line, added to list: gobench->lines or ->failed. Takes the values and params, both
 * from g_malloc, params sorted by key. */
GobenchLine *gobench_line_put(Gobench *gobench, GPtrArray *list, const char *name,
                              GobenchPair *params, size_t n_params, int64_t iterations,
                              GobenchValue *values, size_t n_values, unsigned line);

/* The unit that benchstat would show: "ns/op" -> "sec/op", "MB/s" -> "B/s"; the caller frees. */
char *gobench_unit_tidy(const char *unit);
