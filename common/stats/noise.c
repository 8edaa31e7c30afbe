// A/A noise: spread between pairs, and the floor for series whose pairs turn red too often.
#include "common/stats/noise.h"

#include "common/stats/summaries.h"

#include <glib.h>
#include <math.h>

enum { TAU_LEAST = 5, FLOOR_LEAST = 20 }; // pairs

double noise_tau(const AaPair *pairs, int n)
{
    if (n < TAU_LEAST)
        return 0;
    g_autofree double *effects = g_new(double, n);
    double squares = 0;
    for (int i = 0; i < n; i++) {
        effects[i] = pairs[i].effect;
        squares += pairs[i].se * pairs[i].se;
    }
    return sqrt(fmax(0, variance(effects, n) - squares / n));
}

double noise_floor(const AaPair *pairs, int n, double level, double q)
{
    if (n < FLOOR_LEAST)
        return 0;
    g_autofree double *size = g_new(double, n);
    int reds = 0;
    for (int i = 0; i < n; i++) {
        size[i] = fabs(pairs[i].effect);
        reds += pairs[i].p <= q && size[i] >= level;
    }
    if (reds <= q * n)
        return 0;
    sort_values(size, n);
    return quantile_sorted(size, n, 0.95);
}
