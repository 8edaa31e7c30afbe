/*
 * The Hodges-Lehmann shift between two samples, and the exact interval that belongs to the
 * Mann-Whitney test. The n*m differences are never made nor sorted: the wanted ones are selected.
 */
#pragma once

#include "common/stats/ranktest.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * a of n and b of m values, sorted ascending, finite; n, m >= 1. The k-th smallest (k = 1 .. n*m)
 * of all differences b[j] - a[i], exactly as the subtraction rounds it.
 */
double pair_difference(const double *a, int n, const double *b, int m, int64_t k);

/* The median of all b[j] - a[i]; for an even number the mean of the two in the middle. Sorted. */
double hodges_lehmann(const double *a, int n, const double *b, int m);

/*
 * How many differences the interval leaves out at each end, plus one: the number of u >= 0 with
 * P(U <= u) <= alpha/2, from the table without ties; for n*m > 2500 by the normal approximation.
 * 0: there is no such interval.
 */
int64_t rank_interval_cut(int n, int m, double alpha, RankTables *tables);

/*
 * [D(c), D(nm+1-c)] of the sorted differences. False, outputs untouched, where c = 0. ret_coverage
 * (may be NULL): 1 - 2 P(U <= c-1); NAN where the normal approximation gave c. Sorted arrays.
 */
bool rank_interval(const double *a, int n, const double *b, int m, double alpha, RankTables *tables,
                   double *ret_low, double *ret_high, double *ret_coverage);
