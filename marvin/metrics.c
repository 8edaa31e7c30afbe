// The rows of metrics.
#include "marvin/metrics.h"

#include <math.h>

#include "sql/queries.h"

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static double real_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static bool metric_resolve(Db *db, const char *benchmark, json_t *sample, GError **error)
{
    const json_t *metric = json_object_get(sample, "metric");
    const json_t *modes = json_object_get(metric, "meaningful");
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    size_t i;
    json_t *mode;
    json_array_foreach(modes, i, mode)
        g_ptr_array_add(words, (gpointer)(guintptr)json_string_value(mode));
    g_ptr_array_add(words, NULL);
    g_autoptr(Rows) rows = NULL;
    if (!db_row(db, &QUERY_MARVIN_METRIC_STORE,
                DB_PARAMS(DB_TEXT(benchmark), DB_TEXT(text_of(metric, "name")),
                          DB_TEXT(text_of(metric, "unit")), DB_TEXT(text_of(metric, "better")),
                          DB_TEXT(text_of(metric, "statistic")), DB_REAL(real_of(metric, "margin")),
                          DB_REAL(real_of(metric, "resolution")),
                          DB_BOOL(json_is_true(json_object_get(metric, "deterministic"))),
                          DB_TEXTS((const char *const *)words->pdata),
                          DB_TEXT(text_of(metric, "identity"))),
                &rows, error))
        return false;
    json_object_set_new(sample, "metric_id", json_integer(rows_int(rows, 0, "id")));
    return true;
}

bool metrics_resolve(Db *db, const char *benchmark, json_t *samples, GError **error)
{
    size_t i;
    json_t *sample;
    json_array_foreach(samples, i, sample)
    {
        if (!metric_resolve(db, benchmark, sample, error))
            return false;
    }
    return true;
}
