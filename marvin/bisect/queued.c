// A bisection's rows.
#include "marvin/bisect/queued.h"

#include <math.h>
#include <string.h>

#include "benchmarks/collapse.h"
#include "common/error.h"
#include "sql/queries.h"

bool queued_begin(Db *db, const QueuedTerms *terms, int64_t *ret_id, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    json_t *options =
        json_pack("{s:s, s:s, s:s, s:f, s:f, s:f, s:i, s:i, s:b, s:b, s:b, s:b}", "good",
                  terms->good_name, "bad", terms->bad_name, "benchmark", terms->benchmark, "stop",
                  terms->stop, "budget_s", terms->budget_s, "reported", terms->reported, "max_runs",
                  terms->max_runs, "iterations", terms->iterations, "find_fix",
                  (int)terms->find_fix, "first_parent", (int)terms->first_parent, "exclusive",
                  (int)terms->exclusive, "no_layout", (int)terms->no_layout);
    if (options == NULL)
        return error_set(error, ERROR_INPUT, "a name of the bisection is not UTF-8");
    g_autofree char *text = json_dumps(options, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(options);
    if (!db_row(db, &QUERY_BISECT_BEGIN,
                DB_PARAMS(DB_TEXT(terms->tree), DB_TEXTS(terms->good), DB_TEXT(terms->bad),
                          DB_TEXT(terms->trial_key), DB_TEXT(terms->metric),
                          DB_TEXTS(terms->machines), DB_TEXT(text), DB_TEXT(terms->asked_by),
                          terms->change_id != 0 ? DB_INT(terms->change_id) : DB_NULL),
                &rows, error))
        return false;
    *ret_id = rows_int(rows, 0, "id");
    return true;
}

void queued_free(Queued *bisection)
{
    if (bisection == NULL)
        return;
    g_free(bisection->tree);
    g_strfreev(bisection->good);
    g_free(bisection->good_name);
    g_free(bisection->bad);
    g_free(bisection->bad_name);
    g_free(bisection->benchmark);
    g_free(bisection->metric);
    g_strfreev(bisection->machines);
    g_free(bisection->state);
    g_free(bisection->why);
    g_free(bisection);
}

static double option_real(const json_t *options, const char *name)
{
    return json_number_value(json_object_get(options, name));
}

static char *option_text(const json_t *options, const char *name)
{
    return g_strdup(json_string_value(json_object_get(options, name)));
}

static void read_options(Queued *bisection, const char *text)
{
    json_t *options = json_loads(text, 0, NULL);
    bisection->good_name = option_text(options, "good");
    bisection->bad_name = option_text(options, "bad");
    bisection->benchmark = option_text(options, "benchmark");
    bisection->stop = option_real(options, "stop");
    bisection->budget_s = option_real(options, "budget_s");
    bisection->reported = option_real(options, "reported");
    bisection->max_runs = (int)option_real(options, "max_runs");
    bisection->iterations = (int)option_real(options, "iterations");
    bisection->find_fix = json_is_true(json_object_get(options, "find_fix"));
    bisection->first_parent = json_is_true(json_object_get(options, "first_parent"));
    bisection->no_layout = json_is_true(json_object_get(options, "no_layout"));
    json_decref(options);
}

bool queued_load(Db *db, int64_t id, Queued **ret_bisection, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_BISECT_LOAD, DB_PARAMS(DB_INT(id)), &rows, error))
        return false;
    if (rows_count(rows) == 0)
        return error_set(
            error, ERROR_INPUT,
            "there is no bisection %" G_GINT64_FORMAT "; `marvin-bisect status` lists them", id);
    Queued *bisection = g_new0(Queued, 1);
    int n = 0;
    g_autofree double *ids = rows_reals(rows, 0, "machine_ids", &n);
    *bisection = (Queued){.id = id,
                          .tree = g_strdup(rows_text(rows, 0, "tree")),
                          .good = rows_texts(rows, 0, "good"),
                          .bad = g_strdup(rows_text(rows, 0, "bad")),
                          .metric = g_strdup(rows_text(rows, 0, "metric")),
                          .machines = rows_texts(rows, 0, "machines"),
                          .state = g_strdup(rows_text(rows, 0, "state")),
                          .why = g_strdup(rows_text(rows, 0, "why")),
                          .age_s = rows_real(rows, 0, "age_s")};
    bisection->n_machines = MIN(n, (int)G_N_ELEMENTS(bisection->machine_ids));
    for (int i = 0; i < bisection->n_machines; i++)
        bisection->machine_ids[i] = (int)ids[i];
    read_options(bisection, rows_text(rows, 0, "options"));
    *ret_bisection = bisection;
    return true;
}

