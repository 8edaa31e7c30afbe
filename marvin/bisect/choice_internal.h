/*
 * The inside of choosing a step: nearest.c picks a few untested commits out of all by their
 * P(bad), choice.c prices these and everything else exactly. Not for others.
 */
#pragma once

#include "marvin/bisect/search_internal.h"

enum { NEAREST_EACH = 6, NEAREST = 2 * NEAREST_EACH };

typedef struct {
    int n;
    int commit[NEAREST];
} Nearest;

/*
 * As if the quantile were the middle of the posterior: machines side by side ask for different
 * quantiles. quantile in (0, 1), p in [0, 1].
 */
double about_quantile(double p, double quantile);

/* How likely the commit can be tested, from how far it is to those that could not. */
double testable_factor(const Search *search, int commit);

/*
 * The untested commits whose P(bad) is nearest to the quantile, weighed by how likely they can be
 * tested, without those that pending actions have: by the posterior, and by the posterior were
 * builds to vary (where the certainty of one value of rho would hide what others leave open).
 */
void nearest_find(const Search *search, double quantile, const Action *pending, int n_pending,
                  Nearest *ret_nearest);

/* Which quantile is free: k machines ask j / (k + 1), less those that pending steps ask. */
double quantile_free(const Search *search, const Action *pending, int n_pending);
