// marvin/bisect/search: whole searches in simulated histories; replayed, batched, with bad
// evidence.
#include "marvin/bisect/search.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "common/error.h"
#include "common/stats/worlds.h"

enum { CULPRITS_MAX = 3 };

/* A metric of about 150 with noise of 1 %, that steps by `step` deviations at each culprit. */
typedef struct {
    const Graph *graph;
    int culprits[CULPRITS_MAX];
    int n_culprits;
    double step;
    double noise; // deviations; 0: runs repeat exactly
    bool is_outcome; // values are outcomes: bad 9 times in 10 with the culprit, 1 in 20 without
    const bool *broken; // or NULL
    Random random;
} Past;

static double past_run(Past *past, int commit, int machine)
{
    int steps = 0;
    for (int i = 0; i < past->n_culprits; i++)
        steps += commit >= 0 && graph_reaches(past->graph, past->culprits[i], commit);
    if (past->is_outcome)
        return random_uniform(&past->random) < (steps > 0 ? 0.9 : 0.05);
    double noise = past->noise > 0 ? past->noise * random_normal(&past->random) : 0;
    return exp(5 + 0.3 * machine + 0.01 * (noise + steps * past->step));
}

static Past past_new(const Graph *graph, int culprit, double step, guint64 seed)
{
    Past past = {.graph = graph, .culprits = {culprit}, .n_culprits = 1, .step = step, .noise = 1};
    random_init(&past.random, seed);
    return past;
}

static void evidence_add(Search *search, Past *past, const Action *action, GArray *stored)
{
    if (action->commit >= 0 && past->broken && past->broken[action->commit]) {
        g_assert_true(action->is_new_build);
        g_assert_true(search_untestable(search, action->commit, NULL));
        return;
    }
    for (int i = 0; i < action->runs; i++) {
        Evidence evidence = {.machine = action->machine,
                             .commit = action->commit,
                             .build = action->build,
                             .purpose = action->purpose,
                             .value = past_run(past, action->commit, action->machine)};
        g_assert_true(search_add(search, &evidence, NULL));
        if (stored)
            g_array_append_val(stored, evidence);
    }
}

/* To its end; stored, where not NULL, gets the evidence. */
static const Outcome *search_run(Search *search, Past *past, GArray *stored)
{
    for (;;) {
        Action action = search_next(search, 0, NULL, 0);
        if (action.kind == ACTION_DONE)
            return search_outcome(search);
        g_assert_cmpint(action.kind, ==, ACTION_RUN);
        evidence_add(search, past, &action, stored);
    }
}

static Search *search_make(const Graph *graph, const SearchOptions *options)
{
    g_autoptr(GError) error = NULL;
    Search *search = search_new(graph, options, &error);
    g_assert_no_error(error);
    return search;
}

static SearchOptions defaults(void)
{
    static InfoTable *info; // made once for all tests
    SearchOptions options;
    search_options(&options);
    if (!info)
        info = info_new();
    options.info = info;
    return options;
}

/* 0 - 1 - 2 - .. with a side branch: 10 - 21 .. 25 merged at 30. */
static Graph *merge_graph(void)
{
    int start[42], parents[64], edges = 0;
    for (int c = 0; c < 41; c++) {
        start[c] = edges;
        if (c == 21) {
            parents[edges++] = 10;
        } else if (c == 26) {
            parents[edges++] = 20;
        } else if (c > 0) {
            parents[edges++] = c - 1;
        }
        if (c == 30)
            parents[edges++] = 25;
    }
    start[41] = edges;
    return graph_new(41, start, parents, NULL);
}

