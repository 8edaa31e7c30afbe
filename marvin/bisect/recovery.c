// The share of a change that a revert takes back.
#include "marvin/bisect/recovery.h"

#include <glib.h>
#include <math.h>

#include "common/stats/tdist.h"

enum { RUNS_LEAST = 5, RUNS_MOST = 40, RUNS_FACTOR = 16 };

void level_add(Level *level, double x)
{
    double delta = x - level->mean;
    level->n++;
    level->mean += delta / level->n;
    level->ss += delta * (x - level->mean);
}

int recovery_runs(double separation)
{
    return (int)CLAMP(ceil(RUNS_FACTOR / (separation * separation)), RUNS_LEAST, RUNS_MOST);
}

Recovery recovery_estimate(const Level *old, const Level *whole, const Level *reverted)
{
    Recovery recovery = {NAN, NAN, NAN};
    double change = whole->mean - old->mean;
    int df = old->n + whole->n + reverted->n - 3;
    if (old->n < 1 || whole->n < 1 || reverted->n < 1 || change == 0)
        return recovery;
    double share = (whole->mean - reverted->mean) / change;
    recovery.share = share;
    if (df < 1)
        return recovery;
    double variance = (old->ss + whole->ss + reverted->ss) / df;
    double unit = (1 - share) * (1 - share) / whole->n + 1.0 / reverted->n + share * share / old->n;
    double half = student_quantile(.975, df) * sqrt(variance * unit) / fabs(change);
    recovery.low = share - half;
    recovery.high = share + half;
    return recovery;
}
