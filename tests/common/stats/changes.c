// common/stats/partition, changes: optimal partitions against plain dynamic programming, and the
// two methods on series generated from stated seeds.
#include "common/stats/changes.h"

#include "common/stats/partition.h"
#include "common/stats/summaries.h"

#include <glib.h>
#include <math.h>

static double normal_draw(GRand *random)
{
    double radius = sqrt(-2 * log(1 - g_rand_double(random)));
    return radius * cos(2 * 3.14159265358979323846 * g_rand_double(random));
}

static double square_cost(const double *y, const double *w, int from, int to)
{
    double sum = 0, weight = 0, cost = 0;
    for (int i = from; i < to; i++) {
        sum += w[i] * y[i];
        weight += w[i];
    }
    for (int i = from; i < to; i++)
        cost += w[i] * (y[i] - sum / weight) * (y[i] - sum / weight);
    return cost;
}

static double capped_sum(const double *y, int from, int to, double level, double cap)
{
    double cost = 0;
    for (int i = from; i < to; i++)
        cost += fmin((y[i] - level) * (y[i] - level), cap * cap);
    return cost;
}

/* The least over levels: at the mean of the points within cap, for some choice of what is within.
 */
static double biweight_cost(const double *y, int from, int to, double cap)
{
    double best = INFINITY;
    for (int i = from; i < to; i++) {
        for (int side = -1; side <= 1; side++) {
            double level = y[i] + side * cap * (1 - 1e-9), sum = 0, count = 0;
            for (int k = from; k < to; k++) {
                if (fabs(y[k] - level) < cap) {
                    sum += y[k];
                    count++;
                }
            }
            if (count > 0)
                best = fmin(best, capped_sum(y, from, to, sum / count, cap));
        }
    }
    return best;
}

typedef struct {
    const double *y, *w; // w NULL: biweight
    int n;
    double cap, penalty;
} Problem;

static double segment_cost(const Problem *problem, int from, int to)
{
    return problem->w ? square_cost(problem->y, problem->w, from, to)
                      : biweight_cost(problem->y, from, to, problem->cap);
}

static double plain_optimum(const Problem *problem)
{
    double best[101] = {-problem->penalty};
    for (int t = 1; t <= problem->n; t++) {
        best[t] = INFINITY;
        for (int s = 0; s < t; s++)
            best[t] = fmin(best[t], best[s] + problem->penalty + segment_cost(problem, s, t));
    }
    return best[problem->n];
}

static double cost_of(const Problem *problem, const int *starts, int count)
{
    double cost = count * problem->penalty;
    for (int s = 0; s <= count; s++)
        cost +=
            segment_cost(problem, s > 0 ? starts[s - 1] : 0, s < count ? starts[s] : problem->n);
    return cost;
}

static void test_partitions_are_optimal(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(4711);
    for (int round = 0; round < 60; round++) {
        double y[100], w[100];
        int n = g_rand_int_range(random, 2, 45), starts[100];
        double level = 1e4 * (round % 2);
        for (int i = 0; i < n; i++) {
            if (g_rand_int_range(random, 0, 8) == 0)
                level += 4 * normal_draw(random);
            y[i] = level + normal_draw(random) + (g_rand_int_range(random, 0, 12) == 0 ? 30 : 0);
            w[i] = 0.2 + g_rand_double(random);
        }
        double penalty = 1 + 9 * g_rand_double(random);
        Problem squares = {y, w, n, 0, penalty}, capped = {y, NULL, n, 3, penalty};
        int count = partition_weighted(y, w, n, penalty, starts);
        g_assert_cmpfloat_with_epsilon(cost_of(&squares, starts, count), plain_optimum(&squares),
                                       1e-6);
        count = partition_biweight(y, n, 3, penalty, starts);
        g_assert_cmpfloat_with_epsilon(cost_of(&capped, starts, count), plain_optimum(&capped),
                                       1e-6);
    }
}

/* n points of ln sd `sigma` around 100; from `at` on times `factor`; rho: AR(1); share of outliers.
 */
static void fill_commits(double *values, int n, double sigma, int at, double factor, double rho,
                         double outliers, GRand *random)
{
    double e = 0;
    for (int i = 0; i < n; i++) {
        e = rho * e + sqrt(1 - rho * rho) * normal_draw(random);
        double wild = g_rand_double(random) < outliers ? 8 : 0;
        values[i] = 100 * exp(sigma * (e + wild)) * (i >= at ? factor : 1);
    }
}

