// benchmarks/formats/gobench: read as benchstat reads, written so that both read it.
#include "benchmarks/formats/gobench.h"

#include <stdio.h>
#include <string.h>

static Gobench *parse(const char *text)
{
    return gobench_parse("file.txt", text, strlen(text));
}

static const GobenchLine *only_line(const Gobench *gobench)
{
    g_assert_null(gobench_complaints(gobench)[0]);
    g_assert_cmpuint(gobench_line_count(gobench), ==, 1);
    return gobench_line_get(gobench, 0);
}

static void param_is(const GobenchLine *line, const char *key, const char *value)
{
    g_assert_cmpstr(gobench_pair_find(line->params, line->n_params, key), ==, value);
}

static void test_a_line_of_go_test_is_read(void)
{
    g_autoptr(Gobench) gobench = parse("goos: linux\n"
                                       "pkg: encoding/json\n"
                                       "BenchmarkDecode/text=digits/sub/size=1e4-8 \t 100\t "
                                       "154125 ns/op\t 64.88 MB/s\t 40418 B/op\t 7 allocs/op\n"
                                       "PASS\nok  \tencoding/json\t12.345s\n");
    const GobenchLine *line = only_line(gobench);
    g_assert_cmpstr(line->name, ==, "Decode/sub");
    g_assert_cmpuint(line->n_params, ==, 3);
    param_is(line, "text", "digits");
    param_is(line, "size", "1e4");
    param_is(line, "gomaxprocs", "8");
    g_assert_cmpint(line->iterations, ==, 100);
    g_assert_cmpuint(line->n_values, ==, 4);
    g_assert_cmpfloat(line->values[1].value, ==, 64.88);
    g_assert_cmpstr(line->values[1].unit, ==, "MB/s");
    g_assert_cmpstr(line->values[1].metric, ==, "MB/s");
    g_assert_cmpstr(gobench_pair_find(line->config, line->n_config, "pkg"), ==, "encoding/json");
    g_assert_null(line->run);
    g_assert_cmpuint(line->line, ==, 3);
}

static void test_directions_are_those_of_the_units(void)
{
    g_autoptr(Gobench) gobench = parse("Unit copy:GB/s better=lower\n"
                                       "Unit GB/s better=higher assume=nothing\n"
                                       "Unit sec/op better=higher\n"
                                       "BenchmarkX 1 1 s\n");
    only_line(gobench);
    g_assert_cmpint(gobench_better(gobench, "copy", "GB/s"), ==, BETTER_LOWER);
    g_assert_cmpint(gobench_better(gobench, "add", "GB/s"), ==, BETTER_HIGHER);
    g_assert_cmpint(gobench_better(gobench, "GB/s", "GB/s"), ==, BETTER_HIGHER);
    g_assert_cmpint(gobench_better(gobench, NULL, "ns/op"), ==, BETTER_HIGHER); // tidied: sec/op
    g_assert_cmpint(gobench_better(gobench, NULL, "B/op"), ==, BETTER_LOWER);
    g_assert_cmpint(gobench_better(gobench, NULL, "MB/s"), ==, BETTER_HIGHER);
    g_assert_cmpint(gobench_better(gobench, NULL, "widgets"), ==, BETTER_NONE);
}

static void test_a_run_groups_its_iterations(void)
{
    g_autoptr(Gobench) gobench = parse("BenchmarkX 1 1 s\n"
                                       "run: a\n"
                                       "BenchmarkX 1 2 s\n"
                                       "BenchmarkX 1 3 s\n"
                                       "run: b\n"
                                       "BenchmarkX 1 4 s 40 copy:GB/s\n"
                                       "run: a\n"
                                       "BenchmarkX 1 5 s\n"
                                       "run:\n"
                                       "BenchmarkX 1 6 s\n"
                                       "BenchmarkX 1 7 s\n");
    g_autoptr(GPtrArray) all = gobench_series(gobench, NULL);
    g_assert_cmpuint(all->len, ==, 2);
    const GobenchSeries *series = g_ptr_array_index(all, 0);
    const double values[] = {1, 2, 3, 5, 4, 6, 7};
    const size_t starts[] = {0, 1, 4, 5, 6, 7};
    g_assert_cmpuint(series->n_runs, ==, 5);
    g_assert_cmpmem(series->values, sizeof values, values, sizeof values);
    g_assert_cmpmem(series->run_start, sizeof starts, starts, sizeof starts);
    const GobenchSeries *copy = g_ptr_array_index(all, 1);
    g_assert_cmpstr(copy->metric, ==, "copy");
    g_assert_cmpstr(copy->unit, ==, "GB/s");
    g_assert_cmpuint(copy->n_runs, ==, 1);
}

