// What others call: making a search, adding evidence, and the order of its phases.
#include "marvin/bisect/search.h"

#include <math.h>
#include <string.h>

#include "common/error.h"
#include "marvin/bisect/search_internal.h"

enum { REFERENCE_EVERY = 8, REFERENCE_EVERY_DRIFTING = 4 }; // runs of a machine

static const char *const PURPOSES[] = {"given", "endpoints", "search", "verify"};
static const char *const OUTCOMES[] = {"running", "found", "not-reproduced", "undecided"};

const char *purpose_format(Purpose purpose)
{
    return PURPOSES[purpose];
}

bool purpose_parse(const char *text, Purpose *ret_purpose)
{
    for (guint i = 0; i < G_N_ELEMENTS(PURPOSES); i++) {
        if (strcmp(text, PURPOSES[i]) == 0) {
            *ret_purpose = (Purpose)i;
            return true;
        }
    }
    return false;
}

const char *outcome_format(OutcomeKind kind)
{
    return OUTCOMES[kind];
}

void search_options(SearchOptions *ret_options)
{
    *ret_options = (SearchOptions){
        .stop = 0.95,
        .better = BETTER_LOWER,
        .machines = 1,
        .costs = {.run = 1, .build = 4},
        .endpoint_runs = 160,
        .rho = {.n = 9,
                .value = {0, 0.05, 0.1, 0.25, 0.5, 1, 2, 12, 100},
                .weight = {0.89, 0.02, 0.02, 0.02, 0.02, 0.01, 0.01, 0.005, 0.005}},
        .seed = 1,
    };
}

static bool options_check(const Graph *graph, const SearchOptions *options, GError **error)
{
    if (!(options->stop > 0.5 && options->stop < 1))
        return error_set(error, ERROR_INPUT,
                         "The stop rule is %g: it must be above 0.5 and below 1.", options->stop);
    if (options->machines < 1 || options->machines > MACHINES)
        return error_set(error, ERROR_INPUT, "A search uses 1 to %d machines, not %d.", MACHINES,
                         options->machines);
    if (!(options->costs.run > 0) || !(options->costs.build >= 0) || !(options->costs.deploy >= 0))
        return error_set(error, ERROR_INPUT,
                         "The costs of a search must not be negative, and a "
                         "run costs something.");
    if (options->endpoint_runs < 5)
        return error_set(error, ERROR_INPUT, "The endpoints need at least 5 runs each, not %d.",
                         options->endpoint_runs);
    if (options->rho.n < 1 || options->rho.n > RHO_MAX)
        return error_set(error, ERROR_INPUT, "The prior between builds has 1 to %d values.",
                         RHO_MAX);
    for (int c = 0; options->priors && c < graph->n; c++) {
        if (!(options->priors[c] > 0) || !isfinite(options->priors[c]))
            return error_set(error, ERROR_INPUT,
                             "The prior weight of commit %d must be above 0, not %g.", c,
                             options->priors[c]);
    }
    return true;
}

Search *search_new(const Graph *graph, const SearchOptions *options, GError **error)
{
    if (!options_check(graph, options, error))
        return NULL;
    Search *search = g_new0(Search, 1);
    search->graph = graph;
    search->options = *options;
    if (options->priors)
        search->priors = g_memdup2(options->priors, sizeof(double) * (size_t)graph->n);
    search->options.priors = search->priors;
    double sum = 0;
    for (int i = 0; i < options->rho.n; i++)
        sum += options->rho.weight[i];
    for (int i = 0; i < options->rho.n; i++)
        search->options.rho.weight[i] /= sum;
    if (!options->info)
        search->own_info = info_new();
    if (!options->info)
        search->options.info = search->own_info;
    search->untestable = g_new0(bool, graph->n);
    search->built = g_new0(bool, graph->n);
    search->class_of_suspect = g_new(int, graph->n);
    for (int c = 0; c < graph->n; c++)
        search->class_of_suspect[c] = c;
    search->distance = g_new0(int, graph->n);
    search->evidence = g_array_new(FALSE, FALSE, sizeof(Evidence));
    search->group_of = g_array_new(FALSE, FALSE, sizeof(int));
    search->groups = g_array_new(FALSE, FALSE, sizeof(Group));
    search->suspects = g_array_new(FALSE, FALSE, sizeof(Suspect));
    search->before = g_array_new(FALSE, FALSE, sizeof(int));
    search->mass = g_new0(double, graph->n);
    search->first_mass = g_new0(double, graph->n);
    search->belief = belief_new(graph, search->priors);
    return search;
}

