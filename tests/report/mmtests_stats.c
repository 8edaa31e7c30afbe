// MMTests' arithmetic, and the footnotes about it.
#include "report/mmtests_stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "report/mmtests.h"
#include "report/mmtests_subselect.h"

static double stat_of(const double *values, size_t n, bool higher, MmtestsStatKind kind,
                      guint percent)
{
    g_autoptr(MmtestsSorted) sorted = mmtests_sorted_new(values, n, higher);
    double value = NAN;
    g_assert_true(mmtests_stat(sorted, (MmtestsStat){kind, percent}, &value));
    return value;
}

static void test_numbers_pass_through_r_as_seven_digits_or_all_before_the_point(void)
{
    // What R 4.2 prints for qnorm(0.975, sd=...) of 1, 12345678.9, 20000000.4, 1e12, ..
    static const double ROWS[][2] = {
        {1.959963984540054, 1.959964},  {24197086.2, 24197086},
        {39199280.47, 39199280},        {1959963984540.054, 1.959964e12},
        {241970860112.3, 241970860112}, {0.000241970862, 0.0002419709},
        {-1.23456789, -1.234568},       {0, 0}};
    for (unsigned i = 0; i < G_N_ELEMENTS(ROWS); i++)
        g_assert_cmpfloat(mmtests_r_digits(ROWS[i][0]), ==, ROWS[i][1]);
    g_assert_true(isnan(mmtests_r_digits(NAN)));
}

static void test_means_are_harmonic_where_higher_is_better(void)
{
    static const double VALUES[] = {4, 1, 2};
    g_assert_cmpfloat(stat_of(VALUES, 3, false, MMTESTS_STAT_MEAN, 0), ==, 7.0 / 3);
    g_assert_cmpfloat(stat_of(VALUES, 3, true, MMTESTS_STAT_MEAN, 0), ==, 3 / 1.75);
    g_assert_cmpfloat_with_epsilon(stat_of(VALUES, 3, false, MMTESTS_STAT_STDDEV, 0), sqrt(7.0 / 3),
                                   1e-12);
    g_assert_cmpfloat(stat_of(VALUES, 3, true, MMTESTS_STAT_MIN, 0), ==, 1);
    g_assert_cmpfloat(stat_of(VALUES, 3, true, MMTESTS_STAT_MAX, 0), ==, 4);
}

static void test_best_means_and_percentiles_count_from_the_best(void)
{
    static const double VALUES[] = {10, 20, 30, 40};
    g_assert_cmpfloat(stat_of(VALUES, 4, false, MMTESTS_STAT_BEST_MEAN, 95), ==, 20);
    g_assert_cmpfloat(stat_of(VALUES, 4, false, MMTESTS_STAT_PERCENTILE, 75), ==, 30);
    g_assert_cmpfloat(stat_of(VALUES, 4, true, MMTESTS_STAT_PERCENTILE, 75), ==, 20);
    g_assert_cmpfloat(stat_of(VALUES, 1, true, MMTESTS_STAT_BEST_MEAN, 50), ==, 10);
    g_assert_cmpfloat(stat_of(VALUES, 4, true, MMTESTS_STAT_VALUE, 0), ==, 40);
}

static void test_a_harmonic_mean_of_zeros_is_a_failure_and_of_some_zeros_is_none(void)
{
    static const double ZEROS[] = {0, 0};
    static const double SOME[] = {2, 0};
    double value = 1;
    g_autoptr(MmtestsSorted) zeros = mmtests_sorted_new(ZEROS, 2, true);
    g_assert_false(mmtests_stat(zeros, (MmtestsStat){MMTESTS_STAT_MEAN, 0}, &value));
    g_assert_true(isnan(stat_of(SOME, 2, true, MMTESTS_STAT_MEAN, 0)));
    g_assert_cmpfloat(stat_of(SOME, 2, true, MMTESTS_STAT_COEFFVAR, 0), ==, 0);
    g_assert_true(isnan(stat_of(NULL, 0, true, MMTESTS_STAT_MEAN, 0)));
    g_assert_true(isnan(stat_of(SOME, 1, true, MMTESTS_STAT_STDDEV, 0)));
}

static void test_differences_in_percent_are_positive_when_better(void)
{
    g_assert_cmpfloat(mmtests_pdiff(110, 100), ==, 110 * 100 / 100.0 - 100);
    g_assert_cmpfloat(mmtests_pndiff(110, 100), ==, 100 - 110 * 100 / 100.0);
    g_assert_cmpfloat(mmtests_pdiff(5, 0), ==, 100);
    g_assert_cmpfloat(mmtests_pndiff(5, 0), ==, -99);
    g_assert_cmpfloat(mmtests_pdiff(0, 5), ==, 0);
    g_assert_cmpfloat(mmtests_pndiff(0, 5), ==, 100);
    g_assert_cmpfloat(mmtests_rdiff(5, 0), ==, 0);
    g_assert_cmpfloat(mmtests_rdiff(0, 5), ==, 1);
}

static void test_distances_are_in_widths_of_both_intervals(void)
{
    MmtestsInterval one = {9, 11};
    MmtestsInterval other = {19, 21};
    g_assert_cmpfloat(mmtests_cidiff(20, other, 10, one), ==, 5);
    g_assert_cmpfloat(mmtests_cidiff(10, one, 20, other), ==, -5);
    MmtestsInterval point = {5, 5};
    g_assert_cmpfloat(mmtests_cidiff(7, (MmtestsInterval){7, 7}, 5, point), ==, 2);
}

