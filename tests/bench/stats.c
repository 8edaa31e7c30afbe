// Times common/stats for stats.sh, which times R and scipy on the same numbers.
//   bench_stats pairs COUNT   prints COUNT lines of 30 and 30 values
//   bench_stats ranks         stdin: those lines; prints CPU seconds for p, shift and interval of
//   each bench_stats changes       prints the cost per point of series of 1,000 to 100,000 points
#include "common/stats/changes.h"
#include "common/stats/hl.h"
#include "common/stats/ranktest.h"
#include "common/stats/summaries.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SIDE = 30, POINTS = 400000, STEP_EVERY = 400 };

static double normal_draw(GRand *random)
{
    double radius = sqrt(-2 * log(1 - g_rand_double(random)));
    return radius * cos(2 * G_PI * g_rand_double(random));
}

static void print_pairs(int count)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(30);
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < 2 * SIDE; k++)
            printf("%.17g%c", 100 * exp(0.05 * normal_draw(random) + (k < SIDE ? 0 : 0.02)),
                   k + 1 < 2 * SIDE ? ' ' : '\n');
    }
}

static void time_ranks(void)
{
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(double));
    for (double value; scanf("%lf", &value) == 1;)
        g_array_append_val(values, value);
    int count = (int)values->len / (2 * SIDE);
    double sum = 0;
    clock_t begin = clock();
    g_autoptr(RankTables) tables = rank_tables_new();
    for (int i = 0; i < count; i++) {
        double *a = &g_array_index(values, double, i * 2 * SIDE), *b = a + SIDE;
        double low = 0, high = 0;
        RankTest test;
        mann_whitney(a, SIDE, b, SIDE, tables, &test);
        sort_values(a, SIDE);
        sort_values(b, SIDE);
        rank_interval(a, SIDE, b, SIDE, 0.05, tables, &low, &high, NULL);
        sum += test.p + hodges_lehmann(a, SIDE, b, SIDE) + low + high;
    }
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    printf("%.4f %d %.9g\n", seconds, count, sum);
}

/* A new series for every repetition: 400,000 points in all, a step now and then or none. */
static double cost_per_point(int n, gboolean steps)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(5);
    g_autofree double *values = g_new(double, POINTS);
    double level = log(100);
    for (int i = 0; i < POINTS; i++) {
        if (steps && i % STEP_EVERY == 0)
            level += 0.1 * (g_rand_double(random) - 0.5);
        values[i] = exp(level + 0.02 * normal_draw(random));
    }
    clock_t best = (clock_t)G_MAXINT64;
    for (int round = 0; round < 5; round++) {
        clock_t begin = clock();
        for (int from = 0; from + n <= POINTS; from += n) {
            ChangeList list;
            changes_find(values + from, NULL, n, NULL, &list);
            change_list_clear(&list);
        }
        best = MIN(best, clock() - begin);
    }
    return (double)best * 1e6 / CLOCKS_PER_SEC / POINTS;
}

static void time_changes(void)
{
    for (int steps = 0; steps < 2; steps++) {
        double first = cost_per_point(1000, steps);
        for (int n = 1000; n <= 100000; n *= 10) {
            double cost = n == 1000 ? first : cost_per_point(n, steps);
            printf("changes, %s: %6d points, %.3f us a point, %.2f times that at 1,000%s\n",
                   steps ? "a step every 400" : "no change", n, cost, cost / first,
                   n == 100000 ? " (target 1.5)" : "");
        }
    }
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "pairs") == 0)
        print_pairs(atoi(argv[2]));
    else if (argc == 2 && strcmp(argv[1], "ranks") == 0)
        time_ranks();
    else if (argc == 2 && strcmp(argv[1], "changes") == 0)
        time_changes();
    else
        return 2;
    return 0;
}
