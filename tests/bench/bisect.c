// Simulated bisections: marvin's search as it ships, beside git bisect and a Pinpoint-like search.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bisect_rivals.h"
#include "bisect_world.h"

enum { CAP = 3000, CAP_RUNS_BUILD = 4 };

/* Sums over the trials of a cell. */
typedef struct {
    int trials, confirmed, right, contained, found, split;
    double claimed, endpoint_runs, search_runs, later_runs, builds, suspects;
} Cell;

static void cell_add(Cell *cell, const Tally *tally)
{
    cell->trials++;
    if (!tally->is_confirmed)
        return;
    cell->confirmed++;
    cell->right += tally->is_right && tally->is_found;
    cell->contained += tally->is_contained;
    cell->found += tally->is_found;
    cell->split += tally->named > 1;
    cell->claimed += tally->claimed;
    cell->endpoint_runs += tally->endpoint_runs;
    cell->search_runs += tally->search_runs;
    cell->later_runs += tally->later_runs;
    cell->builds += tally->builds;
    cell->suspects += tally->suspects;
}

static void cell_pool(Cell *pooled, const Cell *cell)
{
    pooled->trials += cell->trials;
    pooled->confirmed += cell->confirmed;
    pooled->right += cell->right;
    pooled->contained += cell->contained;
    pooled->found += cell->found;
    pooled->split += cell->split;
    pooled->claimed += cell->claimed;
}

static Cell cell_run(const History *history, const SearchOptions *options, int trials, guint64 seed)
{
    Cell cell = {0};
    for (int i = 0; i < trials; i++) {
        Trial trial;
        trial_init(&trial, history, seed * 1000003 + (guint64)i);
        Tally tally = trial_search(&trial, options, CAP);
        cell_add(&cell, &tally);
        trial_clear(&trial);
    }
    return cell;
}

static double bound_of(int n, double stop, double effect)
{
    return (log2(n) + log2(1 / (1 - stop))) / info_capacity(effect);
}

static void cell_print(const Cell *cell, const History *history, double stop)
{
    double k = MAX(1, cell->confirmed), right = cell->right / k;
    double se = sqrt(fmax(right * (1 - right), 1e-4) / k);
    double bound = bound_of(history->graph->n, stop, history->effect);
    printf(" %4.0f%% %6.1f%% %5.1f%% %6.1f%% %5.1f%% %7.1f %5.2f%s %7.1f %6.1f %5.1f%s",
           100.0 * cell->confirmed / cell->trials, 100 * right, 100 * se, 100 * cell->claimed / k,
           100 * cell->found / k, cell->search_runs / k, cell->search_runs / k / bound,
           cell->search_runs / k > 1.75 * bound ? "!" : " ", cell->endpoint_runs / k,
           cell->later_runs / k, cell->builds / k,
           cell->builds / k > log2(history->graph->n) + 8 ? "!" : " ");
    if (right < stop - 2 * se)
        printf(" LOW");
    if (right < cell->claimed / k - 2 * se || right > cell->claimed / k + 0.03)
        printf(" MISCLAIMED");
}

static void rivals_print(const History *history, int trials, guint64 seed, bool has_pinpoint)
{
    int right[4] = {0};
    double runs[4] = {0};
    g_autoptr(Pinpoint) pinpoint = has_pinpoint ? pinpoint_new(history->effect, seed) : NULL;
    for (int i = 0; i < trials; i++) {
        for (int k = 0; k < (pinpoint ? 4 : 3); k++) {
            Trial trial;
            int made = 0, named = -1;
            trial_init(&trial, history, seed * 1000003 + (guint64)i);
            if (k < 3)
                named = git_bisect(&trial, (const int[]){1, 5, 10}[k], &made);
            else
                named = pinpoint_search(pinpoint, &trial, &made);
            right[k] += named == trial.culprit;
            runs[k] += made;
            trial_clear(&trial);
        }
    }
    for (int k = 0; k < (pinpoint ? 4 : 3); k++)
        printf(" |%5.1f%% %6.0f", 100.0 * right[k] / trials, runs[k] / trials);
}

static void head_print(const char *name, double stop)
{
    printf("\n%s, stop %g\n", name, stop);
    printf("sigma      N  confd  right     se claimed found  search ratio endpoint verify builds"
           " | git-1   runs | git-5   runs | git-10  runs | pinpoint runs\n");
}

/* What of the tables is run; all where 0. */
static struct {
    double effect;
    int n;
} only;

static bool is_left_out(double effect, const Graph *graph)
{
    return (only.effect > 0 && effect != only.effect) || (only.n > 0 && graph->n != only.n);
}

