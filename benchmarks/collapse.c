// The one number of a trial.
#include "benchmarks/collapse.h"

#include "benchmarks/statistic.h"

#include <math.h>

double collapse_values(const char *statistic, const double *values, int n)
{
    Statistic how;
    if (n == 0 || !statistic_parse(statistic, &how))
        return NAN;
    for (int i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return NAN;
    return statistic_value(how, values, (size_t)n);
}

static double histogram_mean(const double *bounds, const double *counts, int n, double total)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += counts[i] / total * bounds[i];
    return sum;
}

double collapse_histogram(const char *statistic, const double *bounds, const double *counts, int n)
{
    Statistic how;
    double total = 0;
    for (int i = 0; i < n; i++)
        total += counts[i];
    if (!(total > 0) || !statistic_parse(statistic, &how))
        return NAN;
    if (how.kind == STATISTIC_MEAN)
        return histogram_mean(bounds, counts, n, total);
    double share = how.kind == STATISTIC_MIN      ? 0
                   : how.kind == STATISTIC_MAX    ? 1
                   : how.kind == STATISTIC_MEDIAN ? .5
                                                  : how.quantile;
    double below = 0;
    int last = 0;
    for (int i = 0; i < n; i++) {
        if (counts[i] <= 0)
            continue;
        below += counts[i];
        last = i;
        if (below >= share * total)
            break;
    }
    return bounds[last];
}

double collapse_spread(const double *values, int n)
{
    if (n < 2)
        return NAN;
    double mean = 0, squares = 0;
    for (int i = 0; i < n; i++)
        mean += (values[i] - mean) / (i + 1);
    for (int i = 0; i < n; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    return sqrt(squares / (n - 1));
}