static void test_the_culprit_of_a_line_is_found(void)
{
    g_autoptr(Graph) graph = graph_new_line(64);
    SearchOptions options = defaults();
    g_autoptr(Search) search = search_make(graph, &options);
    Past past = past_new(graph, 37, 3, 1);
    const Outcome *outcome = search_run(search, &past, NULL);
    g_assert_cmpstr(outcome_format(outcome->kind), ==, "found");
    g_assert_cmpint(outcome->culprit, ==, 37);
    g_assert_cmpint(outcome->suspects[0].commit, ==, 37);
    g_assert_cmpfloat(outcome->probability, >=, 0.95);
    g_assert_cmpfloat_with_epsilon(outcome->effect.change, 0.03, 0.02);
    g_assert_cmpfloat(outcome->share_low, <, 1);
    g_assert_cmpfloat(outcome->share_high, >, 0.8);
    g_assert_cmpint(outcome->builds, <=, 14);
}

static void test_endpoints_that_do_not_differ_end_the_search(void)
{
    g_autoptr(Graph) graph = graph_new_line(64);
    SearchOptions options = defaults();
    g_autoptr(Search) search = search_make(graph, &options);
    Past past = past_new(graph, 37, 0, 2);
    const Outcome *outcome = search_run(search, &past, NULL);
    g_assert_cmpstr(outcome_format(outcome->kind), ==, "not-reproduced");
    g_assert_cmpint(outcome->n_good, ==, 160);
    g_assert_cmpint(outcome->culprit, ==, -1);
    g_assert_cmpint(outcome->runs_search, ==, 0);
}

static void test_a_reported_change_ends_the_endpoints_sooner(void)
{
    g_autoptr(Graph) graph = graph_new_line(64);
    SearchOptions options = defaults();
    options.expected = 0.02;
    g_autoptr(Search) search = search_make(graph, &options);
    Past past = past_new(graph, 37, 0, 3);
    const Outcome *outcome = search_run(search, &past, NULL);
    g_assert_cmpint(outcome->kind, ==, OUTCOME_NOT_REPRODUCED);
    g_assert_nonnull(strstr(outcome->why, "less than was reported"));
    g_assert_cmpint(outcome->n_good, <=, 40);
}

static void test_swapped_endpoints_are_named(void)
{
    g_autoptr(Graph) graph = graph_new_line(64);
    SearchOptions options = defaults();
    options.better = BETTER_HIGHER;
    g_autoptr(Search) search = search_make(graph, &options);
    Past past = past_new(graph, 37, 3, 4);
    const Outcome *outcome = search_run(search, &past, NULL);
    g_assert_cmpint(outcome->kind, ==, OUTCOME_NOT_REPRODUCED);
    g_assert_nonnull(strstr(outcome->why, "swapped"));
}

static void test_a_fix_and_an_unknown_direction_are_found_too(void)
{
    g_autoptr(Graph) graph = graph_new_line(64);
    for (int i = 0; i < 3; i++) {
        SearchOptions options = defaults();
        options.better = i == 0 ? BETTER_HIGHER : i == 1 ? BETTER_LOWER : BETTER_NONE;
        options.find_fix = i < 2;
        g_autoptr(Search) search = search_make(graph, &options);
        Past past = past_new(graph, 11, i == 0 ? 4 : -4, 5);
        const Outcome *outcome = search_run(search, &past, NULL);
        g_assert_cmpint(outcome->kind, ==, OUTCOME_FOUND);
        g_assert_cmpint(outcome->culprit, ==, 11);
        g_assert_cmpint(outcome->effect.change > 0, ==, i == 0);
        g_assert_cmpint(outcome->endpoints.change > 0, ==, i == 0);
    }
}

static void test_runs_that_repeat_exactly_need_few(void)
{
    g_autoptr(Graph) graph = graph_new_line(1024);
    SearchOptions options = defaults();
    g_autoptr(Search) search = search_make(graph, &options);
    Past past = past_new(graph, 700, 3, 6);
    past.noise = 0;
    const Outcome *outcome = search_run(search, &past, NULL);
    g_assert_cmpint(outcome->kind, ==, OUTCOME_FOUND);
    g_assert_cmpint(outcome->culprit, ==, 700);
    g_assert_cmpint(outcome->runs_endpoints + outcome->runs_search, <=, 24);

    g_autoptr(Search) same = search_make(graph, &options);
    past.step = 0;
    outcome = search_run(same, &past, NULL);
    g_assert_cmpint(outcome->kind, ==, OUTCOME_NOT_REPRODUCED);
    g_assert_cmpint(outcome->n_bad, ==, 5);
}