static void table(const char *name, Graph *const *graphs, int n_graphs, double stop,
                  const InfoTable *info, int trials, int rival_trials)
{
    static const double EFFECTS[] = {0.5, 1, 2, 5};
    Cell pooled = {0};
    head_print(name, stop);
    for (int e = 0; e < 4; e++) {
        for (int g = 0; g < n_graphs; g++) {
            if (is_left_out(EFFECTS[e], graphs[g]))
                continue;
            SearchOptions options;
            search_options(&options);
            options.stop = stop;
            options.info = info;
            History history = {.graph = graphs[g], .effect = EFFECTS[e]};
            guint64 seed = (guint64)(1 + e * 100 + g);
            Cell cell = cell_run(&history, &options, trials, seed);
            printf("%5.1f %6d ", history.effect, history.graph->n);
            cell_print(&cell, &history, stop);
            if (rival_trials > 0)
                rivals_print(&history, rival_trials, seed, graphs[g]->is_line);
            printf("\n");
            fflush(stdout);
            cell_pool(&pooled, &cell);
        }
    }
    double k = pooled.confirmed;
    printf("pooled: %d ranges confirmed, right %.2f %%, claimed %.2f %%, found %.2f %%, %d with a "
           "further culprit that is none\n",
           pooled.confirmed, 100 * pooled.right / k, 100 * pooled.claimed / k,
           100 * pooled.found / k, pooled.split);
}

static void table_null(const InfoTable *info, int trials)
{
    static const int SIZES[] = {16, 1024, 16384};
    int confirmed = 0, named = 0, all = 0;
    for (int s = 0; s < 3; s++) {
        g_autoptr(Graph) graph = graph_new_line(SIZES[s]);
        SearchOptions options;
        search_options(&options);
        options.info = info;
        History history = {.graph = graph};
        for (int i = 0; i < trials; i++) {
            Trial trial;
            trial_init(&trial, &history, 77000003u * (guint64)(s + 1) + (guint64)i);
            Tally tally = trial_search(&trial, &options, CAP);
            confirmed += tally.is_confirmed;
            named += tally.is_found;
            all++;
            trial_clear(&trial);
        }
    }
    printf("\nNo effect: %d of %d \"does not reproduce\" (%.2f %%); %d named a commit\n",
           all - confirmed, all, 100.0 * (all - confirmed) / all, named);
}

/* A row of the stress table: what is wrong with the world, and what the search is told. */
typedef struct {
    const char *name;
    History history;
    bool can_relayout;
} Stress;

static void table_stress(const InfoTable *info, int trials, int rival_trials)
{
    static const Stress ROWS[] = {
        {"baseline", {.effect = 2}, false},
        {"layout .25", {.effect = 2, .layout = 0.25}, false},
        {"layout .25, rebuilds", {.effect = 2, .layout = 0.25}, true},
        {"layout .5", {.effect = 2, .layout = 0.5}, false},
        {"layout .5, rebuilds", {.effect = 2, .layout = 0.5}, true},
        {"layout 1", {.effect = 2, .layout = 1}, false},
        {"layout 1, rebuilds", {.effect = 2, .layout = 1}, true},
        {"10 sigma, layout 3", {.effect = 10, .layout = 3}, false},
        {"10 sigma, layout 3, rebuilds", {.effect = 10, .layout = 3}, true},
        {"30 sigma, layout 10", {.effect = 30, .layout = 10}, false},
        {"100 sigma, layout 10", {.effect = 100, .layout = 10}, false},
        {"5 % outliers of 8", {.effect = 2, .noise = NOISE_OUTLIERS}, false},
        {"Student's t3", {.effect = 2, .noise = NOISE_T3}, false},
        {"lognormal", {.effect = 2, .noise = NOISE_LOGNORMAL}, false},
        {"bimodal", {.effect = 2, .noise = NOISE_BIMODAL}, false},
        {"drift .05 a run", {.effect = 2, .drift = 0.05}, false},
        {"drift .15 a run", {.effect = 2, .drift = 0.15}, false},
        {"10 % broken", {.effect = 2, .broken = 0.1}, false},
        {"15 % block broken", {.effect = 2, .broken = 0.15, .is_block = true}, false},
    };
    g_autoptr(Graph) graph = graph_new_line(1024);
    printf("\nStress: line of 1024, 2 sigma but where it says more, stop 0.95\n%-29s confd  right  "
           "   se claimed found  in"
           " set (size)  search endpoint verify builds | git-1   runs | git-5   runs | git-10  runs"
           " | pinpoint runs\n",
           "");
    for (guint r = 0; r < G_N_ELEMENTS(ROWS); r++) {
        History history = ROWS[r].history;
        SearchOptions options;
        search_options(&options);
        options.info = info;
        options.can_relayout = ROWS[r].can_relayout;
        history.graph = graph;
        Cell cell = cell_run(&history, &options, trials, 900 + r);
        double k = MAX(1, cell.confirmed), right = cell.right / k;
        printf(
            "%-29s %4.0f%% %5.1f%% %5.1f%% %6.1f%% %5.1f%% %5.1f%% (%4.1f) %7.1f %7.1f %6.1f %5.1f",
            ROWS[r].name, 100.0 * cell.confirmed / cell.trials, 100 * right,
            100 * sqrt(right * (1 - right) / k), 100 * cell.claimed / k, 100 * cell.found / k,
            100 * cell.contained / k, cell.suspects / k, cell.search_runs / k,
            cell.endpoint_runs / k, cell.later_runs / k, cell.builds / k);
        if (rival_trials > 0 && history.broken == 0)
            rivals_print(&history, rival_trials, 900 + r, true);
        printf("\n");
        fflush(stdout);
    }
}

