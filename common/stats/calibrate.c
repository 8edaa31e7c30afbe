// Regroupings of each member's values: all of them, or 200 drawn without repetition; their p-values
// pooled over members with the same two sizes, or over all where those are few.
#include "common/stats/calibrate.h"

#include "common/stats/summaries.h"

#include <glib.h>
#include <math.h>
#include <string.h>

enum { REGROUPINGS = 200, POOL_LEAST = 50, SEEN = 512 };

// rounding must not make a regrouping that equals the observed one look larger
static const double SLACK = 1 + 1e-9;

/* A member with its values centred, and the grouping under way. */
typedef struct {
    const Regrouped *member;
    double *centred;
    double sum, squares; // of all centred values
    int *chosen; // indices of the first group, ascending
} Grouping;

/* Pooled p-values, counted between those that are asked for. */
typedef struct {
    double *wanted; // the members' own p-values, ascending
    int64_t *counts; // of pooled ones above the wanted one before and not above this one
    int wanted_count;
    int64_t size;
} Pool;

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* C(total, n), or `limit` where it is larger. */
static double choose_limited(int total, int n, double limit)
{
    double ways = 1;
    for (int i = 1; i <= n && ways < limit; i++)
        ways = ways * (total - n + i) / i;
    return fmin(limit, round(ways));
}

static double grouping_p(const Grouping *grouping)
{
    const Regrouped *x = grouping->member;
    double sum = 0, squares = 0;
    for (int i = 0; i < x->n; i++) {
        double value = grouping->centred[grouping->chosen[i]];
        sum += value;
        squares += value * value;
    }
    double rest = grouping->sum - sum, rest_squares = grouping->squares - squares;
    double var_a = (squares - sum * sum / x->n) / (x->n - 1);
    double var_b = (rest_squares - rest * rest / x->m) / (x->m - 1);
    Side a = {x->n, sum / x->n, fmax(var_a, x->floor_var)};
    Side b = {x->m, rest / x->m, fmax(var_b, x->floor_var)};
    Welch welch = welch_moderated(a, b, x->prior);
    return welch_p(&welch);
}

/* The next subset of n of total in lexical order; `fixed` leading places stay. False at the end. */
static bool advance(int *chosen, int n, int total, int fixed)
{
    int i = n - 1;
    while (i >= fixed && chosen[i] == total - n + i)
        i--;
    if (i < fixed)
        return false;
    chosen[i]++;
    for (int j = i + 1; j < n; j++)
        chosen[j] = chosen[j - 1] + 1;
    return true;
}

/* Floyd's draw of n of total, `fixed` (0 or 1) meaning that index 0 is in; sorted. */
static void draw(int *chosen, int n, int total, int fixed, uint64_t *state)
{
    int count = 0;
    if (fixed)
        chosen[count++] = 0;
    for (int top = total - n + fixed; count < n; top++) {
        int pick = fixed + (int)(next_random(state) % (uint64_t)(top - fixed + 1));
        for (int i = fixed; i < count; i++) {
            if (chosen[i] == pick) {
                pick = top;
                break;
            }
        }
        int at = count++;
        for (; at > fixed && chosen[at - 1] > pick; at--)
            chosen[at] = chosen[at - 1];
        chosen[at] = pick;
    }
}

static uint64_t subset_hash(const int *chosen, int n)
{
    uint64_t hash = 0;
    for (int i = 0; i < n; i++)
        hash = (hash ^ (uint64_t)(chosen[i] + 1)) * 0x100000001b3u + (hash >> 29);
    return hash;
}

static bool is_observed(const int *chosen, int n)
{
    return chosen[n - 1] == n - 1;
}

/* Notes the hash in an open table of SEEN places; false if it was there. 0 means free. */
static bool note_new(uint64_t *seen, uint64_t hash)
{
    hash |= 1;
    for (uint64_t place = hash >> 16;; place++) {
        uint64_t *entry = &seen[place % SEEN];
        if (*entry == hash)
            return false;
        if (*entry == 0) {
            *entry = hash;
            return true;
        }
    }
}

/* Counts a pooled p-value at the smallest wanted one that it does not pass. */
static void pool_add(Pool *pool, double p)
{
    int low = 0, high = pool->wanted_count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (p <= pool->wanted[middle] * SLACK)
            high = middle;
        else
            low = middle + 1;
    }
    pool->counts[low]++;
    pool->size++;
}