void search_free(Search *search)
{
    if (!search)
        return;
    info_free(search->own_info);
    g_free(search->priors);
    g_free(search->untestable);
    g_free(search->built);
    g_free(search->class_of_suspect);
    g_free(search->distance);
    g_array_unref(search->evidence);
    g_array_unref(search->group_of);
    g_array_unref(search->groups);
    g_array_unref(search->suspects);
    g_array_unref(search->before);
    g_free(search->why);
    g_free(search->y);
    g_free(search->grouped);
    g_free(search->mass);
    g_free(search->first_mass);
    belief_free(search->belief);
    g_free(search);
}

static int group_get(Search *search, const Evidence *evidence)
{
    for (guint g = 0; g < search->groups->len; g++) {
        const Group *group = &g_array_index(search->groups, Group, g);
        if (group->machine == evidence->machine && group->commit == evidence->commit &&
            group->build == evidence->build)
            return (int)g;
    }
    Group group = {
        .machine = evidence->machine, .commit = evidence->commit, .build = evidence->build};
    g_array_append_val(search->groups, group);
    return (int)search->groups->len - 1;
}

bool search_add(Search *search, const Evidence *evidence, GError **error)
{
    if (evidence->machine < 0 || evidence->machine >= search->options.machines)
        return error_set(error, ERROR_INPUT, "The search has %d machines; there is no machine %d.",
                         search->options.machines, evidence->machine);
    if (evidence->commit < COMMIT_GOOD || evidence->commit >= search->graph->n ||
        evidence->build < 0)
        return error_set(error, ERROR_INPUT,
                         "The search has %d commits; there is no build %d of commit %d.",
                         search->graph->n, evidence->build, evidence->commit);
    if (!isfinite(evidence->value))
        return error_set(error, ERROR_INPUT, "A run of commit %d gave no finite value.",
                         evidence->commit);
    if (search->options.binary && evidence->value != 0 && evidence->value != 1)
        return error_set(error, ERROR_INPUT, "An outcome is 0 (good) or 1 (bad), not %g.",
                         evidence->value);
    int group = group_get(search, evidence);
    g_array_append_val(search->evidence, *evidence);
    g_array_append_val(search->group_of, group);
    search->is_fresh = false;
    return true;
}

bool search_untestable(Search *search, int commit, GError **error)
{
    if (commit < 0 || commit >= search->graph->n - 1)
        return error_set(error, ERROR_INPUT,
                         "An endpoint that cannot be run cannot be bisected from: choose another "
                         "good or bad commit.");
    if (search->untestable[commit])
        return true;
    search->untestable[commit] = true;
    search->n_untestable++;
    suspects_classify(search);
    search->is_fresh = false;
    return true;
}

void search_built(Search *search, int commit)
{
    if (commit >= 0 && commit < search->graph->n)
        search->built[commit] = true;
    search->has_outcome = false;
}

void search_set_costs(Search *search, Costs costs)
{
    search->options.costs = costs;
    search->has_outcome = false;
}

int search_runs_at(const Search *search, int commit)
{
    int runs = 0;
    for (guint g = 0; g < search->groups->len; g++) {
        const Group *group = &g_array_index(search->groups, Group, g);
        if (group->commit == commit)
            runs += group->n;
    }
    return runs;
}

bool search_has_build(const Search *search, int commit, int build)
{
    if (build == 0 && commit >= 0 && search->built[commit])
        return true;
    for (guint g = 0; g < search->groups->len; g++) {
        const Group *group = &g_array_index(search->groups, Group, g);
        if (group->commit == commit && group->build == build)
            return true;
    }
    return false;
}

int search_pending_at(const Action *pending, int n_pending, int commit)
{
    int runs = 0;
    for (int i = 0; i < n_pending; i++) {
        if (pending[i].kind == ACTION_RUN && pending[i].commit == commit)
            runs += pending[i].runs;
    }
    return runs;
}

/* Endpoint runs of a machine, done and under way. */
static void endpoint_counts(const Search *search, int machine, const Action *pending, int n_pending,
                            int ret_n[2])
{
    for (int side = 0; side < 2; side++)
        ret_n[side] = search->ends.n_machine[side][machine];
    for (int i = 0; i < n_pending; i++) {
        int side = endpoint_side(search, pending[i].commit);
        if (side >= 0 && pending[i].machine == machine && pending[i].build == 0)
            ret_n[side] += pending[i].runs;
    }
}

