// marvin/spool with a real database that goes away: a trial is stored once or stays on the disk.
#include "marvin/spool.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "common/error.h"
#include "sql/cluster.h"
#include "sql/queries.h"
#include "sql/site.h"
#include "tests/sql/private_cluster.h"

// A job that is claimed under a lease, and its run.
static const Query SETUP[] = {
    {"test", "SELECT definition_store(repeat('1', 64), 'tree', 'toy', '{}'), "
             "definition_store(repeat('2', 64), 'machine', 'here', '{}'), "
             "definition_store(repeat('3', 64), 'plan', 'toy', '{}')"},
    {"test", "SELECT queue_battery(subject_store(tree_store('toy', 'program', repeat('1', 64)), "
             "'abc', NULL, 'x'), "
             "machine_store('here', repeat('2', 64)), distro_store('host', NULL), 'toy', 'key', "
             "repeat('3', 64), "
             "1, 30, 'test', NULL)"},
};
static const Query LEASE = {
    "test", "SELECT token FROM lease_take('here', 'test', 'test', 'testing', 600, 10)"};
static const Query CLAIM = {"test", "SELECT job_id FROM claim_boot($1)"};
static const Query BEGIN = {"test", "SELECT run_id FROM run_begin($1, $2, 'boot', 'local', 1)"};
static const Query COUNTS = {
    "test",
    "SELECT (SELECT count(*) FROM trial) AS trials, (SELECT count(*) FROM sample) AS samples, "
    "(SELECT value FROM sample ORDER BY trial_id DESC LIMIT 1) AS value"};

typedef struct {
    Site *site;
    Spool *spool;
    int64_t token;
    int64_t run;
} Place;

static Place place;

static int64_t one_int(const Query *query, const DbParam *params, const char *column)
{
    g_autoptr(Rows) rows = NULL;
    g_autoptr(GError) error = NULL;
    db_row(place.site->db, query, params, &rows, &error);
    g_assert_no_error(error);
    return rows_int(rows, 0, column);
}

static void place_open(void)
{
    g_autoptr(GError) error = NULL;
    site_open(&place.site, "test", "marvin_admin", &error);
    g_assert_no_error(error);
    for (size_t i = 0; i < G_N_ELEMENTS(SETUP); i++) {
        db_none(place.site->db, &SETUP[i], DB_NO_PARAMS, &error);
        g_assert_no_error(error);
    }
    place.token = one_int(&LEASE, DB_NO_PARAMS, "token");
    int64_t job = one_int(&CLAIM, DB_PARAMS(DB_INT(place.token)), "job_id");
    place.run = one_int(&BEGIN, DB_PARAMS(DB_INT(place.token), DB_INT(job)), "run_id");
    g_assert_true(spool_open(place.site->state, "here", &place.spool, NULL));
}

static void add(const char *key, int64_t token, double value)
{
    g_autoptr(GError) error = NULL;
    json_t *metric = json_pack("{s:s, s:s, s:s, s:s, s:f, s:b, s:[], s:s}", "name", "rate", "unit",
                               "ops/s", "better", "higher", "statistic", "median", "resolution",
                               0.0, "deterministic", 0, "meaningful", "identity", "i");
    json_t *trial =
        json_pack("{s:I, s:I, s:s, s:s, s:{}, s:s, s:i, s:i, s:s, s:n, s:s, s:s, s:n, s:[{s:o, "
                  "s:s, s:n, s:[i], s:[f]}]}",
                  "token", (json_int_t)token, "run", (json_int_t)place.run, "benchmark", "toy",
                  "benchmark_hash", "h", "params", "key", key, "position", 0, "iterations", 1,
                  "state", "done", "message", "started", "2026-01-17 04:00:00Z", "ended",
                  "2026-01-17 04:00:01Z", "raw_hash", "samples", "metric", metric, "state", "done",
                  "message", "position", 0, "value", value);
    g_assert_nonnull(trial);
    spool_add(place.spool, trial, &error);
    json_decref(trial);
    g_assert_no_error(error);
}

