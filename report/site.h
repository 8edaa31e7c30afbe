/*
 * A site: the pages of one report, all its trees, written into a folder. Which reports there are,
 * and where they go, is the command's (cmd_site.c).
 */
#pragma once

#include "sql/site.h"

typedef struct {
    const Section *report; // [report NAME], or NULL: the default report of all trees
    const char *output; // the folder
    bool (*is_stopped)(void);
    void (*progress)(const char *tree, int done, int of); // NULL: silent
} SitePlan;

/* What became of it. */
typedef struct {
    int written, unchanged, removed; // files
    int new_changes; // changes that were not known before
} SiteSummary;

/* complaints (char *) gets what is odd but does not stop it. ERROR_INTERRUPTED when stopped. */
bool site_make(Site *site, const SitePlan *plan, SiteSummary *ret_summary, GPtrArray *complaints,
               GError **error);