/* The p-values of 200 different regroupings. */
static void add_drawn(Grouping *grouping, int fixed, Pool *pool)
{
    const Regrouped *x = grouping->member;
    uint64_t state = x->seed, seen[SEEN] = {0};
    int count = 0;
    while (count < REGROUPINGS) {
        draw(grouping->chosen, x->n, x->n + x->m, fixed, &state);
        if (is_observed(grouping->chosen, x->n) ||
            !note_new(seen, subset_hash(grouping->chosen, x->n)))
            continue;
        count++;
        pool_add(pool, grouping_p(grouping));
    }
}

static void add_regroupings(const Regrouped *member, Pool *pool)
{
    int total = member->n + member->m;
    g_autofree double *centred = g_new(double, total);
    g_autofree int *chosen = g_new(int, member->n);
    Grouping grouping = {.member = member, .centred = centred, .chosen = chosen};
    double mean = mean_arithmetic(member->x, total);
    for (int i = 0; i < total; i++) {
        centred[i] = member->x[i] - mean;
        grouping.sum += centred[i];
        grouping.squares += centred[i] * centred[i];
    }
    for (int i = 0; i < member->n; i++)
        chosen[i] = i;
    // of equal sizes, only the regroupings that keep the first value: the others are mirrors
    int fixed = member->n == member->m;
    double ways = choose_limited(total - fixed, member->n - fixed, 1e9);
    if (ways - 1 > REGROUPINGS) {
        add_drawn(&grouping, fixed, pool);
        return;
    }
    while (advance(chosen, member->n, total, fixed))
        pool_add(pool, grouping_p(&grouping));
}

static bool same_sizes(const Regrouped *a, const Regrouped *b)
{
    return (a->n == b->n && a->m == b->m) || (a->n == b->m && a->m == b->n);
}

/* (1 + number of pooled p-values <= p) / (1 + all); p is a wanted one, counts are summed up. */
static double pooled_share(const Pool *pool, double p)
{
    int low = 0, high = pool->wanted_count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (pool->wanted[middle] < p)
            low = middle + 1;
        else
            high = middle;
    }
    return (1.0 + (double)pool->counts[low]) / (1.0 + (double)pool->size);
}

/* Calibrates the members with the sizes of `first`, or, where `first` is NULL, those not done. */
static void calibrate_by(const Regrouped *members, int count, const Regrouped *first, bool *done,
                         double *ret_p)
{
    g_autofree double *wanted = g_new(double, count);
    g_autofree int64_t *counts = g_new0(int64_t, count + 1);
    Pool pool = {.wanted = wanted, .counts = counts};
    for (int i = 0; i < count; i++) {
        if (!done[i] && (!first || same_sizes(&members[i], first)))
            wanted[pool.wanted_count++] = members[i].p;
    }
    sort_values(wanted, pool.wanted_count);
    for (int i = 0; i < count; i++) {
        if (!first || same_sizes(&members[i], first))
            add_regroupings(&members[i], &pool);
    }
    for (int i = 1; i < pool.wanted_count; i++)
        counts[i] += counts[i - 1];
    for (int i = 0; i < count; i++) {
        if (done[i] || (first && !same_sizes(&members[i], first)))
            continue;
        ret_p[i] = fmax(members[i].p, pooled_share(&pool, members[i].p));
        done[i] = true;
    }
}

void calibrate(const Regrouped *members, int count, double *ret_p)
{
    g_autofree bool *done = g_new0(bool, MAX(count, 1));
    g_autofree bool *few = g_new0(bool, MAX(count, 1));
    bool any_few = false;
    for (int i = 0; i < count; i++) {
        if (done[i] || few[i])
            continue;
        int alike = 0;
        for (int j = i; j < count; j++)
            alike += same_sizes(&members[i], &members[j]);
        if (alike >= POOL_LEAST) {
            calibrate_by(members, count, &members[i], done, ret_p);
            continue;
        }
        any_few = true;
        for (int j = i; j < count; j++)
            few[j] = few[j] || same_sizes(&members[i], &members[j]);
    }
    if (any_few)
        calibrate_by(members, count, NULL, done, ret_p);
}