/* The endpoint with fewer runs; among equals one after the other, first by the seed. */
static Action endpoint_action(const Search *search, int machine, Purpose purpose, const int n[2])
{
    int side = n[0] == n[1] ? (int)((search->options.seed + (uint64_t)n[0]) % 2) : n[0] > n[1];
    int commit = side ? search->graph->n - 1 : COMMIT_GOOD;
    return (Action){.kind = ACTION_RUN,
                    .purpose = purpose,
                    .machine = machine,
                    .commit = commit,
                    .runs = 1,
                    .is_new_build = !search_has_build(search, commit, 0)};
}

/* Whether this machine's endpoints want runs before anything else. */
static bool endpoints_next(const Search *search, int machine, const Action *pending, int n_pending,
                           Action *ret_action)
{
    int n[2], side_runs = search->ends.state == ENDPOINTS_OPEN ? search->ends.look
                                                               : endpoints_target(search);
    endpoint_counts(search, machine, pending, n_pending, n);
    if (MIN(n[0], n[1]) < endpoints_quota(search, side_runs)) {
        *ret_action = endpoint_action(search, machine, PURPOSE_ENDPOINTS, n);
        return true;
    }
    if (search->ends.state == ENDPOINTS_OPEN)
        *ret_action = (Action){.kind = ACTION_WAIT, .machine = machine};
    return search->ends.state == ENDPOINTS_OPEN;
}

/* Runs of the machine since its last endpoint run. */
static int runs_since_endpoint(const Search *search, int machine, const Action *pending,
                               int n_pending)
{
    int runs = 0;
    for (int i = 0; i < n_pending; i++) {
        if (pending[i].machine != machine)
            continue;
        if (endpoint_side(search, pending[i].commit) >= 0)
            return 0;
        runs += pending[i].runs;
    }
    for (guint i = search->evidence->len; i > 0; i--) {
        const Evidence *e = &g_array_index(search->evidence, Evidence, i - 1);
        if (e->machine != machine)
            continue;
        if (endpoint_side(search, e->commit) >= 0 && e->build == 0)
            return runs;
        runs++;
    }
    return runs;
}

static bool reference_next(const Search *search, int machine, const Action *pending, int n_pending,
                           Action *ret_action)
{
    int every = search->is_drifting ? REFERENCE_EVERY_DRIFTING : REFERENCE_EVERY, n[2];
    if (search->options.drift == SWITCH_OFF || search->options.binary ||
        runs_since_endpoint(search, machine, pending, n_pending) < every)
        return false;
    endpoint_counts(search, machine, pending, n_pending, n);
    *ret_action = endpoint_action(search, machine, PURPOSE_SEARCH, n);
    return true;
}

static Action done(Search *search, int machine, const char *why)
{
    search->stuck = why;
    return (Action){.kind = ACTION_DONE, .machine = machine};
}

static int runs_made(const Search *search)
{
    int runs = 0;
    for (guint i = 0; i < search->evidence->len; i++)
        runs += g_array_index(search->evidence, Evidence, i).purpose != PURPOSE_GIVEN;
    return runs;
}

Action search_next(Search *search, int machine, const Action *pending, int n_pending)
{
    Action action;
    derive(search);
    if (search->ends.state == ENDPOINTS_ABSENT)
        return done(search, machine, search->ends.why);
    if (search->is_whole)
        return done(search, machine, "it is found");
    if (search->options.max_runs > 0 && runs_made(search) >= search->options.max_runs)
        return done(search, machine, "the runs allowed are used up");
    if (endpoints_next(search, machine, pending, n_pending, &action))
        return action;
    if (reference_next(search, machine, pending, n_pending, &action))
        return action;
    if (search->top_mass >= search->options.stop &&
        verify_next(search, search->top, pending, n_pending, machine, &action))
        return action;
    if (choice_next(search, machine, pending, n_pending, &action))
        return action;
    if (n_pending > 0)
        return (Action){.kind = ACTION_WAIT, .machine = machine};
    return done(search, machine,
                "more runs of the commits that can be tested would not tell them apart");
}

const double *search_mass(const Search *search)
{
    return search->n_culprits > 0 ? search->first_mass : search->mass;
}

void search_posterior(Search *search, double *ret_probabilities)
{
    derive(search);
    memcpy(ret_probabilities, search_mass(search), sizeof(double) * (size_t)search->graph->n);
}