static void test_a_culprit_on_a_side_branch_is_verified_against_its_parents(void)
{
    g_autoptr(Graph) graph = merge_graph();
    for (int culprit = 20; culprit < 32; culprit++) {
        SearchOptions options = defaults();
        g_autoptr(Search) search = search_make(graph, &options);
        Past past = past_new(graph, culprit, 5, 7);
        const Outcome *outcome = search_run(search, &past, NULL);
        g_assert_cmpint(outcome->kind, ==, OUTCOME_FOUND);
        g_assert_cmpint(outcome->culprit, ==, culprit);
    }
}

static void test_one_commit_only_is_the_culprit_once_the_endpoints_differ(void)
{
    g_autoptr(Graph) graph = graph_new_line(1);
    SearchOptions options = defaults();
    g_autoptr(Search) search = search_make(graph, &options);
    Past past = past_new(graph, 0, 4, 8);
    const Outcome *outcome = search_run(search, &past, NULL);
    g_assert_cmpint(outcome->kind, ==, OUTCOME_FOUND);
    g_assert_cmpint(outcome->culprit, ==, 0);
    g_assert_cmpint(outcome->builds, ==, 2);
}

static void test_untestable_commits_stay_suspects(void)
{
    g_autoptr(Graph) graph = graph_new_line(64);
    bool broken[64] = {false};
    for (int c = 30; c < 36; c++)
        broken[c] = true;
    SearchOptions options = defaults();
    g_autoptr(Search) search = search_make(graph, &options);
    Past past = past_new(graph, 33, 5, 9);
    past.broken = broken;
    const Outcome *outcome = search_run(search, &past, NULL);
    g_assert_cmpint(outcome->kind, ==, OUTCOME_FOUND);
    g_assert_cmpfloat(outcome->class_probability, >=, 0.95);
    g_assert_cmpint(outcome->n_suspects, ==, 7); // 30 .. 36 cannot be told apart
    g_assert_cmpint(outcome->n_class, ==, 7);
    g_assert_cmpint(outcome->n_between, ==, 7);
    g_assert_cmpint(outcome->n_before, ==, 1);
    g_assert_cmpint(outcome->before[0], ==, 29);
    g_assert_cmpstr(outcome->why, ==,
                    "it is one of 7 commits which no testable commit tells apart");
    for (int i = 0; i < outcome->n_suspects; i++)
        g_assert_true(outcome->suspects[i].commit >= 30 && outcome->suspects[i].commit <= 36);
    g_assert_cmpint(outcome->untestable, >, 0);
}

static void test_two_culprits_are_both_found(void)
{
    g_autoptr(Graph) graph = graph_new_line(64);
    SearchOptions options = defaults();
    g_autoptr(Search) search = search_make(graph, &options);
    Past past = past_new(graph, 12, 5, 10);
    past.culprits[past.n_culprits++] = 45;
    const Outcome *outcome = search_run(search, &past, NULL);
    g_assert_cmpint(outcome->kind, ==, OUTCOME_FOUND);
    g_assert_cmpint(outcome->n_culprits, ==, 2);
    g_assert_cmpint(outcome->culprits[0].commit + outcome->culprits[1].commit, ==, 57);
    for (int i = 0; i < 2; i++)
        g_assert_cmpfloat_with_epsilon(outcome->culprits[i].effect.change, 0.05, 0.02);
}

/* A step that stands halfway fits no single culprit: without the second one in mind, searches spent
 * hundreds of runs on whether builds differ. */
