/*
 * Does the machine drift, and the values corrected for it (STATISTICS C.3.8). Pure; on oriented
 * values in the order of evidence.
 */
#pragma once

#include "marvin/bisect/search_internal.h"

/* Whether the endpoints moved: the last five against the first, |t| > 3, at any endpoint run after
 * the confirmation. */
bool drift_seen(const Search *search, const double *y);

/* Takes off each value where its machine's endpoints stood then: their residuals, weighed by
 * distance in time. In place. */
void drift_correct(const Search *search, double *y);
