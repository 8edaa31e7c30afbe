// marvin/bisect/search: whole searches on simulated histories, replayed, batched, with bad
// evidence.
#include "marvin/bisect/search.h"

#include <glib.h>
#include <math.h>

#include "common/stats/worlds.h"

/* A metric that rises by `step` at commit `culprit`, with noise of deviation 0.01 on the log. */
static double world_value(const Graph *graph, int culprit, double step, int commit, Random *random)
{
    bool is_bad = commit >= 0 && graph_reaches(graph, culprit, commit);
    return exp(5 + 0.01 * (random_normal(random) + (is_bad ? step : 0)));
}

static Outcome search_run(Search *search, const Graph *graph, int culprit, double step,
                          uint64_t seed)
{
    Random random;
    random_init(&random, seed);
    for (;;) {
        Action action = search_next(search, 0, NULL, 0);
        if (action.kind == ACTION_DONE)
            return *search_outcome(search);
        for (int i = 0; i < action.runs; i++) {
            Evidence evidence = {.commit = action.commit,
                                 .build = action.build,
                                 .purpose = action.purpose,
                                 .value =
                                     world_value(graph, culprit, step, action.commit, &random)};
            g_assert_true(search_add(search, &evidence, NULL));
        }
    }
}

static void test_the_culprit_of_a_line_is_found(void)
{
    g_autoptr(Graph) graph = graph_new_line(64);
    SearchOptions options;
    search_options(&options);
    g_autoptr(Search) search = search_new(graph, &options, NULL);
    Outcome outcome = search_run(search, graph, 37, 3, 1);
    g_assert_cmpstr(outcome_format(outcome.kind), ==, "found");
    g_assert_cmpint(outcome.culprit, ==, 37);
    g_assert_cmpfloat(outcome.probability, >=, 0.95);
    g_assert_cmpfloat_with_epsilon(outcome.effect.change, 0.03, 0.02);
    g_test_message("runs %d %d %d, builds %d, share %g [%g, %g]", outcome.runs_endpoints,
                   outcome.runs_search, outcome.runs_verify, outcome.builds, outcome.share,
                   outcome.share_low, outcome.share_high);
}

static void test_endpoints_that_do_not_differ_end_the_search(void)
{
    g_autoptr(Graph) graph = graph_new_line(64);
    SearchOptions options;
    search_options(&options);
    g_autoptr(Search) search = search_new(graph, &options, NULL);
    Outcome outcome = search_run(search, graph, 37, 0, 2);
    g_assert_cmpstr(outcome_format(outcome.kind), ==, "not-reproduced");
    g_assert_cmpint(outcome.n_good, ==, 160);
    g_assert_cmpint(outcome.culprit, ==, -1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bisect/search/line", test_the_culprit_of_a_line_is_found);
    g_test_add_func("/bisect/search/absent", test_endpoints_that_do_not_differ_end_the_search);
    return g_test_run();
}
