/*
 * The natural order of release names: v6.1-rc8 < v6.1 < v6.1.1 < v6.2 < v6.10.
 *
 * Works on any tag by reading it as numbers, words and separators; it is no validator and knows no
 * one scheme (semver's build metadata and Debian's epochs mean nothing to it).
 */
#pragma once

#include <stdbool.h>

/*
 * Below, at or above 0, as strcmp(). What stands before the first digit is left out, so "3.12" is
 * "v3.12" and "linux-3.12". Numbers compare by value, of any length, leading zeros aside; then
 *     pre-release word < nothing more < other word < number,
 * pre-release words in the order dev alpha beta test pre rc. Different names can compare equal
 * ("1.01" and "v1.1"): add strcmp() where the order must be total.
 */
int version_compare(const char *a, const char *b);

/* The same for g_ptr_array_sort() of char * and for qsort() of char *[]; equal ones by strcmp(). */
int version_compare_names(const void *a, const void *b);

/* It holds a pre-release word: rc pre preview test alpha beta dev snapshot nightly next, or ~, or
 * a or b between digits (1.0b2), whatever the case. Words count whole: not "v1.0-release". */
bool version_is_prerelease(const char *tag);

/* A text whose order by bytes (COLLATE "C") is that of version_compare(); equal where it is 0.
 * Freed with g_free. */
char *version_sort_key(const char *name);
