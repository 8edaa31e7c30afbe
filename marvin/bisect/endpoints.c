// Do the endpoints differ? Looks at 5, 10, 20 .. runs a side, at a total error of 0.001.
#include <math.h>
#include <string.h>

#include "common/stats/summaries.h"
#include "common/stats/tdist.h"
#include "common/stats/welch.h"
#include "marvin/bisect/search_internal.h"

static const double ERROR_RATE = 0.001; // of all looks together
enum { FIRST_LOOK = 5, FIRST_LOOK_BINARY = 8, MARGIN_LOOK = 20 };

int endpoint_side(const Search *search, int commit)
{
    if (commit == COMMIT_GOOD)
        return 0;
    return commit == search->graph->n - 1 ? 1 : -1;
}

int endpoints_quota(const Search *search, int all)
{
    int machines = search->options.machines;
    return MAX((all + machines - 1) / machines, machines > 1 ? 2 : 1);
}

int endpoints_target(const Search *search)
{
    int most = 2 * search->options.endpoint_runs;
    double runs = 32 / (search->ends.separation * search->ends.separation);
    if (search->options.binary || !(runs > FIRST_LOOK))
        return FIRST_LOOK;
    return runs > most ? most : (int)ceil(runs);
}

static int looks_count(const Search *search)
{
    int looks = 1;
    for (int n = search->options.binary ? FIRST_LOOK_BINARY : FIRST_LOOK;
         n < search->options.endpoint_runs; n *= 2)
        looks++;
    return looks;
}

