// Which step tells most for its cost: more runs at a built commit, a new build, another layout, or
// more runs of an endpoint.
#include <math.h>

#include "marvin/bisect/choice_internal.h"

enum { RUN_COUNTS = 4 };
static const int RUNS[RUN_COUNTS] = {1, 3, 8, 24};
static const double BUILD_WEIGHT = 2; // a build is paid at once, its runs are thought over again
static const double FREE_BUILDS = 4; // beyond a bisection's; each further one weighs once more
static const double WORTHLESS = 2e-4; // of what is open about the best class, a run: not worth it

/* What is known of one commit that could be run, under each value of rho. */
typedef struct {
    int commit;
    double bad[RHO_MAX]; // P(it is bad)
    double inverse_good[RHO_MAX]; // E(1/W_good | it is bad)
    double inverse_bad[RHO_MAX]; // E(1/W_bad | it is good)
    double precision[RHO_MAX]; // sum over its builds of n / (1 + n rho)
} Option;

/* The best step so far. */
typedef struct {
    const Search *search;
    int machine;
    double quantile; // of the posterior that this machine is to ask
    double build_cost; // of a new build
    double score, most_bits; // bits for a cost; bits a run
    Action action;
} Best;

static double pi_of(double precision, double inverse_good, double inverse_bad)
{
    return precision > 0 ? 1 / (1 / precision + 0.25 * inverse_good + 0.25 * inverse_bad) : 0;
}

static double weight_of(double runs, double rho)
{
    return runs / (1 + runs * rho);
}

static double bits_binary(const Best *best, const Option *option, int runs)
{
    const BeliefLevels *levels = &best->search->levels;
    double good = fmin(fmax(levels->good, 0.01), 0.99), bad = fmin(fmax(levels->bad, 0.01), 0.99);
    return info_binary(about_quantile(option->bad[0], best->quantile), good, bad, runs);
}

/*
 * Bits about the commit from taking what is known of it from one state to another: the mean over
 * rho, each with its own belief. (With one belief for all of them, runs of a build would seem to
 * settle what only other builds can.)
 */
static double bits_of(const Best *best, const Option *before, const Option *after)
{
    const Search *search = best->search;
    double bits = 0;
    for (int r = 0; r < belief_rhos(search->belief); r++) {
        double mass = belief_rho_mass(search->belief, r);
        if (mass < 1e-9)
            continue;
        double more = pi_of(after->precision[r], after->inverse_good[r], after->inverse_bad[r]) -
                      pi_of(before->precision[r], before->inverse_good[r], before->inverse_bad[r]);
        bits += mass * info_gaussian(search->options.info,
                                     about_quantile(before->bad[r], best->quantile),
                                     search->strength * sqrt(fmax(0, more)));
    }
    return bits;
}

/* Bits from more runs of a build that has n. */
static double bits_of_runs(const Best *best, const Option *option, double n, int runs)
{
    if (best->search->options.binary)
        return bits_binary(best, option, runs);
    Option after = *option;
    for (int r = 0; r < belief_rhos(best->search->belief); r++) {
        double rho = belief_rho(best->search->belief, r);
        after.precision[r] += weight_of(n + runs, rho) - weight_of(n, rho);
    }
    return bits_of(best, option, &after);
}

static double deploy_cost(const Search *search, int machine, int commit)
{
    for (guint i = search->evidence->len; i > 0; i--) {
        const Evidence *e = &g_array_index(search->evidence, Evidence, i - 1);
        if (e->machine == machine)
            return e->commit == commit ? 0 : search->options.costs.deploy;
    }
    return search->options.costs.deploy;
}

static int runs_per_step(const Search *search)
{
    int runs = search->strength >= 1.5 ? 1 : search->strength >= 0.75 ? 2 : 5;
    return search->is_robust ? MAX(2, runs) : runs;
}

static void best_offer(Best *best, double bits, double cost, int runs, int commit, int build,
                       bool is_new_build)
{
    best->most_bits = fmax(best->most_bits, bits / runs);
    if (!(bits / cost > best->score))
        return;
    best->score = bits / cost;
    best->action = (Action){.kind = ACTION_RUN,
                            .purpose = PURPOSE_SEARCH,
                            .machine = best->machine,
                            .commit = commit,
                            .build = build,
                            .runs = runs_per_step(best->search),
                            .is_new_build = is_new_build};
}