static const ChangesOptions NO_MARGIN = {.margin = -1};

static int false_changes(int n, int rounds, double rho, double outliers, guint32 seed)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    g_autofree double *values = g_new(double, n);
    int found = 0;
    for (int round = 0; round < rounds; round++) {
        fill_commits(values, n, 0.02, n, 1, rho, outliers, random);
        ChangeList list;
        changes_find(values, NULL, n, &NO_MARGIN, &list);
        g_assert_true(list.as_commits);
        found += list.count;
        change_list_clear(&list);
    }
    return found;
}

static void test_commit_series_without_a_change_give_no_alert(void)
{
    g_assert_cmpint(false_changes(60, 200, 0, 0, 1), <=, 1);
    g_assert_cmpint(false_changes(500, 40, 0, 0, 2), ==, 0);
    g_assert_cmpint(false_changes(60, 200, 0.3, 0, 3), <=, 5);
    g_assert_cmpint(false_changes(500, 40, 0.3, 0, 4), <=, 1);
    g_assert_cmpint(false_changes(60, 200, 0, 0.05, 5), <=, 1);
    g_assert_cmpint(false_changes(500, 40, 0, 0.05, 6), <=, 1);
}

static int found_steps(int n, int rounds, double sigmas, guint32 seed)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    g_autofree double *values = g_new(double, n);
    int hits = 0;
    for (int round = 0; round < rounds; round++) {
        fill_commits(values, n, 0.02, n / 2, exp(0.02 * sigmas), 0, 0, random);
        ChangeList list;
        changes_find(values, NULL, n, &NO_MARGIN, &list);
        hits += list.count == 1 && abs(list.changes[0].index - n / 2) <= 2;
        change_list_clear(&list);
    }
    return hits;
}

static void test_steps_in_commit_series_are_found_where_they_are(void)
{
    g_assert_cmpint(found_steps(60, 100, 4, 7), >=, 97);
    g_assert_cmpint(found_steps(60, 100, 2, 8), >=, 60);
    g_assert_cmpint(found_steps(500, 50, 2, 9), >=, 42);
}

static void test_a_change_is_told_with_its_size(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(10);
    double values[200];
    fill_commits(values, 200, 0.01, 120, 0.9, 0, 0, random);
    ChangeList list;
    ChangesOptions options = {.better = BETTER_LOWER};
    changes_find(values, NULL, 200, &options, &list);
    g_assert_cmpint(list.n, ==, 200);
    g_assert_cmpint(list.count, ==, 1);
    const Change *change = &list.changes[0];
    g_assert_cmpint(change->index, ==, 120);
    g_assert_cmpfloat_with_epsilon(change->before, 100, 0.5);
    g_assert_cmpfloat_with_epsilon(change->after, 90, 0.5);
    g_assert_cmpfloat_with_epsilon(change->ratio, change->before / change->after, 1e-9);
    g_assert_cmpfloat(change->ci_low, <, 1 / 0.9);
    g_assert_cmpfloat(change->ci_high, >, 1 / 0.9);
    g_assert_cmpfloat(change->p, <, 1e-6);
    g_assert_cmpfloat_with_epsilon(list.sigma, 0.01, 0.003);
    change_list_clear(&list);
}

/* K releases of r runs; tau: what releases vary among themselves, in sigmas. */
static int release_changes(int releases, int runs, double step, double tau, int rounds,
                           guint32 seed, int *ret_hits)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    int n = releases * runs, found = 0;
    g_autofree double *values = g_new(double, n);
    g_autofree int *point = g_new(int, n);
    *ret_hits = 0;
    for (int round = 0; round < rounds; round++) {
        double own = 0;
        for (int i = 0; i < n; i++) {
            point[i] = i / runs;
            own = i % runs == 0 ? tau * normal_draw(random) : own;
            double level = point[i] >= releases / 2 ? step : 0;
            values[i] = 100 * exp(0.02 * (level + own + normal_draw(random)));
        }
        ChangeList list;
        changes_find(values, point, n, &NO_MARGIN, &list);
        g_assert_cmpint(list.n, ==, releases);
        g_assert_false(list.as_commits);
        for (int i = 0; i < list.count; i++)
            *ret_hits += list.changes[i].index == releases / 2;
        found += list.count;
        change_list_clear(&list);
    }
    return found;
}

