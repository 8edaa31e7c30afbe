// Student's t by the incomplete beta function, its quantile by Newton's method on that.
#include "common/stats/tdist.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

/* Hill's start (Algorithm 396) for the two-sided quantile, good to a few per cent or better. */
static double hill_start(double two_sided, double df)
{
    double z = -gsl_cdf_ugaussian_Pinv(two_sided / 2);
    double z2 = z * z;
    double x = z + z * (z2 + 1) / (4 * df) + z * ((5 * z2 + 16) * z2 + 3) / (96 * df * df);
    // far out, or with few degrees of freedom, the tail is a power: p = c t^-df
    double log_c = (df / 2 - 0.5) * log(df) + M_LN2 - gsl_sf_lnbeta(df / 2, 0.5);
    double power = exp((log_c - log(two_sided)) / df);
    return df < 3 || z > 2 * sqrt(df) ? power : x;
}

/* Log of the density of t. */
static double log_density(double t, double df)
{
    return -0.5 * (df + 1) * log1p(t * t / df) - 0.5 * log(df) - gsl_sf_lnbeta(df / 2, 0.5);
}

double student_two_sided(double t, double df)
{
    double a = df / 2;
    double x = isinf(t) ? 0.0 : df / (df + t * t);
    if (x >= 1.0)
        return 1.0;
    // GSL aborts on underflow: the tail is at most x^a here
    if (x <= 0.0 || a * log(x) < -690)
        return 0.0;
    if (t * t < 1) // near the middle 1 - x is the exact one, and the tail is not small
        return 1.0 - gsl_sf_beta_inc(0.5, a, t * t / (df + t * t));
    return gsl_sf_beta_inc(a, 0.5, x);
}

double student_upper(double t, double df)
{
    double two = student_two_sided(t, df);
    return t >= 0 ? two / 2 : 1 - two / 2;
}

double student_quantile(double p, double df)
{
    if (p == 0.5)
        return 0.0;
    double two_sided = 2 * (p < 0.5 ? p : 1 - p);
    double t = hill_start(two_sided, df);
    if (!isfinite(t))
        return p < 0.5 ? -INFINITY : INFINITY;
    // Newton on log p against log t: nearly straight in a power tail, and t stays positive
    for (int i = 0; i < 60; i++) {
        double tail = student_two_sided(t, df);
        if (tail <= 0)
            break;
        double slope = -2 * exp(log_density(t, df)) * t / tail;
        double step = (log(two_sided) - log(tail)) / slope;
        step = fmax(-1.0, fmin(1.0, step));
        t *= exp(step);
        if (fabs(step) < 4e-15)
            break;
    }
    return p < 0.5 ? -t : t;
}

double normal_upper(double z)
{
    return 0.5 * erfc(z / M_SQRT2);
}

double normal_quantile(double p)
{
    return gsl_cdf_ugaussian_Pinv(p);
}
