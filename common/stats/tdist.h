/*
 * Tails and quantiles of the normal and of Student's t with any positive degrees of freedom.
 * Student's tails come from the incomplete beta function I_x(df/2, 1/2), by its continued fraction
 * (DLMF 8.17.22) and the ratio of gamma functions (DLMF 5.11.13): 1e-13 relative. gsl_cdf_tdist_* is
 * not used, as it approximates above 30 degrees of freedom; gsl_sf_beta_inc, which this agrees with,
 * spends its time on a general beta function: a page's calibration asks for 200 tails a comparison.
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