static void test_two_culprits_are_found_without_detours(void)
{
    g_autoptr(Graph) graph = graph_new_line(1024);
    int both = 0;
    for (guint64 seed = 1; seed <= 12; seed++) {
        SearchOptions options = defaults();
        options.max_runs = 200;
        g_autoptr(Search) search = search_make(graph, &options);
        Past past = past_new(graph, (int)(seed * 37), 3, seed);
        past.culprits[past.n_culprits++] = 1000 - (int)(seed * 41);
        const Outcome *outcome = search_run(search, &past, NULL);
        g_assert_cmpint(outcome->kind, ==, OUTCOME_FOUND);
        both +=
            outcome->n_culprits == 2 && outcome->culprits[0].commit + outcome->culprits[1].commit ==
                                            past.culprits[0] + past.culprits[1];
    }
    g_assert_cmpint(both, >=, 11);
}

static void test_one_culprit_of_a_long_line_is_not_split(void)
{
    g_autoptr(Graph) graph = graph_new_line(16384);
    for (guint64 seed = 1; seed <= 24; seed++) {
        SearchOptions options = defaults();
        options.max_runs = 300;
        g_autoptr(Search) search = search_make(graph, &options);
        Past past = past_new(graph, (int)(seed * 650), 2, seed);
        const Outcome *outcome = search_run(search, &past, NULL);
        g_assert_cmpint(outcome->kind, ==, OUTCOME_FOUND);
        g_assert_cmpint(outcome->n_culprits, ==, 1);
    }
}

static void test_exit_outcomes_are_bisected(void)
{
    g_autoptr(Graph) graph = graph_new_line(256);
    SearchOptions options = defaults();
    options.binary = true;
    g_autoptr(Search) search = search_make(graph, &options);
    Past past = past_new(graph, 99, 0, 11);
    past.is_outcome = true;
    const Outcome *outcome = search_run(search, &past, NULL);
    g_assert_cmpint(outcome->kind, ==, OUTCOME_FOUND);
    g_assert_cmpint(outcome->culprit, ==, 99);
}

static void test_four_machines_share_the_work(void)
{
    g_autoptr(Graph) graph = graph_new_line(256);
    SearchOptions options = defaults();
    options.machines = 4;
    g_autoptr(Search) search = search_make(graph, &options);
    Past past = past_new(graph, 200, 2, 12);
    int rounds = 0;
    bool has_spread = false;
    for (bool is_done = false; !is_done; rounds++) {
        Action batch[4];
        int n = 0;
        for (int m = 0; m < 4; m++) {
            Action action = search_next(search, m, batch, n);
            is_done |= action.kind == ACTION_DONE;
            if (action.kind == ACTION_RUN)
                batch[n++] = action;
        }
        has_spread |= n == 4 && batch[0].purpose == PURPOSE_SEARCH &&
                      batch[0].commit != batch[1].commit && batch[1].commit != batch[2].commit;
        g_assert_true(is_done || n > 0);
        for (int i = 0; i < n; i++)
            evidence_add(search, &past, &batch[i], NULL);
    }
    const Outcome *outcome = search_outcome(search);
    g_assert_cmpint(outcome->kind, ==, OUTCOME_FOUND);
    g_assert_cmpint(outcome->culprit, ==, 200);
    g_assert_true(has_spread);
    g_assert_cmpint(rounds, <, 60);
}

static void assert_same_action(Action a, Action b)
{
    g_assert_cmpint(a.kind, ==, b.kind);
    g_assert_cmpint(a.purpose, ==, b.purpose);
    g_assert_cmpint(a.commit, ==, b.commit);
    g_assert_cmpint(a.build, ==, b.build);
    g_assert_cmpint(a.runs, ==, b.runs);
    g_assert_cmpint(a.is_new_build, ==, b.is_new_build);
}

