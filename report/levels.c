// Summaries of a release's boots for tables and charts.
#include "report/levels.h"

#include "common/stats/summaries.h"
#include "common/stats/tdist.h"

#include <math.h>

static bool all_positive(const Level *level)
{
    return level->minimum > 0;
}

static void interval(Level *level)
{
    if (level->n < 2)
        return;
    g_autofree double *x = g_new(double, (gsize)level->n);
    bool logs = all_positive(level);
    for (int i = 0; i < level->n; i++)
        x[i] = logs ? log(level->values[i]) : level->values[i];
    double middle = mean_arithmetic(x, level->n);
    double half = student_quantile(.975, level->n - 1) * deviation(x, level->n) / sqrt(level->n);
    level->ci_low = logs ? exp(middle - half) : middle - half;
    level->ci_high = logs ? exp(middle + half) : middle + half;
}

Level level_of_values(const double *values, int n)
{
    Level level = {.values = g_new(double, (gsize)n + 1),
                   .mean = NAN,
                   .median = NAN,
                   .minimum = NAN,
                   .maximum = NAN,
                   .variation = NAN,
                   .ci_low = NAN,
                   .ci_high = NAN};
    for (int i = 0; i < n; i++) {
        if (!isfinite(values[i])) {
            level.failed++;
            continue;
        }
        level.values[level.n++] = values[i];
        level.minimum = fmin(level.minimum, values[i]);
        level.maximum = fmax(level.maximum, values[i]);
    }
    if (level.n == 0)
        return level;
    level.mean = mean_arithmetic(level.values, level.n);
    level.median = median(level.values, level.n);
    level.variation = level.n < 2 ? NAN : variation(level.values, level.n);
    interval(&level);
    return level;
}

Level level_make(const Series *series, int release)
{
    const GArray *boots = series_boots(series, release);
    int n = boots == NULL ? 0 : (int)boots->len;
    g_autofree double *values = g_new(double, (gsize)n + 1);
    for (int i = 0; i < n; i++)
        values[i] = g_array_index(boots, BootValue, i).value;
    return level_of_values(values, n);
}

void level_clear(Level *level)
{
    g_free(level->values);
    level->values = NULL;
}
