/*
 * Where a prior variance comes from (STATISTICS A.3.5): the family on the page (Smyth 2004), or
 * the history of the series.
 */
#pragma once

#include "common/stats/welch.h"

#include <stdbool.h>

/* No prior gets more weight than this, and a family of fewer members gives none. */
enum { PRIOR_DF_LIMIT = 20, PRIOR_FAMILY_LEAST = 20, PRIOR_RELEASES = 20 };

/* A history of fewer degrees of freedom is not used. */
static const double PRIOR_HISTORY_LEAST = 10;

/*
 * From k pooled, floored variances with df[i] = n + m - 2 degrees of freedom each. Members with
 * var <= 0 are left out. Fewer than 20 left: df 0.
 */
Prior prior_family(const double *var, const double *df, int k);

/*
 * Pooled variance within a release over the last 20 releases. values: n, one a boot; release: any
 * number, equal for boots of one release, which are adjacent, oldest release first. Values that are
 * not finite are passed over. ret_is_log: all values used are > 0 and logs were taken.
 * ret_prior->df = sum of (boots - 1), not limited; 0 and var 0 where nothing is known.
 */
void prior_history(const double *values, const int *release, int n, Prior *ret_prior,
                   bool *ret_is_log);

/* y > 0 with trigamma(y) = x, x > 0. */
double trigamma_inverse(double x);
