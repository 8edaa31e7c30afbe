// benchmarks/extract and benchmarks/raw: good samples out of raw output, and reasons for the rest.
#include "benchmarks/extract.h"

#include <string.h>
#include <unistd.h>

#include "folder.h"

static const char DEFINITION[] = "[benchmark toy]\n"
                                 "summary = a toy\n"
                                 "duration = 1s\n"
                                 "[parameter size]\n"
                                 "default = 1\n"
                                 "[metric rate]\n"
                                 "unit = ops/s\n"
                                 "better = higher\n"
                                 "pattern = ^rate: (\\S+) ops/s$\n"
                                 "plausible = 1..1e9\n"
                                 "[metric lat]\n"
                                 "unit = us\n"
                                 "better = lower\n"
                                 "file = lat.txt\n"
                                 "pattern = ^lat ([0-9.]+)$\n";

static Benchmark *toy(const char *ini, gboolean has_extract)
{
    char *folder = folder_new();
    g_autofree char *own = g_build_filename(folder, "toy", NULL);
    folder_write(own, "benchmark.ini", ini, -1, FALSE);
    folder_write(own, "run", "#!/bin/sh\n", -1, TRUE);
    if (has_extract)
        folder_write(own, "extract", "#!/bin/sh\n", -1, TRUE);
    Benchmark *benchmark = NULL;
    g_autoptr(GError) error = NULL;
    benchmark_read(own, &benchmark, &error);
    g_assert_no_error(error);
    folder_remove(folder);
    return benchmark;
}

static void put(RawFolder *raw, const char *path, const char *text)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    raw_folder_add(raw, path, bytes);
}

static const MetricSamples *samples_of(const Extraction *extraction, unsigned index)
{
    return g_ptr_array_index(extraction->metrics, index);
}

static void has_samples(const MetricSamples *samples, unsigned n, const double *values,
                        const int *positions)
{
    g_assert_cmpstr(samples->failure, ==, NULL);
    g_assert_cmpuint(samples->values->len, ==, n);
    g_assert_cmpuint(samples->positions->len, ==, n);
    for (unsigned i = 0; i < n; i++) {
        g_assert_cmpfloat(g_array_index(samples->values, double, i), ==, values[i]);
        g_assert_cmpint(g_array_index(samples->positions, int, i), ==, positions[i]);
    }
}

static void has_failed(const MetricSamples *samples, const char *reason)
{
    g_assert_nonnull(samples->failure);
    if (!strstr(samples->failure, reason))
        g_error("\"%s\" does not say \"%s\"", samples->failure, reason);
    g_assert_cmpuint(samples->values->len, ==, 0);
    g_assert_cmpuint(samples->positions->len, ==, 0);
}

static void complains(const Extraction *extraction, unsigned index, const char *what)
{
    g_assert_cmpuint(extraction->complaints->len, >, index);
    const char *complaint = g_ptr_array_index(extraction->complaints, index);
    if (!strstr(complaint, what))
        g_error("\"%s\" does not say \"%s\"", complaint, what);
}

static void test_every_match_is_a_sample_of_its_iteration(void)
{
    g_autoptr(Benchmark) benchmark = toy(DEFINITION, FALSE);
    g_autoptr(RawFolder) raw = raw_folder_new();
    put(raw, "iter-10/stdout", "rate: 5 ops/s\n");
    put(raw, "iter-0/stdout", "starting\nrate: 100.5 ops/s\r\nrate: 2e2 ops/s");
    put(raw, "iter-0/lat.txt", "lat 7\n");
    put(raw, "iter-2/stdout", "rate: 3 ops/s\n");
    put(raw, "iter-2/lat.txt", "lat 8\n");
    put(raw, "iter-10/lat.txt", "lat 9\n");
    put(raw, "warmup-0/stdout", "rate: 1000 ops/s\n");
    g_autoptr(Extraction) extraction = extraction_from_raw(benchmark, raw);
    g_assert_cmpuint(extraction->complaints->len, ==, 0);
    has_samples(samples_of(extraction, 0), 4, (double[]){100.5, 200, 3, 5}, (int[]){0, 0, 2, 10});
    has_samples(samples_of(extraction, 1), 3, (double[]){7, 8, 9}, (int[]){0, 2, 10});
}

