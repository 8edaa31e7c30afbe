/*
 * Summaries of one array of doubles: means, spread, quantiles, and the two warnings that A.3.5
 * gives about boots (serial correlation, two modes). No tests between arrays, and not the
 * arithmetic of MMTests' reports, which has rules of its own.
 *
 * Values are finite unless said otherwise; n is their number. NAN answers "not defined".
 */
#pragma once

#include <stdbool.h>

/* n >= 1. The sum is taken of differences from the first value: constants give themselves. */
double mean_arithmetic(const double *values, int n);

/* Of positive values; NAN if any is not. */
double mean_geometric(const double *values, int n);
double mean_harmonic(const double *values, int n);

/* exp of the weighted mean of logs; NAN unless all ratios and the sum of weights are positive. */
double mean_geometric_weighted(const double *ratios, const double *weights, int n);

/*
 * Student's interval of the geometric mean, 1 - alpha wide, and p of its being 1, with the ratios
 * as the sample. It says how much ratios of several metrics differ from each other, not how sure
 * their mean is: that comes from the runs (composite.h). All NAN unless n >= 2 and all are
 * positive.
 */
void mean_geometric_interval(const double *ratios, int n, double alpha, double *ret_low,
                             double *ret_high, double *ret_p);

/* Divided by n - 1; NAN for n < 2; exactly 0 for constants. In the unit squared. */
double variance(const double *values, int n);

/* Square root of the variance, in the unit of the values. */
double deviation(const double *values, int n);

/* deviation / |mean|; NAN where the mean is 0. A fraction, not a percentage. */
double variation(const double *values, int n);

/* Sorts in place, ascending. */
void sort_values(double *values, int n);

/* Quantile p (0..1) of sorted values, type 7 of Hyndman and Fan (the default of R and numpy). */
double quantile_sorted(const double *sorted, int n, double p);

/* Of unsorted values; n >= 1. Even n: the mean of the two in the middle. */
double median(const double *values, int n);

/* 1.4826 * the median distance from the median: the deviation, were the values normal. */
double median_deviation(const double *values, int n);

/* Smallest non-zero distance between two of the values; 0 if all are equal. */
double smallest_step(const double *values, int n);

/*
 * Lag-1 correlation of the residuals of two sides, each from its own mean, in boot order; the pair
 * across the join is not counted. Either n may be 0. NAN where there is no variance.
 */
double serial_correlation(const double *a, int n, const double *b, int m);

/* n (1 - rho) / (1 + rho): how many independent values n correlated ones are worth. */
double effective_count(int n, double rho);

/*
 * Sarle's coefficient of bimodality with the sample corrections of skewness and kurtosis; the
 * uniform distribution has 5/9. NAN for n < 4 or constants.
 */
double sarle_bimodality(const double *values, int n);
