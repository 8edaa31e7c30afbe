/*
 * The samples of one run for an MMTests report: those of all its iterations put together, by
 * operation, in the order in which MMTests meets them.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "benchmarks/formats/mmtests.h"

typedef struct {
    char *label; // "Elapsed-4"
    GArray *values; // double; as read, over all iterations
    GArray *counts; // guint: how many of them each iteration gave that has any
    guint next_iteration; // one beyond the last that has values
    bool has_gap; // absent from an iteration before one that has it: MMTests fails on the run
} MmtestsOperation;

/* Owned by the caller, freed with mmtests_samples_free. */
typedef struct {
    GPtrArray *operations; // MmtestsOperation *, first seen first
    GHashTable *by_label; // label -> MmtestsOperation
    GPtrArray *ratio; // labels marked R in the last iteration that has any; NULL: none has
    GPtrArray *complaints; // char *: what could not be read
    guint n_iterations;
} MmtestsSamples;

void mmtests_samples_free(MmtestsSamples *samples);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MmtestsSamples, mmtests_samples_free)

/*
 * Of run_folder/iter-N/benchmark/logs for every N. filter: only operations that it matches
 * anywhere, or NULL. A run that does not exist has no operations.
 */
MmtestsSamples *mmtests_samples_read(const MmtestsFamily *family, const char *run_folder,
                                     const char *benchmark, const GRegex *filter);

/* NULL if it has no such operation. */
const MmtestsOperation *mmtests_samples_find(const MmtestsSamples *samples, const char *label);

/*
 * The labels (const char *, owned by samples) that a report shows: those that prefix matches at
 * their start, all for NULL; for a ratio report only those marked R, where any is.
 */
GPtrArray *mmtests_samples_labels(const MmtestsSamples *samples, const GRegex *prefix, bool ratio);
