/*
 * Verdicts of people on changes: loaded for a tree's pages, and reopened where their ground is
 * gone: a later change took the level further in the same direction, or a trade-off's win is over.
 */
#pragma once

#include "report/site_tree.h"

typedef struct {
    char *verdict; // real, apparent, trade-off, infra, deferred, fixed, reopened
    char *who, *why, *given;
    char **won; // CELLs
    double band_low, band_high;
} Verdict;

/* The last verdict on each of the tree's changes: const Shift * -> Verdict *. Those that have lost
 * their ground are stored as reopened. Must be called after the tree's shifts are stored. */
bool verdict_load(Db *db, const SiteTree *tree, GHashTable **ret_verdicts, GError **error);