static double choose_log(int n, int k)
{
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

// Fisher's exact test, two-sided: tables no more likely than the one seen.
static double fisher_p(int bad_a, int n_a, int bad_b, int n_b)
{
    int bad = bad_a + bad_b;
    double all = choose_log(n_a + n_b, bad), p = 0;
    double seen = choose_log(n_a, bad_a) + choose_log(n_b, bad_b) - all;
    for (int k = MAX(0, bad - n_b); k <= MIN(bad, n_a); k++) {
        double log_p = choose_log(n_a, k) + choose_log(n_b, bad - k) - all;
        if (log_p <= seen + 1e-9)
            p += exp(log_p);
    }
    return fmin(p, 1);
}

/* Values of both sides by machine, as far as they are seen. */
typedef struct {
    GArray *values[2][MACHINES];
} Seen;

static void seen_clear(Seen *seen)
{
    for (int i = 0; i < 2 * MACHINES; i++) {
        if (seen->values[i / MACHINES][i % MACHINES])
            g_array_unref(seen->values[i / MACHINES][i % MACHINES]);
    }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Seen, seen_clear)

static Side seen_side(const Seen *seen, int side, int machine)
{
    const GArray *values = seen->values[side][machine];
    return values && values->len > 0 ? side_of((const double *)values->data, (int)values->len)
                                     : (Side){0};
}

// One comparison: Welch on one machine, differences within machines with a pooled variance on more.
static bool seen_compare(const Seen *seen, int machines, double floor, Welch *ret_welch,
                         double *ret_sd)
{
    double weight = 0, change = 0, ss = 0, df = 0;
    int used = 0;
    Side a = {0}, b = {0};
    for (int m = 0; m < machines; m++) {
        Side good = seen_side(seen, 0, m), bad = seen_side(seen, 1, m);
        if (good.n < 2 || bad.n < 2)
            continue;
        double v = (double)good.n * bad.n / (good.n + bad.n);
        weight += v;
        change += v * (bad.mean - good.mean);
        ss += (good.n - 1) * good.var + (bad.n - 1) * bad.var;
        df += good.n + bad.n - 2;
        a = good;
        b = bad;
        used++;
    }
    if (used == 0)
        return false;
    *ret_sd = sqrt(fmax(ss / df, floor * floor));
    *ret_welch = (Welch){.difference = change / weight, .se = *ret_sd / sqrt(weight), .df = df};
    a.var = fmax(a.var, floor * floor);
    b.var = fmax(b.var, floor * floor);
    if (used == 1 && ss > 0)
        welch_plain(a, b, ret_welch);
    return true;
}

static void binary_compare(const Seen *seen, int machines, Endpoints *ends, double *ret_p)
{
    int bad[2] = {0};
    double rate[2] = {0};
    for (int side = 0; side < 2; side++) {
        for (int m = 0; m < machines; m++) {
            Side s = seen_side(seen, side, m);
            bad[side] += (int)lround(s.n * s.mean);
        }
        rate[side] = (double)bad[side] / MAX(1, ends->n[side]);
    }
    *ret_p = fisher_p(bad[0], ends->n[0], bad[1], ends->n[1]);
    double error = sqrt((rate[0] * (1 - rate[0]) + 0.25 / ends->n[0]) / ends->n[0] +
                        (rate[1] * (1 - rate[1]) + 0.25 / ends->n[1]) / ends->n[1]);
    ends->change = rate[1] - rate[0];
    ends->low = fmax(-1, ends->change - 1.96 * error);
    ends->high = fmin(1, ends->change + 1.96 * error);
    ends->sd = fmax(0.05, sqrt((rate[0] * (1 - rate[0]) + rate[1] * (1 - rate[1])) / 2));
    ends->separation = fabs(ends->change) / ends->sd;
}

// Sets the estimates; *ret_p of no difference; *ret_upper the 99.5 % bound of the change.
static bool ends_estimate(const Search *search, const Seen *seen, Endpoints *ends, double *ret_p,
                          double *ret_upper)
{
    Welch welch = {0};
    double sd = 0;
    *ret_upper = INFINITY;
    if (search->options.binary) {
        if (ends->n[0] < 1 || ends->n[1] < 1)
            return false;
        binary_compare(seen, search->options.machines, ends, ret_p);
        return true;
    }
    if (!seen_compare(seen, search->options.machines, search->floor, &welch, &sd))
        return false;
    *ret_p = welch_p(&welch);
    ends->change = welch.difference;
    ends->sd = sd;
    ends->separation = sd > 0 ? fabs(welch.difference) / sd : 0;
    welch_interval(&welch, 0.05, &ends->low, &ends->high);
    *ret_upper = welch.difference + student_quantile(0.995, welch.df) * welch.se;
    return true;
}

static bool ends_are_constant(const Search *search, const Seen *seen)
{
    for (int m = 0; m < search->options.machines; m++) {
        if (seen_side(seen, 0, m).var > 0 || seen_side(seen, 1, m).var > 0)
            return false;
    }
    return !search->options.binary;
}

static bool has_direction(const Search *search, double change)
{
    return change > 0 || (search->options.better == BETTER_NONE && !search->options.binary);
}

static void ends_look(const Search *search, const Seen *seen, Endpoints *ends)
{
    double p = 1, upper = INFINITY, expected = search->options.expected;
    if (!ends_estimate(search, seen, ends, &p, &upper))
        return;
    int n = MIN(ends->n[0], ends->n[1]);
    bool is_constant = ends_are_constant(search, seen);
    bool is_clear =
        is_constant ? fabs(ends->change) > search->floor : p <= ERROR_RATE / looks_count(search);
    if (is_clear && has_direction(search, ends->change) && fabs(ends->change) >= expected / 2) {
        ends->state = ENDPOINTS_CONFIRMED;
        ends->first = ends->n[0] + ends->n[1];
        return;
    }
    if (is_clear && !has_direction(search, ends->change)) {
        ends->state = ENDPOINTS_ABSENT;
        ends->why = "the endpoints differ the other way round: are good and bad swapped?";
    } else if (is_constant) {
        ends->state = ENDPOINTS_ABSENT;
        ends->why = "every run of the endpoints gives the same value";
    } else if (expected > 0 && n >= MARGIN_LOOK && upper < expected) {
        ends->state = ENDPOINTS_ABSENT;
        ends->why = "the endpoints differ by less than was reported";
    } else if (n >= search->options.endpoint_runs) {
        ends->state = ENDPOINTS_ABSENT;
        ends->why = "the endpoints do not differ";
    }
}

static bool look_is_due(const Search *search, const Endpoints *ends)
{
    if (MIN(ends->n[0], ends->n[1]) < ends->look)
        return false;
    for (int m = 0; m < search->options.machines; m++) {
        int good = ends->n_machine[0][m], bad = ends->n_machine[1][m];
        if (good + bad > 0 && search->options.machines > 1 && (good < 2 || bad < 2))
            return false;
    }
    return true;
}

void endpoints_test(Search *search, const double *y, Endpoints *ret_ends)
{
    g_auto(Seen) seen = {0};
    Endpoints ends = {.change = NAN, .low = NAN, .high = NAN, .sd = NAN, .separation = NAN};
    int first = search->options.binary ? FIRST_LOOK_BINARY : FIRST_LOOK;
    ends.look = MIN(first, search->options.endpoint_runs);
    for (guint i = 0; i < search->evidence->len; i++) {
        const Evidence *e = &g_array_index(search->evidence, Evidence, i);
        int side = endpoint_side(search, e->commit);
        if (side < 0 || e->build != 0)
            continue;
        GArray **values = &seen.values[side][e->machine];
        if (!*values)
            *values = g_array_new(FALSE, FALSE, sizeof(double));
        g_array_append_val(*values, y[i]);
        ends.n[side]++;
        ends.n_machine[side][e->machine]++;
        while (ends.state == ENDPOINTS_OPEN && look_is_due(search, &ends)) {
            ends_look(search, &seen, &ends);
            ends.look = MIN(2 * ends.look, MAX(search->options.endpoint_runs, ends.look + 1));
        }
    }
    double p = 1, upper = 0;
    ends_estimate(search, &seen, &ends, &p, &upper);
    *ret_ends = ends;
}
