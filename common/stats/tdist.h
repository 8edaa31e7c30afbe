/*
 * Tails and quantiles of the normal and of Student's t with any positive degrees of freedom.
 * Student's tails come from the incomplete beta function (1e-13); gsl_cdf_tdist_* is not used, as
 * it approximates above 30 degrees of freedom.
 */
#pragma once

/* P(|T| >= |t|), df > 0; 0 where it underflows, 1 at t = 0. t may be infinite, not NAN. */
double student_two_sided(double t, double df);

/* P(T >= t). */
double student_upper(double t, double df);

/* x with P(T <= x) = p, 0 < p < 1. */
double student_quantile(double p, double df);

/* P(Z >= z) of the standard normal, and its quantile. */
double normal_upper(double z);
double normal_quantile(double p);
