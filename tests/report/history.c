// report/history: A/A pairs of a Dataset, and what a family makes of the noise in them.
#include "report/history.h"

#include <math.h>

#include "common/stats/worlds.h"
#include "report/family.h"

typedef struct {
    Dataset *dataset;
    const Metric *metric;
    Random random;
} Lab;

static Lab lab_new(void)
{
    Lab lab = {.dataset = dataset_new("toy")};
    Metric metric = {.id = 1,
                     .benchmark = "bench",
                     .name = "rate",
                     .unit = "ops/s",
                     .better = BETTER_HIGHER,
                     .statistic = "mean",
                     .identity = "",
                     .margin = NAN};
    lab.metric = dataset_metric(lab.dataset, &metric);
    random_init(&lab.random, 7);
    return lab;
}

static Series *series_add(Lab *lab, const char *key)
{
    Series series = {.machine = "ivor",
                     .distro = "host",
                     .benchmark = "bench",
                     .params = "{}",
                     .trial_key = key,
                     .metric = lab->metric,
                     .margin = .02};
    return dataset_series(lab->dataset, &series);
}

static int release_add(Lab *lab, int number)
{
    g_autofree char *name = g_strdup_printf("v%d", number);
    return dataset_release_add(lab->dataset, &(Release){.name = name});
}

/* Four boots that were run together: apart from them by sd_batch, from each other by .3 %. */
static void batch_add(Lab *lab, Series *series, int release, const char *batch, double level,
                      double sd_batch, const char *artifact)
{
    double shift = sd_batch * random_normal(&lab->random);
    const GArray *known = series_boots(series, release);
    int first = known == NULL ? 0 : (int)known->len;
    for (int i = 0; i < 4; i++) {
        BootValue value = {.job_id = release * 100 + first + i,
                           .boot = first + i + 1,
                           .epoch_id = 1,
                           .epoch = 1,
                           .mode = "metal",
                           .batch = batch,
                           .artifact = artifact,
                           .value = level * exp(shift + .003 * random_normal(&lab->random)),
                           .n = 1,
                           .spread = NAN};
        dataset_value_add(lab->dataset, series, release, &value);
    }
}

static const HistoryPlace PLACE = {1, "metal"};

static void test_repeated_batteries_that_differ_widen_the_margin(void)
{
    for (int noisy = 0; noisy < 2; noisy++) {
        Lab lab = lab_new();
        Series *series = series_add(&lab, "bench");
        double sd = noisy ? .03 : 0;
        for (int i = 0; i < 12; i++) {
            int release = release_add(&lab, i);
            batch_add(&lab, series, release, "1", 1000, sd, NULL);
            batch_add(&lab, series, release, "2", 1000, sd, NULL);
        }
        int last = release_add(&lab, 12);
        batch_add(&lab, series, last, "1", 950, 0, NULL);
        g_autoptr(AaNoise) noise = aa_noise_new(lab.dataset);
        SeriesNoise found = aa_noise_of(noise, series, last, &PLACE, log1p(.02), .05);
        g_assert_cmpint(found.pairs, ==, 12);
        g_assert_false(found.is_machine);
        FamilyFilter filter = {.noise = noise};
        g_autoptr(Family) family = family_make(lab.dataset, 11, last, &filter);
        g_autoptr(Family) blind = family_make(lab.dataset, 11, last, NULL);
        const FamilyRow *row = family_find(family, series);
        if (noisy) {
            g_assert_cmpfloat(found.tau_a, >, .02); // .03 * sqrt(2) is to be found
            g_assert_cmpfloat(found.tau_a, <, .07);
            g_assert_cmpint(row->judged.state, !=, STATE_REGRESSED);
            g_assert_cmpstr(row->inputs_hash, !=, family_find(blind, series)->inputs_hash);
        } else {
            g_assert_cmpfloat(found.tau_a, <, .002);
            g_assert_cmpint(row->judged.state, ==, STATE_REGRESSED);
        }
        dataset_free(lab.dataset);
    }
}

