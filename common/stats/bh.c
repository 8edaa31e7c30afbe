// Benjamini-Hochberg, and Benjamini-Yekutieli on demand.
#include "common/stats/bh.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>

typedef struct {
    double p;
    int place;
} Placed;

static int compare_placed(const void *a, const void *b)
{
    double x = ((const Placed *)a)->p, y = ((const Placed *)b)->p;
    return (x > y) - (x < y);
}

void bh_adjust(const double *p, int m, bool by, double *ret_q)
{
    if (m == 0)
        return;
    g_autofree Placed *sorted = g_new(Placed, m);
    double factor = m;
    if (by) {
        factor = 0;
        for (int i = 1; i <= m; i++)
            factor += (double)m / i;
    }
    for (int i = 0; i < m; i++)
        sorted[i] = (Placed){p[i], i};
    qsort(sorted, (size_t)m, sizeof *sorted, compare_placed);
    double least = 1;
    for (int i = m; i >= 1; i--) {
        least = fmin(least, factor * sorted[i - 1].p / i);
        ret_q[sorted[i - 1].place] = least;
    }
}
