// The decision procedure, STATISTICS A.3.4 to A.3.8: the test of each member, calibration,
// multiplicity, states. The order is that of family_decide() at the end.
#include "common/stats/decide.h"

#include "common/stats/bh.h"
#include "common/stats/calibrate.h"
#include "common/stats/hl.h"
#include "common/stats/member.h"
#include "common/stats/prior.h"
#include "common/stats/tdist.h"

#include <math.h>

static const double RATE = 0.05; // q and the level of decisions
static const double ALPHA = 0.05; // of the interval
static const double EQUIVALENCE_ALPHA = 0.05; // each of the two one-sided tests
static const double POWER = 0.8; // of the smallest visible effect
static const double BOOTS_FACTOR = 41.8; // A.3.8: 2 (z(.9995) + z(.9))^2
enum { RANK_LEAST = 10, CALIBRATE_LEAST = 100, BOOTS_LIMIT = 100 };
static const uint64_t SEED = 0x6d617276696e; // "marvin"

typedef struct {
    const Member *members;
    Work *work;
    Judged *judged;
    int n;
    int size; // M
    double q;
    bool by;
    uint64_t seed;
    Prior prior; // the family's own
    RankTables *tables;
} Family;

/* ln(2 / C(n+m, n)): the smallest p that the rank test can give. */
static double log_least_p(int n, int m)
{
    return M_LN2 - lgamma(n + m + 1.0) + lgamma(n + 1.0) + lgamma(m + 1.0);
}

static bool is_ranked(const Work *work, const Family *family)
{
    return MIN(work->n, work->m) >= RANK_LEAST &&
           log_least_p(work->n, work->m) <= log(family->q / family->size);
}

/* The family's prior over its members' pooled, floored variances (Smyth 2004). */
static Prior family_prior(const Family *family)
{
    g_autofree double *var = g_new(double, MAX(family->n, 1));
    g_autofree double *df = g_new(double, MAX(family->n, 1));
    int k = 0;
    for (int i = 0; i < family->n; i++) {
        const Work *w = &family->work[i];
        if (!work_in_m(w) || w->kind == KIND_ZERO_BASE)
            continue;
        df[k] = w->n + w->m - 2;
        double pooled = ((w->n - 1) * w->s2_a + (w->m - 1) * w->s2_b) / df[k];
        var[k++] = fmax(pooled, w->floor_var);
    }
    return prior_family(var, df, k);
}

static Prior prior_of(const Work *work, const Family *family)
{
    if (work->kind == KIND_ZERO_BASE)
        return (Prior){0};
    if (work->history.df > 0)
        return work->history;
    return (Prior){fmax(family->prior.var, work->floor_var), family->prior.df};
}

static void set_tests(Family *family)
{
    for (int i = 0; i < family->n; i++) {
        Work *w = &family->work[i];
        Judged *j = &family->judged[i];
        if (!work_in_m(w))
            continue;
        Prior prior = prior_of(w, family);
        w->welch = welch_moderated(w->a, w->b, prior);
        w->ranked = is_ranked(w, family);
        j->in_m = true;
        j->se = w->welch.se;
        j->df = w->welch.df;
        j->prior_df = prior.df;
        j->prior_var = prior.df > 0 ? prior.var : NAN;
        j->test = w->ranked ? "mann-whitney" : "welch-moderated";
        j->p = w->kind == KIND_EQUAL ? 1 : w->ranked ? j->p_mwu : welch_p(&w->welch);
    }
}

/* A seed from the values alone, so that the order of members is no matter. */
static uint64_t seed_of(const Work *work, uint64_t seed)
{
    uint64_t hash = seed;
    for (int i = 0; i < work->n + work->m; i++) {
        union {
            double value;
            uint64_t bits;
        } word = {.value = work->raw[i]};
        hash = (hash ^ word.bits) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
    }
    return hash;
}

