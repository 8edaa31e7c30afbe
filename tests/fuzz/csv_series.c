// Any bytes as the csv of `changes`: read without harm, and what is good holds together.
#include "report/csv_series.h"

#include <math.h>

#include "fuzz.h"

static void series_check(const CsvSeries *series)
{
    g_assert_cmpint(series->n, >, 0);
    for (int i = 0; i < series->n; i++)
        g_assert_false(isinf(series->values[i]));
    if (series->point == NULL)
        return;
    g_assert_cmpint(series->point[0], ==, 0);
    for (int i = 1; i < series->n; i++) {
        int step = series->point[i] - series->point[i - 1];
        g_assert_true(step == 0 || step == 1);
    }
    g_assert_cmpint(series->point[series->n - 1], ==, series->n_points - 1);
    g_assert_cmpint((int)series->names->len, ==, series->n_points);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_auto(CsvSeries) series = {0};
    if (csv_series_parse("input", size ? (const char *)data : "", size, &series, complaints,
                         &error))
        series_check(&series);
    else
        g_assert_nonnull(error);
    return 0;
}
