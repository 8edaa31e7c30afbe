// The culprit against its parents, interleaved, inside the same likelihood; and what it explains.
#include <math.h>

#include "marvin/bisect/search_internal.h"

static const double ENOUGH = 0.8; // share of the change: below it another culprit is looked for

enum { DOUBTFUL = 4 }; // times the runs, to settle whether there is another culprit

static bool commits_have(const GArray *commits, int commit)
{
    for (guint i = 0; i < commits->len; i++) {
        if (g_array_index(commits, int, i) == commit)
            return true;
    }
    return false;
}

/* Runs of one machine on the two sides of a step. */
typedef struct {
    double n[2], sum[2];
    double builds[2];
} Sides;

// Deviation of a run about its own build: a model that misses a step would call the step noise.
static double sd_within(const Search *search)
{
    double ss = 0, df = 0;
    for (guint g = 0; g < search->groups->len; g++) {
        const Group *group = &g_array_index(search->groups, Group, g);
        ss += group->ss;
        df += group->n - 1;
    }
    return df > 0 ? fmax(sqrt(ss / df), search->floor) : search->levels.sd;
}

// Of a rate of bad outcomes, as the endpoints' interval has it: none is certain after a few runs.
static double rate_variance(double bad, double n)
{
    double rate = bad / n;
    return (rate * (1 - rate) + 0.25 / n) / n;
}

// Differences within machines, weighed; the error has the variance between builds in it.
static Step step_between(const Search *search, const GArray *after, const GArray *before)
{
    Sides sides[MACHINES] = {0};
    Step step = {.change = NAN, .error = NAN};
    for (guint g = 0; g < search->groups->len; g++) {
        const Group *group = &g_array_index(search->groups, Group, g);
        for (int side = 0; side < 2; side++) {
            if (!commits_have(side ? after : before, group->commit))
                continue;
            sides[group->machine].n[side] += group->n;
            sides[group->machine].sum[side] += group->n * group->mean;
            sides[group->machine].builds[side] += group->n > 0;
            *(side ? &step.n_after : &step.n_before) += group->n;
        }
    }
    double weight = 0, change = 0, variance = 0, sd = sd_within(search);
    for (int m = 0; m < search->options.machines; m++) {
        const Sides *s = &sides[m];
        if (s->n[0] == 0 || s->n[1] == 0)
            continue;
        double v = s->n[0] * s->n[1] / (s->n[0] + s->n[1]);
        weight += v;
        change += v * (s->sum[1] / s->n[1] - s->sum[0] / s->n[0]);
        variance +=
            v * v *
            (search->options.binary
                 ? rate_variance(s->sum[0], s->n[0]) + rate_variance(s->sum[1], s->n[1])
                 : (1 / v + search->levels.rho * (1 / s->builds[0] + 1 / s->builds[1])) * sd * sd);
    }
    if (weight > 0) {
        step.change = change / weight;
        step.error = sqrt(variance) / weight;
    }
    return step;
}

static Step step_endpoints(const Search *search)
{
    g_autoptr(GArray) after = g_array_new(FALSE, FALSE, sizeof(int));
    g_autoptr(GArray) before = g_array_new(FALSE, FALSE, sizeof(int));
    int good = COMMIT_GOOD, bad = search->graph->n - 1;
    g_array_append_val(after, bad);
    g_array_append_val(before, good);
    return step_between(search, after, before);
}

Step verify_step(const Search *search, int commit)
{
    g_autoptr(GArray) after = g_array_new(FALSE, FALSE, sizeof(int));
    g_autoptr(GArray) before = g_array_new(FALSE, FALSE, sizeof(int));
    suspects_verify(search, commit, after, before);
    return step_between(search, after, before);
}

static Step step_all(const Search *search)
{
    Step all = {0};
    double variance = 0;
    for (int i = 0; i < search->n_culprits; i++) {
        Step step = verify_step(search, search->class_of_suspect[search->culprits[i].commit]);
        all.change += step.change;
        variance += step.error * step.error;
    }
    all.error = sqrt(variance);
    return all;
}

bool verify_is_partial(const Search *search)
{
    return step_all(search).change / step_endpoints(search).change < ENOUGH;
}

bool verify_excludes_whole(const Search *search)
{
    Step found = step_all(search), whole = step_endpoints(search);
    return fabs(whole.change - found.change) > 1.96 * found.error;
}

bool verify_next(const Search *search, int commit, const Action *pending, int n_pending,
                 int machine, Action *ret_action)
{
    g_autoptr(GArray) after = g_array_new(FALSE, FALSE, sizeof(int));
    g_autoptr(GArray) before = g_array_new(FALSE, FALSE, sizeof(int));
    const GArray *sets[2] = {before, after};
    suspects_verify(search, commit, after, before);
    int fewest = G_MAXINT, fewest_done = G_MAXINT, chosen = 0;
    for (int i = 0; i < 2; i++) {
        int side = (int)((search->evidence->len + (guint)i + search->options.seed) % 2);
        for (guint j = 0; j < sets[side]->len; j++) {
            int at = g_array_index(sets[side], int, j), done = search_runs_at(search, at);
            fewest_done = MIN(fewest_done, done);
            if (done + search_pending_at(pending, n_pending, at) < fewest) {
                fewest = done + search_pending_at(pending, n_pending, at);
                chosen = at;
            }
        }
    }
    double strength = search->strength;
    int need = MAX(VERIFY_MIN, (int)ceil(16 / (strength * strength)));
    if (search->options.binary)
        need = VERIFY_MIN;
    if (search->is_doubtful)
        need *= DOUBTFUL;
    if (fewest_done >= need)
        return false;
    *ret_action = (Action){.kind = fewest < need ? ACTION_RUN : ACTION_WAIT,
                           .purpose = PURPOSE_VERIFY,
                           .machine = machine,
                           .commit = chosen,
                           .runs = 1,
                           .is_new_build = !search_has_build(search, chosen, 0)};
    return true;
}

bool verify_is_done(const Search *search, int commit)
{
    Action action;
    return !verify_next(search, commit, NULL, 0, 0, &action);
}