static void calibrate_family(Family *family)
{
    g_autofree Regrouped *moderated = g_new(Regrouped, family->n);
    g_autofree int *place = g_new(int, family->n);
    g_autofree double *p = g_new(double, family->n);
    int count = 0;
    for (int i = 0; i < family->n; i++) {
        const Work *w = &family->work[i];
        const Judged *j = &family->judged[i];
        if (w->kind != KIND_TESTED || w->ranked)
            continue;
        place[count] = i;
        moderated[count++] = (Regrouped){.x = w->x,
                                         .n = w->n,
                                         .m = w->m,
                                         .floor_var = w->floor_var,
                                         .prior = {j->prior_df > 0 ? j->prior_var : 0, j->prior_df},
                                         .p = j->p,
                                         .seed = seed_of(w, family->seed)};
    }
    calibrate(moderated, count, p);
    for (int i = 0; i < count; i++)
        family->judged[place[i]].p = p[i];
}

/* q over M, and q_red over the same M with p = 1 where the effect is within L_A (A.3.7). */
static int set_multiplicity(Family *family)
{
    g_autofree double *p = g_new(double, MAX(family->size, 1));
    g_autofree double *red = g_new(double, MAX(family->size, 1));
    int k = 0, rejected = 0;
    for (int i = 0; i < family->n; i++) {
        const Judged *j = &family->judged[i];
        if (!j->in_m)
            continue;
        const Work *w = &family->work[i];
        bool large = w->kind == KIND_TESTED && fabs(j->effect) >= w->level_red;
        p[k] = j->p;
        red[k++] = large ? j->p : 1;
    }
    bh_adjust(p, k, family->by, p);
    bh_adjust(red, k, family->by, red);
    k = 0;
    for (int i = 0; i < family->n; i++) {
        Judged *j = &family->judged[i];
        if (!j->in_m)
            continue;
        j->q = p[k];
        j->q_red = red[k++];
        rejected += j->q_red <= family->q;
    }
    return rejected;
}

/* The interval on the scale of the test, from the test that gave p (A.3.4), as oriented ratios. */
static void set_interval(const Work *w, Better better, RankTables *tables, Judged *j)
{
    double low = NAN, high = NAN;
    if (!j->is_log)
        return;
    if (w->ranked)
        rank_interval(w->sorted, w->n, w->sorted + w->n, w->m, ALPHA, tables, &low, &high, NULL);
    else
        welch_interval(&w->welch, ALPHA, &low, &high);
    double from = orient_ratio(exp(low), better), to = orient_ratio(exp(high), better);
    j->ci_low = fmin(from, to);
    j->ci_high = fmax(from, to);
}

static void set_visible(const Family *family, int rejected, const Work *w, double margin, Judged *j)
{
    if (w->kind == KIND_ZERO_BASE)
        return;
    double alpha = family->q * MAX(1, rejected) / family->size;
    double reach = student_quantile(1 - alpha / 2, j->df) + student_quantile(POWER, j->df);
    // on the linear scale x is in parts of the base already
    double effect = j->is_log ? expm1(reach * j->se) : reach * j->se;
    if (isfinite(effect))
        j->mde = fmax(margin, effect);
}

static void set_boots(const Work *w, Judged *j)
{
    double spread = (w->welch.var_a + w->welch.var_b) / 2;
    double boots = fmax(1, ceil(BOOTS_FACTOR * spread / (w->level * w->level)) - MIN(w->n, w->m));
    if (boots <= BOOTS_LIMIT)
        j->boots_needed = (int)boots;
    else
        j->reason = "too noisy for this margin";
}

/* Whether the effect is a gain, its sign turned by the metric's direction. */
static bool is_gain(double effect, Better better)
{
    return better == BETTER_LOWER ? effect < 0 : effect > 0;
}

/* A.3.8 for a tested member, without regard to a missing direction. */
static State tested_state(const Family *family, const Work *w, Better better, const Judged *j)
{
    bool gain = is_gain(j->effect, better);
    if (j->q_red <= family->q)
        return gain ? STATE_IMPROVED : STATE_REGRESSED;
    bool significant = j->q <= family->q;
    bool equivalent = welch_equivalence_p(&w->welch, w->level) < EQUIVALENCE_ALPHA;
    if (equivalent && !(significant && fabs(j->effect) >= w->level / 4))
        return STATE_SAME;
    if (significant && fabs(j->effect) < w->level_red)
        return gain ? STATE_SMALL_GAIN : STATE_SMALL_LOSS;
    return STATE_UNDECIDED;
}

