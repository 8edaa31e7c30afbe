// benchmarks/manifest: what a benchmark.ini may say, and what is said about a bad one.
#include "benchmarks/manifest.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "common/error.h"
#include "folder.h"

#define HEAD "[benchmark toybench]\nsummary = a toy\nduration = 5s\n"
#define METRIC "[metric t]\nunit = ops/s\nbetter = higher\npattern = ^t: (.*)$\n"

// The worked example of the README, word for word.
static const char EXAMPLE[] = "[benchmark toybench]\n"
                              "summary = operations of the toy program\n"
                              "duration = 5s\n"
                              "class = a\n"
                              "packages =\n"
                              "[parameter size]\n"
                              "default = 1000\n"
                              "[metric throughput]\n"
                              "unit = ops/s\n"
                              "better = higher\n"
                              "statistic = median\n"
                              "pattern = ^throughput: ([0-9.]+) ops/s$\n"
                              "plausible = 1..1e9\n";

static bool read_text(const char *ini, const char *extract, Benchmark **ret_benchmark,
                      GError **error)
{
    char *folder = folder_new();
    g_autofree char *own = g_build_filename(folder, "toybench", NULL);
    folder_write(own, "benchmark.ini", ini, -1, FALSE);
    folder_write(own, "run", "#!/bin/sh\n", -1, TRUE);
    if (extract)
        folder_write(own, "extract", extract, -1, TRUE);
    bool good = benchmark_read(own, ret_benchmark, error);
    folder_remove(folder);
    return good;
}

static Benchmark *read_good(const char *ini)
{
    Benchmark *benchmark = NULL;
    g_autoptr(GError) error = NULL;
    read_text(ini, NULL, &benchmark, &error);
    g_assert_no_error(error);
    return benchmark;
}

static void test_the_worked_example_is_read(void)
{
    g_autoptr(Benchmark) benchmark = read_good(EXAMPLE);
    g_assert_cmpstr(benchmark->name, ==, "toybench");
    g_assert_cmpstr(benchmark->summary, ==, "operations of the toy program");
    g_assert_cmpstr(benchmark->group, ==, "toybench");
    g_assert_cmpint(benchmark->class, ==, 'a');
    g_assert_cmpfloat(benchmark->duration_s, ==, 5);
    g_assert_cmpfloat(benchmark->deadline_s, ==, 60);
    g_assert_null(benchmark->packages[0]);
    g_assert_null(benchmark->extract_sha256);
    g_assert_cmpuint(strlen(benchmark->run_sha256), ==, 64);
    g_assert_cmpstr(benchmark_parameter_find(benchmark, "size")->value, ==, "1000");
    const Metric *metric = benchmark_metric_find(benchmark, "throughput");
    g_assert_cmpstr(metric->unit, ==, "ops/s");
    g_assert_cmpint(metric->better, ==, BETTER_HIGHER);
    g_assert_cmpfloat(metric->plausible_low, ==, 1);
    g_assert_cmpfloat(metric->plausible_high, ==, 1e9);
    g_assert_cmpstr(metric->file, ==, "stdout");
    g_assert_cmpint(metric->meaningful, ==, MODE_ALL);
    g_assert_null(benchmark_metric_find(benchmark, "latency"));
}

static void test_every_key_is_taken(void)
{
    g_autoptr(Benchmark) benchmark =
        read_good(HEAD "class = c\npackages = fio  hackbench\ndeadline = 2m\nwarmup = 2\n"
                       "group = disks\nprogram = micro\n"
                       "[parameter mode]\ndefault = read\nvalues = read write\nhelp = h\n"
                       "[metric lat]\nunit = us\nbetter = lower\nstatistic = p99.9\n"
                       "pattern = ^lat (?:of all)? ([0-9]+) ; # us\nfile = log.txt\n"
                       "plausible = 0.5..\nmeaningful = metal, kvm\nresolution = 0.1\n"
                       "deterministic = yes\nmargin = 3%\nhelp = latency\n");
    g_assert_cmpint(benchmark->class, ==, 'c');
    g_assert_cmpstr(benchmark->packages[1], ==, "hackbench");
    g_assert_cmpfloat(benchmark->deadline_s, ==, 120);
    g_assert_cmpuint(benchmark->warmup, ==, 2);
    g_assert_cmpstr(benchmark->group, ==, "disks");
    g_assert_cmpstr(benchmark->programs[0], ==, "micro");
    const Metric *metric = benchmark_metric_find(benchmark, "lat");
    g_assert_cmpint(metric->better, ==, BETTER_LOWER);
    g_assert_cmpfloat_with_epsilon(metric->statistic.quantile, .999, 1e-12);
    g_assert_cmpstr(metric->pattern, ==, "^lat (?:of all)? ([0-9]+) ; # us");
    g_assert_cmpstr(metric->file, ==, "log.txt");
    g_assert_cmpfloat(metric->plausible_low, ==, .5);
    g_assert_true(isinf(metric->plausible_high));
    g_assert_cmpint(metric->meaningful, ==, MODE_METAL | MODE_KVM);
    g_assert_cmpfloat(metric->resolution, ==, .1);
    g_assert_true(metric->deterministic);
    g_assert_cmpfloat_with_epsilon(metric->margin, .03, 1e-12);
}

