// A series found by its name, and loaded as points.
#include "report/load_series.h"

#include "common/error.h"
#include "report/load_db.h"
#include "report/series_name.h"
#include "sql/queries.h"

#include <math.h>
#include <string.h>

void loaded_series_clear(LoadedSeries *series)
{
    csv_series_clear(&series->points);
}

/* The one row that is meant; -1 with an error. */
static int choose(const Rows *rows, const char *text, const char *tree, GError **error)
{
    int chosen = -1;
    for (int i = 0; i < rows_count(rows); i++) {
        if (tree != NULL && strcmp(rows_text(rows, i, "tree"), tree) != 0)
            continue;
        if (chosen >= 0) {
            bool distros = strcmp(rows_text(rows, chosen, "tree"), rows_text(rows, i, "tree")) == 0;
            error_set(error, ERROR_INPUT, "%s: there are several; add %s%s", text,
                      distros ? "%" : "--tree ", rows_text(rows, i, distros ? "distro" : "tree"));
            return -1;
        }
        chosen = i;
    }
    if (chosen < 0)
        error_set(error, ERROR_INPUT,
                  "%s: there is no such series; the pages of `marvin-report site` name them all",
                  text);
    return chosen;
}

static const Series *find(const Dataset *dataset, const SeriesName *name, const char *distro)
{
    const Series *found = NULL;
    for (guint i = 0; i < dataset->series->len; i++) {
        const Series *series = dataset->series->pdata[i];
        if (strcmp(series->trial_key, name->trial_key) == 0 &&
            strcmp(series->metric->name, name->metric) == 0 &&
            strcmp(series->machine, name->machine) == 0 && strcmp(series->distro, distro) == 0 &&
            (found == NULL || series->metric->id > found->metric->id))
            found = series; // of several extractions the latest
    }
    return found;
}

static int last_epoch(const Series *series)
{
    int epoch = 0;
    for (int i = 0; i < (int)series->points->len; i++) {
        const GArray *boots = series_boots(series, i);
        for (guint j = 0; boots != NULL && j < boots->len; j++)
            epoch = MAX(epoch, g_array_index(boots, BootValue, j).epoch);
    }
    return epoch;
}

static void take_points(const Dataset *dataset, const Series *series, CsvSeries *points)
{
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(int));
    int epoch = last_epoch(series);
    points->names = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < (int)series->points->len; i++) {
        const GArray *boots = series_boots(series, i);
        guint before = values->len;
        for (guint j = 0; boots != NULL && j < boots->len; j++) {
            const BootValue *boot = &g_array_index(boots, BootValue, j);
            if (boot->epoch != epoch || !isfinite(boot->value))
                continue;
            g_array_append_val(values, boot->value);
            g_array_append_val(numbers, points->n_points);
        }
        if (values->len == before)
            continue;
        g_ptr_array_add(points->names, g_strdup(dataset_release(dataset, i)->name));
        points->n_points++;
    }
    points->n = (int)values->len;
    points->values = (double *)(void *)g_array_free(g_steal_pointer(&values), FALSE);
    points->point = (int *)(void *)g_array_free(g_steal_pointer(&numbers), FALSE);
}

bool load_series(Db *db, const char *text, const char *tree, LoadedSeries *ret_series,
                 GError **error)
{
    g_auto(SeriesName) name = {0};
    g_autoptr(Rows) rows = NULL;
    g_autoptr(Dataset) dataset = NULL;
    if (!series_name_parse(text, &name, error) ||
        !db_rows(db, &QUERY_REPORT_SERIES_FIND,
                 DB_PARAMS(DB_TEXT(name.trial_key), DB_TEXT(name.metric), DB_TEXT(name.machine),
                           DB_TEXT(name.distro)),
                 &rows, error))
        return false;
    int chosen = choose(rows, text, tree, error);
    if (chosen < 0 ||
        !load_releases(db, (int)rows_int(rows, chosen, "tree_id"), rows_text(rows, chosen, "tree"),
                       &dataset, error) ||
        !load_boots(db, dataset, 0, (int)dataset->releases->len - 1, error))
        return false;
    const Series *series = find(dataset, &name, rows_text(rows, chosen, "distro"));
    LoadedSeries loaded = {0};
    if (series != NULL)
        take_points(dataset, series, &loaded.points);
    if (loaded.points.n == 0) {
        loaded_series_clear(&loaded);
        return error_set(error, ERROR_INPUT, "%s: no boot of a release counts in this series",
                         text);
    }
    loaded.better = series->metric->better;
    loaded.margin = series->margin;
    *ret_series = loaded;
    return true;
}
