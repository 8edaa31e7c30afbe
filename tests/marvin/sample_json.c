// marvin/sample_json: what an extraction becomes.
#include "marvin/sample_json.h"

#include <string.h>

#include "../benchmarks/folder.h"

static const char DEFINITION[] = "[benchmark toy]\n"
                                 "summary = a toy\n"
                                 "duration = 1s\n"
                                 "[metric rate]\n"
                                 "unit = ops/s\n"
                                 "better = higher\n"
                                 "margin = 3%\n"
                                 "pattern = ^rate: (.*)$\n"
                                 "plausible = 1..\n"
                                 "[metric misses]\n"
                                 "unit = misses\n"
                                 "better = lower\n"
                                 "meaningful = metal kvm\n"
                                 "pattern = ^misses: (.*)$\n";

static Benchmark *toy(void)
{
    char *folder = folder_new();
    g_autofree char *own = g_build_filename(folder, "toy", NULL);
    folder_write(own, "benchmark.ini", DEFINITION, -1, FALSE);
    folder_write(own, "run", "#!/bin/sh\n", -1, TRUE);
    Benchmark *benchmark = NULL;
    g_autoptr(GError) error = NULL;
    benchmark_read(own, &benchmark, &error);
    g_assert_no_error(error);
    folder_remove(folder);
    return benchmark;
}

static Extraction *extract(const Benchmark *benchmark, const char *text)
{
    g_autoptr(RawFolder) raw = raw_folder_new();
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    raw_folder_add(raw, "iter-0/stdout", bytes);
    return extraction_from_raw(benchmark, raw);
}

static void a_sample_says_all_of_its_metric(void)
{
    g_autoptr(Benchmark) benchmark = toy();
    g_autoptr(Extraction) extraction =
        extract(benchmark, "rate: 1e3\nrate: 0.30000000000000004e1\nmisses: 7\n");
    json_t *list = samples_format(benchmark, extraction, "metal");
    g_assert_cmpint((int)json_array_size(list), ==, 2);
    const json_t *rate = json_array_get(list, 0), *metric = json_object_get(rate, "metric");
    const json_t *values = json_object_get(rate, "value");
    g_assert_cmpstr(json_string_value(json_object_get(metric, "name")), ==, "rate");
    g_assert_cmpstr(json_string_value(json_object_get(metric, "better")), ==, "higher");
    g_assert_cmpfloat(json_real_value(json_object_get(metric, "margin")), ==, 0.03);
    g_assert_cmpstr(json_string_value(json_object_get(rate, "state")), ==, "done");
    g_assert_cmpfloat(json_real_value(json_array_get(values, 0)), ==, 1000);
    g_assert_cmpfloat(json_real_value(json_array_get(values, 1)), ==, 0.30000000000000004e1);
    g_assert_cmpint((int)json_array_size(json_object_get(rate, "position")), ==, 2);
    metric = json_object_get(json_array_get(list, 1), "metric");
    g_assert_cmpint((int)json_array_size(json_object_get(metric, "meaningful")), ==, 2);
    json_decref(list);
}

static void a_metric_that_means_nothing_here_is_left_out(void)
{
    g_autoptr(Benchmark) benchmark = toy();
    g_autoptr(Extraction) extraction = extract(benchmark, "rate: 5\nmisses: 7\n");
    json_t *list = samples_format(benchmark, extraction, "local");
    g_assert_cmpint((int)json_array_size(list), ==, 1);
    json_decref(list);
}

static void a_failed_metric_has_a_reason_and_no_values(void)
{
    g_autoptr(Benchmark) benchmark = toy();
    g_autoptr(Extraction) extraction = extract(benchmark, "rate: 5\nrate: 0.5\nmisses: 7\n");
    json_t *list = samples_format(benchmark, extraction, "metal");
    const json_t *rate = json_array_get(list, 0);
    g_assert_cmpstr(json_string_value(json_object_get(rate, "state")), ==, "failed");
    g_assert_nonnull(strstr(json_string_value(json_object_get(rate, "message")), "plausible"));
    g_assert_cmpint((int)json_array_size(json_object_get(rate, "value")), ==, 0);
    g_assert_true(extraction_has_samples(extraction));
    json_decref(list);
}

static void a_message_says_each_thing_once(void)
{
    g_autoptr(Benchmark) benchmark = toy();
    g_autoptr(Extraction) good = extract(benchmark, "rate: 5\nmisses: 7\n");
    g_autoptr(Extraction) bad = extract(benchmark, "");
    g_autoptr(Extraction) many = extract(benchmark, "rate: a\nrate: b\nrate: c\nrate: d\nrate: 5\n"
                                                    "misses: 1\n");
    g_autofree char *nothing = extraction_message(good);
    g_assert_cmpstr(nothing, ==, NULL);
    g_assert_false(extraction_has_samples(bad));
    extraction_fail(bad, "the machine died");
    extraction_fail(bad, "the machine died");
    g_autofree char *once = extraction_message(bad);
    g_assert_nonnull(strstr(once, "the machine died"));
    g_assert_null(strstr(strstr(once, "the machine died") + 1, "the machine died"));
    g_autofree char *three = extraction_message(many);
    g_assert_nonnull(strstr(three, "\"c\""));
    g_assert_null(strstr(three, "\"d\""));
    g_assert_true(g_str_has_suffix(three, "; and 1 more"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sample_json/all", a_sample_says_all_of_its_metric);
    g_test_add_func("/sample_json/mode", a_metric_that_means_nothing_here_is_left_out);
    g_test_add_func("/sample_json/failed", a_failed_metric_has_a_reason_and_no_values);
    g_test_add_func("/sample_json/message", a_message_says_each_thing_once);
    return g_test_run();
}
