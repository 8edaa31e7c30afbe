// Which step tells most for its cost: more runs at a built commit, a new build, another layout, or
// more runs of an endpoint.
#include <math.h>
#include <string.h>

#include "marvin/bisect/search_internal.h"

enum { SAMPLES = 256, SAMPLE_WORDS = SAMPLES / 64, NEAREST = 8, RUN_COUNTS = 4 };
static const int RUNS[RUN_COUNTS] = {1, 3, 8, 24};
static const double DECAY = 0.02; // of n: how far a broken neighbourhood reaches
static const double WORTHLESS = 2e-4; // bits a run: not worth running

/* What is known of one commit that could be run. */
typedef struct {
    int commit;
    double bad; // P(it is bad)
    double inverse_good, inverse_bad; // E(1/W_good | it is bad), E(1/W_bad | it is good)
    double precision; // sum over its builds of n / (1 + n rho)
} Option;

/* The best step so far. */
typedef struct {
    const Search *search;
    int machine;
    double quantile; // of the posterior that this machine is to ask
    double rho;
    double score, most_bits; // bits for a cost; bits a run
    Action action;
} Best;

/* As if the quantile were the middle: machines side by side ask for different quantiles. */
static double about_quantile(double p, double quantile)
{
    return p < quantile ? 0.5 * p / quantile : 1 - 0.5 * (1 - p) / (1 - quantile);
}

static double pi_of(double precision, double inverse_good, double inverse_bad)
{
    return precision > 0 ? 1 / (1 / precision + 0.25 * inverse_good + 0.25 * inverse_bad) : 0;
}

