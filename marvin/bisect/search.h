/*
 * A search for the first bad commit: the state machine behind `marvin-bisect run`, the planner over
 * the queue, `plan` and the simulation alike. It is told what was observed (search_add and its
 * friends) and says what to do next (search_next) and what is known (search_outcome). Pure: no
 * input or output, no clock, no hidden state. What it answers depends on the graph, the options and
 * the evidence in its order alone, never on when it was asked: to resume, make it again, add the
 * stored evidence, and ask. Not thread-safe.
 *
 * The belief and its formulas are belief.h's; what a step is worth is choice.h's.
 *
 * Words. The endpoints are the good commit (COMMIT_GOOD, outside the graph) and the bad one (the
 * last commit of the graph). A build is one artifact of a commit: 0 the ordinary one, 1, 2 .. the
 * same source with another layout. A run is one value of one build on one machine; values of one
 * machine are only ever compared with values of the same machine.
 *
 *     g_autoptr(Search) search = search_new(graph, &options, &error);
 *     for (stored evidence e)
 *         search_add(search, &e, &error), or search_untestable() ..
 *     for (;;) {
 *         Action action = search_next(search, 0, NULL, 0);
 *         if (action.kind != ACTION_RUN)
 *             break;
 *         build action.commit if action.is_new_build; cannot: search_untestable(), continue;
 *         run it action.runs times; each: store and search_add()
 *     }
 *     search_outcome(search) says why it ended.
 */
#pragma once

#include "common/stats/orient.h"
#include "marvin/bisect/belief.h"
#include "marvin/bisect/graph.h"
#include "marvin/bisect/info.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { COMMIT_GOOD = -1 };

typedef struct Search Search;
void search_free(Search *search);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Search, search_free)

typedef enum { SWITCH_AUTO, SWITCH_OFF, SWITCH_ON } Switch;

/* What steps cost, in one unit of the caller's choice (seconds, or runs). */
typedef struct {
    double run;
    double build; // of a commit that has none yet
    double deploy; // when another commit is run than the machine ran last
} Costs;

/* search_options() fills it with the defaults; those are what the published figures hold for. */
typedef struct {
    double stop; // posterior mass at which a commit counts as found: 0.95
    Better better; // of the metric; BETTER_NONE: whatever way the endpoints differ
    bool find_fix; // good and bad exchanged: look for the commit that made it better
    bool binary; // values are exit outcomes: 0 good, 1 bad
    double expected; // reported change or margin: |ln(bad/good)| (linear scale: |bad - good|);
                     // 0: none, significance alone confirms
    double resolution; // of the metric, in its unit; 0: not known
    int machines; // 1; evidence and actions name them 0 .. machines-1
    Costs costs; // 1, 4, 0
    bool can_relayout; // builds of the same source with another layout can be made
    int endpoint_runs; // at most so many runs a side before "does not reproduce": 160
    int max_runs; // of all kinds, earlier ones (PURPOSE_GIVEN) not counted; 0: no limit
    Switch robust; // likelihood with 5 % outliers; AUTO: by the endpoints' residuals
    Switch drift; // values relative to the good endpoint; AUTO: once endpoints are seen to move
    const double *priors; // a weight > 0 for each commit of the graph, or NULL: equal
    RhoPrior rho; // variance between builds / variance between runs
    uint64_t seed; // which side goes first, and other ties
    const InfoTable *info; // borrowed, for many searches; NULL: one of its own
} SearchOptions;

void search_options(SearchOptions *ret_options);

/*
 * Borrows graph, which must outlive it; copies options. ERROR_INPUT where an option is out of
 * bounds.
 */
Search *search_new(const Graph *graph, const SearchOptions *options, GError **error);

/* Why a run was made: the action says it, the evidence carries it back, and it is counted by it. */
typedef enum {
    PURPOSE_GIVEN, // earlier results: free evidence
    PURPOSE_ENDPOINTS, // does it reproduce, and the endpoints' means before the search
    PURPOSE_SEARCH, // (endpoint runs during the search included)
    PURPOSE_VERIFY,
} Purpose;
const char *purpose_format(Purpose purpose); // "given", "endpoints", "search", "verify"
bool purpose_parse(const char *text, Purpose *ret_purpose);

/* One run that gave a value. */
typedef struct {
    int machine;
    int commit; // or COMMIT_GOOD
    int build;
    Purpose purpose;
    double value; // of the metric, as measured; binary: 0 good, 1 bad
} Evidence;

