/*
 * The statistic of a metric: what turns the samples of one trial into its one number.
 * Not here: anything that compares two of them (common/stats).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    STATISTIC_MEDIAN,
    STATISTIC_MEAN,
    STATISTIC_MIN,
    STATISTIC_MAX,
    STATISTIC_QUANTILE
} StatisticKind;

typedef struct {
    StatisticKind kind;
    double quantile; // 0..1, for STATISTIC_QUANTILE only, else 0
} Statistic;

/* "median", "mean", "min", "max", or pNN: "p99" = .99, "p99.9" = .999, "p5" = .05. */
bool statistic_parse(const char *text, Statistic *ret_statistic);
/* The same words back; the caller frees. */
char *statistic_format(Statistic statistic);

/*
 * values: n >= 1 finite numbers in any order, left as they are. Quantiles interpolate linearly
 * between order statistics (Hyndman and Fan 1996, type 7), so p50 is the median.
 */
double statistic_value(Statistic statistic, const double *values, size_t n);