static void offer_new(Best *best, const Option *option)
{
    const Search *search = best->search;
    Costs costs = search->options.costs;
    bool is_built = search->built[option->commit];
    double fixed =
        (is_built ? 0 : best->build_cost) + deploy_cost(search, best->machine, option->commit);
    for (int i = 0; i < RUN_COUNTS; i++)
        best_offer(best,
                   testable_factor(search, option->commit) * bits_of_runs(best, option, 0, RUNS[i]),
                   fixed + costs.run * RUNS[i], RUNS[i], option->commit, 0, !is_built);
}

static int pending_at(const Action *pending, int n_pending, int commit, int build)
{
    int runs = 0;
    for (int i = 0; i < n_pending; i++) {
        if (pending[i].commit == commit && pending[i].build == build)
            runs += pending[i].runs;
    }
    return runs;
}

/* Runs of one build on this machine, done and under way. */
static double runs_of_build(const Best *best, int commit, int build, const Action *pending,
                            int n_pending)
{
    double n = pending_at(pending, n_pending, commit, build);
    for (guint g = 0; g < best->search->groups->len; g++) {
        const Group *group = &g_array_index(best->search->groups, Group, g);
        if (group->commit == commit && group->build == build && group->machine == best->machine)
            n += group->n;
    }
    return n;
}

/* More runs of each build of a tested commit, and a build with the next layout. */
static void offer_tested(Best *best, const Option *option, const Action *pending, int n_pending)
{
    const Search *search = best->search;
    Costs costs = search->options.costs;
    double deploy = deploy_cost(search, best->machine, option->commit);
    int builds = 0;
    for (guint g = 0; g < search->groups->len; g++) {
        const Group *group = &g_array_index(search->groups, Group, g);
        if (group->commit == option->commit)
            builds = MAX(builds, group->build + 1);
    }
    bool can_relayout = search->options.can_relayout && !search->options.binary &&
                        pending_at(pending, n_pending, option->commit, builds) == 0;
    for (int build = 0; build < builds + can_relayout; build++) {
        double n = runs_of_build(best, option->commit, build, pending, n_pending);
        double fixed = deploy + (build == builds ? best->build_cost : 0);
        for (int i = 0; i < RUN_COUNTS; i++)
            best_offer(best, bits_of_runs(best, option, n, RUNS[i]), fixed + costs.run * RUNS[i],
                       RUNS[i], option->commit, build, build == builds);
    }
}

/* More runs of an endpoint sharpen what every tested commit already has: the most that one gains.
 */
static double bits_of_endpoint(const Best *best, const Option *options, int n_options, int side,
                               int n, int runs)
{
    const Belief *belief = best->search->belief;
    double most = 0;
    for (int j = 0; j < n_options; j++) {
        Option after = options[j];
        for (int r = 0; r < belief_rhos(belief); r++) {
            double rho = belief_rho(belief, r);
            double more = weight_of(n + runs, rho) - weight_of(n, rho);
            double *inverse = side ? &after.inverse_bad[r] : &after.inverse_good[r];
            *inverse = *inverse > 0 ? 1 / (1 / *inverse + more) : 0;
        }
        most = fmax(most, bits_of(best, &options[j], &after));
    }
    return most;
}

static void offer_endpoint(Best *best, const Option *options, int n_options, int side)
{
    const Search *search = best->search;
    int commit = side ? search->graph->n - 1 : COMMIT_GOOD;
    int n = (int)runs_of_build(best, commit, 0, NULL, 0);
    double deploy = deploy_cost(search, best->machine, commit);
    for (int i = 0; i < RUN_COUNTS && !search->options.binary; i++)
        best_offer(best, bits_of_endpoint(best, options, n_options, side, n, RUNS[i]),
                   search->options.costs.run * RUNS[i] + deploy, RUNS[i], commit, 0, false);
}

