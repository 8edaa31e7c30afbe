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

/* Gamma(a + 1/2) / Gamma(a), by its asymptotic series from a = 12 on and by recurrence below. */
static double gamma_ratio(double a)
{
    enum { LEAST = 12 };
    double over = 1, under = 1;
    for (; a < LEAST; a++) {
        over *= a;
        under *= a + 0.5;
    }
    double b = 1 / (a * a);
    double series =
        ((((691.0 / 180224 * b - 31.0 / 18432) * b + 17.0 / 14336) * b - 1.0 / 640) * b +
         1.0 / 192) *
            b -
        0.125;
    return over / under * sqrt(a) * exp(series / a);
}

/* The continued fraction of I_x(a, b), by Lentz's method; converges fast below (a + 1)/(a + b + 2).
 */
static double beta_fraction(double a, double b, double x)
{
    enum { STEPS = 10000 };
    double c = 1, d = 1 / (1 - (a + b) * x / (a + 1)), fraction = d;
    for (int m = 1; m < STEPS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / (1 + even * d);
        c = 1 + even / c;
        fraction *= d * c;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / (1 + odd * d);
        c = 1 + odd / c;
        fraction *= d * c;
        if (fabs(d * c - 1) < 1e-15)
            break;
    }
    return fraction;
}

double student_two_sided(double t, double df)
{
    double a = df / 2, ratio = t * t / df; // x = 1 / (1 + ratio)
    if (!(ratio > 0))
        return 1.0;
    double log_x = -log1p(ratio);
    if (isinf(ratio) || a * log_x < -690) // the tail is at most x^a
        return 0.0;
    double x = 1 / (1 + ratio), rest = ratio / (1 + ratio);
    double density = exp(a * log_x) * sqrt(rest) * gamma_ratio(a) * M_2_SQRTPI / 2;
    if (x < (a + 1) / (a + 2.5))
        return density * beta_fraction(a, 0.5, x) / a;
    return fmax(0, 1 - 2 * density * beta_fraction(0.5, a, rest));
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
