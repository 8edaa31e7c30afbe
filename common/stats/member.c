// A.3.1 to A.3.3, and the parts of A.3.5 and A.3.6 that one member knows by itself.
#include "common/stats/member.h"

#include "common/stats/hl.h"
#include "common/stats/prior.h"
#include "common/stats/summaries.h"

#include <math.h>
#include <string.h>

static const double SUSPECT_SIGMAS = 3;
static const double FLOOR_SHARE = 20; // s_f is at least this part of the margin
enum { WARN_LEAST = 20 }; // boots from which the warnings are looked for
static const double SERIAL_LEAST = 0.3, SARLE_LIMIT = 0.555;

static int copy_finite(const double *values, int n, double *target)
{
    int count = 0;
    for (int i = 0; i < n; i++) {
        if (isfinite(values[i]))
            target[count++] = values[i];
    }
    return count;
}

static bool all_positive(const double *values, int n)
{
    for (int i = 0; i < n; i++) {
        if (!(values[i] > 0))
            return false;
    }
    return true;
}

static bool all_equal(const double *values, int n)
{
    for (int i = 1; i < n; i++) {
        if (values[i] != values[0])
            return false;
    }
    return true;
}

/* x = ln(value) where all are positive, else value/|base|, so that L needs no factor there. */
static void set_scale(Work *work, bool is_log, double base)
{
    int total = work->n + work->m;
    double unit = base == 0 || is_log ? 1 : fabs(base);
    for (int i = 0; i < total; i++)
        work->x[i] = is_log ? log(work->raw[i]) : work->raw[i] / unit;
    memcpy(work->sorted, work->x, (size_t)total * sizeof *work->x);
    sort_values(work->sorted, work->n);
    sort_values(work->sorted + work->n, work->m);
}

static void set_levels(Work *work, const Member *member)
{
    work->level = log1p(member->margin);
    double noise = 2 * member->history.tau_a;
    if (member->history.floor_a > 0)
        noise = member->history.floor_a;
    work->level_red = fmax(work->level, noise);
}

/* s_f of A.3.6, relative to the base; where the base is 0, in the unit of the metric. */
static double floor_deviation(const Work *work, const Member *member, double base)
{
    double resolution = member->resolution;
    if (!(resolution > 0))
        resolution = smallest_step(work->raw, work->n + work->m);
    double step = resolution / sqrt(12);
    if (base == 0)
        return step;
    return fmax(step / fabs(base), work->level / FLOOR_SHARE);
}

static Kind kind_of(const Work *work, const Member *member, bool is_log, double base)
{
    if (member->preset != STATE_NONE)
        return KIND_PASSED;
    if (work->n == 0 || work->m == 0)
        return KIND_NO_DATA;
    if (member->deterministic)
        return KIND_DETERMINISTIC;
    if (MIN(work->n, work->m) == 1)
        return KIND_UNCONFIRMED;
    if (all_equal(work->raw, work->n + work->m))
        return KIND_EQUAL;
    return !is_log && base == 0 ? KIND_ZERO_BASE : KIND_TESTED;
}

static void set_history(Work *work, const Member *member, bool is_log, double base)
{
    const History *history = &member->history;
    if (!(history->df >= PRIOR_HISTORY_LEAST) || history->is_log != is_log ||
        (!is_log && base == 0))
        return;
    double unit = is_log ? 1 : base * base;
    work->history =
        (Prior){fmax(history->var / unit, work->floor_var), fmin(history->df, PRIOR_DF_LIMIT)};
}

/* More than 3 sigma off, by the spread that the series is known to have (A.3.5, n_min = 1). */
static bool is_suspect(const Work *work, const Member *member, bool is_log, double base,
                       double effect)
{
    const History *history = &member->history;
    if (!(history->df >= PRIOR_HISTORY_LEAST) || history->is_log != is_log ||
        (!is_log && base == 0))
        return false;
    double sigma = sqrt(history->var) / (is_log ? 1 : fabs(base));
    return fabs(effect) > SUSPECT_SIGMAS * sigma * sqrt(1.0 / work->n + 1.0 / work->m);
}

