// How long choosing a step takes on a long history, for bisect_choose.sh.
//   bench_bisect_choose stream DATA COUNT   prints a git fast-import stream: the history of the
//   file
//                                           DATA repeated until it has COUNT commits
//   bench_bisect_choose time DATA COUNT     prints seconds for the first and for later choices
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bisect_world.h"

enum { LATER = 20 };

/* The graph once more and once more, each on top of the last commit of the one before. */
static Graph *graph_repeat(const Graph *once, int count)
{
    g_autofree int *start = g_new(int, count + 1);
    g_autofree int *parents = g_new(int, 4 * count + once->parent_start[once->n]);
    int edges = 0;
    for (int c = 0; c < count; c++) {
        int base = c / once->n * once->n, own = c % once->n;
        start[c] = edges;
        for (int e = once->parent_start[own]; e < once->parent_start[own + 1]; e++)
            parents[edges++] = base + once->parents[e];
        if (start[c] == edges && base > 0)
            parents[edges++] = base - 1;
    }
    start[count] = edges;
    return graph_new(count, start, parents, NULL);
}

static void stream_print(const Graph *graph)
{
    for (int c = -1; c < graph->n; c++) {
        printf("commit refs/heads/all\nmark :%d\ncommitter A U Thor <author@example.org> %d "
               "+0000\ndata 2\nx\n",
               c + 2, 1000000000 + c);
        for (int e = c < 0 ? 0 : graph->parent_start[c]; c >= 0 && e < graph->parent_start[c + 1];
             e++)
            printf("%s :%d\n", e == graph->parent_start[c] ? "from" : "merge",
                   graph->parents[e] + 2);
        if (c >= 0 && graph->parent_start[c] == graph->parent_start[c + 1])
            printf("from :1\n");
        printf("\n");
        if (c < 0)
            printf("reset refs/tags/good\nfrom :1\n\n");
    }
}

static void run_add(Search *search, int commit, Purpose purpose, double value)
{
    Evidence evidence = {.commit = commit, .purpose = purpose, .value = value};
    search_add(search, &evidence, NULL);
}

static void time_print(const Graph *graph)
{
    Random random;
    SearchOptions options;
    g_autoptr(InfoTable) info = info_new();
    search_options(&options);
    options.info = info;
    g_autoptr(Search) search = search_new(graph, &options, NULL);
    random_init(&random, 1);
    Action action = search_next(search, 0, NULL, 0);
    for (; action.purpose == PURPOSE_ENDPOINTS; action = search_next(search, 0, NULL, 0))
        run_add(search, action.commit, PURPOSE_ENDPOINTS,
                100 + random_normal(&random) + (action.commit >= 0 ? 5 : 0));
    // The last of these chose: once more from the beginning of the step, timed.
    run_add(search, COMMIT_GOOD, PURPOSE_ENDPOINTS, 100);
    clock_t begin = clock();
    action = search_next(search, 0, NULL, 0);
    double first = (double)(clock() - begin) / CLOCKS_PER_SEC;
    int chosen = action.commit, steps = 0;
    begin = clock();
    while (action.kind == ACTION_RUN && steps++ < LATER) {
        run_add(search, action.commit, action.purpose,
                100 + random_normal(&random) + (action.commit > graph->n / 3 ? 5 : 0));
        action = search_next(search, 0, NULL, 0);
    }
    double later = (double)(clock() - begin) / CLOCKS_PER_SEC / steps;
    printf("%d %.4f %.4f %d\n", graph->n, first, later, chosen);
}

int main(int argc, char **argv)
{
    if (argc != 4 || (strcmp(argv[1], "stream") != 0 && strcmp(argv[1], "time") != 0)) {
        fprintf(stderr, "usage: bench_bisect_choose stream|time DATA COUNT\n");
        return 2;
    }
    g_autoptr(Graph) once = graph_read(argv[2]);
    g_autoptr(Graph) whole = once ? graph_repeat(once, atoi(argv[3])) : NULL;
    // A repetition cut off leaves heads: only what the last commit reaches is the range.
    g_autofree int *index = NULL;
    g_autoptr(Graph) graph =
        whole ? graph_candidates(whole, whole->n - 1, NULL, 0, false, &index, NULL) : NULL;
    if (!graph) {
        fprintf(stderr, "%s cannot be read.\n", argv[2]);
        return 3;
    }
    if (strcmp(argv[1], "stream") == 0)
        stream_print(graph);
    else
        time_print(graph);
    return 0;
}
