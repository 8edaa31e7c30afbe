// Rows of the database into a Dataset: values collapsed, failures spread over the metrics that they
// leave without a number, and a series for whatever was asked for.
#include "report/load_db.h"

#include "benchmarks/collapse.h"
#include "common/error.h"
#include "common/settings.h"
#include "sql/queries.h"

#include <math.h>
#include <string.h>

static const double MARGIN_PRESET = .02;

void release_name_clear(ReleaseName *name)
{
    g_free(name->tree);
    g_free(name->name);
    *name = (ReleaseName){0};
}

static bool check_found(const Rows *rows, const char *text, GError **error)
{
    if (rows_count(rows) == 1)
        return true;
    if (rows_count(rows) == 0)
        return error_set(error, ERROR_INPUT,
                         "%s: there is no such release; `bob status` lists those that are known",
                         text);
    return error_set(
        error, ERROR_INPUT, "%s: there are releases of this name in %s and %s; write %s:%s", text,
        rows_text(rows, 0, "tree"), rows_text(rows, 1, "tree"), rows_text(rows, 0, "tree"), text);
}

bool load_release_name(Db *db, const char *text, ReleaseName *ret_name, GError **error)
{
    const char *colon = strchr(text, ':');
    g_autofree char *tree = colon == NULL ? NULL : g_strndup(text, (gsize)(colon - text));
    const char *name = colon == NULL ? text : colon + 1;
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_REPORT_RELEASE_FIND, DB_PARAMS(DB_TEXT(name), DB_TEXT(tree)), &rows,
                 error) ||
        !check_found(rows, text, error))
        return false;
    *ret_name =
        (ReleaseName){(int)rows_int(rows, 0, "tree_id"), g_strdup(rows_text(rows, 0, "tree")),
                      g_strdup(rows_text(rows, 0, "name"))};
    return true;
}

bool load_releases(Db *db, int tree_id, const char *tree, Dataset **ret_dataset, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_REPORT_RELEASES, DB_PARAMS(DB_INT(tree_id)), &rows, error))
        return false;
    Dataset *dataset = dataset_new(tree);
    dataset->tree_id = tree_id;
    for (int i = 0; i < rows_count(rows); i++) {
        Release release = {.subject_id = rows_int(rows, i, "subject_id"),
                           .tree = tree,
                           .name = rows_text(rows, i, "name"),
                           .revision = rows_text(rows, i, "revision"),
                           .summary = rows_text(rows, i, "summary"),
                           .date = rows_text(rows, i, "date"),
                           .prerelease = rows_bool(rows, i, "prerelease")};
        dataset_release_add(dataset, &release);
    }
    *ret_dataset = dataset;
    return true;
}

/* --- boots --- */

static double margin_of(const Rows *rows, int i)
{
    double margin = rows_real(rows, i, "margin");
    if (isfinite(margin))
        return margin;
    bool counts = strcmp(rows_text(rows, i, "mode"), "icount") == 0;
    const char *text = rows_text(rows, i, counts ? "plan_margin_icount" : "plan_margin");
    if (text == NULL)
        return counts ? MARGIN_PRESET / 10 : MARGIN_PRESET;
    if (!setting_parse_number(SETTING_PERCENT, text, &margin) &&
        !setting_parse_number(SETTING_REAL, text, &margin))
        return MARGIN_PRESET;
    return margin;
}

static const Metric *metric_of(Dataset *dataset, const Rows *rows, int i)
{
    g_auto(GStrv) meaningful = rows_texts(rows, i, "meaningful");
    Better better = BETTER_NONE;
    better_parse(rows_text(rows, i, "better"), &better);
    Metric metric = {.id = (int)rows_int(rows, i, "metric_id"),
                     .benchmark = rows_text(rows, i, "benchmark"),
                     .name = rows_text(rows, i, "metric"),
                     .unit = rows_text(rows, i, "unit"),
                     .better = better,
                     .is_unsaid = better == BETTER_NONE,
                     .statistic = rows_text(rows, i, "statistic"),
                     .identity = rows_text(rows, i, "identity"),
                     .margin = rows_real(rows, i, "margin"),
                     .resolution = rows_real(rows, i, "resolution"),
                     .deterministic = rows_bool(rows, i, "deterministic"),
                     .meaningful = meaningful};
    return dataset_metric(dataset, &metric);
}

static Series series_of(const Rows *rows, int i)
{
    return (Series){.machine_id = (int)rows_int(rows, i, "machine_id"),
                    .distro_id = (int)rows_int(rows, i, "distro_id"),
                    .machine = rows_text(rows, i, "machine"),
                    .distro = rows_text(rows, i, "distro"),
                    .benchmark = rows_text(rows, i, "benchmark"),
                    .params = rows_text(rows, i, "params"),
                    .trial_key = rows_text(rows, i, "trial_key"),
                    .margin = margin_of(rows, i)};
}

static void collapse_row(const Rows *rows, int i, BootValue *value)
{
    const char *statistic = rows_text(rows, i, "statistic");
    int n = 0, n_counts = 0;
    g_autofree double *values = rows_reals(rows, i, "value", &n);
    if (values != NULL) {
        value->value = collapse_values(statistic, values, n);
        value->n = n;
        value->spread = collapse_spread(values, n);
        return;
    }
    g_autofree double *bounds = rows_reals(rows, i, "bound", &n);
    g_autofree double *counts = rows_reals(rows, i, "count", &n_counts);
    if (bounds != NULL && n == n_counts) {
        value->value = collapse_histogram(statistic, bounds, counts, n);
        value->n = 1;
    }
}

