/*
 * Welch's t comparison of two samples, plain and moderated by a prior variance (STATISTICS A.3.5),
 * and the test of equivalence on top of it. It knows nothing of logs, margins or families.
 */
#pragma once

#include <stdbool.h>

/* One sample, summed up. var is divided by n - 1, and 0 for n = 1. */
typedef struct {
    int n;
    double mean;
    double var;
} Side;

/* Scaled inverse chi-square prior of a variance: its value and its weight; df 0 = no prior. */
typedef struct {
    double var;
    double df;
} Prior;

typedef struct {
    double difference; // mean of b - mean of a
    double se; // of the difference
    double df;
    double var_a, var_b; // as used: with the prior in them
} Welch;

Side side_of(const double *values, int n);

/* Plain Welch. False, output untouched, where a side has fewer than 2 values or both have s = 0. */
bool welch_plain(Side a, Side b, Welch *ret_welch);

/*
 * v = (prior.df/2 prior.var + (n-1) s^2) / (prior.df/2 + n-1) for each side; with prior.df = 0 it
 * is plain Welch. The variances are used as given: floors are the caller's. n >= 2 on both sides.
 */
Welch welch_moderated(Side a, Side b, Prior prior);

/* difference / se; 0 or infinite where se is 0. */
double welch_t(const Welch *welch);

/* Two-sided p of no difference. */
double welch_p(const Welch *welch);

/* difference -+ t(1 - alpha/2, df) se. */
void welch_interval(const Welch *welch, double alpha, double *ret_low, double *ret_high);

/* Two one-sided tests: p of |true difference| >= margin. p <= .05 iff the 90 % interval lies in. */
double welch_equivalence_p(const Welch *welch, double margin);
