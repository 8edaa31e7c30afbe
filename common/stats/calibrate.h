/*
 * Calibration of moderated Welch p-values on the page (STATISTICS A.3.5): the p-values that
 * regroupings of the members' own values give, pooled, are what p means. For families of 100 or
 * more members; whether to call it is the caller's decision.
 */
#pragma once

#include "common/stats/welch.h"

#include <stdint.h>

/* One moderated member. Borrows x. */
typedef struct {
    const double *x; // n values of base, then m of new, on the scale of the test
    int n, m;
    double floor_var; // s_f^2; both sides' variances are raised to it
    Prior prior;
    double p; // p_t of the observed grouping, by the same formula
    uint64_t seed; // of the draw, where there are more than 200 regroupings
} Regrouped;

/* ret_p[i] = max(p_t, (1 + #{pooled <= p_t}) / (1 + #pooled)) of member i. */
void calibrate(const Regrouped *members, int count, double *ret_p);
