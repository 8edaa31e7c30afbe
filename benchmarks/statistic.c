// The statistic of a metric: its words, and the one number of a trial.
#include "benchmarks/statistic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/number.h"

static const char *const KIND_NAMES[] = {"median", "mean", "min", "max"};

static int double_compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

bool statistic_parse(const char *text, Statistic *ret_statistic)
{
    for (int kind = 0; kind < STATISTIC_QUANTILE; kind++)
        if (g_str_equal(text, KIND_NAMES[kind])) {
            *ret_statistic = (Statistic){(StatisticKind)kind, 0};
            return true;
        }
    double percent = 0;
    if (text[0] != 'p' || !g_ascii_isdigit(text[1]) ||
        !number_parse(text + 1, strlen(text + 1), &percent) || percent > 100)
        return false;
    *ret_statistic = (Statistic){STATISTIC_QUANTILE, percent / 100};
    return true;
}

char *statistic_format(Statistic statistic)
{
    if (statistic.kind != STATISTIC_QUANTILE)
        return g_strdup(KIND_NAMES[statistic.kind]);
    // Rounded so that p99.9 is written so, and not as 99.90000000000001.
    char percent[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd(percent, sizeof percent, "%.12g", statistic.quantile * 100);
    return g_strconcat("p", percent, NULL);
}

static double quantile_sorted(const double *sorted, size_t n, double quantile)
{
    double at = quantile * (double)(n - 1);
    size_t low = (size_t)floor(at);
    size_t high = low + 1 < n ? low + 1 : low;
    return sorted[low] + (at - (double)low) * (sorted[high] - sorted[low]);
}

double statistic_value(Statistic statistic, const double *values, size_t n)
{
    if (statistic.kind == STATISTIC_MEAN) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += values[i] / (double)n;
        return sum;
    }
    g_autofree double *sorted = g_memdup2(values, n * sizeof *values);
    qsort(sorted, n, sizeof *sorted, double_compare);
    switch (statistic.kind) {
    case STATISTIC_MIN:
        return sorted[0];
    case STATISTIC_MAX:
        return sorted[n - 1];
    case STATISTIC_QUANTILE:
        return quantile_sorted(sorted, n, statistic.quantile);
    case STATISTIC_MEDIAN:
    case STATISTIC_MEAN:
    default:
        return quantile_sorted(sorted, n, .5);
    }
}