static void test_release_series_use_their_replicates(void)
{
    int hits = 0;
    g_assert_cmpint(release_changes(20, 10, 0, 0, 200, 11, &hits), <=, 6);
    g_assert_cmpint(release_changes(20, 10, 2, 0, 100, 12, &hits), <=, 106);
    g_assert_cmpint(hits, >=, 97);
    g_assert_cmpint(release_changes(20, 10, 1, 0, 100, 13, &hits), <=, 110);
    g_assert_cmpint(hits, >=, 70);
}

static void test_releases_that_vary_on_their_own_are_no_changes(void)
{
    int hits = 0;
    g_assert_cmpint(release_changes(20, 10, 0, 0.5, 100, 14, &hits), <=, 10);
    g_assert_cmpint(release_changes(20, 30, 0, 0.5, 100, 15, &hits), <=, 15);
    g_assert_cmpint(release_changes(60, 30, 0, 0.5, 60, 16, &hits), <=, 5);
}

static void test_short_odd_and_empty_series_are_quiet(void)
{
    ChangeList list;
    changes_find(NULL, NULL, 0, NULL, &list);
    g_assert_cmpint(list.n + list.count, ==, 0);
    change_list_clear(&list);
    static const double FEW[] = {1, 1.1, 5, 5.2, 9, 9.1, 7, 7.1};
    static const int POINT[] = {1, 1, 2, 2, 3, 3, 4, 4};
    changes_find(FEW, POINT, 8, NULL, &list); // four releases: no segmentation
    g_assert_cmpint(list.n, ==, 4);
    g_assert_cmpint(list.count, ==, 0);
    change_list_clear(&list);
    double flat[50];
    for (int i = 0; i < 50; i++)
        flat[i] = 3;
    changes_find(flat, NULL, 50, NULL, &list);
    g_assert_cmpint(list.count, ==, 0);
    change_list_clear(&list);
    for (int i = 0; i < 50; i++)
        flat[i] = NAN;
    changes_find(flat, NULL, 50, NULL, &list);
    g_assert_cmpint(list.count, ==, 0);
    g_assert_cmpint(list.n, ==, 50);
    change_list_clear(&list);
}

static void test_an_exact_series_shows_every_step_beyond_the_margin(void)
{
    double values[60];
    for (int i = 0; i < 60; i++)
        values[i] = i < 20 ? 1000 : i < 40 ? 1030 : 1035;
    values[10] = NAN;
    ChangeList list;
    changes_find(values, NULL, 60, NULL, &list);
    g_assert_cmpint(list.count, ==, 1); // .5 % is within the margin of 2 %
    g_assert_cmpint(list.changes[0].index, ==, 20);
    change_list_clear(&list);
    ChangesOptions fine = {.margin = 0.001};
    changes_find(values, NULL, 60, &fine, &list);
    g_assert_cmpint(list.count, ==, 2);
    g_assert_cmpint(list.changes[1].index, ==, 40);
    change_list_clear(&list);
}

static void test_values_that_are_not_positive_keep_their_own_scale(void)
{
    double values[60];
    for (int i = 0; i < 60; i++)
        values[i] = (i < 30 ? -10 : 10) + 0.3 * sin(i * 7.1);
    ChangeList list;
    changes_find(values, NULL, 60, NULL, &list);
    g_assert_cmpint(list.count, ==, 1);
    g_assert_true(isnan(list.changes[0].ratio));
    g_assert_cmpfloat_with_epsilon(list.changes[0].before, -10, 0.2);
    g_assert_cmpfloat_with_epsilon(list.changes[0].after, 10, 0.2);
    change_list_clear(&list);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(path, function) g_test_add_func("/changes/" path, function)
    TEST("optimal", test_partitions_are_optimal);
    TEST("commits-quiet", test_commit_series_without_a_change_give_no_alert);
    TEST("commits-steps", test_steps_in_commit_series_are_found_where_they_are);
    TEST("size", test_a_change_is_told_with_its_size);
    TEST("releases", test_release_series_use_their_replicates);
    TEST("releases-vary", test_releases_that_vary_on_their_own_are_no_changes);
    TEST("odd", test_short_odd_and_empty_series_are_quiet);
    TEST("exact", test_an_exact_series_shows_every_step_beyond_the_margin);
    TEST("linear", test_values_that_are_not_positive_keep_their_own_scale);
    return g_test_run();
}
