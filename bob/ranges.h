/*
 * Version ranges: the maps `distros = 3.0..3.12:os-13.1 3.12..:os-13.2` and `toolchains = ..`.
 *
 * A word is LOW..HIGH:VALUE, VERSION:VALUE (that version and those below it, 3.12 and 3.12.7), or
 * VALUE alone (all versions). Either end may be left out. Both ends belong to a range, HIGH with
 * all versions below it: ..3.17 has 3.17.4. Where ranges overlap, the one written last holds.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *low; // NULL: open
    char *high; // NULL: open
    char *value;
} VersionRange;

/*
 * *ret_ranges holds VersionRange * and frees them (g_ptr_array_unref). ERROR_INPUT: one sentence
 * with the word; an empty list is no error.
 */
bool ranges_parse(const char *const *words, GPtrArray **ret_ranges, GError **error);

/* The value for a version (a release's name); NULL when no range has it. Owned by ranges. */
const char *ranges_find(const GPtrArray *ranges, const char *version);