/*
 * Adds one run, in the order in which they were made (drift and the endpoint looks depend on it;
 * the posterior otherwise does not). ERROR_INPUT, nothing added: not finite, no such machine,
 * commit or build.
 */
bool search_add(Search *search, const Evidence *evidence, GError **error);

/* The commit cannot be built or booted: never asked for again, still a suspect. Not an endpoint. */
bool search_untestable(Search *search, int commit, GError **error);

/* The ordinary build of the commit exists already: a run there costs no build. */
void search_built(Search *search, int commit);

/* Costs as measured so far; they steer the choice only. */
void search_set_costs(Search *search, Costs costs);

typedef enum {
    ACTION_RUN, // run `commit` `runs` times (build it first where is_new_build)
    ACTION_WAIT, // nothing to gain before pending actions have ended
    ACTION_DONE, // search_outcome() has the answer
} ActionKind;

typedef struct {
    ActionKind kind;
    Purpose purpose;
    int machine;
    int commit; // COMMIT_GOOD: the good endpoint
    int build;
    int runs; // at least 1; doing fewer is allowed
    bool is_new_build; // no evidence of this build and not search_built()
} Action;

/*
 * What this machine should do next, given what is under way (pending: handed out by earlier calls
 * and not yet added; all machines'). Called with growing pending it gives a batch: k machines get k
 * quantiles of the posterior, endpoints their missing runs.
 */
Action search_next(Search *search, int machine, const Action *pending, int n_pending);

typedef enum {
    OUTCOME_RUNNING,
    OUTCOME_FOUND,
    OUTCOME_NOT_REPRODUCED,
    OUTCOME_UNDECIDED
} OutcomeKind;
const char *outcome_format(OutcomeKind kind); // "running", "found", "not-reproduced", "undecided"

/* A change with its 95 % interval, in ln(after/before), or in the metric's unit where !is_log (a
 * value was not positive); binary: difference of the rates of bad outcomes. Not oriented: above 0
 * means that the metric rose. */
typedef struct {
    double change, low, high;
    bool is_log;
} Change;

typedef struct {
    int commit;
    double probability;
} Suspect;

typedef struct {
    int commit;
    double probability;
    double class_probability; // with those that no testable commit separates from it
    Change effect;
} Culprit;

typedef struct {
    OutcomeKind kind;
    const char *why; // one clause: "the runs are used up", "the endpoints do not differ" ..
    /* endpoints */
    bool is_confirmed; // the endpoints differ, the bad way
    Change endpoints; // bad against good; NAN before two runs a side
    int n_good, n_bad; // their runs
    int confirmed_at; // endpoint runs, both sides together, when they were confirmed; else 0
    double separation; // |change| / standard deviation of a run
    /* posterior */
    int culprit; // most probable commit (of the most probable class); -1 before confirmation
    double probability; // its own
    double class_probability; // of all that no testable commit separates from it: the stop rule's
    int n_class; // found: so many commits are in the culprit's class, itself included; else 0
    const int *before; // found: the commits below that were run for `effect`; COMMIT_GOOD may be in
    int n_before;
    int n_between; // commits that `effect` is of, all together
    const Suspect *suspects; // most probable first, the smallest set with mass >= stop; found: and
                             // all of the culprit's class
    int n_suspects;
    /* culprit against its testable parents, once both have runs; NAN before */
    Change effect;
    double share, share_low, share_high; // of the endpoints' change; 1 = all of it
    /* the verified ones in the order found; more than one where the first leaves a part of the
     * change unexplained. `culprit`, `suspects` and what stands with them speak of the first. */
    const Culprit *culprits;
    int n_culprits;
    /* cost so far */
    int runs_given, runs_endpoints, runs_search, runs_verify;
    int builds; // distinct builds with runs, both endpoints included
    int untestable;
    bool is_robust, is_drifting; // modes in use
    double rho; // posterior mean
    /* to expect until the stop rule holds and is verified; rough */
    double runs_left, builds_left;
} Outcome;

/* Borrowed; valid until the next search_add() and its friends. */
const Outcome *search_outcome(Search *search);

/* Posterior of every commit (of being the first culprit found, once there is one), n of them; sums
 * to 1 once the endpoints are confirmed, else 0. */
void search_posterior(Search *search, double *ret_probabilities);