static void test_configuration_tells_series_apart_where_asked(void)
{
    g_autoptr(Gobench) gobench = parse("machine: ivor\nBenchmarkX 1 1 s\n"
                                       "machine: ivy\ndate: today\nBenchmarkX 1 2 s\n"
                                       "date: tomorrow\nBenchmarkX 1 3 s\n"
                                       "machine:\nBenchmarkX 1 4 s\n");
    const char *const keys[] = {"machine", NULL};
    g_autoptr(GPtrArray) apart = gobench_series(gobench, keys);
    g_assert_cmpuint(apart->len, ==, 3);
    const GobenchSeries *ivy = g_ptr_array_index(apart, 1);
    g_assert_cmpuint(ivy->n_runs, ==, 2);
    g_assert_cmpstr(gobench_pair_find(ivy->first->config, ivy->first->n_config, "machine"), ==,
                    "ivy");
    g_autoptr(GPtrArray) together = gobench_series(gobench, NULL);
    g_assert_cmpuint(together->len, ==, 1);
}

static void test_a_package_tells_benchmarks_apart(void)
{
    const struct {
        const char *text, *key;
    } cases[] = {
        {"BenchmarkX/n=1-8 1 1 s\n", "X/gomaxprocs=8/n=1"},
        {"pkg: a/b\nBenchmarkX/n=1/zone=2 1 1 s\n", "X/n=1/pkg=a/b/zone=2"},
        {"pkg: a\npkg:\nBenchmarkX 1 1 s\n", "X"},
        {"pkg: a\nBenchmarkX/pkg=a 1 1 s\n", "X/pkg=a"},
        {"pkg: a\nBenchmarkX/pkg=b 1 1 s\n", "X/package=a/pkg=b"},
        {"BenchmarkX/package=a/pkg=b 1 1 s\n", "X/package=a/pkg=b"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Gobench) gobench = parse(cases[i].text);
        g_autofree char *key = gobench_line_key(only_line(gobench));
        g_assert_cmpstr(key, ==, cases[i].key);
    }
}

static void test_failed_lines_are_read_and_written(void)
{
    g_autofree char *reason = g_strnfill(2 * GOBENCH_REASON_MAX, 'y');
    g_autofree char *text =
        g_strconcat("Unit ops/s better=higher metric=rate\nmachine: here\nrun: a\n"
                    "BenchmarkX/n=1-8 1 5 ops/s\n"
                    "failed: X/n=1-8 ops/s  killed by signal 9 \nfailed: Y - no\tlog\n"
                    "failed: Z %2D x",
                    reason, "\nfailed: W -\nfailed:\nfailed: X\nBenchmarkZ 1 2 m\n", NULL);
    g_autoptr(Gobench) gobench = parse(text);
    g_autofree char *written = gobench_format(gobench);
    g_autoptr(Gobench) again = parse(written);
    g_assert_cmpstr(gobench_complaints(gobench)[0], ==,
                    "file.txt:10: no unit after the failed \"X\"; expected `failed: NAME UNIT "
                    "REASON` (`-` as the unit: in every metric)");
    g_assert_null(gobench_complaints(again)[0]);
    for (int i = 0; i < 2; i++) {
        const Gobench *at = i ? again : gobench;
        g_assert_cmpuint(gobench_line_count(at), ==, 2);
        g_assert_cmpuint(gobench_line_get(at, 1)->n_config, ==, 1);
        g_assert_cmpuint(gobench_failed_count(at), ==, 4);
        const GobenchLine *x = gobench_failed_get(at, 0), *y = gobench_failed_get(at, 1);
        const GobenchLine *z = gobench_failed_get(at, 2), *w = gobench_failed_get(at, 3);
        g_autofree char *key = gobench_line_key(x);
        g_assert_cmpstr(key, ==, "X/gomaxprocs=8/n=1");
        g_assert_cmpstr(x->values[0].metric, ==, "rate");
        g_assert_cmpstr(x->reason, ==, "killed by signal 9");
        g_assert_cmpstr(x->run, ==, "a");
        g_assert_cmpstr(gobench_pair_find(x->config, x->n_config, "machine"), ==, "here");
        g_assert_cmpuint(y->n_values, ==, 0);
        g_assert_cmpstr(y->reason, ==, "no\tlog");
        g_assert_cmpstr(z->values[0].unit, ==, "-");
        g_assert_cmpuint(strlen(z->reason), ==, GOBENCH_REASON_MAX);
        g_assert_cmpstr(w->reason, ==, "");
    }
}

