/*
 * The bisections of a tree, for its pages: what was asked, and the answer as `marvin-bisect` stored
 * it. What an answer means is decided there; here it is shown.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/db.h"

typedef struct {
    int64_t id;
    char *good, *bad; // as they were asked for
    char *trial_key;
    char *metric; // "": the only one
    char *machines; // joined by commas
    char *state; // running, found, not-reproduced, undecided, stopped
    char *why; // one clause, or NULL
    char *begun, *ended; // dates; ended: NULL while it runs
    json_t *answer; // an object; empty where there is none yet
} BisectionEntry;

/* *ret_entries holds BisectionEntry *, the newest first (g_ptr_array_unref). ERROR_DATABASE. */
bool bisections_load(Db *db, int tree_id, GPtrArray **ret_entries, GError **error);

/* The found culprit's full hash; NULL: none. */
const char *bisection_culprit(const BisectionEntry *entry);

/* What is known of the probability of the culprit, and its subject; NAN and "" where nothing is. */
double bisection_probability(const BisectionEntry *entry);
const char *bisection_subject(const BisectionEntry *entry);
