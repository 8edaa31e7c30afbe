// report/family, cell and shift: what counts as a boot, what presets a state, what is one change.
#include "report/family.h"
#include "report/cell.h"
#include "report/shift.h"

#include <math.h>

/* A dataset with n releases r0, r1 .. of a tree. */
static Dataset *dataset_of(int n)
{
    Dataset *dataset = dataset_new("toy");
    for (int i = 0; i < n; i++) {
        g_autofree char *name = g_strdup_printf("r%d", i);
        Release release = {.subject_id = i + 1, .tree = "toy", .name = name, .date = "2026-01-01"};
        dataset_release_add(dataset, &release);
    }
    return dataset;
}

static Series *series_of(Dataset *dataset, const char *machine, const char *name, Better better)
{
    Metric metric = {.id = 1,
                     .benchmark = "b",
                     .name = name,
                     .unit = "ops/s",
                     .better = better,
                     .statistic = "median",
                     .identity = "x",
                     .margin = NAN};
    Series series = {.machine_id = 1,
                     .distro_id = 1,
                     .machine = machine,
                     .distro = "none",
                     .benchmark = "b",
                     .params = "{}",
                     .trial_key = "b",
                     .metric = dataset_metric(dataset, &metric),
                     .margin = .02};
    return dataset_series(dataset, &series);
}

/* Five boots around level, with a fixed scatter of about 0.5 %. */
static void boots(Dataset *dataset, Series *series, int release, double level, int epoch)
{
    static const double SCATTER[] = {1.000, 1.004, .995, .998, 1.003};
    for (int i = 0; i < 5; i++) {
        BootValue value = {.job_id = release * 100 + i,
                           .boot = i + 1,
                           .epoch_id = epoch,
                           .epoch = epoch,
                           .mode = "local",
                           .value = level * SCATTER[i],
                           .n = 1,
                           .spread = NAN};
        dataset_value_add(dataset, series, release, &value);
    }
}

static void battery(Dataset *dataset, int release, const char *state, int done, const char *reason)
{
    Battery one = {.release = release,
                   .machine = "m",
                   .distro = "none",
                   .plan = "p",
                   .state = state,
                   .boots = 5,
                   .done = done,
                   .failed = 5 - done,
                   .reason = reason};
    dataset_battery_add(dataset, &one);
}

static void failure(Dataset *dataset, int release, const char *benchmark, int boot)
{
    Failure failure = {
        .release = release,
        .place = {.machine_id = 1,
                  .distro_id = 1,
                  .machine = "m",
                  .distro = "none",
                  .benchmark = benchmark,
                  .params = "{}",
                  .trial_key = benchmark,
                  .margin = .02},
        .value = {.job_id = release * 100 + boot, .boot = boot, .message = "exit 3"}};
    dataset_failure_add(dataset, &failure);
}

static State state_of(const Dataset *dataset, int base, int new_, char **ret_reason)
{
    g_autoptr(Family) family = family_make(dataset, base, new_, NULL);
    g_assert_cmpint(family->n_rows, ==, 1);
    if (ret_reason != NULL)
        *ret_reason = g_strdup(family->rows[0].reason);
    return family->rows[0].judged.state;
}

static void test_direction_makes_less_better(void)
{
    g_autoptr(Dataset) dataset = dataset_of(2);
    Series *more = series_of(dataset, "m", "more", BETTER_HIGHER);
    Series *less = series_of(dataset, "m", "less", BETTER_LOWER);
    boots(dataset, more, 0, 100, 1);
    boots(dataset, more, 1, 90, 1);
    boots(dataset, less, 0, 100, 1);
    boots(dataset, less, 1, 90, 1);
    g_autoptr(Family) family = family_make(dataset, 0, 1, NULL);
    g_assert_cmpint(family_find(family, more)->judged.state, ==, STATE_REGRESSED);
    g_assert_cmpint(family_find(family, less)->judged.state, ==, STATE_IMPROVED);
    g_assert_cmpfloat_with_epsilon(family_find(family, more)->judged.ratio, .9, 1e-9);
    g_assert_cmpfloat_with_epsilon(family_find(family, less)->judged.ratio, 1 / .9, 1e-9);
}