static void test_a_reason_is_one_line_of_bounded_length(void)
{
    g_autofree char *wide = g_strnfill(GOBENCH_REASON_MAX - 1, 'y');
    g_autofree char *reason = g_strconcat(wide, "\u00e9 and more", NULL);
    g_autoptr(Gobench) gobench = gobench_new();
    gobench_config_set(gobench, "run", "a");
    gobench_failed_add(gobench, "X", NULL, 0, "rate", "ops/s", " two\nlines ");
    gobench_failed_add(gobench, "X", NULL, 0, NULL, NULL, reason);
    gobench_failed_add(gobench, "X", NULL, 0, NULL, NULL, NULL);
    g_autofree char *text = gobench_format(gobench);
    g_autofree char *expected =
        g_strconcat("run: a\nfailed: X rate:ops/s two lines\nfailed:\nfailed: X - ", wide,
                    "\nfailed:\nfailed: X -\nfailed:\n", NULL);
    g_assert_cmpstr(text, ==, expected);
}

static void test_bad_lines_are_complained_of_and_the_rest_is_kept(void)
{
    const struct {
        const char *line, *complaint;
    } cases[] = {
        {"BenchmarkX 1", "file.txt:2: no value after"},
        {"BenchmarkX one 2 s", "file.txt:2: bad iteration count \"one\"; expected"},
        {"BenchmarkX -1 2 s", "file.txt:2: bad iteration count"},
        {"BenchmarkX 1.5 2 s", "file.txt:2: bad iteration count"},
        {"BenchmarkX 1 2", "file.txt:2: no unit after \"2\""},
        {"BenchmarkX 1 NaN s", "file.txt:2: bad value \"NaN\"; expected a finite decimal"},
        {"BenchmarkX 1 Inf s", "file.txt:2: bad value \"Inf\""},
        {"BenchmarkX 1 1e999 s", "file.txt:2: bad value \"1e999\""},
        {"BenchmarkX/a=1/a=2 1 1 s", "file.txt:2: a parameter given twice"},
        {"Benchmark 1 1 s", "file.txt:2: a benchmark without a name"},
        {"Benchmark\xff 1 1 s", "file.txt:2: bad characters in \"Benchmark\\xff 1 1 s\""},
        {"Unit", "file.txt:2: a Unit line without a unit"},
        {"Unit s better", "file.txt:2: bad unit property \"better\""},
        {"Unit s better=up", "file.txt:2: bad direction \"better=up\""},
        {"Unit s better=higher better=lower", "file.txt:2: a second direction"},
        {"Unit s metric=", "file.txt:2: a metric for \"s\""},
        {"Unit s metric=a metric=b", "file.txt:2: a second metric"},
        {"run:7", "file.txt:2: bad key line"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text =
            g_strdup_printf("BenchmarkA 1 1 s\n%s\nBenchmarkB 1 2 s\n", cases[i].line);
        g_autoptr(Gobench) gobench = parse(text);
        const char *complaint = gobench_complaints(gobench)[0];
        g_assert_nonnull(complaint);
        if (!g_str_has_prefix(complaint, cases[i].complaint))
            g_error("\"%s\" gives \"%s\", not \"%s\"", cases[i].line, complaint,
                    cases[i].complaint);
        g_assert_null(gobench_complaints(gobench)[1]);
        g_assert_cmpuint(gobench_line_count(gobench), ==, 2);
    }
}

static void test_one_bad_value_leaves_the_others_of_its_line(void)
{
    g_autoptr(Gobench) gobench = parse("BenchmarkX 1 1 s nan t 3 u 4 u");
    g_assert_cmpuint(gobench_line_count(gobench), ==, 1);
    g_assert_cmpuint(gobench_line_get(gobench, 0)->n_values, ==, 2);
    g_assert_nonnull(strstr(gobench_complaints(gobench)[0], "\"nan\""));
    g_assert_nonnull(strstr(gobench_complaints(gobench)[1], "a second value for \"u\""));
}

static void test_other_lines_are_skipped_in_silence(void)
{
    g_autoptr(Gobench) gobench = parse("BenchmarkX\nBenchmarkX 1 1 s\r\nPASS\nUnits are fine\n"
                                       "Key: value\nkey:value\n# a comment\n\n  indented: 1\n");
    const GobenchLine *line = only_line(gobench);
    g_assert_cmpstr(line->values[0].unit, ==, "s");
    g_assert_cmpuint(line->n_config, ==, 0);
}

static void test_complaints_are_bounded(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 1000; i++)
        g_string_append(text, "BenchmarkX bad\n");
    g_autoptr(Gobench) gobench = parse(text->str);
    const char *const *complaints = gobench_complaints(gobench);
    g_assert_cmpuint(g_strv_length((char **)(guintptr)complaints), ==, 101);
    g_assert_cmpstr(complaints[100], ==, "900 more complaints of this kind are left out");
}