static void test_a_killed_search_goes_on_as_if_it_had_not_been(void)
{
    g_autoptr(Graph) graph = merge_graph();
    SearchOptions options = defaults();
    g_autoptr(Search) search = search_make(graph, &options),
                      replayed = search_make(graph, &options);
    Past past = past_new(graph, 24, 1.5, 13);
    double seen[41], again[41];
    int steps = 0;
    for (;; steps++) {
        g_autoptr(GArray) added = g_array_new(FALSE, FALSE, sizeof(Evidence));
        g_autoptr(Search) fresh = NULL;
        Action action = search_next(search, 0, NULL, 0);
        if (action.kind == ACTION_DONE)
            break;
        evidence_add(search, &past, &action, added);
        for (guint i = 0; i < added->len; i++) // never asked in between
            search_add(replayed, &g_array_index(added, Evidence, i), NULL);
        search_outcome(search);
    }
    assert_same_action(search_next(search, 0, NULL, 0), search_next(replayed, 0, NULL, 0));
    search_posterior(search, seen);
    search_posterior(replayed, again);
    g_assert_true(memcmp(seen, again, sizeof seen) == 0);
    const Outcome *a = search_outcome(search), *b = search_outcome(replayed);
    g_assert_cmpint(a->kind, ==, b->kind);
    g_assert_cmpint(a->culprit, ==, b->culprit);
    g_assert_cmpfloat(a->effect.low, ==, b->effect.low);
    g_assert_cmpint(a->runs_search, ==, b->runs_search);
    g_assert_cmpint(steps, >, 20);
}

/* Every prefix of the evidence gives the action that the search took there. */
static void test_every_prefix_of_the_evidence_resumes(void)
{
    g_autoptr(Graph) graph = graph_new_line(128);
    SearchOptions options = defaults();
    g_autoptr(Search) search = search_make(graph, &options);
    g_autoptr(GArray) stored = g_array_new(FALSE, FALSE, sizeof(Evidence));
    Past past = past_new(graph, 77, 2, 14);
    for (;;) {
        Action action = search_next(search, 0, NULL, 0);
        g_autoptr(Search) resumed = search_make(graph, &options);
        for (guint i = 0; i < stored->len; i++)
            search_add(resumed, &g_array_index(stored, Evidence, i), NULL);
        assert_same_action(action, search_next(resumed, 0, NULL, 0));
        if (action.kind == ACTION_DONE)
            break;
        evidence_add(search, &past, &action, stored);
    }
}

static void test_the_order_of_search_runs_does_not_matter(void)
{
    g_autoptr(Graph) graph = merge_graph();
    SearchOptions options = defaults();
    options.drift = SWITCH_OFF;
    g_autoptr(Search) search = search_make(graph, &options), other = search_make(graph, &options);
    g_autoptr(GArray) stored = g_array_new(FALSE, FALSE, sizeof(Evidence));
    Past past = past_new(graph, 24, 1.5, 15);
    double seen[41], again[41];
    search_run(search, &past, stored);
    for (guint i = stored->len; i > 0; i--)
        search_add(other, &g_array_index(stored, Evidence, i - 1), NULL);
    search_posterior(search, seen);
    search_posterior(other, again);
    for (int c = 0; c < graph->n; c++)
        g_assert_cmpfloat_with_epsilon(seen[c], again[c], 1e-9);
}

static void test_earlier_runs_are_free_evidence(void)
{
    g_autoptr(Graph) graph = graph_new_line(64);
    SearchOptions options = defaults();
    options.max_runs = 200;
    g_autoptr(Search) search = search_make(graph, &options);
    Past past = past_new(graph, 37, 3, 16);
    static const int commits[] = {COMMIT_GOOD, 63, 20, 36, 37, 50};
    for (int i = 0; i < 120; i++) {
        Evidence evidence = {.commit = commits[i % 6], .purpose = PURPOSE_GIVEN};
        evidence.value = past_run(&past, evidence.commit, 0);
        g_assert_true(search_add(search, &evidence, NULL));
    }
    const Outcome *outcome = search_run(search, &past, NULL);
    g_assert_cmpint(outcome->kind, ==, OUTCOME_FOUND);
    g_assert_cmpint(outcome->runs_given, ==, 120);
    g_assert_cmpint(outcome->runs_endpoints + outcome->runs_search, ==, 0);
}