static void test_a_bad_number_is_complained_of_and_the_rest_is_kept(void)
{
    g_autoptr(Benchmark) benchmark = toy(DEFINITION, FALSE);
    g_autoptr(RawFolder) raw = raw_folder_new();
    put(raw, "iter-0/stdout", "rate: 10 ops/s\nrate: nan ops/s\n");
    put(raw, "iter-0/lat.txt", "lat 1.2.3\n");
    put(raw, "iter-1/stdout", "rate: inf ops/s\nrate: 11 ops/s\nrate: 1e999 ops/s\n");
    put(raw, "iter-1/lat.txt", "lat 4\n");
    g_autoptr(Extraction) extraction = extraction_from_raw(benchmark, raw);
    has_samples(samples_of(extraction, 0), 2, (double[]){10, 11}, (int[]){0, 1});
    has_samples(samples_of(extraction, 1), 1, (double[]){4}, (int[]){1});
    complains(extraction, 0, "iter-0/stdout:2: \"nan\" of metric rate");
    complains(extraction, 1, "iter-1/stdout:1: \"inf\"");
    complains(extraction, 2, "iter-1/stdout:3: \"1e999\"");
    complains(extraction, 3, "iter-0/lat.txt:1: \"1.2.3\" of metric lat");
    g_assert_cmpuint(extraction->complaints->len, ==, 4);
}

