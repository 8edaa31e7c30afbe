// The simulation of tests/bench/bisect.c, short and with fixed seeds: is the search right as often
// as it says, and within its costs?
#include <glib.h>
#include <math.h>

#include "tests/bench/bisect_world.h"

enum { TRIALS = 36, CAP = 3000 };
static const double STOP = 0.95, RATIO = 1.75;

typedef struct {
    int confirmed, right;
    double claimed, search_runs, builds;
} Sums;

static void sums_add(Sums *sums, const Tally *tally)
{
    sums->confirmed += tally->is_confirmed;
    sums->right += tally->is_confirmed && tally->is_found && tally->is_right;
    sums->claimed += tally->is_confirmed ? tally->claimed : 0;
    sums->search_runs += tally->search_runs;
    sums->builds += tally->is_confirmed ? tally->builds : 0;
}

static Sums cell_run(const History *history, const InfoTable *info, int trials, guint64 seed)
{
    Sums sums = {0};
    for (int i = 0; i < trials; i++) {
        SearchOptions options;
        Trial trial;
        search_options(&options);
        options.info = info;
        trial_init(&trial, history, seed * 1000003 + (guint64)i);
        Tally tally = trial_search(&trial, &options, CAP);
        sums_add(&sums, &tally);
        trial_clear(&trial);
    }
    return sums;
}

static void cell_check(const Sums *cell, const History *history)
{
    double k = cell->confirmed, log_n = log2(history->graph->n);
    double bound = (log_n + log2(1 / (1 - STOP))) / info_capacity(history->effect);
    g_test_message("N %d effect %g: right %d of %d, claimed %.3f, search %.1f (%.2f), builds %.1f",
                   history->graph->n, history->effect, cell->right, cell->confirmed,
                   cell->claimed / k, cell->search_runs / k, cell->search_runs / k / bound,
                   cell->builds / k);
    double right = cell->right / k;
    g_assert_cmpfloat(right, >=, STOP - 2 * sqrt(STOP * (1 - STOP) / k));
    g_assert_cmpfloat(cell->search_runs / k, <=, RATIO * bound);
    g_assert_cmpfloat(cell->builds / k, <=, log_n + 8);
}

static void test_it_is_right_as_often_as_it_says(void)
{
    static const double EFFECTS[] = {1, 2, 5};
    static const int SIZES[] = {16, 64, 256, 1024, 0, 16384}; // 0: git's history
    g_autoptr(InfoTable) info = info_new();
    Sums pooled = {0};
    for (int cell = 0; cell < 18; cell++) {
        g_autofree char *data =
            g_build_filename(g_getenv("MARVIN_SOURCE_DIR") ? g_getenv("MARVIN_SOURCE_DIR") : ".",
                             "tests/data/bisect/git-761.parents", NULL);
        int size = SIZES[cell / 3];
        g_autoptr(Graph) graph = size > 0 ? graph_new_line(size) : graph_read(data);
        g_assert_nonnull(graph);
        History history = {.graph = graph, .effect = EFFECTS[cell % 3]};
        Sums sums = cell_run(&history, info, TRIALS, (guint64)(5000 + cell));
        cell_check(&sums, &history);
        pooled.confirmed += sums.confirmed;
        pooled.right += sums.right;
        pooled.claimed += sums.claimed;
    }
    double k = pooled.confirmed, right = pooled.right / k, claimed = pooled.claimed / k;
    g_test_message("pooled: right %.4f, claimed %.4f, of %d", right, claimed, pooled.confirmed);
    g_assert_cmpint(pooled.confirmed, >=, 500);
    g_assert_cmpfloat(right, >=, STOP);
    g_assert_cmpfloat(right, >=, claimed - 2 * sqrt(fmax(right * (1 - right), 1e-4) / k));
    g_assert_cmpfloat(right, <=, claimed + 0.03);
}

static void test_nothing_is_named_where_nothing_happened(void)
{
    g_autoptr(InfoTable) info = info_new();
    g_autoptr(Graph) graph = graph_new_line(1024);
    History history = {.graph = graph};
    Sums sums = cell_run(&history, info, 150, 6000);
    g_assert_cmpint(sums.confirmed, <=, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bisect/calibration/right", test_it_is_right_as_often_as_it_says);
    g_test_add_func("/bisect/calibration/nothing", test_nothing_is_named_where_nothing_happened);
    return g_test_run();
}