static void test_another_machine_epoch_is_not_comparable(void)
{
    g_autoptr(Dataset) dataset = dataset_of(2);
    Series *series = series_of(dataset, "m", "x", BETTER_HIGHER);
    boots(dataset, series, 0, 100, 1);
    boots(dataset, series, 1, 50, 2);
    g_autofree char *reason = NULL;
    g_assert_cmpint(state_of(dataset, 0, 1, &reason), ==, STATE_NOT_COMPARABLE);
    g_assert_cmpstr(reason, ==, "the machine changed: r0 ran in its epoch 1, r1 in its epoch 2");
}

static void test_a_baseline_on_both_epochs_is_compared_on_the_newer_one(void)
{
    g_autoptr(Dataset) dataset = dataset_of(2);
    Series *series = series_of(dataset, "m", "x", BETTER_HIGHER);
    boots(dataset, series, 0, 100, 1);
    boots(dataset, series, 1, 50, 2);
    for (int i = 0; i < 5; i++) {
        BootValue anchor = {.job_id = 900 + i,
                            .epoch_id = 2,
                            .epoch = 2,
                            .mode = "local",
                            .value = 50 + i * .1,
                            .n = 1};
        dataset_value_add(dataset, series, 0, &anchor);
    }
    g_autoptr(Family) family = family_make(dataset, 0, 1, NULL);
    g_assert_cmpint(family->rows[0].n_base, ==, 5);
    g_assert_cmpint(family->rows[0].judged.state, !=, STATE_NOT_COMPARABLE);
    g_assert_cmpfloat_with_epsilon(family->rows[0].judged.ratio, 1, .01);
}

static void test_an_anchor_is_compared_with_older_releases_where_both_ran(void)
{
    g_autoptr(Dataset) dataset = dataset_of(3);
    Series *series = series_of(dataset, "m", "x", BETTER_HIGHER);
    boots(dataset, series, 0, 100, 1);
    boots(dataset, series, 1, 90, 1);
    boots(dataset, series, 2, 45, 2);
    Battery anchor = {.release = 1,
                      .machine = "m",
                      .distro = "none",
                      .plan = "p",
                      .state = "pending",
                      .boots = 5,
                      .anchor = 2};
    dataset_battery_add(dataset, &anchor);
    g_assert_cmpint(state_of(dataset, 0, 1, NULL), ==, STATE_REGRESSED);
    g_assert_cmpint(state_of(dataset, 1, 2, NULL), ==, STATE_PENDING);
    ((Battery *)dataset->batteries->pdata[0])->state = "complete";
    for (int i = 0; i < 5; i++) {
        BootValue boot = {.job_id = 900 + i,
                          .epoch_id = 2,
                          .epoch = 2,
                          .mode = "local",
                          .is_anchor = true,
                          .value = 45 + i * .1,
                          .n = 1};
        dataset_value_add(dataset, series, 1, &boot);
    }
    g_autoptr(Family) before = family_make(dataset, 0, 1, NULL);
    g_assert_cmpint(before->rows[0].epoch, ==, 1);
    g_assert_cmpint(before->rows[0].judged.state, ==, STATE_REGRESSED);
    g_autoptr(Family) after = family_make(dataset, 1, 2, NULL);
    g_assert_cmpint(after->rows[0].epoch, ==, 2);
    g_assert_cmpint(after->rows[0].n_base, ==, 5);
    g_assert_cmpfloat_with_epsilon(after->rows[0].judged.ratio, 1, .01);
}

static void test_a_failed_build_is_failed_and_says_why(void)
{
    g_autoptr(Dataset) dataset = dataset_of(2);
    Series *series = series_of(dataset, "m", "x", BETTER_HIGHER);
    boots(dataset, series, 0, 100, 1);
    battery(dataset, 1, "failed", 0, "the recipe ended with status 2");
    g_autofree char *reason = NULL;
    g_assert_cmpint(state_of(dataset, 0, 1, &reason), ==, STATE_FAILED);
    g_assert_cmpstr(reason, ==, "r1: the recipe ended with status 2");
}

