// report/csv_series: values in, a series out; a bad line costs itself alone.
#include "report/csv_series.h"

#include <string.h>

#include "common/error.h"

static bool parse(const char *text, CsvSeries *ret_series, GPtrArray *complaints, GError **error)
{
    return csv_series_parse("FILE", text, strlen(text), ret_series, complaints, error);
}

static void test_replicates_of_a_release_are_adjacent(void)
{
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    g_auto(CsvSeries) series = {0};
    g_assert_true(parse("value,release\n1,a\n2,b\n3,a\n4,c\n", &series, complaints, NULL));
    g_assert_cmpint(series.n, ==, 4);
    g_assert_cmpint(series.n_points, ==, 3);
    const double values[] = {1, 3, 2, 4};
    const int points[] = {0, 0, 1, 2};
    g_assert_cmpmem(series.values, sizeof values, values, sizeof values);
    g_assert_cmpmem(series.point, sizeof points, points, sizeof points);
    g_assert_cmpstr(series.names->pdata[2], ==, "c");
    g_assert_cmpint(complaints->len, ==, 0);
}

static void test_a_bad_line_is_named_and_the_rest_kept(void)
{
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    g_auto(CsvSeries) series = {0};
    g_assert_true(parse("value\r\n1\r\nnan\r\n\r\ntwo\r\n2,x\r\n3\r\n", &series, complaints, NULL));
    g_assert_cmpint(series.n, ==, 2);
    g_assert_cmpfloat(series.values[1], ==, 3);
    g_assert_cmpint(complaints->len, ==, 3);
    g_assert_cmpstr(complaints->pdata[0], ==, "FILE:3: expected a finite number as the value");
    g_assert_cmpstr(complaints->pdata[2], ==, "FILE:6: expected one value, as the header says");
}

static void test_another_header_is_refused(void)
{
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    g_auto(CsvSeries) series = {0};
    g_autoptr(GError) error = NULL;
    g_assert_false(parse("1\n2\n", &series, complaints, &error));
    g_assert_cmpstr(error->message, ==, "FILE:1: expected the header `value` or `value,release`");
    g_clear_error(&error);
    g_assert_false(parse("value\n", &series, complaints, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/csv-series/replicates-of-a-release-are-adjacent",
                    test_replicates_of_a_release_are_adjacent);
    g_test_add_func("/csv-series/a-bad-line-is-named-and-the-rest-kept",
                    test_a_bad_line_is_named_and_the_rest_kept);
    g_test_add_func("/csv-series/another-header-is-refused", test_another_header_is_refused);
    return g_test_run();
}