static double bits_of(const Best *best, const Option *option, double precision, int runs)
{
    const Search *search = best->search;
    double p = about_quantile(option->bad, best->quantile);
    if (search->options.binary) {
        double good = fmin(fmax(search->levels.good, 0.01), 0.99);
        double bad = fmin(fmax(search->levels.bad, 0.01), 0.99);
        return info_binary(p, good, bad, runs);
    }
    double before = pi_of(option->precision, option->inverse_good, option->inverse_bad);
    double after = pi_of(precision, option->inverse_good, option->inverse_bad);
    return info_gaussian(search->options.info, p, search->strength * sqrt(fmax(0, after - before)));
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
    if (bits / runs > best->most_bits)
        best->most_bits = bits / runs;
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

static void offer_new(Best *best, const Option *option, double factor)
{
    const Search *search = best->search;
    Costs costs = search->options.costs;
    bool is_built = search->built[option->commit];
    for (int i = 0; i < RUN_COUNTS; i++) {
        double cost = (is_built ? 0 : costs.build) + costs.run * RUNS[i] +
                      deploy_cost(search, best->machine, option->commit);
        double bits = bits_of(best, option, RUNS[i] / (1 + RUNS[i] * best->rho), RUNS[i]);
        best_offer(best, factor * bits, cost, RUNS[i], option->commit, 0, !is_built);
    }
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

static double weight_of(double runs, double rho)
{
    return runs / (1 + runs * rho);
}

/* Runs of one build on one machine, and after them the next layout. */
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
    for (int build = 0; build <= builds; build++) {
        double n = pending_at(pending, n_pending, option->commit, build);
        if (build == builds && (!search->options.can_relayout || search->options.binary || n > 0))
            break;
        for (guint g = 0; g < search->groups->len; g++) {
            const Group *group = &g_array_index(search->groups, Group, g);
            if (group->commit == option->commit && group->build == build &&
                group->machine == best->machine)
                n += group->n;
        }
        for (int i = 0; i < RUN_COUNTS; i++) {
            double more =
                option->precision - weight_of(n, best->rho) + weight_of(n + RUNS[i], best->rho);
            double cost = costs.run * RUNS[i] + deploy + (build == builds ? costs.build : 0);
            best_offer(best, bits_of(best, option, more, RUNS[i]), cost, RUNS[i], option->commit,
                       build, build == builds);
        }
    }
}

/* More runs of an endpoint sharpen what every tested commit already has. */
static void offer_endpoint(Best *best, const Option *options, int n_options, int side)
{
    const Search *search = best->search;
    int commit = side ? search->graph->n - 1 : COMMIT_GOOD, n = 0;
    for (guint g = 0; g < search->groups->len; g++) {
        const Group *group = &g_array_index(search->groups, Group, g);
        if (group->commit == commit && group->build == 0 && group->machine == best->machine)
            n += group->n;
    }
    for (int i = 0; i < RUN_COUNTS && !search->options.binary; i++) {
        double more = weight_of(n + RUNS[i], best->rho) - weight_of(n, best->rho), most = 0;
        for (int j = 0; j < n_options; j++) {
            Option option = options[j];
            double before = pi_of(option.precision, option.inverse_good, option.inverse_bad);
            double *inverse = side ? &option.inverse_bad : &option.inverse_good;
            *inverse = *inverse > 0 ? 1 / (1 / *inverse + more) : 0;
            double after = pi_of(option.precision, option.inverse_good, option.inverse_bad);
            double p = about_quantile(option.bad, best->quantile);
            most = fmax(most, info_gaussian(search->options.info, p,
                                            search->strength * sqrt(fmax(0, after - before))));
        }
        double cost =
            search->options.costs.run * RUNS[i] + deploy_cost(search, best->machine, commit);
        best_offer(best, most, cost, RUNS[i], commit, 0, false);
    }
}

/* The commits whose P(bad) is nearest to the quantile, weighed by how likely they can be tested. */
typedef struct {
    int commit[NEAREST];
    double score[NEAREST];
    int n;
} Nearest;

static void nearest_offer(Nearest *nearest, int commit, double score)
{
    if (nearest->n == NEAREST && score <= nearest->score[NEAREST - 1])
        return;
    int at = nearest->n < NEAREST ? nearest->n++ : NEAREST - 1;
    while (at > 0 && nearest->score[at - 1] < score) {
        nearest->score[at] = nearest->score[at - 1];
        nearest->commit[at] = nearest->commit[at - 1];
        at--;
    }
    nearest->score[at] = score;
    nearest->commit[at] = commit;
}

static double testable_factor(const Search *search, int commit)
{
    if (search->n_untestable == 0)
        return 1;
    double reach = fmax(1, DECAY * search->graph->n);
    return 1 - exp(-search->distance[commit] / reach);
}

/* P(bad) of every commit from hypotheses drawn at equal steps of the posterior. */
static void masses_sample(const Graph *graph, const double *mass, double *ret_bad)
{
    g_autofree guint64 *bits = g_new0(guint64, (size_t)graph->n * SAMPLE_WORDS);
    double sum = 0;
    int drawn = 0;
    for (int c = 0; c < graph->n; c++) {
        guint64 *own = bits + (size_t)c * SAMPLE_WORDS;
        sum += mass[c];
        for (; drawn < SAMPLES && (drawn + 0.5) / SAMPLES <= sum; drawn++)
            own[drawn >> 6] |= 1ull << (drawn & 63);
        for (int e = graph->parent_start[c]; e < graph->parent_start[c + 1]; e++) {
            const guint64 *parent = bits + (size_t)graph->parents[e] * SAMPLE_WORDS;
            for (int w = 0; w < SAMPLE_WORDS; w++)
                own[w] |= parent[w];
        }
        int count = 0;
        for (int w = 0; w < SAMPLE_WORDS; w++)
            count += __builtin_popcountll(own[w]);
        ret_bad[c] = (double)count / SAMPLES;
    }
}

static void masses_line(int n, const double *mass, double *ret_bad)
{
    double sum = 0;
    for (int c = 0; c < n; c++)
        ret_bad[c] = sum += mass[c];
}

void choice_masses(const Graph *graph, const double *mass, const int *commits, int count,
                   double *ret_masses)
{
    g_autofree guint64 *reached = g_new0(guint64, graph->n);
    memset(ret_masses, 0, sizeof(double) * (size_t)count);
    for (int i = 0; i < count; i++)
        reached[commits[i]] |= 1ull << i;
    for (int c = graph->n - 1; c >= 0; c--) {
        guint64 by = reached[c];
        if (by == 0)
            continue;
        for (int e = graph->parent_start[c]; e < graph->parent_start[c + 1]; e++)
            reached[graph->parents[e]] |= by;
        for (guint64 left = by; left != 0; left &= left - 1)
            ret_masses[__builtin_ctzll(left)] += mass[c];
    }
}

static void nearest_find(const Best *best, const Action *pending, int n_pending,
                         Nearest *ret_nearest)
{
    const Search *search = best->search;
    const Graph *graph = search->graph;
    g_autofree double *bad = g_new(double, graph->n);
    g_autofree bool *is_taken = g_new0(bool, graph->n);
    if (graph->is_line)
        masses_line(graph->n, search->mass, bad);
    else
        masses_sample(graph, search->mass, bad);
    for (guint g = 0; g < search->groups->len; g++) {
        const Group *group = &g_array_index(search->groups, Group, g);
        if (group->commit >= 0)
            is_taken[group->commit] = true;
    }
    for (int i = 0; i < n_pending; i++) {
        if (pending[i].commit >= 0)
            is_taken[pending[i].commit] = true;
    }
    for (int c = 0; c + 1 < graph->n; c++) {
        if (is_taken[c] || search->untestable[c])
            continue;
        double p = about_quantile(bad[c], best->quantile), factor = testable_factor(search, c);
        double worth = p * (1 - p) * factor;
        if (search->built[c])
            worth *= 1 + search->options.costs.build / (search->options.costs.run * RUNS[1]);
        nearest_offer(ret_nearest, c, worth);
    }
}

/* E(1/W | commit bad or good): within a class the hypotheses share it. */
static void option_set_inverses(const Search *search, Option *option, const guint64 *bits)
{
    const int *class_of = belief_class_of(search->belief);
    const double *good = belief_inverse_good(search->belief);
    const double *bad = belief_inverse_bad(search->belief);
    double sum[2] = {0}, mass[2] = {0};
    for (int b = 0; b < search->graph->n; b++) {
        bool is_bad = bit_is_set(bits, b);
        mass[is_bad] += search->mass[b];
        sum[is_bad] += search->mass[b] * (is_bad ? good : bad)[class_of[b]];
    }
    option->bad = fmin(1, mass[1]);
    option->inverse_good = mass[1] > 0 ? sum[1] / mass[1] : 0;
    option->inverse_bad = mass[0] > 0 ? sum[0] / mass[0] : 0;
}

static void option_set_tested(const Search *search, Option *option)
{
    const double *good = belief_inverse_good(search->belief);
    const double *bad = belief_inverse_bad(search->belief);
    const double *class_mass = belief_class_mass(search->belief);
    double sum[2] = {0}, mass[2] = {0};
    for (int k = 0; k < belief_classes(search->belief); k++) {
        bool is_bad = belief_class_is_bad(search->belief, k, option->commit);
        mass[is_bad] += class_mass[k];
        sum[is_bad] += class_mass[k] * (is_bad ? good : bad)[k];
    }
    option->bad = fmin(1, mass[1]);
    option->inverse_good = mass[1] > 0 ? sum[1] / mass[1] : 0;
    option->inverse_bad = mass[0] > 0 ? sum[0] / mass[0] : 0;
}

/* The tested commits, with what all their runs (pending ones included) are worth. */
static GArray *tested_options(const Best *best, const Action *pending, int n_pending)
{
    const Search *search = best->search;
    GArray *options = g_array_new(FALSE, FALSE, sizeof(Option));
    for (guint g = 0; g < search->groups->len; g++) {
        const Group *group = &g_array_index(search->groups, Group, g);
        if (endpoint_side(search, group->commit) >= 0 || search->untestable[group->commit])
            continue;
        guint i = 0;
        while (i < options->len && g_array_index(options, Option, i).commit != group->commit)
            i++;
        if (i == options->len) {
            Option option = {.commit = group->commit};
            option_set_tested(search, &option);
            g_array_append_val(options, option);
        }
        int waiting = pending_at(pending, n_pending, group->commit, group->build);
        g_array_index(options, Option, i).precision += weight_of(group->n + waiting, best->rho);
    }
    return options;
}

/* Which quantile is free: k machines ask j / (k + 1), less those that pending steps ask. */
static double quantile_free(const Search *search, const Action *pending, int n_pending)
{
    enum { SLOTS = MACHINES };
    bool is_used[SLOTS] = {false};
    int k = search->options.machines, chosen = -1;
    for (int i = 0; i < n_pending; i++) {
        if (pending[i].purpose != PURPOSE_SEARCH || endpoint_side(search, pending[i].commit) >= 0)
            continue;
        double p = 0;
        choice_masses(search->graph, search->mass, &pending[i].commit, 1, &p);
        int nearest = -1;
        for (int j = 0; j < k; j++) {
            if (!is_used[j] && (nearest < 0 || fabs((j + 1.0) / (k + 1) - p) <
                                                   fabs((nearest + 1.0) / (k + 1) - p)))
                nearest = j;
        }
        if (nearest >= 0)
            is_used[nearest] = true;
    }
    for (int j = 0; j < k; j++) {
        if (!is_used[j] && (chosen < 0 || abs(2 * j + 1 - k) < abs(2 * chosen + 1 - k)))
            chosen = j;
    }
    return chosen < 0 ? 0.5 : (chosen + 1.0) / (k + 1);
}

bool choice_next(const Search *search, int machine, const Action *pending, int n_pending,
                 Action *ret_action)
{
    Best best = {.search = search,
                 .machine = machine,
                 .rho = search->levels.rho,
                 .quantile = quantile_free(search, pending, n_pending)};
    Nearest nearest = {0};
    nearest_find(&best, pending, n_pending, &nearest);
    g_autofree guint64 *bits = g_new(guint64, graph_words(search->graph));
    for (int i = 0; i < nearest.n; i++) {
        Option option = {.commit = nearest.commit[i]};
        graph_ancestors(search->graph, option.commit, bits);
        option_set_inverses(search, &option, bits);
        offer_new(&best, &option, testable_factor(search, option.commit));
    }
    g_autoptr(GArray) tested = tested_options(&best, pending, n_pending);
    const Option *options = (const Option *)(void *)tested->data;
    for (guint i = 0; i < tested->len; i++)
        offer_tested(&best, &options[i], pending, n_pending);
    offer_endpoint(&best, options, (int)tested->len, 0);
    offer_endpoint(&best, options, (int)tested->len, 1);
    if (best.most_bits < WORTHLESS)
        return false;
    *ret_action = best.action;
    return true;
}