bool queued_store(Db *db, int64_t id, const char *state, const char *why, const json_t *answer,
                  GError **error)
{
    g_autoptr(Rows) rows = NULL;
    g_autofree char *text = answer == NULL ? NULL : json_dumps(answer, JSON_COMPACT);
    if (!db_row(db, &QUERY_BISECT_STORE,
                DB_PARAMS(DB_INT(id), DB_TEXT(state), DB_TEXT(why), DB_TEXT(text)), &rows, error))
        return false;
    return rows_bool(rows, 0, "stored") ||
           error_set(error, ERROR_INPUT,
                     "the bisection %" G_GINT64_FORMAT
                     " has ended; `marvin-bisect resume` takes up one that was stopped",
                     id);
}

/* --- evidence --- */

static void request_free(gpointer data)
{
    Request *request = data;
    g_free(request->revision);
    g_free(request->purpose);
    g_free(request->message);
    g_free(request->artifact);
    g_free(request);
}

static void value_free(gpointer data)
{
    BootValue *value = data;
    g_free(value->revision);
    g_free(value->purpose);
    g_free(value->artifact);
    g_free(value);
}

void evidence_rows_free(EvidenceRows *rows)
{
    if (rows == NULL)
        return;
    g_ptr_array_unref(rows->requests);
    g_ptr_array_unref(rows->values);
    g_free(rows->metric.name);
    g_free(rows->metric.unit);
    g_free(rows);
}

static int machine_index(const Queued *bisection, int id)
{
    for (int i = 0; i < bisection->n_machines; i++)
        if (bisection->machine_ids[i] == id)
            return i;
    return -1;
}

static bool load_requests(Db *db, const Queued *bisection, GPtrArray *requests, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_BISECT_REQUESTS, DB_PARAMS(DB_INT(bisection->id)), &rows, error))
        return false;
    for (int i = 0; i < rows_count(rows); i++) {
        const char *build = rows_text(rows, i, "build_state");
        Request *request = g_new0(Request, 1);
        *request =
            (Request){.revision = g_strdup(rows_text(rows, i, "revision")),
                      .machine = machine_index(bisection, (int)rows_int(rows, i, "machine_id")),
                      .first_boot = (int)rows_int(rows, i, "first_boot"),
                      .last_boot = (int)rows_int(rows, i, "last_boot"),
                      .purpose = g_strdup(rows_text(rows, i, "purpose")),
                      .n_open = (int)rows_int(rows, i, "open"),
                      .n_failed = (int)rows_int(rows, i, "failed"),
                      .n_done = (int)rows_int(rows, i, "done"),
                      .is_build_failed =
                          g_strcmp0(build, "failed") == 0 || g_strcmp0(build, "cancelled") == 0,
                      .artifact = g_strdup(rows_text(rows, i, "artifact"))};
        request->message =
            g_strdup(rows_text(rows, i, request->is_build_failed ? "build_message" : "reason"));
        g_ptr_array_add(requests, request);
    }
    return true;
}

