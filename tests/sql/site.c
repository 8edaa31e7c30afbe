// sql/site and what it stands on: a private cluster from nothing, its roles, its schema.
#include "sql/site.h"

#include <glib/gstdio.h>
#include <string.h>

#include "common/error.h"
#include "sql/cluster.h"
#include "sql/cluster_files.h"
#include "sql/queries.h"
#include "tests/sql/private_cluster.h"

static const Query WRITE_TREE = {"test", "INSERT INTO release_move VALUES (1, 'x')"};
static const Query NOTICE = {"test", "SELECT notice_store($1, $2)"};
static const Query COUNT = {"test",
                            "SELECT times, marvin_now() AS now FROM notice WHERE source = $1"};
static const Query ARRAYS = {
    "test", "SELECT $1::text[] AS texts, $2::float8[] AS reals, $3::text AS nothing"};

static Site *open_as(const char *role)
{
    Site *site = NULL;
    g_autoptr(GError) error = NULL;
    site_open(&site, "test", role, &error);
    g_assert_no_error(error);
    return site;
}

static void test_a_cluster_is_made_and_migrated(void)
{
    g_autoptr(Site) site = open_as("marvin_builder");
    g_assert_true(site_is_embedded(site));
    g_assert_true(db_none(site->db, &NOTICE, DB_PARAMS(DB_TEXT("tree x"), DB_TEXT("gone")), NULL));
    g_assert_true(db_none(site->db, &NOTICE, DB_PARAMS(DB_TEXT("tree x"), DB_TEXT("gone")), NULL));
    g_autoptr(Rows) rows = NULL;
    g_assert_true(db_row(site->db, &COUNT, DB_PARAMS(DB_TEXT("tree x")), &rows, NULL));
    g_assert_cmpint(rows_int(rows, 0, "times"), ==, 2);
}

static void test_a_role_has_least_rights(void)
{
    g_autoptr(Site) site = open_as("marvin_report");
    g_autoptr(GError) error = NULL;
    g_assert_false(db_none(site->db, &WRITE_TREE, DB_NO_PARAMS, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_DATABASE);
    g_assert_nonnull(strstr(error->message, "permission denied"));
    g_clear_error(&error);
    g_assert_false(db_none(site->db, &NOTICE, DB_PARAMS(DB_TEXT("a"), DB_TEXT("b")), &error));
}

static void test_a_test_can_set_the_time(void)
{
    g_setenv("MARVIN_NOW", "2026-01-17 04:00Z", true);
    g_autoptr(Site) site = open_as("marvin_builder");
    g_unsetenv("MARVIN_NOW");
    g_autoptr(Rows) rows = NULL;
    g_assert_true(db_row(site->db, &COUNT, DB_PARAMS(DB_TEXT("tree x")), &rows, NULL));
    g_assert_cmpstr(rows_text(rows, 0, "now"), ==, "2026-01-17 04:00:00+00");
}

static void test_arrays_go_there_and_back(void)
{
    g_autoptr(Site) site = open_as("marvin_report");
    const char *texts[] = {"plain", "with \"quotes\", {braces} and \\", "", "NULL", NULL};
    double reals[] = {1.5, -2e300, 0.1};
    g_autoptr(Rows) rows = NULL;
    g_assert_true(db_row(site->db, &ARRAYS, DB_PARAMS(DB_TEXTS(texts), DB_REALS(reals, 3), DB_NULL),
                         &rows, NULL));
    g_auto(GStrv) back = rows_texts(rows, 0, "texts");
    g_assert_true(g_strv_equal((const char *const *)back, texts));
    int n = 0;
    g_autofree double *numbers = rows_reals(rows, 0, "reals", &n);
    g_assert_cmpmem(numbers, (size_t)n * sizeof(double), reals, sizeof(reals));
    g_assert_true(rows_is_null(rows, 0, "nothing"));
    g_assert_null(rows_text(rows, 0, "nothing"));
}

static void test_the_server_may_go_and_come_back(void)
{
    g_autoptr(Site) site = open_as("marvin_builder");
    g_autoptr(Cluster) cluster = cluster_new(site->state);
    g_autoptr(GError) error = NULL;
    g_assert_true(cluster_stop(cluster, NULL));
    g_assert_false(cluster_is_running(cluster));
    g_assert_false(db_none(site->db, &NOTICE, DB_PARAMS(DB_TEXT("a"), DB_TEXT("b")), &error));
    g_assert_true(db_is_lost(site->db));
    g_assert_true(cluster_start(cluster, NULL));
    g_assert_true(db_reopen(site->db, NULL));
    g_assert_true(db_none(site->db, &NOTICE, DB_PARAMS(DB_TEXT("a"), DB_TEXT("b")), NULL));
}

/* A system that was upgraded has a newer server beside the one that made the cluster, or instead.
 */
static void test_a_cluster_is_served_by_the_version_that_made_it(void)
{
    g_autofree char *state = g_dir_make_tmp("marvin-XXXXXX", NULL);
    g_autoptr(Cluster) cluster = cluster_new(state);
    g_autofree char *version = g_build_filename(cluster->data, "PG_VERSION", NULL);
    g_autofree char *newest = cluster_find_programs(), *folder = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(cluster_programs(cluster, &folder, NULL));
    g_assert_cmpstr(folder, ==, newest);
    if (g_str_has_prefix(newest, "/usr/lib/postgresql/")) {
        g_mkdir_with_parents(cluster->data, 0755);
        g_assert_true(g_file_set_contents(version, "9\n", -1, NULL));
        g_assert_false(cluster_start(cluster, &error));
        g_assert_error(error, MARVIN_ERROR, ERROR_DATABASE);
        g_assert_nonnull(strstr(error->message, "was made by PostgreSQL 9, whose server"));
        g_assert_nonnull(strstr(error->message, "install the package postgresql-9"));
    } else {
        g_test_skip("PostgreSQL is not in Debian's place");
    }
    cluster_remove_tree(state);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    PrivateCluster cluster = private_cluster_begin();
    g_test_add_func("/site/a-cluster-is-made-and-migrated", test_a_cluster_is_made_and_migrated);
    g_test_add_func("/site/a-role-has-least-rights", test_a_role_has_least_rights);
    g_test_add_func("/site/a-test-can-set-the-time", test_a_test_can_set_the_time);
    g_test_add_func("/site/arrays-go-there-and-back", test_arrays_go_there_and_back);
    g_test_add_func("/site/the-version-that-made-it",
                    test_a_cluster_is_served_by_the_version_that_made_it);
    g_test_add_func("/site/the-server-may-go-and-come-back", test_the_server_may_go_and_come_back);
    int status = g_test_run();
    private_cluster_end(&cluster);
    return status;
}
