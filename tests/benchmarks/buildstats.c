#include "benchmarks/formats/buildstats.h"

#include <math.h>

static void a_task_says_when_it_ran_and_what_it_cost(void)
{
    static const char TEXT[] = "Event: TaskStarted \nStarted: 1673524801.50\n"
                               "zlib-1.3.1-r0: do_compile\nElapsed time: 12.34 seconds\n"
                               "utime: 31\nIO rchar: 123\nrusage ru_utime: 0.31\n"
                               "rusage ru_stime: 0.09\nrusage ru_maxrss: 5000\n"
                               "Child rusage ru_utime: 20.0\nChild rusage ru_stime: 2.6\n"
                               "Child rusage ru_maxrss: 90000\nStatus: PASSED \n"
                               "Ended: 1673524813.84 \n";
    BuildstatsTask task = {0};
    g_assert_true(buildstats_task_parse(TEXT, &task));
    g_assert_cmpfloat_with_epsilon(task.started_s, 1673524801.50, 1e-6);
    g_assert_cmpfloat_with_epsilon(task.ended_s, 1673524813.84, 1e-6);
    g_assert_cmpfloat_with_epsilon(task.elapsed_s, 12.34, 1e-9);
    g_assert_cmpfloat_with_epsilon(task.cpu_s, 23.0, 1e-9);
    g_assert_cmpfloat_with_epsilon(task.max_rss_kib, 90000, 1e-9);
    g_assert_true(task.has_status && task.passed);
}

static void a_task_may_fail_be_cut_off_or_be_none(void)
{
    BuildstatsTask task = {0};
    g_assert_true(buildstats_task_parse("Started: 5\nStatus: FAILED \nEnded: 7\n", &task));
    g_assert_true(task.has_status && !task.passed);
    g_assert_cmpfloat_with_epsilon(task.elapsed_s, 2, 1e-9);
    g_assert_true(isnan(task.cpu_s));
    g_assert_true(buildstats_task_parse("Event: TaskStarted\nStarted: 5\n", &task));
    g_assert_true(!task.has_status && isnan(task.ended_s));
    static const char *const NONE[] = {
        "",           "Started: nan\n", "Started: 1e308\n", "Started: soon\n",
        "Ended: 5\n", "\xff\xfe: \n",   "Started\n5\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(NONE); i++)
        g_assert_false(buildstats_task_parse(NONE[i], &task));
}

static void a_build_says_where_it_ran_and_what_failed(void)
{
    g_auto(BuildstatsBuild) build = {0};
    buildstats_build_parse("Host Info: Linux ivor 6.1.0-47 #1 SMP x x86_64\n"
                           "Build Started: 1673524800.12 \n"
                           "Failed at: gmp-6.3-r0 at task: do_patch \n"
                           "Failed at: zlib-1-r0 at task: do_fetch \n"
                           "Elapsed time: 311.02 seconds \nCPU usage: 87.1% \n",
                           &build);
    g_assert_cmpstr(build.host, ==, "ivor");
    g_assert_cmpstr(build.arch, ==, "x86_64");
    g_assert_cmpstr(build.failed_at, ==, "gmp-6.3-r0:do_patch");
    g_assert_cmpfloat_with_epsilon(build.elapsed_s, 311.02, 1e-9);
    g_assert_cmpfloat_with_epsilon(build.cpu_percent, 87.1, 1e-9);
    g_auto(BuildstatsBuild) empty = {0};
    buildstats_build_parse("Host Info:\nFailed at: x\n", &empty);
    g_assert_null(empty.host);
    g_assert_null(empty.failed_at);
    g_assert_true(isnan(empty.started_s));
}

static void a_load_curve_is_times_with_shares(void)
{
    g_autoptr(GArray) load =
        buildstats_load_parse("100.5\n0.5 0.25 0.1\n\n101.5\n0.9 0.2 0\n\nx\n");
    static const double WANTED[] = {100.5, 0.75, 0.1, 101.5, 1, 0};
    g_assert_cmpuint(load->len, ==, G_N_ELEMENTS(WANTED));
    for (guint i = 0; i < load->len; i++)
        g_assert_cmpfloat_with_epsilon(g_array_index(load, double, i), WANTED[i], 1e-9);
    g_autoptr(GArray) none = buildstats_load_parse("0.1 0.2 0.3\n\xff\n");
    g_assert_cmpuint(none->len, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/buildstats/task", a_task_says_when_it_ran_and_what_it_cost);
    g_test_add_func("/buildstats/odd task", a_task_may_fail_be_cut_off_or_be_none);
    g_test_add_func("/buildstats/build", a_build_says_where_it_ran_and_what_failed);
    g_test_add_func("/buildstats/load", a_load_curve_is_times_with_shares);
    return g_test_run();
}
