// Whether an effect stays with another layout.
#include "marvin/bisect/layout.h"

#include <glib.h>
#include <math.h>

#include "common/stats/tdist.h"

enum { RUNS_LEAST = 5, RUNS_MOST = 40, RUNS_FACTOR = 50 };

static const double HALF = .5, NEXT_TO_NOTHING = .2;

const char *layout_format(LayoutKind kind)
{
    static const char *const WORDS[] = {"not-measured", "running",     "identical", "stays",
                                        "partly",       "code-layout", "unclear"};
    return WORDS[kind];
}

int layout_runs(double separation)
{
    return (int)CLAMP(ceil(RUNS_FACTOR / (separation * separation)), RUNS_LEAST, RUNS_MOST);
}

static LayoutKind kind_of(const LayoutResult *result)
{
    bool is_half = result->share >= HALF;
    if (isnan(result->low))
        return LAYOUT_UNCLEAR;
    if (result->high < NEXT_TO_NOTHING)
        return LAYOUT_APPARENT;
    if (result->low > 0)
        return is_half ? LAYOUT_STAYS : LAYOUT_PARTLY;
    return !is_half && result->high < 1 ? LAYOUT_APPARENT : LAYOUT_UNCLEAR;
}

/* 1/n of the difference of two means. */
static double unit_of(const Level levels[2])
{
    return 1.0 / levels[0].n + 1.0 / levels[1].n;
}

LayoutResult layout_judge(const Level ordinary[2], const Level other[2], bool is_log)
{
    LayoutResult result = {.kind = LAYOUT_UNCLEAR,
                           .n = MIN(other[0].n, other[1].n),
                           .effect = {NAN, NAN, NAN, is_log},
                           .share = NAN,
                           .low = NAN,
                           .high = NAN};
    double usual = ordinary[1].mean - ordinary[0].mean, here = other[1].mean - other[0].mean;
    int df = ordinary[0].n + ordinary[1].n + other[0].n + other[1].n - 4;
    if (result.n < 1 || ordinary[0].n < 1 || ordinary[1].n < 1 || usual == 0)
        return result;
    result.effect.change = here;
    result.share = here / usual;
    if (df < 1)
        return result;
    double variance = (ordinary[0].ss + ordinary[1].ss + other[0].ss + other[1].ss) / df;
    double t = student_quantile(.975, df);
    double unit = unit_of(other) + result.share * result.share * unit_of(ordinary);
    double half = t * sqrt(variance * unit) / fabs(usual);
    result.low = result.share - half;
    result.high = result.share + half;
    result.effect.low = here - t * sqrt(variance * unit_of(other));
    result.effect.high = here + t * sqrt(variance * unit_of(other));
    result.kind = kind_of(&result);
    return result;
}
