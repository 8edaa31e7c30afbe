/*
 * Exact optimal partitioning of a sequence into segments of constant level, at a penalty for each
 * segment. Two losses: weighted squares (few points with known variances) and biweight (many
 * points, single outliers ignored). Which to use, scaling and what counts as a change is changes.h.
 *
 * Both give the starts of the segments after the first, ascending, and return their number;
 * ret_starts has room for n - 1.
 */
#pragma once

/*
 * Minimises, over partitions, the sum of weight (y - weighted mean of the segment)^2 plus penalty
 * for each segment after the first. Weights > 0. Quadratic in n where there are no changes.
 */
int partition_weighted(const double *y, const double *weights, int n, double penalty,
                       int *ret_starts);

/*
 * Minimises the sum of min((y - level)^2, cap^2) plus penalty for each segment after the first, by
 * functional pruning (Fearnhead and Rigaill 2019): linear in n. In segments of thousands of points
 * the cost is kept to about a hundredth of the penalty, else it is exact. y is scaled so that its
 * noise is 1; cap is then 3.
 */
int partition_biweight(const double *y, int n, double cap, double penalty, int *ret_starts);