/* P(bad) and E(1/W | bad or good) of the commit, from its share of each class. */
static void option_fill(const Search *search, Option *option, double *shares)
{
    int n = belief_classes(search->belief);
    belief_shares(search->belief, option->commit, shares);
    for (int r = 0; r < belief_rhos(search->belief); r++) {
        const double *joint = belief_joint(search->belief, r);
        const double *good = belief_inverse_good(search->belief, r);
        const double *bad = belief_inverse_bad(search->belief, r);
        double sum[2] = {0}, mass[2] = {0};
        for (int k = 0; k < n; k++) {
            double is_bad = joint[k] * shares[k], is_good = joint[k] - is_bad;
            mass[0] += is_good;
            mass[1] += is_bad;
            sum[0] += is_good * bad[k];
            sum[1] += is_bad * good[k];
        }
        option->bad[r] = mass[0] + mass[1] > 0 ? mass[1] / (mass[0] + mass[1]) : 0;
        option->inverse_good[r] = mass[1] > 0 ? sum[1] / mass[1] : 0;
        option->inverse_bad[r] = mass[0] > 0 ? sum[0] / mass[0] : 0;
    }
}

/* The tested commits, with what all their runs (pending ones included) are worth. */
static GArray *tested_options(const Search *search, const Action *pending, int n_pending)
{
    GArray *options = g_array_new(FALSE, FALSE, sizeof(Option));
    g_autofree double *shares = g_new(double, belief_classes(search->belief));
    for (guint g = 0; g < search->groups->len; g++) {
        const Group *group = &g_array_index(search->groups, Group, g);
        if (endpoint_side(search, group->commit) >= 0 || search->untestable[group->commit])
            continue;
        guint i = 0;
        while (i < options->len && g_array_index(options, Option, i).commit != group->commit)
            i++;
        if (i == options->len) {
            Option option = {.commit = group->commit};
            option_fill(search, &option, shares);
            g_array_append_val(options, option);
        }
        int waiting = pending_at(pending, n_pending, group->commit, group->build);
        for (int r = 0; r < belief_rhos(search->belief); r++)
            g_array_index(options, Option, i).precision[r] +=
                weight_of(group->n + waiting, belief_rho(search->belief, r));
    }
    return options;
}

/* A weak effect makes builds look cheap beside the runs that it takes: without this, searches of
 * half a deviation spread over many more commits than they need. As far as builds of one source
 * differ by themselves, only further builds tell, and their price stays. */
static double build_cost(const Search *search, int n_tested)
{
    double beyond = fmax(0, n_tested - log2(search->graph->n) - FREE_BUILDS), alike = 0;
    for (int r = 0; r < belief_rhos(search->belief); r++) {
        if (belief_rho(search->belief, r) == 0)
            alike += belief_rho_mass(search->belief, r);
    }
    return search->options.costs.build * BUILD_WEIGHT * (1 + beyond * alike);
}

bool choice_next(const Search *search, int machine, const Action *pending, int n_pending,
                 Action *ret_action)
{
    Best best = {.search = search,
                 .machine = machine,
                 .quantile = quantile_free(search, pending, n_pending)};
    g_autoptr(GArray) tested = tested_options(search, pending, n_pending);
    best.build_cost = build_cost(search, (int)tested->len);
    Nearest nearest;
    nearest_find(search, best.quantile, pending, n_pending, &nearest);
    g_autofree double *shares = g_new(double, belief_classes(search->belief));
    for (int i = 0; i < nearest.n; i++) {
        Option option = {.commit = nearest.commit[i]};
        option_fill(search, &option, shares);
        offer_new(&best, &option);
    }
    const Option *options = (const Option *)(void *)tested->data;
    for (guint i = 0; i < tested->len; i++)
        offer_tested(&best, &options[i], pending, n_pending);
    offer_endpoint(&best, options, (int)tested->len, 0);
    offer_endpoint(&best, options, (int)tested->len, 1);
    double p = search->top_mass, open = -p * log2(p) - (1 - p) * log2(fmax(1 - p, 1e-12));
    if (best.score <= 0 || best.most_bits < WORTHLESS * open)
        return false;
    *ret_action = best.action;
    return true;
}
