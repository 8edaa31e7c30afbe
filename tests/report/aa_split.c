// report/aa_split, aa_print: what is dealt, what is left out, and that real boots of equal releases
// are called different as seldom as promised while drifting ones are found.
#include "report/aa_split.h"
#include "report/aa_print.h"

#include "common/stats/worlds.h"

#include <math.h>
#include <string.h>

/* A tree of n_releases with the same boots in distribution: n_tests series on one machine. drift:
 * of the level from the first boot of a release to the last, as a fraction. */
static Dataset *draw_dataset(int n_releases, int n_tests, int n_boots, double drift, guint64 seed)
{
    Dataset *dataset = dataset_new("toy");
    Random random;
    random_init(&random, seed);
    for (int r = 0; r < n_releases; r++) {
        g_autofree char *name = g_strdup_printf("v%d", r);
        dataset_release_add(dataset, &(Release){.tree = "toy", .name = name});
    }
    for (int t = 0; t < n_tests; t++) {
        g_autofree char *key = g_strdup_printf("%s/size=%d", t % 2 ? "sort" : "copy", t);
        Metric metric = {.benchmark = t % 2 ? "sort" : "copy",
                         .name = "time",
                         .unit = "s",
                         .better = BETTER_LOWER,
                         .statistic = "mean",
                         .identity = "1",
                         .margin = NAN};
        Series place = {.machine = "left",
                        .distro = "none",
                        .benchmark = metric.benchmark,
                        .params = "{}",
                        .trial_key = key,
                        .metric = dataset_metric(dataset, &metric),
                        .margin = .02};
        Series *series = dataset_series(dataset, &place);
        for (int k = 0; k < n_releases * n_boots; k++) {
            double level = 100 * (1 + drift * (k % n_boots) / MAX(n_boots - 1, 1));
            BootValue boot = {.job_id = k + 1,
                              .epoch = 1,
                              .mode = "metal",
                              .value = level * exp(.01 * random_normal(&random))};
            dataset_value_add(dataset, series, k / n_boots, &boot);
        }
    }
    dataset_sort(dataset);
    return dataset;
}

static AaSplits *split_all(const Dataset *dataset, int regroupings)
{
    AaSplits *splits = aa_splits_new();
    AaSplitOptions options = {.regroupings = regroupings, .seed = 1};
    for (guint r = 0; r < dataset->releases->len; r++)
        aa_split_release(dataset, (int)r, &options, splits);
    return splits;
}

static void test_equal_boots_are_seldom_called_different(void)
{
    g_autoptr(Dataset) dataset = draw_dataset(6, 120, 8, 0, 4711);
    g_autoptr(AaSplits) splits = split_all(dataset, 10);
    g_assert_cmpint(splits->releases->len, ==, 6);
    g_assert_cmpint(splits->benchmarks->len, ==, 2);
    g_assert_cmpint(splits->pages, ==, 60);
    g_assert_cmpint(splits->count.cells, ==, 60 * 120);
    g_assert_cmpint(splits->count.tested, ==, 60 * 120);
    g_assert_cmpfloat((double)splits->alarmed / splits->pages, <=, aa_limit(6));
    // alone 5 % of 7,200 are expected, as many of them better as worse
    long better = splits->count.alone_better, worse = splits->count.alone_worse;
    g_test_message("%ld better, %ld worse by themselves", better, worse);
    g_assert_cmpint(better + worse, >, 7200 * 3 / 100);
    g_assert_cmpint(better + worse, <, 7200 * 7 / 100);
    g_assert_cmpint(labs(better - worse), <, (better + worse) / 3);
    const AaBenchmark *one = &g_array_index(splits->benchmarks, AaBenchmark, 0);
    const AaBenchmark *other = &g_array_index(splits->benchmarks, AaBenchmark, 1);
    g_assert_cmpstr(one->benchmark, ==, "copy");
    g_assert_cmpint(one->count.cells + other->count.cells, ==, splits->count.cells);
}

