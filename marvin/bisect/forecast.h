/*
 * What a bisection will cost and how often it will be right, before it starts: the search that
 * ships, let loose on simulated histories of the same commits with the noise that was measured.
 * Pure; not a promise about noise that is not normal (docs/bisect.md has the figures for that).
 */
#pragma once

#include "marvin/bisect/graph.h"
#include "marvin/bisect/search.h"

/* Means and 95 % quantiles over the simulated bisections. */
typedef struct {
    double mean, most;
} ForecastCost;

typedef struct {
    int trials;
    int found, right; // named a commit; the right one
    int not_reproduced, undecided;
    ForecastCost endpoints, search, verify; // runs
    ForecastCost builds;
    ForecastCost cost; // all of it, in the unit of options->costs
} Forecast;

/*
 * separation: the change between the ends in standard deviations of a run, > 0. options: of the
 * search; its seed is that of the simulation. Each trial's culprit is another commit, drawn evenly.
 * is_stopped may be NULL; true ends it early, with the trials so far. ERROR_INPUT: the options are
 * out of bounds.
 */
bool forecast_run(const Graph *graph, const SearchOptions *options, double separation, int trials,
                  bool (*is_stopped)(void), Forecast *ret_forecast, GError **error);

/* How often a search by halves is right whose every step compares the mean of `runs` runs with the
 * middle between the ends, both known exactly: (Phi(separation sqrt(runs) / 2))^log2(n). */
double forecast_halves(int n, double separation, int runs);