static void test_boots_without_a_number_are_failed_not_zero(void)
{
    g_autoptr(Dataset) dataset = dataset_of(2);
    Series *series = series_of(dataset, "m", "x", BETTER_HIGHER);
    boots(dataset, series, 0, 100, 1);
    boots(dataset, series, 1, NAN, 1);
    g_autoptr(Family) family = family_make(dataset, 0, 1, NULL);
    g_assert_cmpint(family->rows[0].judged.state, ==, STATE_FAILED);
    g_assert_cmpint(family->rows[0].failed_new, ==, 5);
    g_assert_true(isnan(family->rows[0].judged.ratio));
}

static void test_a_pending_battery_has_a_number_and_no_verdict(void)
{
    g_autoptr(Dataset) dataset = dataset_of(2);
    Series *series = series_of(dataset, "m", "x", BETTER_HIGHER);
    boots(dataset, series, 0, 100, 1);
    boots(dataset, series, 1, 50, 1);
    battery(dataset, 1, "pending", 4, NULL);
    g_autoptr(Family) family = family_make(dataset, 0, 1, NULL);
    const FamilyRow *row = &family->rows[0];
    g_assert_cmpint(row->judged.state, ==, STATE_PENDING);
    g_assert_cmpstr(row->reason, ==, "r1: 4 of 5 boots");
    g_assert_cmpfloat_with_epsilon(row->judged.ratio, .5, 1e-9);
    g_assert_true(isnan(row->judged.p) && isnan(row->judged.q));
    g_assert_cmpint(family->summary.size, ==, 0);
}

static void test_a_pending_boot_does_not_change_the_inputs(void)
{
    g_autoptr(Dataset) dataset = dataset_of(2);
    Series *here = series_of(dataset, "other", "x", BETTER_HIGHER);
    Series *there = series_of(dataset, "m", "x", BETTER_HIGHER);
    boots(dataset, here, 0, 100, 1);
    boots(dataset, here, 1, 90, 1);
    boots(dataset, there, 0, 100, 1);
    battery(dataset, 1, "pending", 0, NULL);
    g_autoptr(Family) before = family_make(dataset, 0, 1, NULL);
    BootValue first = {.job_id = 1, .epoch_id = 1, .epoch = 1, .mode = "local", .value = 3, .n = 1};
    dataset_value_add(dataset, there, 1, &first);
    g_autoptr(Family) after = family_make(dataset, 0, 1, NULL);
    g_assert_cmpstr(before->inputs_hash, ==, after->inputs_hash);
    boots(dataset, here, 1, 80, 1); // averaged into the boots that are there
    g_autoptr(Family) other = family_make(dataset, 0, 1, NULL);
    g_assert_cmpstr(before->inputs_hash, !=, other->inputs_hash);
}

static void test_history_is_of_the_releases_before(void)
{
    g_autoptr(Dataset) dataset = dataset_of(6);
    Series *series = series_of(dataset, "m", "x", BETTER_HIGHER);
    for (int i = 0; i < 6; i++)
        boots(dataset, series, i, 100, 1);
    g_autoptr(Family) early = family_make(dataset, 0, 2, NULL);
    g_autoptr(Family) late = family_make(dataset, 0, 5, NULL);
    g_assert_cmpfloat(early->rows[0].history.df, ==, 4);
    g_assert_cmpfloat(late->rows[0].history.df, ==, 16);
}

static void test_the_composite_of_equal_gain_and_loss_is_mixed(void)
{
    g_autoptr(Dataset) dataset = dataset_of(2);
    Series *a = series_of(dataset, "m", "a", BETTER_HIGHER);
    Series *b = series_of(dataset, "m", "b", BETTER_LOWER);
    boots(dataset, a, 0, 100, 1);
    boots(dataset, a, 1, 80, 1);
    boots(dataset, b, 0, 100, 1);
    boots(dataset, b, 1, 80, 1);
    g_autoptr(Family) family = family_make(dataset, 0, 1, NULL);
    g_autoptr(CellTable) table = cell_table_make(family);
    const Cell *cell = cell_at(table, 0, 0);
    g_assert_cmpint(cell->state, ==, STATE_MIXED);
    g_assert_cmpfloat_with_epsilon(cell->composite.ratio, 1, 1e-9);
    g_assert_nonnull(cell->worst);
    g_assert_cmpstr(cell->worst->series->metric->name, ==, "a");
}

