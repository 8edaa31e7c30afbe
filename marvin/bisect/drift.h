/*
 * Does a machine drift, and the values corrected for it (STATISTICS C.3.8). The endpoints, measured
 * again and again, are the reference: the way their runs wander about their means is fitted by a
 * level that walks at random (Kalman filter and smoother, the walk's variance by maximum
 * likelihood). Where the fit is no better than a level that stands, nothing is corrected. Pure; on
 * oriented values in the order of evidence.
 */
#pragma once

#include "marvin/bisect/search_internal.h"

/* Takes off each value where its machine stood then; whether any machine was seen to drift.
 * is_forced: correct in any case. y in place. */
bool drift_correct(const Search *search, bool is_forced, double *y);
