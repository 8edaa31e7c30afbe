/*
 * MMTests' statistics of an operation, with its rules: best first, harmonic where higher is better,
 * a "confidence interval" of 1.96 standard deviations of one sample whatever their number, in R's
 * seven digits. Only for its reports; ours are in common/stats. NaN stands for what MMTests calls
 * NaN or has not; it never leaves the report.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "benchmarks/formats/mmtests.h"

typedef enum {
    MMTESTS_STAT_MIN,
    MMTESTS_STAT_MAX,
    MMTESTS_STAT_MEAN,
    MMTESTS_STAT_STDDEV,
    MMTESTS_STAT_COEFFVAR,
    MMTESTS_STAT_BEST_MEAN, // of the best `percent` of the samples
    MMTESTS_STAT_PERCENTILE, // counted from the best
    MMTESTS_STAT_VALUE, // the best sample
    MMTESTS_STAT_SUBSELECTED_MEAN, // mmtests_subselect.h's, which mmtests_stat() does not know
    MMTESTS_STAT_SUBSELECTED_HALF,
} MmtestsStatKind;

typedef struct {
    MmtestsStatKind kind;
    guint percent;
} MmtestsStat;

/* The rows of a report, in their order; ret_count of them, static. */
const MmtestsStat *mmtests_stats_of(MmtestsSummary summary, size_t *ret_count);
/* Which of them is compared for significance; -1: none. */
int mmtests_stats_compared(MmtestsSummary summary);
/* "Hmean", "BAmean.95", "Pctile.99"; the caller frees. */
char *mmtests_stat_name(MmtestsStat stat, bool higher);

/* Sorted copies are made once; owned by the caller, freed with mmtests_sorted_free. */
typedef struct {
    double *values; // best first
    size_t n;
    bool higher;
} MmtestsSorted;

MmtestsSorted *mmtests_sorted_new(const double *values, size_t n, bool higher);
void mmtests_sorted_free(MmtestsSorted *sorted);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MmtestsSorted, mmtests_sorted_free)

/* false where MMTests divides by zero and gives the whole run up; *ret_value may be NaN. */
bool mmtests_stat(const MmtestsSorted *sorted, MmtestsStat stat, double *ret_value);
/* The interval around the mean; both NaN where there is none. */
bool mmtests_interval(const MmtestsSorted *sorted, double *ret_low, double *ret_high);

/* The value that R prints for x and MMTests reads back. */
double mmtests_r_digits(double x);

/* Of the statistics that MMTests has Python compute, whose "nan" it prints and counts. */
bool mmtests_stat_is_subselected(MmtestsStat stat);

/* Differences in percent, positive better: of what is better when higher, and when lower. */
double mmtests_pdiff(double value, double base);
double mmtests_pndiff(double value, double base);
double mmtests_rdiff(double value, double base);

typedef struct {
    double low, high; // both 0 where there is none, as MMTests has it
} MmtestsInterval;

/* How many intervals' widths a is above b (MMTests' D). */
double mmtests_cidiff(double a, MmtestsInterval a_interval, double b, MmtestsInterval b_interval);
