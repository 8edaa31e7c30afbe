// The rules of other tools, written from what their sources do.
#include "common/stats/field_rules.h"

#include "common/stats/summaries.h"
#include "common/stats/welch.h"

#include <glib.h>
#include <math.h>

static const double LKP_RATIO_LEAST = 1.01, LKP_DISTANCE = 2;
enum { LKP_CUT_SHIFT = 5, LKP_CUT_MOST = 3, LKP_CUT_FEW = 1, LKP_FEW = 3 };
static const double MMTESTS_NORMAL_975 = 1.959963984540054, MMTESTS_SDIFF_LEAST = 2;
static const double T7_LEAST = 7, T7_CHANGE_LEAST = 0.02;
static const double MANN_WHITNEY_ALPHA = 0.05;

static const char *const NAMES[FIELD_COUNT] = {"lkp",           "lkp-gap", "mmtests",
                                               "mmtests-sdiff", "t7",      "mann-whitney"};
static const char *const EXPLANATIONS[FIELD_COUNT] = {
    "LKP: each range lies beyond the other's median",
    "LKP with a distance: the gap is over half the distance of the medians",
    "MMTests: means apart by over 1.96 (s + s)",
    "MMTests' sdiff above 2: means apart by over 2 s",
    "Perfherder: t above 7 and 2 % apart",
    "Mann-Whitney, p <= .05 each by itself"};

/* --- LKP --- */

typedef struct {
    double low, middle, high;
    int n;
} Range;

static Range range_of(const double *values, int n, int cut_most)
{
    g_autofree double *sorted = g_memdup2(values, (gsize)n * sizeof *values);
    sort_values(sorted, n);
    int cut = MIN(n >> LKP_CUT_SHIFT, cut_most), kept = n - 2 * cut;
    return (Range){sorted[cut], sorted[cut + kept / 2], sorted[cut + kept - 1], kept};
}

/* Whether high lies above low, by the rule. */
static bool lkp_is_above(const Range *high, const Range *low, bool by_gap)
{
    if (!by_gap)
        return high->low > low->middle && high->middle > low->high;
    double gap = high->low - low->high;
    if (high->n < LKP_FEW || low->n < LKP_FEW)
        return gap > LKP_DISTANCE * MAX(high->high - high->low, low->high - low->low);
    return gap > 0 && gap > (high->middle - low->middle) / LKP_DISTANCE;
}

static int call_lkp(const double *base, int n, const double *new_, int m, bool by_gap)
{
    if (n < LKP_FEW && m < LKP_FEW)
        return 0;
    Range a = range_of(base, n, LKP_CUT_MOST);
    Range b = range_of(new_, m, n <= LKP_FEW ? LKP_CUT_FEW : LKP_CUT_MOST);
    double high = MAX(a.middle, b.middle), low = MIN(a.middle, b.middle);
    if (low > 0 && high / low <= LKP_RATIO_LEAST) // of what is not positive it takes 5
        return 0;
    if (lkp_is_above(&b, &a, by_gap))
        return 1;
    return lkp_is_above(&a, &b, by_gap) ? -1 : 0;
}

/* --- MMTests --- */

typedef struct {
    double mean, spread; // NAN where MMTests has none
} Level;

static Level level_of(const double *values, int n, Better better)
{
    if (better != BETTER_HIGHER)
        return (Level){mean_arithmetic(values, n), deviation(values, n)};
    Level level = {mean_harmonic(values, n), NAN};
    if (n < 2 || isnan(level.mean))
        return level;
    double squares = 0;
    for (int i = 0; i < n; i++)
        squares += pow(1 / values[i] - 1 / level.mean, 2);
    level.spread = sqrt(squares * pow(level.mean, 4) / n);
    return level;
}

/* Where there is no spread MMTests takes the bare difference for the number of spreads. */
static int call_mmtests(const double *base, int n, const double *new_, int m, Better better,
                        bool by_sdiff)
{
    Level a = level_of(base, n, better), b = level_of(new_, m, better);
    double spread = by_sdiff ? sqrt((a.spread * a.spread + b.spread * b.spread) / 2)
                             : MMTESTS_NORMAL_975 * (a.spread + b.spread);
    double distance = (b.mean - a.mean) / (spread == 0 ? 1 : spread);
    double least = by_sdiff ? MMTESTS_SDIFF_LEAST : 1;
    return (distance > least) - (distance < -least); // neither of NAN
}

/* --- t > 7, Mann-Whitney --- */

/* A side of one value has no variance; Perfherder counts it as 0. */
static int call_t7(const double *base, int n, const double *new_, int m)
{
    Side a = side_of(base, n), b = side_of(new_, m);
    double change = b.mean - a.mean, se = sqrt(a.var / n + b.var / m);
    double t = change == 0 ? 0 : se == 0 ? INFINITY : fabs(change) / se;
    if (t <= T7_LEAST || fabs(change) < T7_CHANGE_LEAST * fabs(a.mean))
        return 0;
    return change > 0 ? 1 : -1;
}

static int call_mann_whitney(const double *base, int n, const double *new_, int m,
                             RankTables *tables)
{
    RankTest test;
    mann_whitney(base, n, new_, m, tables, &test);
    if (test.p > MANN_WHITNEY_ALPHA)
        return 0;
    return test.u > n * (double)m / 2 ? 1 : -1;
}

/* --- public --- */

const char *field_rule_format(FieldRule rule)
{
    return NAMES[rule];
}

const char *field_rule_explain(FieldRule rule)
{
    return EXPLANATIONS[rule];
}

int field_rule_call(FieldRule rule, const double *base, int n, const double *new_, int m,
                    Better better, RankTables *tables)
{
    switch (rule) {
    case FIELD_LKP:
    case FIELD_LKP_GAP:
        return call_lkp(base, n, new_, m, rule == FIELD_LKP_GAP);
    case FIELD_MMTESTS:
    case FIELD_MMTESTS_SDIFF:
        return call_mmtests(base, n, new_, m, better, rule == FIELD_MMTESTS_SDIFF);
    case FIELD_T7:
        return call_t7(base, n, new_, m);
    case FIELD_MANN_WHITNEY:
        return call_mann_whitney(base, n, new_, m, tables);
    case FIELD_COUNT:
        break;
    }
    return 0;
}
