// Mutual information of a two-valued input with a Gaussian value, or with a count of outcomes.
#include "marvin/bisect/info.h"

#include <math.h>

enum { P_POINTS = 81, S_POINTS = 151 };
static const double S_MAX = 12; // beyond it a value is worth the whole entropy

struct InfoTable {
    double bits[P_POINTS][S_POINTS]; // p = (i / 80)^2 / 2, s = 12 (j / 150)^2
};

static double entropy(double p)
{
    return p <= 0 || p >= 1 ? 0 : -(p * log2(p) + (1 - p) * log2(1 - p));
}

double info_exact(double p, double separation)
{
    // H(input) - E H(input | value); the value about either mean, on a grid of +-8 deviations.
    enum { STEPS = 112 };
    if (p <= 0 || p >= 1 || separation <= 0)
        return 0;
    double low = -8, high = separation + 8, step = (high - low) / STEPS, left = 0;
    for (int i = 0; i <= STEPS; i++) {
        double y = low + i * step;
        double f0 = (1 - p) * exp(-y * y / 2),
               f1 = p * exp(-(y - separation) * (y - separation) / 2);
        if (f0 + f1 > 0)
            left += (f0 + f1) * entropy(f1 / (f0 + f1));
    }
    return fmax(0, entropy(p) - left * step / sqrt(2 * G_PI));
}

InfoTable *info_new(void)
{
    InfoTable *table = g_new(InfoTable, 1);
    for (int i = 0; i < P_POINTS; i++) {
        for (int j = 0; j < S_POINTS; j++) {
            double x = (double)i / (P_POINTS - 1), y = (double)j / (S_POINTS - 1);
            table->bits[i][j] = info_exact(x * x / 2, S_MAX * y * y);
        }
    }
    return table;
}

void info_free(InfoTable *table)
{
    g_free(table);
}

double info_gaussian(const InfoTable *table, double p, double separation)
{
    double q = fmin(p, 1 - p);
    if (!(q > 0) || !(separation > 0))
        return 0;
    if (separation >= S_MAX)
        return entropy(q);
    double x = sqrt(2 * q) * (P_POINTS - 1), y = sqrt(separation / S_MAX) * (S_POINTS - 1);
    int i = MIN((int)x, P_POINTS - 2), j = MIN((int)y, S_POINTS - 2);
    double u = x - i, v = y - j;
    return (1 - u) * ((1 - v) * table->bits[i][j] + v * table->bits[i][j + 1]) +
           u * ((1 - v) * table->bits[i + 1][j] + v * table->bits[i + 1][j + 1]);
}

double info_binary(double p, double q_good, double q_bad, int k)
{
    double left = 0, choose = 1;
    for (int bad = 0; bad <= k; bad++) {
        double f0 = (1 - p) * choose * pow(q_good, bad) * pow(1 - q_good, k - bad);
        double f1 = p * choose * pow(q_bad, bad) * pow(1 - q_bad, k - bad);
        if (f0 + f1 > 0)
            left += (f0 + f1) * entropy(f1 / (f0 + f1));
        choose = choose * (k - bad) / (bad + 1);
    }
    return fmax(0, entropy(p) - left);
}

double info_capacity(double separation)
{
    return info_exact(0.5, separation); // symmetric: the maximum is in the middle
}
