// Whole result directories of MMTests: those of tests/data/mmtests, and one that was aborted.
#include "benchmarks/formats/mmtests_run.h"

#include <string.h>

#include "common/error.h"
#include "tests/benchmarks/folder.h"

static void folder_add(const char *folder, const char *path, const char *text)
{
    folder_write(folder, path, text, -1, FALSE);
}

static MmtestsRun *run_read(const char *name)
{
    g_autofree char *folder =
        g_build_filename(g_getenv("MARVIN_SOURCE_DIR"), "tests/data/mmtests", name, NULL);
    g_autoptr(GError) error = NULL;
    MmtestsRun *run = NULL;
    mmtests_run_read(folder, &run, &error);
    g_assert_no_error(error);
    return run;
}

static const MmtestsIteration *iteration_at(const MmtestsRun *run, guint index)
{
    g_assert_cmpuint(run->iterations->len, >, index);
    return run->iterations->pdata[index];
}

static const MmtestsTest *test_at(const MmtestsIteration *iteration, guint index)
{
    g_assert_cmpuint(iteration->tests->len, >, index);
    return iteration->tests->pdata[index];
}

static void test_a_run_has_its_iterations_tests_and_times(void)
{
    g_autoptr(MmtestsRun) run = run_read("r01-hackbench/log/6.1-vanilla");
    g_assert_cmpstr(run->name, ==, "6.1-vanilla");
    g_assert_cmpuint(run->iterations->len, ==, 2);
    g_assert_cmpuint(run->complaints->len, ==, 0);
    const MmtestsIteration *first = iteration_at(run, 0);
    g_assert_cmpint(first->begin_s, ==, 1795226675);
    g_assert_cmpint(first->end_s, ==, 1795226766);
    g_assert_cmpuint(first->tests->len, ==, 6);
    const MmtestsTest *test = test_at(first, 0);
    g_assert_cmpstr(test->name, ==, "hackbench-process-pipes");
    g_assert_cmpint(test->end_s - test->begin_s, ==, 13);
    g_assert_cmpint(test->exit_status, ==, 0);
    g_assert_true(test->has_time);
    g_assert_cmpfloat(test->elapsed_s, ==, 1.68);
}

static void test_series_have_values_units_and_directions(void)
{
    g_autoptr(MmtestsRun) run = run_read("r01-hackbench/log/6.1-vanilla");
    const MmtestsTest *test = test_at(iteration_at(run, 1), 0);
    g_autoptr(GPtrArray) series = mmtests_test_series(test, NULL, run->complaints);
    g_assert_cmpuint(series->len, ==, 4);
    const MmtestsSeries *two = series->pdata[1];
    g_assert_cmpstr(two->metric, ==, "time");
    g_assert_cmpstr(two->factor_a, ==, "2");
    g_assert_cmpstr(two->factor_b, ==, "");
    g_assert_cmpstr(two->operation, ==, "time-2");
    g_assert_cmpstr(two->unit, ==, "s");
    g_assert_cmpint(two->better, ==, BETTER_LOWER);
    g_assert_cmpuint(two->values->len, ==, 4);
    g_assert_cmpfloat(g_array_index(two->positions, double, 3), ==, 4);
    g_assert_cmpint(mmtests_test_state(test, series), ==, MMTESTS_TEST_DONE);
}

static void test_a_test_without_logs_has_no_data(void)
{
    g_autoptr(MmtestsRun) run = run_read("r01-hackbench/log/6.1-vanilla");
    const MmtestsTest *perfpipe = test_at(iteration_at(run, 0), 1);
    g_autoptr(GPtrArray) series = mmtests_test_series(perfpipe, NULL, run->complaints);
    g_assert_cmpint(mmtests_test_state(perfpipe, series), ==, MMTESTS_TEST_NO_DATA);
}

static void test_an_alternative_report_has_its_own_series(void)
{
    g_autoptr(MmtestsRun) run = run_read("r06-fio/log/6.1-vanilla");
    const MmtestsIteration *first = iteration_at(run, 0);
    const MmtestsTest *fio = test_at(first, first->tests->len - 1);
    g_autoptr(GPtrArray) usual = mmtests_test_series(fio, NULL, run->complaints);
    g_autoptr(GPtrArray) latency = mmtests_test_series(fio, "latency", run->complaints);
    g_assert_cmpstr(((MmtestsSeries *)usual->pdata[0])->unit, ==, "KB/s");
    g_assert_cmpstr(((MmtestsSeries *)latency->pdata[0])->metric, ==, "latency-read");
    g_assert_cmpstr(((MmtestsSeries *)latency->pdata[0])->unit, ==, "ns");
}

