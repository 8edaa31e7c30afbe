/*
 * Version ranges: the maps `distros = 3.0..3.12:os-13.1 3.12..:os-13.2` and `toolchains = ..`.
 *
 * A word is LOW..HIGH:VALUE, VERSION:VALUE (that version and those below it, 3.12 and 3.12.7), or
 * VALUE alone (all versions). Either end may be left out. Both ends belong to a range with all that
 * is below them: ..3.17 has 3.17.4, and 3.18.. has 3.18-rc1.
 *
 * A map says where it has two values for a version, or none, when it is read (ranges_check), not
 * when the release comes.
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

/* What a release at the end of one range and the beginning of the next one has. */
typedef enum {
    RANGES_APART, // one value: ..3.17:a 3.17..:b is an error
    RANGES_TOUCH, // both: 3.0..3.12:a 3.12..:b gives 3.12 to a and to b
} RangesRule;

/*
 * Whether the ranges, put in order, neither overlap nor leave versions out between them: 3.17 is
 * followed by 3.18 or 4.0 and not by 3.19. first: the oldest release that counts, which must be in
 * a range; NULL: there may be older ones that no range has. ERROR_INPUT: one sentence.
 */
bool ranges_check(const GPtrArray *ranges, RangesRule rule, const char *first, GError **error);

/* The value for a version (a release's name); NULL when no range has it; of several the one that is
 * written last. Owned by ranges. */
const char *ranges_find(const GPtrArray *ranges, const char *version);

/* All values for a version in the order they are written, each once: const char *, owned by
 * ranges. Freed with g_ptr_array_unref. */
GPtrArray *ranges_find_all(const GPtrArray *ranges, const char *version);

/* Whether text is LOW..HIGH, an end of which may be left out, or a VERSION: its ends have a number
 * and stand in order. Of what has no value: the range of a report. ERROR_INPUT: one sentence. */
bool range_check(const char *text, GError **error);
