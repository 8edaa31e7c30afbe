/*
 * Simulated ranges with one commit that makes a metric worse, and what a search of ours does in
 * them. Shared by the simulation (bisect.c) and the unit test of its calibration. Every draw comes
 * from a seeded generator.
 */
#pragma once

#include "common/stats/worlds.h"
#include "marvin/bisect/search.h"

typedef enum {
    NOISE_NORMAL,
    NOISE_OUTLIERS, // 5 % of runs 8 deviations up
    NOISE_T3, // Student's t with 3 degrees of freedom, scaled to deviation 1
    NOISE_LOGNORMAL, // exp of a normal of deviation 1, scaled to deviation 1
    NOISE_BIMODAL, // two modes of equal weight, 3 deviations of one apart, scaled to deviation 1
} Noise;

typedef struct {
    const Graph *graph;
    double effect; // in deviations of a run
    Noise noise;
    double layout; // deviation of a build's own effect, in deviations of a run
    double drift; // step of a random walk a run
    double broken; // share of the commits that do not build
    bool is_block; // and these are one block of the history
    bool is_double; // a second commit makes it as much worse again
} History;

/* A world in the making: one trial. */
typedef struct {
    const History *history;
    int culprit, second; // -1: there is no second one
    guint64 *is_bad_at; // bits: descendants of the culprit, itself included
    guint64 *is_worse_at; // of the second one
    bool *broken; // n
    GHashTable *layouts; // (commit, build) -> its effect
    double level; // of the drift
    Random random;
} Trial;

void trial_init(Trial *trial, const History *history, guint64 seed);
void trial_clear(Trial *trial);

/* One run, in deviations of a run, above 0 is worse. commit may be COMMIT_GOOD. */
double trial_run(Trial *trial, int commit, int build);

/* What a search of ours came to. */
typedef struct {
    bool is_confirmed, is_found, is_right, is_contained;
    int named, named_right; // culprits named, and how many of these are
    double claimed; // probability of the class it names
    int suspects;
    int endpoint_runs; // until they were confirmed
    int search_runs; // from then until the stop rule first held
    int later_runs; // verification, and search where that did not hold
    int builds;
    double separation; // as it was estimated
} Tally;

Tally trial_search(Trial *trial, const SearchOptions *options, int most_runs);

/* A graph of tests/data/bisect. */
Graph *graph_read(const char *path);
