/*
 * Lists of names cut out of file names, and lines of rows, in the orders that sort(1) and Perl give
 * them. Private to the parsers of this folder.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* names: char *; a new list of the n-th part of each ("time-4-1", 2 -> "4"); the caller owns it. */
GPtrArray *list_cut(const GPtrArray *names, size_t n);
/* Drops skip_start characters of each name and skip_end at its end, in place; returned. */
GPtrArray *list_strip(GPtrArray *names, size_t skip_start, size_t skip_end);

/* sort, sort -u, sort -n, sort -n -u: in place, the list is returned. */
GPtrArray *list_sort(GPtrArray *list);
GPtrArray *list_sort_unique(GPtrArray *list);
GPtrArray *list_sort_numeric(GPtrArray *list);
GPtrArray *list_sort_numeric_unique(GPtrArray *list);
/* Perl's stable sort by number, and the order of its glob (case is ignored). */
GPtrArray *list_sort_perl(GPtrArray *list);
GPtrArray *list_sort_glob(GPtrArray *list);

/* A key of sort(1): -k field,field, with n if numeric. */
typedef struct {
    size_t field; // from 1; 0 ends a list of keys
    bool numeric;
} SortKey;

enum { SORT_KEYS_MAX = 4 };

/* Sorts the lines of text in place: by the keys, then by the whole line. */
void lines_sort(GString *text, const SortKey *keys);
/* -k1,1 -k2,2n -k4,4n, which most parsers use. */
extern const SortKey SORT_USUAL[];