static void test_boots_that_drift_are_called_worse_in_their_order(void)
{
    // 20 % slower from the first boot to the last, at 1 % of noise: halves are 10 % apart
    g_autoptr(Dataset) dataset = draw_dataset(1, 30, 8, .2, 4711);
    g_autoptr(AaSplits) splits = split_all(dataset, 1);
    g_assert_cmpint(splits->pages, ==, 1);
    g_assert_cmpint(splits->alarmed, ==, 1);
    g_assert_cmpint(splits->count.worse, >, 25);
    g_assert_cmpint(splits->count.better, ==, 0);
}

static void test_the_same_seed_deals_the_same(void)
{
    g_autoptr(Dataset) dataset = draw_dataset(2, 25, 5, 0, 1);
    g_autoptr(AaSplits) one = split_all(dataset, 5);
    g_autoptr(AaSplits) other = split_all(dataset, 5);
    g_assert_cmpmem(&one->count, sizeof one->count, &other->count, sizeof other->count);
}

static void test_three_boots_are_too_few(void)
{
    g_autoptr(Dataset) dataset = draw_dataset(3, 4, 3, 0, 1);
    g_autoptr(AaSplits) splits = split_all(dataset, 5);
    g_assert_cmpint(splits->releases->len, ==, 0);
    AaSplitOptions options = {.regroupings = 5};
    g_autofree char *text = aa_splits_format_text(splits, &options);
    g_assert_nonnull(strstr(text, "no release has a series of 4 boots"));
}

static void test_failed_boots_and_earlier_epochs_do_not_count(void)
{
    g_autoptr(Dataset) dataset = draw_dataset(1, 1, 4, 0, 1);
    Series *series = dataset->series->pdata[0];
    BootValue failed = {.job_id = 100, .epoch = 1, .mode = "metal", .value = NAN};
    dataset_value_add(dataset, series, 0, &failed);
    g_autoptr(AaSplits) splits = split_all(dataset, 1);
    g_assert_cmpint(splits->count.cells, ==, 1);
    BootValue later = {.job_id = 101, .epoch_id = 2, .epoch = 2, .mode = "metal", .value = 100};
    dataset_value_add(dataset, series, 0, &later); // the four before it ran on another machine
    g_autoptr(AaSplits) moved = split_all(dataset, 1);
    g_assert_cmpint(moved->releases->len, ==, 0);
}

static void test_another_machine_is_left_out(void)
{
    g_autoptr(Dataset) dataset = draw_dataset(1, 2, 4, 0, 1);
    g_autoptr(AaSplits) splits = aa_splits_new();
    AaSplitOptions options = {.regroupings = 2, .machine = "right"};
    aa_split_release(dataset, 0, &options, splits);
    g_assert_cmpint(splits->pages, ==, 0);
    options.machine = "left";
    aa_split_release(dataset, 0, &options, splits);
    g_assert_cmpint(splits->pages, ==, 2);
}

static void test_names_cannot_reach_the_terminal_unescaped(void)
{
    g_autoptr(AaSplits) splits = aa_splits_new();
    AaRelease release = {.tree = "toy\033[2J", .release = "v1", .pages = 1};
    g_array_append_val(splits->releases, release);
    AaSplitOptions options = {.regroupings = 1};
    g_autofree char *text = aa_splits_format_text(splits, &options);
    g_assert_null(strchr(text, '\033'));
    json_t *object = aa_splits_format_json(splits, &options);
    g_assert_true(json_is_null(json_object_get(object, "cell_rate")));
    json_decref(object);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/aa_split/equal", test_equal_boots_are_seldom_called_different);
    g_test_add_func("/aa_split/drift", test_boots_that_drift_are_called_worse_in_their_order);
    g_test_add_func("/aa_split/seed", test_the_same_seed_deals_the_same);
    g_test_add_func("/aa_split/few", test_three_boots_are_too_few);
    g_test_add_func("/aa_split/places", test_failed_boots_and_earlier_epochs_do_not_count);
    g_test_add_func("/aa_split/machine", test_another_machine_is_left_out);
    g_test_add_func("/aa_split/escapes", test_names_cannot_reach_the_terminal_unescaped);
    return g_test_run();
}