static void test_a_budget_ends_it_undecided(void)
{
    g_autoptr(Graph) graph = graph_new_line(1024);
    SearchOptions options = defaults();
    options.max_runs = 50;
    g_autoptr(Search) search = search_make(graph, &options);
    Past past = past_new(graph, 500, 1.5, 17);
    const Outcome *outcome = search_run(search, &past, NULL);
    g_assert_cmpint(outcome->kind, ==, OUTCOME_UNDECIDED);
    g_assert_nonnull(strstr(outcome->why, "used up"));
    g_assert_cmpint(outcome->runs_endpoints + outcome->runs_search + outcome->runs_verify, ==, 50);
}

static void test_bad_evidence_is_refused(void)
{
    g_autoptr(Graph) graph = graph_new_line(4);
    SearchOptions options = defaults();
    g_autoptr(Search) search = search_make(graph, &options);
    static const Evidence bad[] = {{.machine = 1, .value = 1},
                                   {.commit = 4, .value = 1},
                                   {.commit = -2, .value = 1},
                                   {.build = -1, .value = 1},
                                   {.value = NAN},
                                   {.value = INFINITY}};
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(search_add(search, &bad[i], &error));
        g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    }
    g_autoptr(GError) error = NULL;
    g_assert_false(search_untestable(search, 3, &error)); // bad itself
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    options.stop = 1;
    g_assert_null(search_new(graph, &options, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bisect/search/line", test_the_culprit_of_a_line_is_found);
    g_test_add_func("/bisect/search/absent", test_endpoints_that_do_not_differ_end_the_search);
    g_test_add_func("/bisect/search/expected", test_a_reported_change_ends_the_endpoints_sooner);
    g_test_add_func("/bisect/search/swapped", test_swapped_endpoints_are_named);
    g_test_add_func("/bisect/search/fix", test_a_fix_and_an_unknown_direction_are_found_too);
    g_test_add_func("/bisect/search/exact", test_runs_that_repeat_exactly_need_few);
    g_test_add_func("/bisect/search/merges",
                    test_a_culprit_on_a_side_branch_is_verified_against_its_parents);
    g_test_add_func("/bisect/search/one",
                    test_one_commit_only_is_the_culprit_once_the_endpoints_differ);
    g_test_add_func("/bisect/search/untestable", test_untestable_commits_stay_suspects);
    g_test_add_func("/bisect/search/two", test_two_culprits_are_both_found);
    g_test_add_func("/bisect/search/two-directly", test_two_culprits_are_found_without_detours);
    g_test_add_func("/bisect/search/unsplit", test_one_culprit_of_a_long_line_is_not_split);
    g_test_add_func("/bisect/search/outcomes", test_exit_outcomes_are_bisected);
    g_test_add_func("/bisect/search/machines", test_four_machines_share_the_work);
    g_test_add_func("/bisect/search/replay", test_a_killed_search_goes_on_as_if_it_had_not_been);
    g_test_add_func("/bisect/search/resume", test_every_prefix_of_the_evidence_resumes);
    g_test_add_func("/bisect/search/order", test_the_order_of_search_runs_does_not_matter);
    g_test_add_func("/bisect/search/given", test_earlier_runs_are_free_evidence);
    g_test_add_func("/bisect/search/budget", test_a_budget_ends_it_undecided);
    g_test_add_func("/bisect/search/refused", test_bad_evidence_is_refused);
    return g_test_run();
}