static void test_a_bad_definition_is_one_clear_error(void)
{
    const struct {
        const char *ini, *place, *what;
    } cases[] = {
        {HEAD "colour = red\n" METRIC, "benchmark.ini:4", "colour"},
        {HEAD METRIC "statistics = mean\n", "benchmark.ini:8", "statistic"},
        {HEAD METRIC "[metrik x]\n", "benchmark.ini:8", "metric"},
        {HEAD METRIC METRIC, "benchmark.ini:8", "there already"},
        {HEAD METRIC "unit = x\n", "benchmark.ini:8", "there already"},
        {HEAD, "benchmark.ini", "no metric"},
        {METRIC, "benchmark.ini", "no section [benchmark NAME]"},
        {"[benchmark toybench]\nduration = 5s\n" METRIC, "benchmark.ini:1", "summary"},
        {"[benchmark toybench]\nsummary = a\n" METRIC, "benchmark.ini:1", "'duration'"},
        {"[benchmark toy]\nsummary = a\nduration = 5s\n" METRIC, "benchmark.ini:1", "same name"},
        {HEAD "class = d\n" METRIC, "benchmark.ini:4", "a"},
        {HEAD "[metric t]\nunit = s\nbetter = higher\n", "benchmark.ini:4", "has no pattern"},
        {HEAD "[metric t]\nunit = s\nbetter = higher\npattern = (a\n", "benchmark.ini:7",
         "not valid"},
        {HEAD "[metric t]\nunit = s\nbetter = higher\npattern = a\n", "benchmark.ini:7",
         "0 groups; expected one"},
        {HEAD "[metric t]\nunit = s\nbetter = higher\npattern = (a)(b)\n", "benchmark.ini:7",
         "2 groups; expected one"},
        {HEAD "[metric t]\nunit = s\nbetter = up\npattern = (a)\n", "benchmark.ini:6", "higher"},
        {HEAD "[metric t]\nunit = a b\nbetter = none\npattern = (a)\n", "benchmark.ini:5",
         "one word"},
        {HEAD METRIC "statistic = average\n", "benchmark.ini:8", "median, mean, min, max"},
        {HEAD METRIC "meaningful = metal vax\n", "benchmark.ini:8", "'vax'"},
        {HEAD METRIC "file = ../../etc/passwd\n", "benchmark.ini:8", "without a folder"},
        {HEAD METRIC "plausible = 9..1\n", "benchmark.ini:8", ""},
        {HEAD METRIC "[parameter p]\ndefault = c\nvalues = a b\n", "benchmark.ini:9",
         "not among the values"},
        {HEAD METRIC "[parameter p]\n", "benchmark.ini:8", "default"},
        {HEAD METRIC "[parameter a-b]\ndefault = 1\n[parameter a_b]\ndefault = 2\n",
         "benchmark.ini:10", "same variable"},
        {HEAD METRIC "[parameter $(x)]\ndefault = 1\n", "benchmark.ini:8", "letters"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Benchmark *untouched = NULL;
        g_autoptr(GError) error = NULL;
        if (read_text(cases[i].ini, NULL, &untouched, &error))
            g_error("accepted:\n%s", cases[i].ini);
        g_assert_null(untouched);
        g_assert_cmpint(error->code, ==, ERROR_INPUT);
        if (!strstr(error->message, cases[i].place) || !strstr(error->message, cases[i].what))
            g_error("\"%s\" names not \"%s\" and \"%s\"", error->message, cases[i].place,
                    cases[i].what);
    }
}

static void test_the_programs_of_the_folder_are_checked(void)
{
    char *folder = folder_new();
    g_autofree char *own = g_build_filename(folder, "toybench", NULL);
    g_autoptr(Benchmark) benchmark = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_false(benchmark_read(own, &benchmark, &error));
    g_assert_nonnull(strstr(error->message, "benchmark.ini"));
    g_clear_error(&error);
    folder_write(own, "benchmark.ini", EXAMPLE, -1, FALSE);
    g_assert_false(benchmark_read(own, &benchmark, &error));
    g_assert_nonnull(strstr(error->message, "toybench/run: is missing"));
    g_clear_error(&error);
    folder_write(own, "run", "#!/bin/sh\n", -1, FALSE);
    g_assert_false(benchmark_read(own, &benchmark, &error));
    g_assert_nonnull(strstr(error->message, "toybench/run: is not an executable file"));
    folder_remove(folder);
}

static void test_an_extract_program_stands_for_patterns(void)
{
    g_autoptr(Benchmark) benchmark = NULL;
    g_autoptr(GError) error = NULL;
    const char *no_pattern = HEAD "[metric t]\nunit = s\nbetter = lower\n";
    g_assert_true(read_text(no_pattern, "#!/bin/sh\n", &benchmark, &error));
    g_assert_cmpuint(strlen(benchmark->extract_sha256), ==, 64);
    Benchmark *untouched = NULL;
    g_assert_false(read_text(HEAD METRIC, "#!/bin/sh\n", &untouched, &error));
    g_assert_nonnull(strstr(error->message, "beside an `extract`"));
}

static void test_the_hash_names_what_is_said_and_not_how(void)
{
    g_autoptr(Benchmark) one = read_good(EXAMPLE);
    g_autofree char *other_text = g_strconcat("# a comment\n\n", EXAMPLE, NULL);
    g_autoptr(Benchmark) same = read_good(other_text);
    g_autoptr(Benchmark) other = read_good(HEAD METRIC);
    g_autofree char *one_hash = benchmark_content_hash(one);
    g_autofree char *same_hash = benchmark_content_hash(same);
    g_autofree char *other_hash = benchmark_content_hash(other);
    g_assert_cmpstr(one_hash, ==, same_hash);
    g_assert_cmpstr(one_hash, !=, other_hash);
}

static char *identity(const char *ini)
{
    g_autoptr(Benchmark) benchmark = read_good(ini);
    return metric_identity_hash(benchmark, g_ptr_array_index(benchmark->metrics, 0));
}

static void test_identity_is_statistic_and_extraction_only(void)
{
    g_autofree char *base = identity(HEAD METRIC);
    g_autofree char *summary =
        identity("[benchmark toybench]\nsummary = another\nduration = 9s\n"
                 "class = c\nwarmup = 3\n" METRIC "margin = 5%\nhelp = h\nplausible = 1..2\n");
    g_autofree char *statistic = identity(HEAD METRIC "statistic = mean\n");
    g_autofree char *file = identity(HEAD METRIC "file = log\n");
    g_autofree char *pattern =
        identity(HEAD "[metric t]\nunit = ops/s\nbetter = higher\npattern = ^t: ([0-9]+)$\n");
    g_assert_cmpstr(base, ==, summary);
    g_assert_cmpstr(base, !=, statistic);
    g_assert_cmpstr(base, !=, file);
    g_assert_cmpstr(base, !=, pattern);
}

static void test_a_definition_reads_back_from_its_json(void)
{
    g_autoptr(Benchmark) one = read_good(EXAMPLE);
    g_autofree char *json = benchmark_format(one);
    g_autoptr(Benchmark) back = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(benchmark_parse("row 7", json, &back, &error));
    g_autofree char *again = benchmark_format(back);
    g_assert_cmpstr(json, ==, again);
    g_assert_null(back->folder);
    g_assert_nonnull(benchmark_metric_find(back, "throughput")->regex);
    g_clear_pointer(&back, benchmark_free);
    const char *bad[] = {"", "{}", "[1]", "{\"schema\":2}", "nonsense"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_assert_false(benchmark_parse("row 7", bad[i], &back, &error));
        g_assert_true(g_str_has_prefix(error->message, "row 7: "));
        g_clear_error(&error);
    }
}

static void test_parameters_are_the_defaults_with_overrides(void)
{
    g_autoptr(Benchmark) benchmark =
        read_good(HEAD METRIC "[parameter size]\ndefault = 1000\n"
                              "[parameter mode]\ndefault = read\nvalues = read write\n");
    g_autofree char *name = NULL;
    g_autoptr(GHashTable) overrides = NULL;
    g_autoptr(GHashTable) all = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(benchmark_reference_parse("toybench/mode=write", &name, &overrides, &error));
    g_assert_cmpstr(name, ==, "toybench");
    g_assert_true(benchmark_parameters(benchmark, overrides, &all, &error));
    g_autofree char *json = parameters_format(all);
    g_autofree char *path = parameters_format_path(all);
    g_assert_cmpstr(json, ==, "{\"mode\":\"write\",\"size\":\"1000\"}");
    g_assert_cmpstr(path, ==, "/mode=write/size=1000");
    GHashTable *untouched = NULL;
    g_hash_table_insert(overrides, g_strdup("mode"), g_strdup("erase"));
    g_assert_false(benchmark_parameters(benchmark, overrides, &untouched, &error));
    g_assert_nonnull(strstr(error->message, "expected one of read, write"));
    g_clear_error(&error);
    g_hash_table_insert(overrides, g_strdup("colour"), g_strdup("red"));
    g_assert_false(benchmark_parameters(benchmark, overrides, &untouched, &error));
    g_assert_nonnull(strstr(error->message, "no parameter 'colour'"));
}

static void test_a_reference_holds_any_value(void)
{
    g_autofree char *name = NULL;
    g_autoptr(GHashTable) overrides = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(benchmark_reference_parse("file-io/directory=%2Fmnt%2Fa b/q=a=b", &name,
                                            &overrides, &error));
    g_assert_cmpstr(g_hash_table_lookup(overrides, "directory"), ==, "/mnt/a b");
    g_assert_cmpstr(g_hash_table_lookup(overrides, "q"), ==, "a=b");
    g_autofree char *path = parameters_format_path(overrides);
    g_assert_cmpstr(path, ==, "/directory=%2Fmnt%2Fa%20b/q=a=b");
    const char *bad[] = {"", "/a=1", "x/a", "x/=1", "x/a=1/a=2", "x y", "../x"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        char *untouched = NULL;
        GHashTable *none = NULL;
        g_assert_false(benchmark_reference_parse(bad[i], &untouched, &none, &error));
        g_clear_error(&error);
    }
}

static void test_a_parameter_has_its_variable(void)
{
    g_autofree char *variable = parameter_variable("block-size");
    g_assert_cmpstr(variable, ==, "MARVIN_P_BLOCK_SIZE");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/manifest/the-worked-example-is-read", test_the_worked_example_is_read);
    g_test_add_func("/manifest/every-key-is-taken", test_every_key_is_taken);
    g_test_add_func("/manifest/a-bad-definition-is-one-clear-error",
                    test_a_bad_definition_is_one_clear_error);
    g_test_add_func("/manifest/the-programs-of-the-folder-are-checked",
                    test_the_programs_of_the_folder_are_checked);
    g_test_add_func("/manifest/an-extract-program-stands-for-patterns",
                    test_an_extract_program_stands_for_patterns);
    g_test_add_func("/manifest/the-hash-names-what-is-said-and-not-how",
                    test_the_hash_names_what_is_said_and_not_how);
    g_test_add_func("/manifest/identity-is-statistic-and-extraction-only",
                    test_identity_is_statistic_and_extraction_only);
    g_test_add_func("/manifest/a-definition-reads-back-from-its-json",
                    test_a_definition_reads_back_from_its_json);
    g_test_add_func("/manifest/parameters-are-the-defaults-with-overrides",
                    test_parameters_are_the_defaults_with_overrides);
    g_test_add_func("/manifest/a-reference-holds-any-value", test_a_reference_holds_any_value);
    g_test_add_func("/manifest/a-parameter-has-its-variable", test_a_parameter_has_its_variable);
    return g_test_run();
}