static void test_a_metric_without_samples_is_failed_with_a_reason(void)
{
    g_autoptr(Benchmark) benchmark = toy(DEFINITION, FALSE);
    const struct {
        const char *text, *reason;
    } cases[] = {
        {"rate: nan ops/s\n", "iter-0/stdout:1: \"nan\" of metric rate is not a finite"},
        {"throughput: nan\n\n", "no line of iter-0/stdout matches \"^rate: (\\S+) ops/s$\"; its "
                                "last line is \"throughput: nan\""},
        {"", "iter-0/stdout is empty; expected a line that matches"},
        {"rate: 0 ops/s\n", "iter-0/stdout:1: 0 ops/s is outside the plausible 1..1000000000"},
        {"rate: 5 ops/s\nrate: 2e9 ops/s\n", "iter-0/stdout:2: 2000000000 ops/s is outside"},
        {"\x1b[31m\xff\n", "its last line is \"\\x1b[31m\\xff\""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(RawFolder) raw = raw_folder_new();
        put(raw, "iter-0/stdout", cases[i].text);
        put(raw, "iter-0/lat.txt", "lat 5\n");
        g_autoptr(Extraction) extraction = extraction_from_raw(benchmark, raw);
        has_failed(samples_of(extraction, 0), cases[i].reason);
        has_samples(samples_of(extraction, 1), 1, (double[]){5}, (int[]){0});
        g_assert_null(extraction->failure);
    }
}

static void test_a_missing_file_fails_its_metric_only(void)
{
    g_autoptr(Benchmark) benchmark = toy(DEFINITION, FALSE);
    g_autoptr(RawFolder) raw = raw_folder_new();
    put(raw, "iter-0/stdout", "rate: 5 ops/s\n");
    g_autoptr(Extraction) extraction = extraction_from_raw(benchmark, raw);
    has_samples(samples_of(extraction, 0), 1, (double[]){5}, (int[]){0});
    has_failed(samples_of(extraction, 1), "iter-0/lat.txt is missing");
}

static void test_an_iteration_that_ended_badly_is_left_out(void)
{
    g_autoptr(Benchmark) benchmark = toy(DEFINITION, FALSE);
    g_autoptr(RawFolder) raw = raw_folder_new();
    for (int i = 0; i < 5; i++) {
        g_autofree char *out = g_strdup_printf("iter-%d/stdout", i);
        g_autofree char *lat = g_strdup_printf("iter-%d/lat.txt", i);
        put(raw, out, "rate: 5 ops/s\n");
        put(raw, lat, "lat 5\n");
    }
    put(raw, "iter-0/status", "exit: 0\nseconds: 1.5\n");
    put(raw, "iter-1/status", "exit: 3\nseconds: 1.5\n");
    put(raw, "iter-2/status", "signal: 9\nseconds: 60\nreason: its deadline of 60 s passed\n");
    put(raw, "iter-3/status", "exit: yes\n");
    g_autoptr(Extraction) extraction = extraction_from_raw(benchmark, raw);
    has_samples(samples_of(extraction, 0), 2, (double[]){5, 5}, (int[]){0, 4});
    complains(extraction, 0, "iter-1 exited with status 3");
    complains(extraction, 1, "iter-2 was stopped: its deadline of 60 s passed");
    complains(extraction, 2, "iter-3/status:1: bad status line \"exit: yes\"");
    g_assert_cmpuint(extraction->complaints->len, ==, 3);
}

static void test_a_trial_whose_iterations_all_ended_badly_is_failed(void)
{
    g_autoptr(Benchmark) benchmark = toy(DEFINITION, FALSE);
    g_autoptr(RawFolder) raw = raw_folder_new();
    put(raw, "iter-0/stdout", "rate: 5 ops/s\n");
    put(raw, "iter-0/status", "signal: 11\n");
    g_autoptr(Extraction) extraction = extraction_from_raw(benchmark, raw);
    g_assert_cmpstr(extraction->failure, ==, "iter-0 was killed by signal 11 (Segmentation fault)");
    has_failed(samples_of(extraction, 0), "signal 11");
    has_failed(samples_of(extraction, 1), "signal 11");
    g_autoptr(RawFolder) empty = raw_folder_new();
    g_autoptr(Extraction) nothing = extraction_from_raw(benchmark, empty);
    g_assert_cmpstr(nothing->failure, ==, "the raw folder holds no iteration");
}

static void test_too_much_output_fails_with_that_reason(void)
{
    g_autoptr(Benchmark) benchmark = toy(DEFINITION, FALSE);
    char *folder = folder_new();
    folder_write(folder, "iter-0/stdout", "rate: 5 ops/s\n", -1, FALSE);
    folder_write(folder, "iter-0/lat.txt", "lat 5\n", -1, FALSE);
    g_autofree char *large = g_build_filename(folder, "iter-0", "stdout", NULL);
    g_assert_cmpint(truncate(large, 1 << 30), ==, 0); // sparse: a gigabyte of nothing
    g_autoptr(Extraction) extraction = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(extraction_read(benchmark, folder, &extraction, &error));
    has_failed(samples_of(extraction, 0), "iter-0/stdout is larger than 64 MiB");
    has_samples(samples_of(extraction, 1), 1, (double[]){5}, (int[]){0});
    folder_remove(folder);
}

static void test_links_and_pipes_are_not_followed(void)
{
    g_autoptr(Benchmark) benchmark = toy(DEFINITION, FALSE);
    char *folder = folder_new();
    folder_write(folder, "secret", "rate: 5 ops/s\n", -1, FALSE);
    folder_write(folder, "iter-0/lat.txt", "lat 5\n", -1, FALSE);
    g_autofree char *link = g_build_filename(folder, "iter-0", "stdout", NULL);
    g_assert_cmpint(symlink("../secret", link), ==, 0);
    g_autoptr(Extraction) extraction = NULL;
    g_assert_true(extraction_read(benchmark, folder, &extraction, NULL));
    has_failed(samples_of(extraction, 0), "iter-0/stdout cannot be read");
    folder_remove(folder);
}

static void test_a_flat_folder_is_one_iteration(void)
{
    g_autoptr(Benchmark) benchmark = toy(DEFINITION, FALSE);
    char *folder = folder_new();
    folder_write(folder, "stdout", "rate: 5 ops/s\n", -1, FALSE);
    folder_write(folder, "lat.txt", "lat 6\n", -1, FALSE);
    g_autoptr(Extraction) extraction = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(extraction_read(benchmark, folder, &extraction, &error));
    has_samples(samples_of(extraction, 0), 1, (double[]){5}, (int[]){0});
    has_samples(samples_of(extraction, 1), 1, (double[]){6}, (int[]){0});
    folder_remove(folder);
    g_clear_pointer(&extraction, extraction_free);
    g_assert_false(extraction_read(benchmark, "/nonexistent/raw", &extraction, &error));
    g_assert_nonnull(strstr(error->message, "/nonexistent/raw"));
}

static void test_complaints_are_bounded(void)
{
    g_autoptr(Benchmark) benchmark = toy(DEFINITION, FALSE);
    g_autoptr(RawFolder) raw = raw_folder_new();
    g_autoptr(GString) text = g_string_new("rate: 5 ops/s\n");
    for (int i = 0; i < 500; i++)
        g_string_append(text, "rate: x ops/s\n");
    put(raw, "iter-0/stdout", text->str);
    g_autoptr(Extraction) extraction = extraction_from_raw(benchmark, raw);
    has_samples(samples_of(extraction, 0), 1, (double[]){5}, (int[]){0});
    g_assert_cmpuint(extraction->complaints->len, ==, EXTRACTION_COMPLAINTS_MAX + 1);
    complains(extraction, EXTRACTION_COMPLAINTS_MAX, "480 more complaints");
}

static void test_samples_are_written_and_read_as_gobench(void)
{
    g_autoptr(Benchmark) benchmark = toy(DEFINITION, FALSE);
    g_autoptr(RawFolder) raw = raw_folder_new();
    put(raw, "iter-0/stdout", "rate: 5 ops/s\nrate: 6 ops/s\n");
    put(raw, "iter-3/stdout", "rate: 7.25 ops/s\n");
    put(raw, "iter-3/lat.txt", "lat 9\n");
    g_autoptr(Extraction) extraction = extraction_from_raw(benchmark, raw);
    g_autofree char *text = extraction_format(benchmark, extraction);
    g_assert_cmpstr(text, ==,
                    "Unit rate:ops/s better=higher\n"
                    "Unit lat:us better=lower\n"
                    "iteration: 0\n"
                    "Benchmarktoy 1 5 rate:ops/s\n"
                    "Benchmarktoy 1 6 rate:ops/s\n"
                    "iteration: 3\n"
                    "Benchmarktoy 1 7.25 rate:ops/s 9 lat:us\n");
    g_autoptr(Extraction) back =
        extraction_from_gobench(benchmark, NULL, "expected.txt", text, strlen(text));
    g_assert_cmpuint(back->complaints->len, ==, 0);
    has_samples(samples_of(back, 0), 3, (double[]){5, 6, 7.25}, (int[]){0, 0, 3});
    has_samples(samples_of(back, 1), 1, (double[]){9}, (int[]){3});
}

static void test_what_extract_prints_is_checked_as_raw_output_is(void)
{
    g_autoptr(Benchmark) benchmark =
        toy("[benchmark toy]\nsummary = a\nduration = 1s\n[parameter size]\ndefault = 1\n"
            "[metric rate]\nunit = ops/s\nbetter = higher\nplausible = 1..10\n"
            "[metric p50]\nunit = us\nbetter = lower\n[metric p99]\nunit = us\nbetter = lower\n",
            TRUE);
    const char *text = "Benchmarktoy/size=1 1 5 ops/s 1 p50:us 2 p99:us\n"
                       "Benchmarktoy 1 6 ops/s 3 us\n"
                       "Benchmarkother 1 6 ops/s\n"
                       "Benchmarktoy/colour=red 1 6 ops/s\n"
                       "Benchmarktoy 1 nan ops/s 4 p50:us\n"
                       "Benchmarktoy 1 4 p50:ms 1 widgets\n"
                       "iteration: x\n"
                       "Benchmarktoy 1 5 ops/s\n"
                       "iteration: 1\n"
                       "Benchmarktoy 1 9 ops/s\n";
    g_autoptr(RawFolder) raw = raw_folder_new();
    put(raw, "iter-0/status", "exit: 0\n");
    put(raw, "iter-1/status", "exit: 1\n");
    g_autoptr(Extraction) extraction =
        extraction_from_gobench(benchmark, raw, "extract", text, strlen(text));
    has_samples(samples_of(extraction, 0), 2, (double[]){5, 6}, (int[]){0, 1});
    has_samples(samples_of(extraction, 1), 2, (double[]){1, 4}, (int[]){0, 1});
    has_samples(samples_of(extraction, 2), 1, (double[]){2}, (int[]){0});
    complains(extraction, 0, "iter-1 exited with status 1");
    complains(extraction, 1, "extract:5: bad value \"nan\"");
    complains(extraction, 2, "extract:2: \"us\" is the unit of several metrics");
    complains(extraction, 3, "extract:3: \"other\" is another benchmark");
    complains(extraction, 4, "extract:4: \"toy\" has a parameter");
    complains(extraction, 5, "extract:6: \"p50\" has another unit");
    complains(extraction, 6, "extract:6: \"widgets\" is no metric");
    complains(extraction, 7, "extract:8: \"toy\" bad `iteration: N`");
    g_assert_cmpuint(extraction->complaints->len, ==, 8);
    g_autoptr(Extraction) nothing =
        extraction_from_gobench(benchmark, NULL, "extract", "hello\n", 6);
    has_failed(samples_of(nothing, 0), "extract holds no value of metric rate");
}

static void test_a_status_reads_back(void)
{
    g_auto(RunStatus) killed = {.signal = 9, .exit_status = -1, .seconds = 1.25};
    killed.reason = g_strdup("it printed too much\nreally");
    g_autofree char *text = run_status_format(&killed);
    g_assert_cmpstr(text, ==, "signal: 9\nseconds: 1.250000\nreason: it printed too much really\n");
    g_auto(RunStatus) back = {0};
    g_assert_true(run_status_parse("status", text, strlen(text), &back, NULL));
    g_assert_cmpint(back.signal, ==, 9);
    g_assert_cmpint(back.exit_status, ==, -1);
    g_assert_cmpfloat(back.seconds, ==, 1.25);
    g_assert_cmpstr(back.reason, ==, "it printed too much really");
    g_auto(RunStatus) good = {0};
    g_assert_null(run_status_problem(&good));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/extract/every-match-is-a-sample-of-its-iteration",
                    test_every_match_is_a_sample_of_its_iteration);
    g_test_add_func("/extract/a-bad-number-is-complained-of-and-the-rest-is-kept",
                    test_a_bad_number_is_complained_of_and_the_rest_is_kept);
    g_test_add_func("/extract/a-metric-without-samples-is-failed-with-a-reason",
                    test_a_metric_without_samples_is_failed_with_a_reason);
    g_test_add_func("/extract/a-missing-file-fails-its-metric-only",
                    test_a_missing_file_fails_its_metric_only);
    g_test_add_func("/extract/an-iteration-that-ended-badly-is-left-out",
                    test_an_iteration_that_ended_badly_is_left_out);
    g_test_add_func("/extract/a-trial-whose-iterations-all-ended-badly-is-failed",
                    test_a_trial_whose_iterations_all_ended_badly_is_failed);
    g_test_add_func("/extract/too-much-output-fails-with-that-reason",
                    test_too_much_output_fails_with_that_reason);
    g_test_add_func("/extract/links-and-pipes-are-not-followed",
                    test_links_and_pipes_are_not_followed);
    g_test_add_func("/extract/a-flat-folder-is-one-iteration", test_a_flat_folder_is_one_iteration);
    g_test_add_func("/extract/complaints-are-bounded", test_complaints_are_bounded);
    g_test_add_func("/extract/samples-are-written-and-read-as-gobench",
                    test_samples_are_written_and_read_as_gobench);
    g_test_add_func("/extract/what-extract-prints-is-checked-as-raw-output-is",
                    test_what_extract_prints_is_checked_as_raw_output_is);
    g_test_add_func("/extract/a-status-reads-back", test_a_status_reads_back);
    return g_test_run();
}