/* Two commits of the same effect, anywhere: what is named of them. */
static void table_two(Graph *const *graphs, int n_graphs, const InfoTable *info, int trials)
{
    static const double EFFECTS[] = {1, 2, 3, 5};
    printf("\nTwo equal culprits, stop 0.95\nsigma      N  both  one  none  wrong  open   "
           "runs builds\n");
    for (int e = 0; e < 4; e++) {
        for (int g = 0; g < n_graphs; g++) {
            if (is_left_out(EFFECTS[e], graphs[g]))
                continue;
            SearchOptions options;
            search_options(&options);
            options.info = info;
            History history = {.graph = graphs[g], .effect = EFFECTS[e], .is_double = true};
            int named[3] = {0}, wrong = 0, open = 0;
            double runs = 0, builds = 0;
            for (int i = 0; i < trials; i++) {
                Trial trial;
                trial_init(&trial, &history,
                           1000003ull * (guint64)(5000 + 10 * e + g) + (guint64)i);
                Tally tally = trial_search(&trial, &options, CAP);
                wrong += tally.named > tally.named_right;
                open += tally.is_confirmed && !tally.is_found;
                if (tally.is_found && tally.named == tally.named_right)
                    named[MIN(tally.named, 2)]++;
                runs += tally.endpoint_runs + tally.search_runs + tally.later_runs;
                builds += tally.builds;
                trial_clear(&trial);
            }
            printf("%5.1f %6d %5d %4d %5d %6d %5d %6.1f %6.1f\n", history.effect, graphs[g]->n,
                   named[2], named[1], trials - named[2] - named[1] - wrong - open, wrong, open,
                   runs / trials, builds / trials);
            fflush(stdout);
        }
    }
}

static Graph *graph_of_data(const char *name)
{
    const char *source = g_getenv("MARVIN_SOURCE_DIR");
    g_autofree char *path =
        g_build_filename(source ? source : ".", "tests/data/bisect", name, NULL);
    Graph *graph = graph_read(path);
    if (!graph)
        g_error("%s cannot be read: run at the top of the source tree.", path);
    return graph;
}

int main(int argc, char **argv)
{
    const char *which = argc > 1 ? argv[1] : "all";
    int trials = argc > 2 ? atoi(argv[2]) : 400, rivals = argc > 3 ? atoi(argv[3]) : 100;
    only.effect = argc > 4 ? g_ascii_strtod(argv[4], NULL) : 0;
    only.n = argc > 5 ? atoi(argv[5]) : 0;
    g_autoptr(InfoTable) info = info_new();
    bool is_all = strcmp(which, "all") == 0;
    Graph *lines[6], *dags[3] = {graph_of_data("git-185.parents"), graph_of_data("git-761.parents"),
                                 graph_of_data("git-2771.parents")};
    for (int i = 0, n = 16; i < 6; i++, n *= 4)
        lines[i] = graph_new_line(n);
    for (int s = 0; s < 2; s++) {
        double stop = s ? 0.99 : 0.95;
        if (is_all || strcmp(which, s ? "lines99" : "lines") == 0)
            table("Lines", lines, 6, stop, info, trials, s ? 0 : rivals);
        if (is_all || strcmp(which, s ? "dags99" : "dags") == 0)
            table("Histories of git", dags, 3, stop, info, trials, s ? 0 : rivals);
    }
    if (is_all || strcmp(which, "null") == 0)
        table_null(info, MAX(trials, 1000));
    if (is_all || strcmp(which, "stress") == 0)
        table_stress(info, trials, rivals);
    if (is_all || strcmp(which, "two") == 0)
        table_two((Graph *[]){lines[1], lines[3], dags[1]}, 3, info, trials);
    for (int i = 0; i < 6; i++)
        graph_free(lines[i]);
    for (int i = 0; i < 3; i++)
        graph_free(dags[i]);
    return 0;
}
