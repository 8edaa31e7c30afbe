/*
 * Beginning a bisection over the queue: what people or a policy ask for, checked against settings,
 * mirror and benchmarks, becomes a row.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "marvin/bisect/queued.h"
#include "sql/site.h"

/* All borrowed for the call. */
typedef struct {
    const char *tree; // of the settings
    const char *const *goods; // releases ([TREE:]TAG) or what git takes; NULL-terminated
    const char *bad; // the same
    const char *benchmark; // NAME or NAME/k=v
    const char *metric; // NULL: the benchmark's only one
    const char *const *machines; // NULL or empty: the tree's
    double stop, budget_s;
    double reported; // bad/good - 1; 0: nothing was said
    int max_runs, iterations;
    bool find_fix, first_parent, exclusive, no_layout;
    int64_t change_id; // that it explains; 0: none in particular
} StartRequest;

/* A request with the presets: stop .95, 3 iterations. */
void start_request_init(StartRequest *ret_request);

/* *ret_note: a sentence for people (an end was replaced by a merge base), or NULL; g_free.
 * ERROR_INPUT, one sentence each: an unknown tree, end, benchmark, metric or machine; ends that are
 * equal, swapped or unrelated. ERROR_DATABASE. */
bool start_bisection(Site *site, const StartRequest *request, int64_t *ret_id, char **ret_note,
                     GError **error);