static BootValue value_of(const Rows *rows, int i)
{
    BootValue value = {.job_id = rows_int(rows, i, "job_id"),
                       .run_id = rows_int(rows, i, "run_id"),
                       .boot = (int)rows_int(rows, i, "boot"),
                       .epoch_id = (int)rows_int(rows, i, "epoch_id"),
                       .epoch = (int)rows_int(rows, i, "epoch"),
                       .mode = rows_text(rows, i, "mode"),
                       .fingerprint_hash = rows_text(rows, i, "fingerprint_hash"),
                       .raw_hash = rows_text(rows, i, "raw_hash"),
                       .batch = rows_text(rows, i, "batch"),
                       .artifact = rows_text(rows, i, "artifact_hash"),
                       .is_anchor = rows_bool(rows, i, "is_anchor"),
                       .value = NAN,
                       .spread = NAN,
                       .message = rows_text(rows, i, "message")};
    if (strcmp(rows_text(rows, i, "state"), "done") == 0)
        collapse_row(rows, i, &value);
    if (!isfinite(value.value) && value.message == NULL)
        value.message = "the trial failed";
    return value;
}

static void add_failure(Dataset *dataset, int release, const Rows *rows, int i)
{
    Failure failure = {.release = release,
                       .place = series_of(rows, i),
                       .plan = rows_text(rows, i, "plan"),
                       .value = value_of(rows, i)};
    dataset_failure_add(dataset, &failure);
}

static void add_boot(Dataset *dataset, int release, const Rows *rows, int i)
{
    Series place = series_of(rows, i);
    place.metric = metric_of(dataset, rows, i);
    Series *series = dataset_series(dataset, &place);
    dataset_plan_add(dataset, series, rows_text(rows, i, "plan"));
    BootValue value = value_of(rows, i);
    dataset_value_add(dataset, series, release, &value);
}

static int release_of_subject(const Dataset *dataset, int64_t subject_id)
{
    for (guint i = 0; i < dataset->releases->len; i++)
        if (dataset_release(dataset, (int)i)->subject_id == subject_id)
            return (int)i;
    return -1;
}

/* --- batteries --- */

/* What was asked of a machine that has not run it yet: the series that the plan has elsewhere. */
static void expect_series(Dataset *dataset, const Rows *rows, int i)
{
    const char *plan = rows_text(rows, i, "plan");
    guint known = dataset->series->len;
    for (guint j = 0; j < known; j++) {
        const Series *other = dataset->series->pdata[j];
        bool of_plan = false;
        for (guint k = 0; k < other->plans->len && !of_plan; k++)
            of_plan = strcmp(other->plans->pdata[k], plan) == 0;
        if (!of_plan)
            continue;
        Series place = *other;
        place.machine = rows_text(rows, i, "machine");
        place.machine_id = (int)rows_int(rows, i, "machine_id");
        place.distro = rows_text(rows, i, "distro");
        place.distro_id = (int)rows_int(rows, i, "distro_id");
        dataset_plan_add(dataset, dataset_series(dataset, &place), plan);
    }
}

static bool load_batteries(Db *db, Dataset *dataset, const DbParam *subjects, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_REPORT_BATTERIES, subjects, &rows, error))
        return false;
    for (int i = 0; i < rows_count(rows); i++) {
        Battery battery = {.release = release_of_subject(dataset, rows_int(rows, i, "subject_id")),
                           .machine = rows_text(rows, i, "machine"),
                           .distro = rows_text(rows, i, "distro"),
                           .plan = rows_text(rows, i, "plan"),
                           .state = rows_text(rows, i, "state"),
                           .boots = (int)rows_int(rows, i, "boots"),
                           .done = (int)rows_int(rows, i, "done"),
                           .failed = (int)rows_int(rows, i, "failed"),
                           .reason = rows_text(rows, i, "reason"),
                           .build = rows_text(rows, i, "build"),
                           .anchor = (int)rows_int(rows, i, "anchor")};
        dataset_battery_add(dataset, &battery);
        expect_series(dataset, rows, i);
    }
    return true;
}

bool load_boots(Db *db, Dataset *dataset, int first, int last, GError **error)
{
    g_autofree int64_t *ids = g_new(int64_t, dataset->releases->len + 1);
    int n = 0;
    for (int i = MAX(first, 0); i <= last; i++)
        ids[n++] = dataset_release(dataset, i)->subject_id;
    const DbParam *subjects = DB_PARAMS(DB_INTS(ids, n));
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_REPORT_BOOTS, subjects, &rows, error))
        return false;
    for (int i = 0; i < rows_count(rows); i++) {
        int release = release_of_subject(dataset, rows_int(rows, i, "subject_id"));
        if (rows_is_null(rows, i, "metric_id"))
            add_failure(dataset, release, rows, i);
        else
            add_boot(dataset, release, rows, i);
    }
    dataset_failures_spread(dataset);
    if (!load_batteries(db, dataset, subjects, error))
        return false;
    dataset_sort(dataset);
    return true;
}
