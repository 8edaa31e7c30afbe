/*
 * From the samples of one trial to its one number (STATISTICS A.3.1), by the metric's statistic.
 * Pure. What averages trials to a boot is dataset_value_add().
 */
#pragma once

#include <stdint.h>

/* values: n samples. NAN for none, for an unknown statistic, or where one is not finite. */
double collapse_values(const char *statistic, const double *values, int n);

/* A histogram: n ascending upper bounds with their counts. A quantile is the bound of the bucket
 * that it falls into; the mean is of the bounds. NAN for an empty one. */
double collapse_histogram(const char *statistic, const double *bounds, const double *counts, int n);

/* Standard deviation of the samples, for display; NAN below two. */
double collapse_spread(const double *values, int n);