static void test_what_is_written_reads_back(void)
{
    g_autoptr(Gobench) gobench = gobench_new();
    const GobenchPair params[] = {{"size", "1 000/x"}, {"nice", "-5"}};
    const GobenchValue values[] = {{"two words", "GB/s", 0.1}, {"elapsed time", "s", 1e-9}};
    gobench_unit_add(gobench, "two words", "GB/s", BETTER_HIGHER);
    gobench_unit_add(gobench, NULL, "s", BETTER_LOWER);
    gobench_unit_name(gobench, "elapsed time", "s");
    gobench_config_set(gobench, "machine", "ivor\nBenchmarkEvil 1 1 s");
    gobench_config_set(gobench, "run", "boot-1");
    gobench_line_add(gobench, "toy-2015", params, 2, 3, values, 2);
    gobench_config_set(gobench, "machine", NULL);
    gobench_config_set(gobench, "run", NULL);
    gobench_line_add(gobench, "toy-2015", NULL, 0, 1, values, 1);
    g_autofree char *text = gobench_format(gobench);
    g_assert_cmpstr(text, ==,
                    "Unit two%20words:GB/s better=higher\n"
                    "Unit s better=lower metric=elapsed%20time\n"
                    "machine: ivor BenchmarkEvil 1 1 s\n"
                    "run: boot-1\n"
                    "Benchmarktoy-2015/nice=-5/size=1%20000%2Fx 3 0.1 two%20words:GB/s 1e-09 s\n"
                    "machine:\n"
                    "run:\n"
                    "Benchmarktoy%2D2015 1 0.1 two%20words:GB/s\n");
    g_autoptr(Gobench) back = parse(text);
    g_assert_null(gobench_complaints(back)[0]);
    const GobenchLine *line = gobench_line_get(back, 0);
    g_assert_cmpstr(line->name, ==, "toy-2015");
    param_is(line, "size", "1 000/x");
    param_is(line, "nice", "-5");
    g_assert_cmpstr(line->values[0].metric, ==, "two words");
    g_assert_cmpstr(line->run, ==, "boot-1");
    g_assert_cmpint(gobench_better(back, "two words", "GB/s"), ==, BETTER_HIGHER);
    g_assert_cmpstr(line->values[1].metric, ==, "elapsed time");
    g_assert_cmpint(gobench_better(back, "elapsed time", "s"), ==, BETTER_LOWER);
    g_assert_cmpstr(gobench_line_get(back, 1)->name, ==, "toy-2015");
    g_assert_cmpuint(gobench_line_get(back, 1)->n_params, ==, 0);
}