static void test_subselection_of_equal_samples_is_exact_and_repeats(void)
{
    static const double VALUES[] = {3, 3, 3, 3, 3, 5, 5, 5, 5, 5};
    static const guint COUNTS[] = {5, 5};
    MmtestsSubselection once = mmtests_subselect(VALUES, COUNTS, 2, false);
    g_assert_cmpfloat(once.mean, ==, 4);
    // Between the iterations: (1 * 4 + 1 * 4) / 1, over 8 samples.
    g_assert_cmpfloat_with_epsilon(once.half, 1.959963984540054, 1e-12);
    MmtestsSubselection of_ten = mmtests_subselect(VALUES, (const guint[]){10}, 1, true);
    MmtestsSubselection again = mmtests_subselect(VALUES, (const guint[]){10}, 1, true);
    g_assert_cmpfloat(of_ten.mean, ==, again.mean);
    g_assert_cmpfloat(of_ten.half, ==, again.half);
    g_assert_true(isnan(mmtests_subselect(VALUES, (const guint[]){1}, 1, false).mean));
}

// The notes of a report of runs of a case.
static char *notes_of(const char *directory, const char *benchmark, const char *const *runs,
                      bool ratio)
{
    g_autofree char *log = g_build_filename(g_getenv("MARVIN_SOURCE_DIR"), "tests/data/mmtests",
                                            directory, "log", NULL);
    MmtestsOptions options = {
        .directory = log, .benchmark = benchmark, .runs = runs, .print_ratio = ratio};
    char *text = NULL;
    size_t length = 0;
    FILE *out = fopen("/dev/null", "w");
    FILE *notes = open_memstream(&text, &length);
    g_autoptr(GError) error = NULL;
    g_assert_true(mmtests_report(&options, out, notes, &error));
    g_assert_no_error(error);
    fclose(out);
    fclose(notes);
    char *copy = g_strdup(text);
    free(text);
    return copy;
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        g_error("no \"%s\" in:\n%s", part, text);
}

static void test_notes_say_what_is_missing_zero_or_not_shown(void)
{
    const char *runs[] = {"base-one", "comp-two", NULL};
    g_autofree char *notes = notes_of("s13-edge-kernbench", "kernbench", runs, false);
    assert_has(notes,
               "comp-two has no data for Elapsed-4, System-4, User-4: its 0.00 and 0.00% mean");
    assert_has(notes, "not shown: Elapsed-8, System-8, User-8.");
    assert_has(notes, "a mean of 0 on one side for System-16:");
    assert_has(notes, "the baseline has one sample of Elapsed-1, System-1, User-1:");
}

static void test_notes_say_where_the_direction_is_wrong(void)
{
    const char *runs[] = {"6.1-vanilla", "6.2-rc3", NULL};
    g_autofree char *notes = notes_of("m02-sysbenchcpu", "sysbenchcpu", runs, true);
    assert_has(notes, "MMTests has the direction wrong for events/sec-1, ");
    assert_has(notes, "higher is better");
    g_autofree char *none = notes_of("m08-stream", "stream", runs, false);
    g_assert_null(strstr(none, "direction"));
}

static void test_notes_say_which_run_is_left_out(void)
{
    const char *runs[] = {"a-1", "z-1", "c-1", NULL};
    g_autofree char *notes = notes_of("x01-zeros", "wis-pf", runs, false);
    assert_has(notes, "note: z-1 is left out, as MMTests fails on it");
    assert_has(notes, "a-1 has no mean for ops-x-1: samples that are not positive");
}

static bool report_fails(const char *benchmark, const char *baseline, const char *sub_heading,
                         ErrorCode code)
{
    g_autofree char *log =
        g_build_filename(g_getenv("MARVIN_SOURCE_DIR"), "tests/data/mmtests/x01-zeros/log", NULL);
    const char *runs[] = {baseline, "c-1", NULL};
    MmtestsOptions options = {
        .directory = log, .benchmark = benchmark, .runs = runs, .sub_heading = sub_heading};
    g_autoptr(GError) error = NULL;
    return !mmtests_report(&options, stderr, NULL, &error) &&
           g_error_matches(error, MARVIN_ERROR, (int)code);
}

static void test_a_report_without_baseline_benchmark_or_pattern_is_refused(void)
{
    g_assert_true(report_fails("wis-pf", "z-1", NULL, ERROR_INPUT));
    g_assert_true(report_fails("wis-pf", "nosuch", NULL, ERROR_INPUT));
    g_assert_true(report_fails("wis-pf", "a-1", "nosuch", ERROR_INPUT));
    g_assert_true(report_fails("wis-pf", "a-1", "(", ERROR_USAGE));
    g_assert_true(report_fails("nosuch", "a-1", NULL, ERROR_USAGE));
}

#define TEST(function) g_test_add_func("/mmtests/" #function, test_##function)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST(numbers_pass_through_r_as_seven_digits_or_all_before_the_point);
    TEST(means_are_harmonic_where_higher_is_better);
    TEST(best_means_and_percentiles_count_from_the_best);
    TEST(a_harmonic_mean_of_zeros_is_a_failure_and_of_some_zeros_is_none);
    TEST(differences_in_percent_are_positive_when_better);
    TEST(distances_are_in_widths_of_both_intervals);
    TEST(subselection_of_equal_samples_is_exact_and_repeats);
    TEST(notes_say_what_is_missing_zero_or_not_shown);
    TEST(notes_say_where_the_direction_is_wrong);
    TEST(notes_say_which_run_is_left_out);
    TEST(a_report_without_baseline_benchmark_or_pattern_is_refused);
    return g_test_run();
}
