// Means, spread and quantiles of one array, and the warnings about serial correlation and modes.
#include "common/stats/summaries.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/stats/tdist.h"

enum { INSERTION_LIMIT = 64 }; // values up to which insertion beats qsort
static const double NORMAL_MAD = 1.482602218505602; // 1 / qnorm(3/4)

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double *sorted_copy(const double *values, int n)
{
    double *copy = g_new(double, n);
    memcpy(copy, values, (size_t)n * sizeof *copy);
    sort_values(copy, n);
    return copy;
}

/* Moves values so that the k-th smallest (from 0) is at k, none larger before it. Hoare's select.
 */
static double select_kth(double *values, int n, int k)
{
    int low = 0, high = n - 1;
    while (high > low) {
        double a = values[low], b = values[low + (high - low) / 2], c = values[high];
        double pivot = fmax(fmin(a, b), fmin(fmax(a, b), c));
        int i = low, j = high;
        while (i <= j) {
            while (values[i] < pivot)
                i++;
            while (values[j] > pivot)
                j--;
            if (i > j)
                break;
            double swapped = values[i];
            values[i++] = values[j];
            values[j--] = swapped;
        }
        if (k <= j)
            high = j;
        else if (k >= i)
            low = i;
        else
            break;
    }
    return values[k];
}

/* Sum of products of neighbouring residuals, and of their squares, of one side. */
static void add_lag(const double *values, int n, double *products, double *squares)
{
    if (n == 0)
        return;
    double mean = mean_arithmetic(values, n);
    for (int i = 0; i < n; i++) {
        double e = values[i] - mean;
        *squares += e * e;
        if (i > 0)
            *products += e * (values[i - 1] - mean);
    }
}

double mean_arithmetic(const double *values, int n)
{
    double sum = 0;
    for (int i = 1; i < n; i++)
        sum += values[i] - values[0];
    return values[0] + sum / n;
}

double mean_geometric(const double *values, int n)
{
    return mean_geometric_weighted(values, NULL, n);
}

double mean_harmonic(const double *values, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        if (!(values[i] > 0))
            return NAN;
        sum += 1.0 / values[i];
    }
    return n > 0 ? n / sum : NAN;
}

double mean_geometric_weighted(const double *ratios, const double *weights, int n)
{
    double sum = 0, total = 0;
    for (int i = 0; i < n; i++) {
        if (!(ratios[i] > 0))
            return NAN;
        double weight = weights ? weights[i] : 1.0;
        sum += weight * log(ratios[i]);
        total += weight;
    }
    return total > 0 ? exp(sum / total) : NAN;
}

void mean_geometric_interval(const double *ratios, int n, double alpha, double *ret_low,
                             double *ret_high, double *ret_p)
{
    g_autofree double *logs = g_new(double, (gsize)n + 1);
    *ret_low = *ret_high = *ret_p = NAN;
    for (int i = 0; i < n; i++) {
        if (!(ratios[i] > 0))
            return;
        logs[i] = log(ratios[i]);
    }
    if (n < 2)
        return;
    double mean = mean_arithmetic(logs, n), se = deviation(logs, n) / sqrt(n);
    double half = student_quantile(1 - alpha / 2, n - 1) * se;
    *ret_low = exp(mean - half);
    *ret_high = exp(mean + half);
    *ret_p = se > 0 ? student_two_sided(mean / se, n - 1) : mean == 0 ? 1 : 0;
}

double variance(const double *values, int n)
{
    if (n < 2)
        return NAN;
    double mean = mean_arithmetic(values, n);
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++) {
        double e = values[i] - mean;
        sum += e;
        squares += e * e;
    }
    // the second term removes what rounding of the mean added
    return fmax(0.0, squares - sum * sum / n) / (n - 1);
}

double deviation(const double *values, int n)
{
    return sqrt(variance(values, n));
}

double variation(const double *values, int n)
{
    double mean = mean_arithmetic(values, n);
    return mean == 0.0 ? NAN : deviation(values, n) / fabs(mean);
}

void sort_values(double *values, int n)
{
    if (n > INSERTION_LIMIT) {
        qsort(values, (size_t)n, sizeof *values, compare_doubles);
        return;
    }
    for (int i = 1; i < n; i++) {
        double x = values[i];
        int j = i;
        for (; j > 0 && values[j - 1] > x; j--)
            values[j] = values[j - 1];
        values[j] = x;
    }
}

double quantile_sorted(const double *sorted, int n, double p)
{
    double place = p * (n - 1);
    int below = (int)floor(place);
    if (below >= n - 1)
        return sorted[n - 1];
    return sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
}

double median(const double *values, int n)
{
    g_autofree double *copy = g_new(double, n);
    memcpy(copy, values, (size_t)n * sizeof *copy);
    double upper = select_kth(copy, n, n / 2);
    if (n % 2)
        return upper;
    double lower = copy[0];
    for (int i = 1; i < n / 2; i++)
        lower = copy[i] > lower ? copy[i] : lower;
    return 0.5 * (lower + upper);
}

double median_deviation(const double *values, int n)
{
    double centre = median(values, n);
    g_autofree double *distance = g_new(double, n);
    for (int i = 0; i < n; i++)
        distance[i] = fabs(values[i] - centre);
    return NORMAL_MAD * median(distance, n);
}

double smallest_step(const double *values, int n)
{
    g_autofree double *sorted = sorted_copy(values, n);
    double step = 0;
    for (int i = 1; i < n; i++) {
        double here = sorted[i] - sorted[i - 1];
        if (here > 0 && (step == 0 || here < step))
            step = here;
    }
    return step;
}

double serial_correlation(const double *a, int n, const double *b, int m)
{
    double products = 0, squares = 0;
    add_lag(a, n, &products, &squares);
    add_lag(b, m, &products, &squares);
    return squares > 0 ? products / squares : NAN;
}

double effective_count(int n, double rho)
{
    return n * (1 - rho) / (1 + rho);
}

double sarle_bimodality(const double *values, int n)
{
    if (n < 4)
        return NAN;
    double mean = mean_arithmetic(values, n);
    double m2 = 0, m3 = 0, m4 = 0;
    for (int i = 0; i < n; i++) {
        double e = values[i] - mean;
        m2 += e * e / n;
        m3 += e * e * e / n;
        m4 += e * e * e * e / n;
    }
    if (!(m2 > 0))
        return NAN;
    double k = n;
    double skew = sqrt(k * (k - 1)) / (k - 2) * m3 / pow(m2, 1.5);
    double excess = (k - 1) / ((k - 2) * (k - 3)) * ((k + 1) * (m4 / (m2 * m2) - 3) + 6);
    return (skew * skew + 1) / (excess + 3 * (k - 1) * (k - 1) / ((k - 2) * (k - 3)));
}
