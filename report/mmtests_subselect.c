// Resampling within iterations.
#include "report/mmtests_subselect.h"

#include <math.h>

enum { SELECTIONS = 1000, SEED = 20120801 };
// Of an iteration's samples, in each selection.
static const double FRACTION = 0.8;
static const double NORMAL_975 = 1.959963984540054;

static int ascending(gconstpointer a, gconstpointer b, gpointer data G_GNUC_UNUSED)
{
    double one = *(const double *)a;
    double other = *(const double *)b;
    return (one > other) - (one < other);
}

static double median(double *values, guint n)
{
    g_qsort_with_data(values, (gint)n, sizeof *values, ascending, NULL);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static double drawn(GRand *random, const double *values, guint n)
{
    return values[g_rand_int_range(random, 0, (gint32)n)];
}

static double selection_mean(GRand *random, const double *values, guint n, guint size,
                             bool harmonic)
{
    double sum = 0;
    for (guint i = 0; i < size; i++) {
        double value = drawn(random, values, n);
        sum += harmonic ? 1 / value : value;
    }
    return harmonic ? size / sum : sum / size;
}

static double selection_variance(GRand *random, const double *values, guint n, guint size)
{
    double mean = 0;
    double squares = 0;
    for (guint i = 0; i < size; i++) {
        double value = drawn(random, values, n);
        double step = value - mean;
        mean += step / (i + 1);
        squares += step * (value - mean);
    }
    return squares / size;
}

MmtestsSubselection mmtests_subselect(const double *values, const guint *counts, guint n_iterations,
                                      bool harmonic)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);
    g_autofree double *middle = g_new(double, MAX(n_iterations, 1));
    g_autofree double *drawings = g_new(double, SELECTIONS);
    double variance = 0;
    double mean = 0;
    double all = 0;
    for (guint i = 0; i < n_iterations; values += counts[i], i++) {
        guint size = (guint)(FRACTION * counts[i]);
        if (size == 0)
            return (MmtestsSubselection){NAN, NAN};
        for (guint j = 0; j < SELECTIONS; j++)
            drawings[j] = selection_mean(random, values, counts[i], size, harmonic);
        middle[i] = median(drawings, SELECTIONS);
        for (guint j = 0; j < SELECTIONS; j++)
            drawings[j] = selection_variance(random, values, counts[i], size);
        variance += median(drawings, SELECTIONS) / n_iterations;
        mean += middle[i] / n_iterations;
        all += size;
    }
    if (n_iterations == 0)
        return (MmtestsSubselection){NAN, NAN};
    double between = 0;
    for (guint i = 0; i < n_iterations && n_iterations > 1; i++)
        between += pow(middle[i] - mean, 2) * (guint)(FRACTION * counts[i]) / (n_iterations - 1);
    return (MmtestsSubselection){mean, NORMAL_975 * sqrt((between + variance) / all)};
}
