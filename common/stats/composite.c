// The geometric mean of a cell's members with its uncertainty from the boots.
#include "common/stats/composite.h"

#include "common/stats/tdist.h"
#include "common/stats/welch.h"

#include <glib.h>
#include <math.h>

static const double ALPHA = 0.05; // of the interval
static const double CORRELATION = 0.5; // assumed between members that share no boots

typedef struct {
    const CompositeMember *member;
    double weight; // all sum to 1
} Part;

static bool has_direction(const CompositeMember *member)
{
    return member->better != BETTER_NONE;
}

/* Number of finite values; -1 where one is not positive. */
static int usable(const double *values, int n)
{
    int count = 0;
    for (int i = 0; i < n; i++) {
        if (!isfinite(values[i]))
            continue;
        if (values[i] <= 0)
            return -1;
        count++;
    }
    return count;
}

static bool counts(const CompositeMember *member)
{
    bool out = member->state == STATE_FAILED || member->state == STATE_NOT_COMPARABLE ||
               member->state == STATE_PENDING;
    return has_direction(member) && !out && usable(member->base, member->n_base) > 0 &&
           usable(member->new_, member->n_new) > 0;
}

/* Equal weight for each group, and within it for each member. */
static void set_weights(Part *parts, int n)
{
    g_autoptr(GHashTable) sizes = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (int i = 0; i < n; i++) {
        gpointer key = GINT_TO_POINTER(parts[i].member->group);
        int size = GPOINTER_TO_INT(g_hash_table_lookup(sizes, key));
        g_hash_table_insert(sizes, key, GINT_TO_POINTER(size + 1));
    }
    for (int i = 0; i < n; i++) {
        gpointer key = GINT_TO_POINTER(parts[i].member->group);
        int size = GPOINTER_TO_INT(g_hash_table_lookup(sizes, key));
        parts[i].weight = 1.0 / size / g_hash_table_size(sizes);
    }
}

/* ln of the values, oriented, so that more is better. */
static Side side_of_logs(const double *values, int n, Better better)
{
    g_autofree double *logs = g_new(double, MAX(n, 1));
    int count = 0;
    for (int i = 0; i < n; i++) {
        if (isfinite(values[i]))
            logs[count++] = log(orient_ratio(values[i], better));
    }
    return side_of(logs, count);
}

/* One number a boot: the weighted sum of the parts' logs; boots with a part missing are left out.
 */
static Side side_of_boots(const Part *parts, int n, bool new_)
{
    int boots = G_MAXINT;
    for (int i = 0; i < n; i++)
        boots = MIN(boots, new_ ? parts[i].member->n_new : parts[i].member->n_base);
    g_autofree double *sums = g_new(double, MAX(boots, 1));
    int count = 0;
    for (int r = 0; r < boots; r++) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            const CompositeMember *member = parts[i].member;
            double value = new_ ? member->new_[r] : member->base[r];
            sum +=
                isfinite(value) ? parts[i].weight * log(orient_ratio(value, member->better)) : NAN;
        }
        if (isfinite(sum))
            sums[count++] = sum;
    }
    return side_of(sums, count);
}

/* Separate boots: differences add, standard errors with CORRELATION between members. */
static bool welch_of_parts(const Part *parts, int n, Welch *ret_welch)
{
    double difference = 0, squares = 0, sum = 0, df_parts = 0;
    for (int i = 0; i < n; i++) {
        const CompositeMember *member = parts[i].member;
        Side a = side_of_logs(member->base, member->n_base, member->better);
        Side b = side_of_logs(member->new_, member->n_new, member->better);
        difference += parts[i].weight * (b.mean - a.mean);
        if (a.n < 2 || b.n < 2)
            sum = NAN;
        Welch one;
        if (!welch_plain(a, b, &one))
            continue; // constants add nothing
        double share = parts[i].weight * one.se;
        sum += share;
        squares += share * share;
        df_parts += pow(share, 4) / one.df;
    }
    double variance = (1 - CORRELATION) * squares + CORRELATION * sum * sum;
    *ret_welch = (Welch){.difference = difference,
                         .se = sqrt(variance),
                         .df = squares > 0 ? squares * squares / df_parts : 1};
    return isfinite(variance) && variance > 0;
}

static void set_ratio(const Part *parts, int n, bool shared_boots, Composite *composite)
{
    Welch welch = {0};
    bool known = welch_of_parts(parts, n, &welch);
    composite->ratio = exp(welch.difference);
    if (shared_boots) {
        Side a = side_of_boots(parts, n, false), b = side_of_boots(parts, n, true);
        Welch whole;
        bool all = a.n >= 2 && b.n >= 2 && welch_plain(a, b, &whole);
        if (all) { // the number stays that of all values; its spread is that of the boots
            welch.se = whole.se;
            welch.df = whole.df;
        }
        known = all || (known && (a.n < 2 || b.n < 2));
    }
    if (!known)
        return;
    double low = 0, high = 0;
    welch_interval(&welch, ALPHA, &low, &high);
    composite->ci_low = exp(low);
    composite->ci_high = exp(high);
    composite->p = welch_p(&welch);
}

static void note_member(const CompositeMember *members, int i, Composite *composite)
{
    double ratio = members[i].ratio;
    int worst = composite->worst, significant = composite->worst_significant;
    composite->better += members[i].state == STATE_IMPROVED;
    composite->worse += members[i].state == STATE_REGRESSED;
    if (!isfinite(ratio))
        return;
    if (worst < 0 || ratio < members[worst].ratio)
        composite->worst = i;
    if (members[i].state == STATE_REGRESSED &&
        (significant < 0 || ratio < members[significant].ratio))
        composite->worst_significant = i;
}

void composite_compute(const CompositeMember *members, int n, bool shared_boots,
                       Composite *ret_composite)
{
    Composite composite = {.ratio = NAN,
                           .ci_low = NAN,
                           .ci_high = NAN,
                           .p = NAN,
                           .worst = -1,
                           .worst_significant = -1};
    g_autofree Part *parts = g_new(Part, MAX(n, 1));
    for (int i = 0; i < n; i++) {
        if (!has_direction(&members[i]))
            continue;
        composite.expected++;
        note_member(members, i, &composite);
        if (counts(&members[i]))
            parts[composite.present++] = (Part){&members[i], 0};
    }
    if (composite.present > 0) {
        set_weights(parts, composite.present);
        set_ratio(parts, composite.present, shared_boots, &composite);
    }
    *ret_composite = composite;
}
