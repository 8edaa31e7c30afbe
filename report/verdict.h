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
    char *evidence; // what a bisection says of the change, now; NULL: none is about it
    double band_low, band_high;
} Verdict;

/* A clause of row i of QUERY_REPORT_VERDICTS or QUERY_REPORT_VERDICT_CHANGE: "bisection 3 found
 * 6ffb948cf84d (...), probability 0.98; ..". NULL: there is none. Freed with g_free. */
char *verdict_evidence(const Rows *rows, int i);

/* Whether that bisection says that the change is none: it does not reproduce, follows the layout of
 * the code, or both builds are the same. */
bool verdict_is_doubted(const Rows *rows, int i);

/* The last verdict on each of the tree's changes: const Shift * -> Verdict *. Those that have lost
 * their ground are stored as reopened. Must be called after the tree's shifts are stored. */
bool verdict_load(Db *db, const SiteTree *tree, GHashTable **ret_verdicts, GError **error);
