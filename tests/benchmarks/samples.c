// Every benchmark folder of ours: its definition is good, and its real raw output gives the
// samples that were read out of it by hand.
#include "benchmarks/extract.h"
#include "benchmarks/find.h"

static char *benchmarks_folder(void)
{
    return g_build_filename(g_getenv("MARVIN_SOURCE_DIR"), "benchmarks", NULL);
}

static void test_real_output_gives_the_expected_samples(gconstpointer data)
{
    const char *name = data;
    g_autofree char *all = benchmarks_folder();
    g_autofree char *folder = g_build_filename(all, name, NULL);
    g_autofree char *sample = g_build_filename(folder, "sample", NULL);
    g_autofree char *expected_path = g_build_filename(sample, "expected.txt", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Benchmark) benchmark = NULL;
    g_autoptr(Extraction) extraction = NULL;
    g_autofree char *expected = NULL;
    benchmark_read(folder, &benchmark, &error);
    g_assert_no_error(error);
    g_assert_true(extraction_read(benchmark, sample, &extraction, &error));
    g_assert_no_error(error);
    g_assert_null(extraction->failure);
    g_assert_cmpuint(extraction->complaints->len, ==, 0);
    g_assert_true(g_file_get_contents(expected_path, &expected, NULL, &error));
    g_autofree char *found = extraction_format(benchmark, extraction);
    g_assert_cmpstr(found, ==, expected);
    for (unsigned i = 0; i < extraction->metrics->len; i++) {
        const MetricSamples *samples = g_ptr_array_index(extraction->metrics, i);
        g_assert_cmpuint(samples->values->len, >=, 3);
    }
}

static void test_definitions_survive_the_database(gconstpointer data)
{
    const char *name = data;
    g_autofree char *all = benchmarks_folder();
    g_autofree char *folder = g_build_filename(all, name, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Benchmark) benchmark = NULL;
    g_autoptr(Benchmark) back = NULL;
    benchmark_read(folder, &benchmark, &error);
    g_assert_no_error(error);
    g_autofree char *json = benchmark_format(benchmark);
    benchmark_parse("stored", json, &back, &error);
    g_assert_no_error(error);
    g_autofree char *again = benchmark_format(back);
    g_assert_cmpstr(json, ==, again);
}

static void test_the_programs_that_they_ask_for_are_built(gconstpointer data)
{
    const char *name = data;
    g_autofree char *all = benchmarks_folder();
    const char *const search[] = {all, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(Benchmark) benchmark = NULL;
    benchmark_get(search, name, &benchmark, &error);
    g_assert_no_error(error);
    for (char **program = benchmark->programs; *program; program++) {
        g_autofree char *path = benchmark_program_find(*program);
        g_assert_nonnull(path);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree char *all = benchmarks_folder();
    const char *const search[] = {all, NULL};
    g_auto(GStrv) names = benchmark_list(search);
    g_assert_cmpuint(g_strv_length(names), >=, 10);
    for (char **name = names; *name; name++) {
        g_autofree char *samples = g_strdup_printf("/samples/%s/output", *name);
        g_autofree char *stored = g_strdup_printf("/samples/%s/definition", *name);
        g_autofree char *programs = g_strdup_printf("/samples/%s/programs", *name);
        g_test_add_data_func(samples, *name, test_real_output_gives_the_expected_samples);
        g_test_add_data_func(stored, *name, test_definitions_survive_the_database);
        g_test_add_data_func(programs, *name, test_the_programs_that_they_ask_for_are_built);
    }
    return g_test_run();
}