static State exact_state(const Work *w, Better better, Judged *j)
{
    j->test = "exact";
    if (w->a.n > 0 && (w->s2_a > 0 || w->s2_b > 0))
        j->reason = "values vary";
    if (j->effect == 0)
        return STATE_SAME;
    if (!j->is_log && j->base == 0) {
        j->reason = "base is zero";
        return STATE_UNDECIDED;
    }
    bool gain = is_gain(j->effect, better);
    if (fabs(j->effect) >= w->level)
        return gain ? STATE_IMPROVED : STATE_REGRESSED;
    return gain ? STATE_SMALL_GAIN : STATE_SMALL_LOSS;
}

static State state_of(const Family *family, const Work *w, const Member *member, Judged *j)
{
    switch (w->kind) {
    case KIND_PASSED:
        return member->preset;
    case KIND_NO_DATA:
        return STATE_NO_DATA;
    case KIND_UNCONFIRMED:
        return STATE_UNCONFIRMED;
    case KIND_EQUAL:
        return STATE_SAME;
    case KIND_ZERO_BASE:
        j->reason = "base is zero";
        return STATE_UNDECIDED;
    case KIND_DETERMINISTIC:
        return exact_state(w, member->better, j);
    default:
        return tested_state(family, w, member->better, j);
    }
}

static void set_states(const Family *family, int rejected)
{
    for (int i = 0; i < family->n; i++) {
        const Work *w = &family->work[i];
        const Member *member = &family->members[i];
        Judged *j = &family->judged[i];
        j->state = state_of(family, w, member, j);
        if (j->in_m) {
            set_interval(w, member->better, family->tables, j);
            set_visible(family, rejected, w, member->margin, j);
        }
        if (w->kind == KIND_TESTED && j->state == STATE_UNDECIDED)
            set_boots(w, j);
        bool stays =
            j->state == STATE_SAME || !state_is_judged(j->state) || j->state == STATE_UNDECIDED;
        if (member->better == BETTER_NONE && !stays) {
            j->state = STATE_NONE;
            j->reason = "changed";
        }
    }
}

static FamilySummary summarize(const Family *family)
{
    FamilySummary summary = {.size = family->size,
                             .q = family->q,
                             .calibrated = family->size >= CALIBRATE_LEAST,
                             .prior_var = family->prior.df > 0 ? family->prior.var : NAN,
                             .prior_df = family->prior.df};
    for (int i = 0; i < family->n; i++) {
        summary.reds += family->judged[i].state == STATE_REGRESSED;
        summary.greens += family->judged[i].state == STATE_IMPROVED;
    }
    return summary;
}

void family_decide(const Member *members, int n, const FamilyOptions *options, Judged *ret_judged,
                   FamilySummary *ret_summary)
{
    g_autofree Work *work = g_new0(Work, MAX(n, 1));
    g_autoptr(RankTables) tables = rank_tables_new();
    Family family = {.members = members,
                     .work = work,
                     .judged = ret_judged,
                     .n = n,
                     .q = options && options->q > 0 ? options->q : RATE,
                     .by = options && options->by,
                     .seed = options && options->seed ? options->seed : SEED,
                     .tables = tables};
    for (int i = 0; i < n; i++) {
        work_init(&work[i], &members[i], tables, &ret_judged[i]);
        family.size += work_in_m(&work[i]);
    }
    family.prior = family_prior(&family);
    set_tests(&family);
    if (family.size >= CALIBRATE_LEAST)
        calibrate_family(&family);
    set_states(&family, set_multiplicity(&family));
    if (ret_summary)
        *ret_summary = summarize(&family);
    for (int i = 0; i < n; i++)
        work_clear(&work[i]);
}
