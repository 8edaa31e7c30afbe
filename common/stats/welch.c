// Welch's comparison with a variance for each side, each drawn towards a prior one.
#include "common/stats/welch.h"

#include "common/stats/summaries.h"
#include "common/stats/tdist.h"

#include <math.h>

Side side_of(const double *values, int n)
{
    Side side = {.n = n};
    if (n > 0)
        side.mean = mean_arithmetic(values, n);
    if (n > 1)
        side.var = variance(values, n);
    return side;
}

bool welch_plain(Side a, Side b, Welch *ret_welch)
{
    if (a.n < 2 || b.n < 2 || !(a.var + b.var > 0))
        return false;
    *ret_welch = welch_moderated(a, b, (Prior){0});
    return true;
}

Welch welch_moderated(Side a, Side b, Prior prior)
{
    double half = prior.df / 2;
    double k_a = half + a.n - 1, k_b = half + b.n - 1;
    double var_a = (half * prior.var + (a.n - 1) * a.var) / k_a;
    double var_b = (half * prior.var + (b.n - 1) * b.var) / k_b;
    double e_a = var_a / a.n, e_b = var_b / b.n;
    double square = e_a + e_b;
    // written as shares of the sum, the fourth powers cannot underflow
    double share = square > 0 ? e_a / square : 0.5;
    return (Welch){.difference = b.mean - a.mean,
                   .se = sqrt(square),
                   .df = 1 / (share * share / k_a + (1 - share) * (1 - share) / k_b),
                   .var_a = var_a,
                   .var_b = var_b};
}

double welch_t(const Welch *welch)
{
    if (welch->difference == 0)
        return 0;
    return welch->difference / welch->se;
}

double welch_p(const Welch *welch)
{
    return student_two_sided(welch_t(welch), welch->df);
}

void welch_interval(const Welch *welch, double alpha, double *ret_low, double *ret_high)
{
    double half = student_quantile(1 - alpha / 2, welch->df) * welch->se;
    *ret_low = welch->difference - half;
    *ret_high = welch->difference + half;
}

double welch_equivalence_p(const Welch *welch, double margin)
{
    double room = margin - fabs(welch->difference);
    if (welch->se == 0)
        return room > 0 ? 0 : 1;
    return student_upper(room / welch->se, welch->df);
}
