// inventory/lease against a real private cluster: who is granted a machine, and when.
#include "inventory/lease.h"

#include <glib/gstdio.h>
#include <string.h>

#include "common/error.h"
#include "sql/cluster.h"
#include "sql/queries.h"
#include "sql/site.h"
#include "tests/sql/private_cluster.h"

enum { LEASE_S = 60, GUARD_S = 10, ROUNDS = 25 };

static const Query DEFINE = {"test",
                             "SELECT definition_store(repeat('a', 64), 'machine', 'here', '{}'), "
                             "machine_store($1, repeat('a', 64))"};
static const Query TOKENS = {"test", "SELECT count(*) AS n, count(DISTINCT token) AS tokens, "
                                     "count(*) FILTER (WHERE released_at IS NULL) AS held "
                                     "FROM lease l JOIN machine m ON m.id = l.machine_id "
                                     "WHERE m.name = $1"};

// A session whose clock stands still at that time of the 17th; NULL: the real clock.
static Site *session_at(const char *time)
{
    g_autofree char *now = time ? g_strdup_printf("2026-01-17 %sZ", time) : NULL;
    Site *site = NULL;
    g_autoptr(GError) error = NULL;
    if (now)
        g_setenv("MARVIN_NOW", now, true);
    site_open(&site, "test", "marvin_runner", &error);
    g_unsetenv("MARVIN_NOW");
    g_assert_no_error(error);
    return site;
}

static void define(const char *machine)
{
    g_autoptr(Site) site = session_at(NULL);
    g_assert_true(db_none(site->db, &DEFINE, DB_PARAMS(DB_TEXT(machine)), NULL));
}

static bool take_at(const char *time, const char *machine, const char *key, Lease *ret_lease,
                    GError **error)
{
    g_autoptr(Site) site = session_at(time);
    return lease_take(site->db, machine, key, key, "testing", LEASE_S, GUARD_S, ret_lease, error);
}

