// Simulated bisections of a real history.
#include "marvin/bisect/forecast.h"

#include <math.h>
#include <stdlib.h>

#include "common/stats/tdist.h"
#include "common/stats/worlds.h"

enum { MOST_RUNS = 20000 };

/* One simulated history: the culprit and what has it. */
typedef struct {
    const Graph *graph;
    guint64 *has_change; // a bit a commit
    double separation;
    Random random;
} SimulatedHistory;

/* A commit has the change where it is the culprit or a parent has it. */
static void spread(SimulatedHistory *world, int culprit)
{
    const Graph *graph = world->graph;
    for (int i = 0; i < graph_words(graph); i++)
        world->has_change[i] = 0;
    for (int c = culprit; c < graph->n; c++) {
        bool has = c == culprit;
        for (int i = graph->parent_start[c]; !has && i < graph->parent_start[c + 1]; i++)
            has = bit_is_set(world->has_change, graph->parents[i]);
        if (has)
            world->has_change[c >> 6] |= (guint64)1 << (c & 63);
    }
}

/* Values of logs of about 0: far from 0 on the linear scale, so that logs are taken. */
static double draw(SimulatedHistory *world, int commit)
{
    bool has = commit != COMMIT_GOOD && bit_is_set(world->has_change, commit);
    double deviation = .001; // of a run, in ln(value)
    return exp(deviation * (random_normal(&world->random) + (has ? world->separation : 0)));
}

static bool one_trial(SimulatedHistory *world, Search *search, GError **error)
{
    for (int runs = 0; runs < MOST_RUNS;) {
        Action action = search_next(search, 0, NULL, 0);
        if (action.kind != ACTION_RUN)
            return true;
        Evidence evidence = {
            .commit = action.commit, .build = action.build, .purpose = action.purpose};
        for (int i = 0; i < action.runs; i++, runs++) {
            evidence.value = draw(world, action.commit);
            if (!search_add(search, &evidence, error))
                return false;
        }
    }
    return true;
}

/* Costs of the trials, to be summed up. */
typedef struct {
    double *endpoints, *search, *verify, *builds, *cost;
} Costly;

static void note(const Outcome *outcome, int culprit, const SearchOptions *options,
                 Forecast *forecast, Costly *costly)
{
    int i = forecast->trials++;
    forecast->found += outcome->kind == OUTCOME_FOUND;
    forecast->right += outcome->kind == OUTCOME_FOUND && outcome->culprit == culprit;
    forecast->not_reproduced += outcome->kind == OUTCOME_NOT_REPRODUCED;
    forecast->undecided +=
        outcome->kind != OUTCOME_FOUND && outcome->kind != OUTCOME_NOT_REPRODUCED;
    costly->endpoints[i] = outcome->runs_endpoints;
    costly->search[i] = outcome->runs_search;
    costly->verify[i] = outcome->runs_verify;
    costly->builds[i] = outcome->builds;
    costly->cost[i] = options->costs.run *
                          (outcome->runs_endpoints + outcome->runs_search + outcome->runs_verify) +
                      options->costs.build * outcome->builds;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static ForecastCost sum_up(double *values, int n)
{
    ForecastCost cost = {0};
    if (n == 0)
        return cost;
    for (int i = 0; i < n; i++)
        cost.mean += values[i] / n;
    qsort(values, (size_t)n, sizeof *values, compare);
    cost.most = values[(int)ceil(.95 * n) - 1];
    return cost;
}

static bool run_trials(SimulatedHistory *world, const SearchOptions *options, int trials,
                       bool (*is_stopped)(void), Forecast *forecast, Costly *costly, GError **error)
{
    for (int i = 0; i < trials && (is_stopped == NULL || !is_stopped()); i++) {
        SearchOptions own = *options;
        own.seed = options->seed + (uint64_t)i;
        random_init(&world->random, own.seed);
        int culprit = (int)(random_uniform(&world->random) * world->graph->n);
        g_autoptr(Search) search = search_new(world->graph, &own, error);
        spread(world, culprit);
        if (search == NULL || !one_trial(world, search, error))
            return false;
        note(search_outcome(search), culprit, options, forecast, costly);
    }
    return true;
}

bool forecast_run(const Graph *graph, const SearchOptions *options, double separation, int trials,
                  bool (*is_stopped)(void), Forecast *ret_forecast, GError **error)
{
    g_autofree guint64 *bits = g_new0(guint64, graph_words(graph));
    g_autofree double *values = g_new0(double, 5 * trials);
    SimulatedHistory world = {.graph = graph, .has_change = bits, .separation = separation};
    Costly costly = {values, values + trials, values + 2 * trials, values + 3 * trials,
                     values + 4 * trials};
    Forecast forecast = {0};
    SearchOptions own = *options;
    own.better = BETTER_LOWER;
    own.machines = 1;
    if (!run_trials(&world, &own, trials, is_stopped, &forecast, &costly, error))
        return false;
    forecast.endpoints = sum_up(costly.endpoints, forecast.trials);
    forecast.search = sum_up(costly.search, forecast.trials);
    forecast.verify = sum_up(costly.verify, forecast.trials);
    forecast.builds = sum_up(costly.builds, forecast.trials);
    forecast.cost = sum_up(costly.cost, forecast.trials);
    *ret_forecast = forecast;
    return true;
}

double forecast_halves(int n, double separation, int runs)
{
    double right = 1 - normal_upper(separation * sqrt(runs) / 2);
    return pow(right, log2(n));
}
