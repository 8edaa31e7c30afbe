/*
 * A family: all metric-level comparisons of one release with its baseline (DESIGN 8), made from a
 * Dataset and judged by common/stats/decide.h. Pure: it reads and stores nothing. Storing its
 * judgements is judge.h, cells made of its rows are cell.h.
 */
#pragma once

#include "common/stats/decide.h"
#include "report/dataset.h"
#include "report/history.h"

#include <glib.h>
#include <stdbool.h>

/* The version of the whole procedure: a family judged by another is judged again. */
#define FAMILY_PROCEDURE "A.3/1"

/* One comparison. Strings are owned by the Family or the Dataset. */
typedef struct {
    const Series *series;
    int base, new_; // releases
    double *base_values; // one a boot that counts, in boot order; n_base of them
    double *new_values; // n_new
    int64_t *base_jobs; // the boots that they are of
    int64_t *new_jobs;
    int n_base, n_new;
    int failed_base, failed_new; // boots without a number, beside these
    int epoch_id, epoch; // where the new release ran; 0: unknown
    const char *mode; // "icount": its times count instructions; "": unknown
    History history;
    State preset; // STATE_NONE: judged
    bool is_contradicted; // its sides disagree on what is better: there is no ratio
    bool provisional; // pending, and judged says how it looks so far (numbers without a state)
    Judged judged; // judged.state is the row's state
    const char *reason; // why the state is what it is, or NULL
    char inputs_hash[65]; // of all that the judgement depends on, itself alone
} FamilyRow;

typedef struct {
    const Dataset *dataset;
    int base, new_; // with FAMILY_PREVIOUS base is the latest of the rows' own
    FamilyRow *rows; // in the order of the dataset's series
    int n_rows;
    FamilySummary summary;
    char inputs_hash[65]; // of the rows that are not pending, in order
    GStringChunk *strings;
} Family;

/* As a baseline: for each series the release before the new one in which it ran, on the same
 * machine epoch where there is one. */
#define FAMILY_PREVIOUS (-1)

typedef struct {
    double q; // 0: .05
    const char *machine; // only this one, NULL: all
    const char *const *machines; // only these, NULL or empty: all
    const AaNoise *noise; // of the dataset; NULL: none is known
} FamilyFilter;

/* Judges release new_ against base (indices, or FAMILY_PREVIOUS). filter may be NULL. Freed with
 * family_free(). */
Family *family_make(const Dataset *dataset, int base, int new_, const FamilyFilter *filter);
void family_free(Family *family);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Family, family_free)

/* How many rows have the state. */
int family_count(const Family *family, State state);

/* The row of a series, NULL when it has none. */
FamilyRow *family_find(const Family *family, const Series *series);
