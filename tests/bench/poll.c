// A bob that is at work polls a tree where nothing is new, and queues what is missing: nothing.
// Takes turns with a reference command and prints wall times and the ratio of the medians.
//     bench_poll TREE RUNS WHAT NAME COMMAND..
#include "bob/queue.h"
#include "bob/watch.h"
#include "common/proc.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct {
    Site *site;
    Store *store;
    Tree *tree;
} Bench;

static bool poll_once(Bench *bench, GError **error)
{
    Db *db = bench->site->db;
    QueueWish wish = {0};
    QueueCount count = {0};
    g_auto(Watch) watch = {0};
    g_autoptr(GPtrArray) troubles = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(QueueTargets) targets = NULL;
    return tree_watch(db, bench->tree, NULL, NULL, &watch, error) &&
           queue_targets_new(bench->site, bench->store, bench->tree, &wish, &targets, troubles,
                             error) &&
           queue_releases(targets, db, &count, troubles, error);
}

static bool reference_once(char **argv, GError **error)
{
    ProcSpec spec = {.argv = (const char *const *)argv,
                     .stdout_path = "/dev/null",
                     .output_limit_bytes = (size_t)1 << 30};
    g_auto(ProcResult) ran = {0};
    return proc_run_ok(&spec, &ran, error);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, compare);
    return values[n / 2];
}

static bool race(Bench *bench, int runs, const char *what, char **argv, GError **error)
{
    g_autofree double *ours = g_new0(double, runs), *theirs = g_new0(double, runs);
    for (int i = 0; i < runs; i++) {
        gint64 begin_us = g_get_monotonic_time();
        if (!poll_once(bench, error))
            return false;
        ours[i] = (double)(g_get_monotonic_time() - begin_us) / 1000;
        begin_us = g_get_monotonic_time();
        if (!reference_once(argv + 1, error))
            return false;
        theirs[i] = (double)(g_get_monotonic_time() - begin_us) / 1000;
    }
    double mine = median(ours, runs), other = median(theirs, runs);
    printf("poll of %s, nothing new: %.1f ms; git %s: %.1f ms; ratio %.2f (target below 2)\n", what,
           mine, argv[0], other, mine / other);
    return true;
}

static bool run(char **argv, GError **error)
{
    Bench bench = {0};
    const Section *section = NULL;
    bool good = site_open(&bench.site, "bob", "marvin_builder", error) &&
                store_open(bench.site->store, &bench.store, error) &&
                tree_section_get(bench.site, argv[1], &section, error) &&
                tree_read(bench.site, section, &bench.tree, error) &&
                race(&bench, atoi(argv[2]), argv[3], argv + 4, error);
    g_clear_pointer(&bench.tree, tree_free);
    g_clear_pointer(&bench.store, store_close);
    g_clear_pointer(&bench.site, site_close);
    return good;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    if (argc >= 7 && atoi(argv[2]) > 0 && run(argv, &error))
        return 0;
    fprintf(stderr, "bench_poll: %s\n",
            error ? error->message : "usage: bench_poll TREE RUNS WHAT NAME COMMAND..");
    return 1;
}