// Files on the disk, in the spool itself or in refused/.
static int n_files(const char *sub)
{
    g_autofree char *folder = g_build_filename(place.site->state, "spool", "here", sub, NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    int n = 0;
    for (const char *name; (name = g_dir_read_name(dir));)
        n += g_str_has_suffix(name, ".json");
    return n;
}

static int flush_refused(void)
{
    int refused = 0;
    g_autoptr(GError) error = NULL;
    spool_flush(place.spool, place.site->db, &refused, &error);
    g_assert_no_error(error);
    return refused;
}

static void a_trial_is_a_file_until_it_is_a_row(void)
{
    add("toy", place.token, 0.1 + 0.2);
    g_assert_cmpint(n_files(NULL), ==, 1);
    g_assert_cmpint(flush_refused(), ==, 0);
    g_assert_cmpint(n_files(NULL), ==, 0);
    g_assert_cmpint(one_int(&COUNTS, DB_NO_PARAMS, "trials"), ==, 1);
    g_autoptr(Rows) rows = NULL;
    int n = 0;
    g_assert_true(db_row(place.site->db, &COUNTS, DB_NO_PARAMS, &rows, NULL));
    g_autofree double *values = rows_reals(rows, 0, "value", &n);
    g_assert_cmpint(n, ==, 1);
    g_assert_cmpfloat(values[0], ==, 0.1 + 0.2);
}

static void a_trial_twice_is_one_row(void)
{
    add("twice", place.token, 1);
    add("twice", place.token, 2);
    g_assert_cmpint(flush_refused(), ==, 0);
    g_assert_cmpint(one_int(&COUNTS, DB_NO_PARAMS, "trials"), ==, 2);
    g_assert_cmpint(one_int(&COUNTS, DB_NO_PARAMS, "samples"), ==, 2);
}

static void a_database_that_is_away_loses_nothing(void)
{
    g_autoptr(Cluster) cluster = cluster_new(place.site->state);
    g_autoptr(GError) error = NULL;
    add("away", place.token, 3);
    g_assert_true(cluster_stop(cluster, NULL));
    g_assert_false(spool_flush(place.spool, place.site->db, NULL, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_DATABASE);
    g_assert_cmpint(n_files(NULL), ==, 1);
    g_assert_true(cluster_start(cluster, NULL));
    g_assert_true(db_reopen(place.site->db, NULL));
    // Another process of this machine finds it.
    spool_close(place.spool);
    g_assert_true(spool_open(place.site->state, "here", &place.spool, NULL));
    g_assert_cmpint(flush_refused(), ==, 0);
    g_assert_cmpint(n_files(NULL), ==, 0);
    g_assert_cmpint(one_int(&COUNTS, DB_NO_PARAMS, "trials"), ==, 3);
}

static void a_stale_token_stores_nothing_and_keeps_the_file(void)
{
    add("stale", place.token - 1, 4);
    add("good", place.token, 5);
    g_assert_cmpint(flush_refused(), ==, 1);
    g_assert_cmpint(n_files(NULL), ==, 0);
    g_assert_cmpint(n_files("refused"), ==, 1);
    g_assert_cmpint(one_int(&COUNTS, DB_NO_PARAMS, "trials"), ==, 4);
}

static void a_torn_file_holds_nobody_up(void)
{
    g_autofree char *torn =
        g_build_filename(place.site->state, "spool", "here", "0-torn.json", NULL);
    g_assert_true(g_file_set_contents(torn, "{\"token\": 1, \"run", -1, NULL));
    add("after", place.token, 6);
    g_assert_cmpint(flush_refused(), ==, 1);
    g_assert_cmpint(n_files("refused"), ==, 2);
    g_assert_cmpint(one_int(&COUNTS, DB_NO_PARAMS, "trials"), ==, 5);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    PrivateCluster cluster = private_cluster_begin();
    place_open();
    g_test_add_func("/spool/file", a_trial_is_a_file_until_it_is_a_row);
    g_test_add_func("/spool/twice", a_trial_twice_is_one_row);
    g_test_add_func("/spool/away", a_database_that_is_away_loses_nothing);
    g_test_add_func("/spool/stale", a_stale_token_stores_nothing_and_keeps_the_file);
    g_test_add_func("/spool/torn", a_torn_file_holds_nobody_up);
    int status = g_test_run();
    spool_close(place.spool);
    site_close(place.site);
    private_cluster_end(&cluster);
    return status;
}