static void set_warnings(const Work *work, Judged *judged)
{
    const double *a = work->x, *b = work->x + work->n;
    int total = work->n + work->m;
    if (total >= WARN_LEAST) {
        judged->rho1 = serial_correlation(a, work->n, b, work->m);
        if (isfinite(judged->rho1))
            judged->n_eff = effective_count(total, judged->rho1);
        if (judged->rho1 > fmax(SERIAL_LEAST, 2 / sqrt(total)))
            judged->warnings |= WARN_SERIAL;
    }
    if ((work->n >= WARN_LEAST && sarle_bimodality(a, work->n) > SARLE_LIMIT) ||
        (work->m >= WARN_LEAST && sarle_bimodality(b, work->m) > SARLE_LIMIT))
        judged->warnings |= WARN_MODES;
}

static Judged judged_null(void)
{
    return (Judged){.base = NAN,
                    .new_ = NAN,
                    .ratio = NAN,
                    .ci_low = NAN,
                    .ci_high = NAN,
                    .p_mwu = NAN,
                    .p_welch = NAN,
                    .p = NAN,
                    .q = NAN,
                    .q_red = NAN,
                    .mde = NAN,
                    .boots_needed = -1,
                    .test = "none",
                    .rho1 = NAN,
                    .n_eff = NAN,
                    .effect = NAN,
                    .difference = NAN,
                    .se = NAN,
                    .df = NAN,
                    .prior_var = NAN};
}

/* What needs values on both sides. */
static void work_compare(Work *work, const Member *member, RankTables *tables, Judged *judged)
{
    int n = work->n, m = work->m;
    bool is_log = all_positive(work->raw, n + m);
    set_scale(work, is_log, judged->base);
    set_levels(work, member);
    work->floor_var = pow(floor_deviation(work, member, judged->base), 2);
    set_history(work, member, is_log, judged->base);
    work->kind = kind_of(work, member, is_log, judged->base);
    work->a = side_of(work->x, n);
    work->b = side_of(work->x + n, m);
    judged->is_log = is_log;
    judged->effect = hodges_lehmann(work->sorted, n, work->sorted + n, m);
    judged->difference = work->b.mean - work->a.mean;
    if (is_log)
        judged->ratio = orient_ratio(exp(judged->effect), member->better);
    Welch plain;
    if (welch_plain(work->a, work->b, &plain))
        judged->p_welch = welch_p(&plain);
    RankTest rank;
    mann_whitney(work->raw, n, work->raw + n, m, tables, &rank);
    judged->p_mwu = rank.p;
    set_warnings(work, judged);
    if (work->kind == KIND_UNCONFIRMED &&
        is_suspect(work, member, is_log, judged->base, judged->effect))
        judged->reason = "suspect";
    work->s2_a = work->a.var;
    work->s2_b = work->b.var;
    work->a.var = fmax(work->a.var, work->floor_var);
    work->b.var = fmax(work->b.var, work->floor_var);
}

void work_init(Work *work, const Member *member, RankTables *tables, Judged *judged)
{
    int room = member->n_base + member->n_new;
    *judged = judged_null();
    *work =
        (Work){.raw = g_new(double, room), .x = g_new(double, room), .sorted = g_new(double, room)};
    work->n = copy_finite(member->base, member->n_base, work->raw);
    work->m = copy_finite(member->new_, member->n_new, work->raw + work->n);
    judged->n_base = work->n;
    judged->n_new = work->m;
    judged->n_failed = room - work->n - work->m;
    if (work->n > 0)
        judged->base = mean_arithmetic(work->raw, work->n);
    if (work->m > 0)
        judged->new_ = mean_arithmetic(work->raw + work->n, work->m);
    work->kind = kind_of(work, member, true, 1);
    if (work->n > 0 && work->m > 0)
        work_compare(work, member, tables, judged);
}

void work_clear(Work *work)
{
    g_free(work->raw);
    g_free(work->x);
    g_free(work->sorted);
    *work = (Work){0};
}

bool work_in_m(const Work *work)
{
    return work->kind == KIND_EQUAL || work->kind == KIND_ZERO_BASE || work->kind == KIND_TESTED;
}
