/*
 * What others do, in the same simulated histories: git bisect with k runs a step, and a search in
 * the manner of Pinpoint. Both are told more than a search of ours: git bisect the endpoints' means
 * from 32/effect^2 runs a side, Pinpoint the true effect.
 */
#pragma once

#include "bisect_world.h"

/*
 * The commit that git bisect ends at: each step runs the commit that halves the candidates k times
 * and compares the mean with the middle between the endpoints. ret_runs: search runs.
 */
int git_bisect(Trial *trial, int k, int *ret_runs);

/*
 * Adjacent measured commits are compared by the smaller p of Mann-Whitney and Kolmogorov-Smirnov:
 * at most .01 different, and the midpoint is measured; above a limit (the 99 % quantile of p at
 * this effect) the same; between, the side with fewer runs is measured twice as often, 10 to 160
 * runs. Lines only.
 */
typedef struct Pinpoint Pinpoint;
Pinpoint *pinpoint_new(double effect, guint64 seed);
void pinpoint_free(Pinpoint *pinpoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pinpoint, pinpoint_free)

/* The commit named; -1 where none or several are. ret_runs: all runs but 10 of each endpoint. */
int pinpoint_search(const Pinpoint *pinpoint, Trial *trial, int *ret_runs);