static GPtrArray *steps(const Dataset *dataset)
{
    GPtrArray *previous = g_ptr_array_new_with_free_func((GDestroyNotify)family_free);
    for (int i = 0; i < (int)dataset->releases->len; i++)
        g_ptr_array_add(previous, i == 0 ? NULL : family_make(dataset, FAMILY_PREVIOUS, i, NULL));
    return previous;
}

static void test_a_level_that_stays_is_one_change(void)
{
    g_autoptr(Dataset) dataset = dataset_of(8);
    Series *series = series_of(dataset, "m", "x", BETTER_HIGHER);
    for (int i = 0; i < 8; i++)
        if (i != 3) // was never built
            boots(dataset, series, i, i < 4 ? 100 : 80, 1);
    g_autoptr(GPtrArray) previous = steps(dataset);
    g_autoptr(GArray) shifts = shift_find(dataset, previous);
    g_assert_cmpuint(shifts->len, ==, 1);
    const Shift *shift = &g_array_index(shifts, Shift, 0);
    g_assert_cmpint(shift->release, ==, 4);
    g_assert_cmpint(shift->before, ==, 2);
    g_assert_cmpint(shift->state, ==, STATE_REGRESSED);
    g_assert_cmpfloat_with_epsilon(shift->ratio, .8, 1e-9);
}

static void test_releases_that_differ_anyway_are_no_change(void)
{
    // Each release has a level of its own, 3 % around 100: two neighbours differ surely, and no
    // release stands out.
    static const double LEVELS[] = {100, 103, 99, 102, 97, 101, 104, 98, 100, 103, 98, 101};
    g_autoptr(Dataset) dataset = dataset_of(G_N_ELEMENTS(LEVELS));
    Series *series = series_of(dataset, "m", "x", BETTER_HIGHER);
    for (int i = 0; i < (int)G_N_ELEMENTS(LEVELS); i++)
        boots(dataset, series, i, LEVELS[i], 1);
    g_autoptr(GPtrArray) previous = steps(dataset);
    g_autoptr(GArray) shifts = shift_find(dataset, previous);
    g_assert_cmpuint(shifts->len, ==, 0);
}

#define ADD(test) g_test_add_func("/family/" #test, test_##test)

static void test_what_failed_everywhere_is_failed(void)
{
    g_autoptr(Dataset) dataset = dataset_of(2);
    Series *known = series_of(dataset, "m", "rate", BETTER_HIGHER);
    boots(dataset, known, 0, 100, 1);
    for (int i = 0; i < 3; i++) {
        failure(dataset, 1, "b", i);
        failure(dataset, 0, "broken", i);
        failure(dataset, 1, "broken", i);
    }
    dataset_failures_spread(dataset);
    g_assert_cmpuint(dataset->series->len, ==, 1);
    dataset_failures_end(dataset);
    g_assert_cmpuint(dataset->failures->len, ==, 0);
    g_autoptr(Family) family = family_make(dataset, 0, 1, NULL);
    g_assert_cmpint(family->n_rows, ==, 2);
    const FamilyRow *row = &family->rows[1];
    g_assert_true(metric_is_none(row->series->metric));
    g_assert_false(metric_is_none(family->rows[0].series->metric));
    g_assert_cmpstr(row->series->trial_key, ==, "broken");
    g_assert_cmpint(row->judged.state, ==, STATE_FAILED);
    g_assert_cmpstr(row->reason, ==, "r1: exit 3");
    g_assert_cmpint(row->failed_base, ==, 3);
    g_assert_cmpint(row->failed_new, ==, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD(direction_makes_less_better);
    ADD(another_machine_epoch_is_not_comparable);
    ADD(a_baseline_on_both_epochs_is_compared_on_the_newer_one);
    ADD(an_anchor_is_compared_with_older_releases_where_both_ran);
    ADD(a_failed_build_is_failed_and_says_why);
    ADD(boots_without_a_number_are_failed_not_zero);
    ADD(a_pending_battery_has_a_number_and_no_verdict);
    ADD(a_pending_boot_does_not_change_the_inputs);
    ADD(history_is_of_the_releases_before);
    ADD(the_composite_of_equal_gain_and_loss_is_mixed);
    ADD(a_level_that_stays_is_one_change);
    ADD(releases_that_differ_anyway_are_no_change);
    g_test_add_func("/family/what-failed-everywhere-is-failed",
                    test_what_failed_everywhere_is_failed);
    return g_test_run();
}