static void test_an_aborted_run_says_what_failed_and_what_did_not_end(void)
{
    char *folder = folder_new();
    folder_add(folder, "iter-0/tests-timestamp",
               "start :: 100\ntest begin :: perfpipe 110\ntest end :: perfpipe 120 3\n"
               "Command exited with non-zero status 3\n"
               "time :: perfpipe 0.17 user 0.50 system 0.70 elapsed\nnonsense\n"
               "test begin :: ../evil 125\ntest begin :: stream 130\n");
    folder_add(folder, "iter-0/perfpipe/logs/benchlog-_-_-1", "8.5 usecs/op\n");
    folder_add(folder, "iter-0/somethingnew/logs/log", "1\n");
    folder_add(folder, "iter-0/kernel.version", "Linux ivor 6.1.0-rc3 #1 SMP x x86_64 GNU/Linux\n");
    folder_add(folder, "iter-0/os-release", "NAME=x\nPRETTY_NAME=\"Some OS 12\"\n");
    folder_add(folder, "iter-0/mpstat-perfpipe", "x");
    g_autoptr(GError) error = NULL;
    g_autoptr(MmtestsRun) run = NULL;
    g_assert_true(mmtests_run_is(folder));
    mmtests_run_read(folder, &run, &error);
    g_assert_no_error(error);
    g_assert_cmpint(run->exit_status, ==, -1);
    g_assert_cmpstr(mmtests_run_fact(run, "kernel"), ==, "6.1.0-rc3");
    g_assert_cmpstr(mmtests_run_fact(run, "hostname"), ==, "ivor");
    g_assert_cmpstr(mmtests_run_fact(run, "architecture"), ==, "x86_64");
    g_assert_cmpstr(mmtests_run_fact(run, "os"), ==, "Some OS 12");
    g_assert_null(mmtests_run_fact(run, "cpu"));
    g_assert_cmpuint(run->complaints->len, ==, 2);
    g_assert_nonnull(strstr(run->complaints->pdata[0], "tests-timestamp:6: "));

    const MmtestsIteration *only = iteration_at(run, 0);
    static const struct {
        const char *name;
        MmtestsTestState state;
    } EXPECTED[] = {{"perfpipe", MMTESTS_TEST_FAILED},
                    {"stream", MMTESTS_TEST_UNFINISHED},
                    {"somethingnew", MMTESTS_TEST_NO_PARSER}};
    g_assert_cmpuint(only->tests->len, ==, G_N_ELEMENTS(EXPECTED));
    for (guint i = 0; i < G_N_ELEMENTS(EXPECTED); i++) {
        const MmtestsTest *test = test_at(only, i);
        g_assert_cmpstr(test->name, ==, EXPECTED[i].name);
        g_autoptr(GPtrArray) series = mmtests_test_series(test, NULL, run->complaints);
        g_assert_cmpint(mmtests_test_state(test, series), ==, EXPECTED[i].state);
        g_autofree char *words = mmtests_test_state_format(test, EXPECTED[i].state);
        g_assert_cmpuint(strlen(words), >, 0);
    }
    g_assert_cmpuint(test_at(only, 0)->monitors->len, ==, 1);
    g_assert_cmpstr(test_at(only, 0)->monitors->pdata[0], ==, "mpstat-perfpipe");
    folder_remove(folder);
}

static void test_rows_of_another_parser_make_series_without_direction(void)
{
    static const char ROWS[] = "a\t4\t_\t1\t2.5\t_\na\t4\t_\t2\tnan\t_\nb\t_\t_\t1\t\t_\n";
    g_autoptr(GPtrArray) series = mmtests_rows_series(NULL, ROWS, strlen(ROWS));
    g_assert_cmpuint(series->len, ==, 2);
    const MmtestsSeries *a = series->pdata[0];
    const MmtestsSeries *b = series->pdata[1];
    g_assert_cmpuint(a->values->len, ==, 1);
    g_assert_cmpuint(b->values->len, ==, 0);
    g_assert_null(a->unit);
    g_assert_cmpint(a->better, ==, BETTER_NONE);
}

static void test_a_folder_without_iterations_is_no_run(void)
{
    char *folder = folder_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(MmtestsRun) run = NULL;
    g_assert_false(mmtests_run_is(folder));
    g_assert_false(mmtests_run_read(folder, &run, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    folder_remove(folder);
}

#define TEST(function) g_test_add_func("/mmtests/" #function, test_##function)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST(a_run_has_its_iterations_tests_and_times);
    TEST(series_have_values_units_and_directions);
    TEST(a_test_without_logs_has_no_data);
    TEST(an_alternative_report_has_its_own_series);
    TEST(an_aborted_run_says_what_failed_and_what_did_not_end);
    TEST(rows_of_another_parser_make_series_without_direction);
    TEST(a_folder_without_iterations_is_no_run);
    return g_test_run();
}