static void assert_refused(const char *time, const char *machine, const char *key)
{
    g_auto(Lease) lease = {0};
    g_autoptr(GError) error = NULL;
    g_assert_false(take_at(time, machine, key, &lease, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_MACHINE);
    g_assert_cmpint(lease.token, ==, 0);
}

static bool renew_at(const char *time, Lease *lease, GError **error)
{
    g_autoptr(Site) site = session_at(time);
    return lease_renew(site->db, lease, error);
}

static void nobody_is_granted_before_end_and_guard(void)
{
    g_auto(Lease) ann = {0}, bob = {0};
    define("guarded");
    g_assert_true(take_at("04:00:00", "guarded", "ann", &ann, NULL));
    assert_refused("04:00:30", "guarded", "bob");
    assert_refused("04:01:00", "guarded", "bob");
    assert_refused("04:01:09", "guarded", "bob");
    g_assert_true(take_at("04:01:10", "guarded", "bob", &bob, NULL));
    g_assert_cmpint(bob.token, >, ann.token);
}

static void a_refusal_says_who_why_and_until_when(void)
{
    g_auto(Lease) ann = {0}, bob = {0};
    g_autoptr(GError) error = NULL;
    define("said");
    g_assert_true(take_at("04:00:00", "said", "ann", &ann, NULL));
    g_assert_false(take_at("04:00:30", "said", "bob", &bob, &error));
    g_assert_nonnull(strstr(error->message, "said is held by ann (testing)"));
    g_assert_nonnull(strstr(error->message, "04:01 UTC"));
    g_assert_nonnull(strstr(error->message, "40 s"));
}

static void a_stale_token_renews_nothing(void)
{
    g_auto(Lease) ann = {0}, bob = {0};
    g_autoptr(GError) error = NULL;
    define("stale");
    g_assert_true(take_at("04:00:00", "stale", "ann", &ann, NULL));
    g_assert_true(renew_at("04:00:59", &ann, NULL));
    assert_refused("04:01:30", "stale", "bob");
    g_assert_true(take_at("04:02:09", "stale", "bob", &bob, NULL));
    g_assert_false(renew_at("04:02:09", &ann, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_MACHINE);
    g_assert_cmpint(lease_left_ms(&ann), <=, 0);
    g_assert_true(renew_at("04:02:20", &bob, NULL));
}

static void the_same_key_takes_over_at_once(void)
{
    g_auto(Lease) first = {0}, second = {0};
    g_autoptr(GError) error = NULL;
    define("again");
    g_assert_true(take_at("04:00:00", "again", "ann", &first, NULL));
    g_assert_true(take_at("04:00:01", "again", "ann", &second, NULL));
    g_assert_cmpint(second.token, >, first.token);
    g_assert_false(renew_at("04:00:02", &first, &error));
}

static void a_lease_that_is_given_back_is_free(void)
{
    g_auto(Lease) ann = {0}, bob = {0};
    g_autoptr(Site) site = session_at("04:00:01");
    define("back");
    g_assert_true(take_at("04:00:00", "back", "ann", &ann, NULL));
    g_assert_true(lease_release(site->db, &ann, NULL));
    g_assert_true(lease_release(site->db, &ann, NULL));
    g_assert_true(take_at("04:00:01", "back", "bob", &bob, NULL));
}

static void a_lease_that_is_wanted_back_ends_by_itself(void)
{
    g_auto(Lease) ann = {0}, bob = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(Site) site = session_at("04:00:20");
    define("wanted");
    g_assert_true(take_at("04:00:00", "wanted", "ann", &ann, NULL));
    g_assert_true(
        db_none(site->db, &QUERY_INVENTORY_LEASE_REVOKE, DB_PARAMS(DB_INT(ann.token)), NULL));
    assert_refused("04:00:30", "wanted", "bob");
    g_assert_false(renew_at("04:00:30", &ann, &error));
    assert_refused("04:01:09", "wanted", "bob");
    g_assert_true(take_at("04:01:10", "wanted", "bob", &bob, NULL));
}

static bool is_released(Site *site, int64_t token)
{
    g_autoptr(Rows) rows = NULL;
    g_assert_true(db_row(site->db, &QUERY_INVENTORY_LEASE_RELEASE,
                         DB_PARAMS(DB_INT(token), DB_TEXT("person")), &rows, NULL));
    return rows_bool(rows, 0, "released");
}

static bool is_ended_by_force(Site *site, int64_t token)
{
    g_autoptr(Rows) rows = NULL;
    g_assert_true(
        db_row(site->db, &QUERY_INVENTORY_LEASE_REVOKE, DB_PARAMS(DB_INT(token)), &rows, NULL));
    return rows_bool(rows, 0, "ended");
}

static void a_reservation_keeps_its_token_and_moves_its_end(void)
{
    g_auto(Lease) first = {0}, again = {0}, late = {0};
    define("moved");
    g_assert_true(take_at("04:00:00", "moved", "person:ann@desk:moved", &first, NULL));
    g_assert_true(take_at("04:00:50", "moved", "person:ann@desk:moved", &again, NULL));
    g_assert_cmpint(again.token, ==, first.token);
    assert_refused("04:01:59", "moved", "bob");
    g_assert_true(take_at("04:02:00", "moved", "person:ann@desk:moved", &late, NULL));
    g_assert_cmpint(late.token, >, first.token);
}

static void a_command_that_acts_keeps_the_reservation(void)
{
    g_auto(Lease) ann = {0}, nearer = {0}, bob = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(Site) site = session_at("04:00:10");
    define("acted");
    g_assert_true(take_at("04:00:30", "acted", "person:ann@desk:acted", &ann, NULL));
    Site *acting = session_at("04:00:31");
    g_assert_true(lease_act(acting->db, &ann, NULL));
    g_assert_true(lease_look(acting->db, &ann, NULL));
    g_assert_false(is_released(site, ann.token));
    g_assert_false(take_at("04:00:10", "acted", "person:ann@desk:acted", &nearer, NULL));
    g_assert_false(is_ended_by_force(site, ann.token));
    g_assert_false(lease_look(acting->db, &ann, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_MACHINE);
    g_assert_true(ann.is_wanted);
    g_assert_true(is_released(acting, ann.token)); // its own command may
    g_assert_true(take_at("04:00:32", "acted", "person:bob@desk:acted", &bob, NULL));
    g_assert_true(is_ended_by_force(site, bob.token));
    g_clear_error(&error);
    g_assert_false(lease_act(acting->db, &bob, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_MACHINE);
    site_close(acting);
}

static void we_believe_it_shorter_than_the_database_does(void)
{
    g_auto(Lease) ann = {0};
    define("short");
    g_assert_true(take_at(NULL, "short", "ann", &ann, NULL));
    g_assert_cmpint(lease_left_ms(&ann), <=, (LEASE_S - GUARD_S) * 1000);
    g_assert_cmpint(lease_left_ms(&ann), >, (LEASE_S - GUARD_S) * 1000 - 20000);
    g_assert_false(lease_wants_renewal(&ann));
}

static void a_guard_that_leaves_no_time_is_refused(void)
{
    g_auto(Lease) lease = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(Site) site = session_at(NULL);
    g_assert_false(lease_take(site->db, "x", "a", "a", "p", 20, 10, &lease, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
}

static void *take_many(void *data)
{
    int granted = 0;
    g_autofree char *key = g_strdup_printf("taker %d", GPOINTER_TO_INT(data));
    g_autoptr(Site) site = session_at(NULL);
    for (int i = 0; i < ROUNDS; i++) {
        g_auto(Lease) lease = {0};
        if (lease_take(site->db, "race", key, key, "racing", LEASE_S, GUARD_S, &lease, NULL)) {
            granted++;
            g_assert_true(lease_release(site->db, &lease, NULL));
        }
    }
    return GINT_TO_POINTER(granted);
}

static void takers_at_once_never_share_a_machine(void)
{
    define("race");
    GThread *threads[3];
    int granted = 0;
    for (int i = 0; i < 3; i++)
        threads[i] = g_thread_new("taker", take_many, GINT_TO_POINTER(i));
    for (int i = 0; i < 3; i++)
        granted += GPOINTER_TO_INT(g_thread_join(threads[i]));
    g_autoptr(Site) site = session_at(NULL);
    g_autoptr(Rows) rows = NULL;
    g_assert_true(db_row(site->db, &TOKENS, DB_PARAMS(DB_TEXT("race")), &rows, NULL));
    g_assert_cmpint(rows_int(rows, 0, "n"), ==, granted);
    g_assert_cmpint(rows_int(rows, 0, "tokens"), ==, granted);
    g_assert_cmpint(rows_int(rows, 0, "held"), ==, 0);
    g_assert_cmpint(granted, >=, ROUNDS);
}

static const Query WAITING = {"test", "SELECT count(*) AS n FROM pg_locks WHERE NOT granted"};

static void *take_expired(void *data)
{
    g_auto(Lease) lease = {0};
    (void)data;
    return GINT_TO_POINTER(take_at("04:01:10", "renewed", "bob", &lease, NULL));
}

static void wait_until_one_waits(Site *site)
{
    int64_t until = g_get_monotonic_time() + 20 * G_USEC_PER_SEC, n = 0;
    while (n == 0) {
        g_autoptr(Rows) rows = NULL;
        g_assert_true(db_row(site->db, &WAITING, DB_NO_PARAMS, &rows, NULL));
        n = rows_int(rows, 0, "n");
        g_assert_cmpint(g_get_monotonic_time(), <, until);
        g_usleep(10000);
    }
}

// The renewal came in time and is not told yet when another asks after the end.
static void a_renewal_on_its_way_counts(void)
{
    g_auto(Lease) ann = {0};
    define("renewed");
    g_assert_true(take_at("04:00:00", "renewed", "ann", &ann, NULL));
    g_autoptr(Site) site = session_at("04:01:09");
    g_autoptr(Site) watching = session_at(NULL); // now: the environment is the taker's then
    g_assert_true(db_begin(site->db, NULL));
    g_assert_true(lease_renew(site->db, &ann, NULL));
    GThread *taker = g_thread_new("taker", take_expired, NULL);
    wait_until_one_waits(watching);
    g_assert_true(db_end(site->db, true, NULL));
    g_assert_false(GPOINTER_TO_INT(g_thread_join(taker)));
    g_assert_true(lease_may_act(site->db, &ann, 0, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    PrivateCluster cluster = private_cluster_begin();
    g_test_add_func("/lease/guard", nobody_is_granted_before_end_and_guard);
    g_test_add_func("/lease/refusal", a_refusal_says_who_why_and_until_when);
    g_test_add_func("/lease/stale", a_stale_token_renews_nothing);
    g_test_add_func("/lease/takeover", the_same_key_takes_over_at_once);
    g_test_add_func("/lease/release", a_lease_that_is_given_back_is_free);
    g_test_add_func("/lease/revoke", a_lease_that_is_wanted_back_ends_by_itself);
    g_test_add_func("/lease/reservation", a_reservation_keeps_its_token_and_moves_its_end);
    g_test_add_func("/lease/acting", a_command_that_acts_keeps_the_reservation);
    g_test_add_func("/lease/deadline", we_believe_it_shorter_than_the_database_does);
    g_test_add_func("/lease/short-guard", a_guard_that_leaves_no_time_is_refused);
    g_test_add_func("/lease/renewal-on-its-way", a_renewal_on_its_way_counts);
    g_test_add_func("/lease/race", takers_at_once_never_share_a_machine);
    int status = g_test_run();
    private_cluster_end(&cluster);
    return status;
}