static void test_a_loss_within_the_noise_says_so(void)
{
    Lab lab = lab_new();
    Series *series = series_add(&lab, "bench");
    for (int i = 0; i < 8; i++) {
        int release = release_add(&lab, i); // one artifact in batteries that are 8 % apart
        batch_add(&lab, series, release, "1", i % 2 ? 1080 : 1000, 0, "same");
    }
    int base = release_add(&lab, 8), last = release_add(&lab, 9);
    batch_add(&lab, series, base, "1", 1000, 0, NULL);
    batch_add(&lab, series, last, "1", 950, 0, NULL);
    g_autoptr(AaNoise) noise = aa_noise_new(lab.dataset);
    g_autoptr(Family) family =
        family_make(lab.dataset, base, last, &(FamilyFilter){.noise = noise});
    const FamilyRow *row = family_find(family, series);
    g_assert_cmpint(row->judged.state, ==, STATE_SMALL_LOSS);
    g_assert_true(g_str_has_prefix(row->reason, "within the noise between batteries"));
    dataset_free(lab.dataset);
}

static void test_a_series_without_pairs_has_those_of_its_machine(void)
{
    Lab lab = lab_new();
    Series *pairs = series_add(&lab, "bench/a=1"), *bare = series_add(&lab, "bench/a=2");
    for (int i = 0; i < 6; i++) {
        int release = release_add(&lab, i);
        batch_add(&lab, pairs, release, "1", 1000, .03, NULL);
        batch_add(&lab, pairs, release, "2", 1000, .03, NULL);
        batch_add(&lab, bare, release, "1", 1000, 0, NULL);
    }
    g_autoptr(AaNoise) noise = aa_noise_new(lab.dataset);
    SeriesNoise own = aa_noise_of(noise, pairs, 5, &PLACE, .02, .05);
    SeriesNoise other = aa_noise_of(noise, bare, 5, &PLACE, .02, .05);
    g_assert_true(other.is_machine);
    g_assert_cmpint(other.pairs, ==, 6);
    g_assert_cmpfloat(other.tau_a, ==, own.tau_a);
    g_assert_cmpint(aa_noise_of(noise, pairs, 3, &PLACE, .02, .05).pairs, ==, 4);
    HistoryPlace moved = {2, "metal"};
    g_assert_cmpint(aa_noise_of(noise, pairs, 5, &moved, .02, .05).pairs, ==, 0);
    g_assert_cmpfloat(aa_noise_of(NULL, pairs, 5, &PLACE, .02, .05).tau_a, ==, 0);
    dataset_free(lab.dataset);
}

static void test_neighbours_of_one_artifact_are_a_pair(void)
{
    Lab lab = lab_new();
    Series *series = series_add(&lab, "bench");
    for (int i = 0; i < 6; i++) {
        int release = release_add(&lab, i);
        const char *artifact = i < 3 ? "same" : i == 3 ? NULL : "other";
        g_autofree char *batch = g_strdup_printf("%d", i);
        batch_add(&lab, series, release, batch, 1000, 0, artifact);
    }
    g_autoptr(AaNoise) noise = aa_noise_new(lab.dataset);
    g_assert_cmpint(aa_noise_of(noise, series, 5, &PLACE, .02, .05).pairs, ==, 3);
    dataset_free(lab.dataset);
}

static void test_twenty_pairs_that_turn_red_set_a_floor(void)
{
    Lab lab = lab_new();
    Series *series = series_add(&lab, "bench");
    for (int i = 0; i < 21; i++) {
        int release = release_add(&lab, i);
        bool is_odd = i % 5 == 0; // every fifth battery is another world
        batch_add(&lab, series, release, "1", 1000, 0, NULL);
        batch_add(&lab, series, release, "2", is_odd ? 1200 : 1000, 0, NULL);
    }
    g_autoptr(AaNoise) noise = aa_noise_new(lab.dataset);
    SeriesNoise found = aa_noise_of(noise, series, 20, &PLACE, log1p(.02), .05);
    g_assert_cmpint(found.pairs, ==, 21);
    g_assert_cmpfloat(found.floor_a, >, .17);
    g_assert_cmpfloat(series_noise_level(&found), ==, found.floor_a);
    dataset_free(lab.dataset);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/history/repeated batteries that differ widen the margin",
                    test_repeated_batteries_that_differ_widen_the_margin);
    g_test_add_func("/history/a loss within the noise says so",
                    test_a_loss_within_the_noise_says_so);
    g_test_add_func("/history/a series without pairs has those of its machine",
                    test_a_series_without_pairs_has_those_of_its_machine);
    g_test_add_func("/history/neighbours of one artifact are a pair",
                    test_neighbours_of_one_artifact_are_a_pair);
    g_test_add_func("/history/twenty pairs that turn red set a floor",
                    test_twenty_pairs_that_turn_red_set_a_floor);
    return g_test_run();
}
