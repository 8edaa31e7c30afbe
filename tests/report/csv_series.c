// report/csv_series: values in, a series out; a bad line costs itself alone.
#include "report/csv_series.h"

#include <math.h>
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
    g_assert_cmpint(series.n, ==, 6); // a line is a point: none moves those behind it
    g_assert_true(isnan(series.values[1]) && isnan(series.values[4]));
    g_assert_cmpfloat(series.values[5], ==, 3);
    const char *const said[] = {"FILE:3: not a finite number: it counts as a run that failed",
                                "FILE:4: an empty line: it counts as a point without a value",
                                "FILE:5: expected a finite number as the value",
                                "FILE:6: expected one value, as the header says"};
    g_assert_cmpuint(complaints->len, ==, G_N_ELEMENTS(said));
    for (guint i = 0; i < complaints->len; i++)
        g_assert_cmpstr(complaints->pdata[i], ==, said[i]);
}

static void test_a_release_that_failed_is_a_point(void)
{
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    g_auto(CsvSeries) series = {0};
    g_assert_true(parse("value,release\n1,a\n\nInf,b\n3,\n4,c\n\n", &series, complaints, NULL));
    g_assert_cmpint(series.n_points, ==, 3);
    g_assert_true(isnan(series.values[1]));
    g_assert_cmpstr(series.names->pdata[series.point[2]], ==, "c");
    g_assert_cmpuint(complaints->len, ==, 3);
    g_assert_cmpstr(complaints->pdata[2], ==, "FILE:5: expected VALUE,RELEASE");
}

static void test_files_of_spreadsheets_are_read(void)
{
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    g_auto(CsvSeries) series = {0};
    g_assert_true(parse("\xef\xbb\xbf\"value\",\"release\"\r\n\"1.5\",\"v1, \"\"x\"\"\"\r\n"
                        "2, \"v2\" \r\n\"3,v3\r\n",
                        &series, complaints, NULL));
    g_assert_cmpint(series.n, ==, 2);
    g_assert_cmpfloat(series.values[0], ==, 1.5);
    g_assert_cmpstr(series.names->pdata[0], ==, "v1, \"x\"");
    g_assert_cmpstr(series.names->pdata[1], ==, "v2");
    g_assert_cmpuint(complaints->len, ==, 1);
}

static void test_another_header_is_refused(void)
{
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    g_auto(CsvSeries) series = {0};
    g_autoptr(GError) error = NULL;
    g_assert_false(parse("1\n2\n", &series, complaints, &error));
    g_assert_cmpstr(error->message, ==, "FILE:1: expected the header `value` or `value,release`");
    g_clear_error(&error);
    g_assert_false(parse("value\n\ntwo\n", &series, complaints, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_clear_error(&error);
    g_assert_false(parse("\"value\n1\n", &series, complaints, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_assert_true(parse("value\nNaN\n", &series, complaints, NULL));
    g_assert_cmpint(series.n, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/csv-series/replicates-of-a-release-are-adjacent",
                    test_replicates_of_a_release_are_adjacent);
    g_test_add_func("/csv-series/a-bad-line-is-named-and-the-rest-kept",
                    test_a_bad_line_is_named_and_the_rest_kept);
    g_test_add_func("/csv-series/a-release-that-failed-is-a-point",
                    test_a_release_that_failed_is_a_point);
    g_test_add_func("/csv-series/files-of-spreadsheets-are-read",
                    test_files_of_spreadsheets_are_read);
    g_test_add_func("/csv-series/another-header-is-refused", test_another_header_is_refused);
    return g_test_run();
}
