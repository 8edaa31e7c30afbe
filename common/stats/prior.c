// Smyth's moments of log variances, and the pooled variance of a series' own releases.
#include "common/stats/prior.h"

#include "common/stats/summaries.h"

#include <glib.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>

Prior prior_family(const double *var, const double *df, int k)
{
    g_autofree double *e = g_new(double, MAX(k, 1));
    double trigammas = 0;
    int count = 0;
    for (int i = 0; i < k; i++) {
        if (!(var[i] > 0))
            continue;
        e[count++] = log(var[i]) - gsl_sf_psi(df[i] / 2) + log(df[i] / 2);
        trigammas += gsl_sf_psi_1(df[i] / 2);
    }
    if (count < PRIOR_FAMILY_LEAST)
        return (Prior){0};
    double centre = mean_arithmetic(e, count);
    double excess = variance(e, count) - trigammas / count;
    double weight = PRIOR_DF_LIMIT;
    if (excess > 0)
        weight = fmin(weight, 2 * trigamma_inverse(excess));
    return (Prior){exp(centre + gsl_sf_psi(weight / 2) - log(weight / 2)), weight};
}

void prior_history(const double *values, const int *release, int n, Prior *ret_prior,
                   bool *ret_is_log)
{
    int start = n, releases = 0;
    while (start > 0 && releases <= PRIOR_RELEASES) {
        if (start == n || release[start - 1] != release[start])
            releases++;
        if (releases <= PRIOR_RELEASES)
            start--;
    }
    bool is_log = true;
    for (int i = start; i < n; i++)
        is_log = is_log && !(isfinite(values[i]) && values[i] <= 0);
    g_autofree double *x = g_new(double, MAX(n, 1));
    double squares = 0, df = 0;
    for (int i = start, end; i < n; i = end) {
        int count = 0;
        for (end = i; end < n && release[end] == release[i]; end++) {
            if (isfinite(values[end]))
                x[count++] = is_log ? log(values[end]) : values[end];
        }
        if (count > 1) {
            squares += variance(x, count) * (count - 1);
            df += count - 1;
        }
    }
    *ret_prior = (Prior){df > 0 ? squares / df : 0, df};
    *ret_is_log = is_log;
}

double trigamma_inverse(double x)
{
    // Newton on 1/trigamma, which is convex and nearly straight (Smyth 2004, appendix)
    double y = 0.5 + 1 / x;
    for (int i = 0; i < 50; i++) {
        double here = gsl_sf_psi_1(y);
        double step = here * (1 - here / x) / gsl_sf_psi_n(2, y);
        y += step;
        if (-step / y < 1e-14)
            break;
    }
    return y;
}