/* The one number of a boot; NAN where it failed. */
static double boot_value(const Rows *rows, int i)
{
    int n = 0, n_counts = 0;
    const char *statistic = rows_text(rows, i, "statistic");
    if (g_strcmp0(rows_text(rows, i, "state"), "done") != 0)
        return NAN;
    g_autofree double *values = rows_reals(rows, i, "value", &n);
    if (values != NULL)
        return collapse_values(statistic, values, n);
    g_autofree double *bounds = rows_reals(rows, i, "bound", &n);
    g_autofree double *counts = rows_reals(rows, i, "count", &n_counts);
    return bounds != NULL && n == n_counts ? collapse_histogram(statistic, bounds, counts, n) : NAN;
}

static bool check_metric(const Queued *bisection, const Rows *rows, GError **error)
{
    for (int i = 1; i < rows_count(rows); i++) {
        const char *first = rows_text(rows, 0, "metric"), *other = rows_text(rows, i, "metric");
        if (strcmp(first, other) != 0)
            return error_set(error, ERROR_INPUT,
                             "%s has the metrics %s and %s: say which one with --metric",
                             bisection->benchmark, first, other);
    }
    return true;
}

static void take_metric(const Rows *rows, BisectedMetric *metric)
{
    int last = rows_count(rows) - 1;
    double resolution = rows_real(rows, last, "resolution");
    *metric = (BisectedMetric){.name = g_strdup(rows_text(rows, last, "metric")),
                               .unit = g_strdup(rows_text(rows, last, "unit")),
                               .better = BETTER_NONE,
                               .resolution = isfinite(resolution) ? resolution : 0,
                               .counts_instructions =
                                   g_strcmp0(rows_text(rows, last, "mode"), "icount") == 0};
    better_parse(rows_text(rows, last, "better"), &metric->better);
}

static bool load_values(Db *db, const Queued *bisection, EvidenceRows *into, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_BISECT_EVIDENCE,
                 DB_PARAMS(DB_INT(bisection->id), DB_TEXT(bisection->metric)), &rows, error) ||
        !check_metric(bisection, rows, error))
        return false;
    for (int i = 0; i < rows_count(rows); i++) {
        BootValue *value = g_new0(BootValue, 1);
        *value =
            (BootValue){.revision = g_strdup(rows_text(rows, i, "revision")),
                        .machine = machine_index(bisection, (int)rows_int(rows, i, "machine_id")),
                        .value = boot_value(rows, i),
                        .purpose = g_strdup(rows_text(rows, i, "purpose")),
                        .artifact = g_strdup(rows_text(rows, i, "artifact"))};
        g_ptr_array_add(into->values, value);
    }
    if (rows_count(rows) > 0)
        take_metric(rows, &into->metric);
    return true;
}

static bool load_costs(Db *db, const Queued *bisection, EvidenceRows *into, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_row(db, &QUERY_BISECT_COSTS, DB_PARAMS(DB_INT(bisection->id)), &rows, error))
        return false;
    double run_s = rows_real(rows, 0, "run_s"), build_s = rows_real(rows, 0, "build_s");
    into->run_s = isfinite(run_s) ? run_s : 0;
    into->build_s = isfinite(build_s) ? build_s : 0;
    return true;
}

bool evidence_rows_load(Db *db, const Queued *bisection, EvidenceRows **ret_rows, GError **error)
{
    g_autoptr(EvidenceRows) rows = g_new0(EvidenceRows, 1);
    rows->requests = g_ptr_array_new_with_free_func(request_free);
    rows->values = g_ptr_array_new_with_free_func(value_free);
    if (!load_requests(db, bisection, rows->requests, error) ||
        !load_values(db, bisection, rows, error) || !load_costs(db, bisection, rows, error))
        return false;
    *ret_rows = g_steal_pointer(&rows);
    return true;
}

bool queued_request(Db *db, int64_t id, int64_t battery_id, int first, int last,
                    const char *purpose, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    return db_row(
        db, &QUERY_BISECT_REQUEST_STORE,
        DB_PARAMS(DB_INT(id), DB_INT(battery_id), DB_INT(first), DB_INT(last), DB_TEXT(purpose)),
        &rows, error);
}
