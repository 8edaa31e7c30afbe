/*
 * SELECTION of command lines: which trials, as `key=value ..`. All given keys must hold.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* NULL: any. Freed with selection_clear(). */
typedef struct {
    char *benchmark;
    char *machine;
    char *tree;
    char *release;
    char *plan;
} Selection;

/* words: NULL-terminated. release=TREE:TAG sets both. ERROR_USAGE: a word that is no key=value, an
 * unknown key (with the one that was meant), a key twice. */
bool selection_parse(const char *const *words, Selection *ret_selection, GError **error);
void selection_clear(Selection *selection);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Selection, selection_clear)

/* "benchmark=x machine=y" for messages; freed by the caller. */
char *selection_format(const Selection *selection);