static void test_a_file_without_benchmarks_is_an_error(void)
{
    g_autofree char *folder = g_dir_make_tmp("gobench-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "empty.txt", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Gobench) gobench = NULL;
    g_assert_false(gobench_read(path, &gobench, &error));
    g_assert_nonnull(strstr(error->message, "No such file"));
    g_clear_error(&error);
    g_assert_true(g_file_set_contents(path, "hello\nBenchmarkX 1 two s\n", -1, NULL));
    g_assert_false(gobench_read(path, &gobench, &error));
    g_assert_nonnull(strstr(error->message, "holds no benchmark line"));
    g_assert_nonnull(strstr(error->message, ":2: bad value \"two\""));
    g_assert_true(g_file_set_contents(path, "BenchmarkX 1 nan s\n", -1, NULL));
    g_clear_error(&error);
    g_assert_true(gobench_read(path, &gobench, &error));
    g_assert_cmpuint(gobench_failed_count(gobench), ==, 1);
    g_assert_cmpint(remove(path), ==, 0);
    g_assert_cmpint(remove(folder), ==, 0);
}

static void test_values_that_are_not_finite_are_failures(void)
{
    static const char TEXT[] = "run: a\nBenchmarkX 1 NaN s 3 m\nBenchmarkX 1 -Inf s\n"
                               "BenchmarkX 1 nano s\nBenchmarkX 1 2 s\n";
    g_autoptr(Gobench) gobench = gobench_parse("FILE", TEXT, strlen(TEXT));
    g_assert_cmpuint(gobench_line_count(gobench), ==, 2);
    g_assert_cmpuint(gobench_failed_count(gobench), ==, 2);
    const GobenchLine *first = gobench_failed_get(gobench, 0);
    g_assert_cmpuint(first->n_values, ==, 1);
    g_assert_cmpstr(first->values[0].unit, ==, "s");
    g_assert_cmpstr(first->run, ==, "a");
    g_assert_cmpuint(first->line, ==, 2);
    g_assert_nonnull(gobench_complaints(gobench)[2]);
    g_assert_null(gobench_complaints(gobench)[3]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gobench/a-line-of-go-test-is-read", test_a_line_of_go_test_is_read);
    g_test_add_func("/gobench/directions-are-those-of-the-units",
                    test_directions_are_those_of_the_units);
    g_test_add_func("/gobench/a-run-groups-its-iterations", test_a_run_groups_its_iterations);
    g_test_add_func("/gobench/configuration-tells-series-apart-where-asked",
                    test_configuration_tells_series_apart_where_asked);
    g_test_add_func("/gobench/a-package-tells-benchmarks-apart",
                    test_a_package_tells_benchmarks_apart);
    g_test_add_func("/gobench/failed-lines-are-read-and-written",
                    test_failed_lines_are_read_and_written);
    g_test_add_func("/gobench/a-reason-is-one-line-of-bounded-length",
                    test_a_reason_is_one_line_of_bounded_length);
    g_test_add_func("/gobench/bad-lines-are-complained-of-and-the-rest-is-kept",
                    test_bad_lines_are_complained_of_and_the_rest_is_kept);
    g_test_add_func("/gobench/one-bad-value-leaves-the-others-of-its-line",
                    test_one_bad_value_leaves_the_others_of_its_line);
    g_test_add_func("/gobench/other-lines-are-skipped-in-silence",
                    test_other_lines_are_skipped_in_silence);
    g_test_add_func("/gobench/complaints-are-bounded", test_complaints_are_bounded);
    g_test_add_func("/gobench/what-is-written-reads-back", test_what_is_written_reads_back);
    g_test_add_func("/gobench/a-file-without-benchmarks-is-an-error",
                    test_a_file_without_benchmarks_is_an_error);
    g_test_add_func("/gobench/not finite", test_values_that_are_not_finite_are_failures);
    return g_test_run();
}
