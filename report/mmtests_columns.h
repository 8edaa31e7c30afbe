/*
 * The runs of an MMTests report as its columns, each with the statistics of its operations. Private
 * to the mmtests report.
 */
#pragma once

#include "report/mmtests.h"
#include "report/mmtests_samples.h"
#include "report/mmtests_stats.h"

/* The statistics of one operation in one run. */
typedef struct {
    double *values; // of each statistic of the report; NaN where there is none
    bool has_interval;
    MmtestsInterval interval; // zeros without
    guint n; // samples
} MmtestsOperationSummary;

typedef struct {
    char *name;
    MmtestsSamples *samples;
    GHashTable *summaries; // label (of samples) -> MmtestsOperationSummary
    bool has_intervals; // any operation has one
} MmtestsColumn;

/* Owned by the caller, freed with mmtests_columns_free. */
typedef struct {
    const MmtestsOptions *options; // the caller's
    const MmtestsFamily *family;
    MmtestsReading reading;
    const MmtestsStat *stats; // a ratio report has one: the mean, or the value
    size_t n_stats;
    int compared; // index of the statistic that is compared for significance; -1: none
    GPtrArray *columns; // MmtestsColumn *; NULL where MMTests leaves a hole
    GPtrArray *labels; // const char *: the operations shown, those of the baseline
    GPtrArray *failed; // char *: names of runs that MMTests gives up
} MmtestsColumns;

/* Fails as mmtests_report() does; the baseline is never NULL then. */
bool mmtests_columns_read(const MmtestsOptions *options, MmtestsColumns **ret_columns,
                          GError **error);
void mmtests_columns_free(MmtestsColumns *columns);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MmtestsColumns, mmtests_columns_free)

/* NULL for a hole and where the run has no such operation. */
const MmtestsOperationSummary *mmtests_column_find(const MmtestsColumn *column, const char *label);
/* A value that counts: MMTests takes exactly -1 for missing, and NaN but for that of Python. */
bool mmtests_value_counts(const MmtestsOperationSummary *summary, MmtestsStat stat, double value);

/* The header lines for columns of width; a hole has its own odd width. */
void mmtests_columns_header(const MmtestsColumns *columns, size_t indent, GString *text);

/* The two reports: the text is added to text. */
void mmtests_print_plain(const MmtestsColumns *columns, GString *text);
void mmtests_print_ratio(const MmtestsColumns *columns, GString *text);
/* The footnotes, a sentence a line. */
void mmtests_print_notes(const MmtestsColumns *columns, GString *text);
