// common/clock: times as files have them, and a wait that can be cut short.
#include "common/clock.h"

#include <glib.h>

static void test_times_round_trip(void)
{
    static const int64_t times[] = {0, 1, 951782400, 1795000000, 4102444800};
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        g_autofree char *text = clock_format(times[i]);
        int64_t parsed = -1;
        g_assert_true(clock_parse(text, &parsed));
        g_assert_cmpint(parsed, ==, times[i]);
    }
    g_autofree char *text = clock_format(1794888306);
    g_assert_cmpstr(text, ==, "2026-11-17T04:05:06Z");
}

static void test_other_spellings_are_read(void)
{
    static const char *const spellings[] = {
        "2026-11-17T04:05:06",      "2026-11-17T05:05:06+01:00",      "2026-11-17 04:05:06+00",
        "2026-11-17 05:05:06.5+01", "2026-11-17T04:05:06.123456789Z", "20261117T040506Z"};
    for (size_t i = 0; i < G_N_ELEMENTS(spellings); i++) {
        int64_t parsed = 0;
        if (!clock_parse(spellings[i], &parsed) || parsed != 1794888306)
            g_error("%s gives %" G_GINT64_FORMAT, spellings[i], parsed);
    }
}

static void test_what_is_no_time_is_refused(void)
{
    static const char *const bad[] = {"",
                                      "now",
                                      "2026-11-17",
                                      "2026-13-17T04:05:06Z",
                                      "2026-11-17T25:05:06Z",
                                      "2026-11-17T04:05:06Z; drop"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        int64_t untouched = 7;
        if (clock_parse(bad[i], &untouched) || untouched != 7)
            g_error("'%s' was taken for a time", bad[i]);
    }
}

static bool say_yes(void *data)
{
    return ++*(int *)data >= 2;
}

static void test_a_wait_is_cut_short(void)
{
    int asked = 0;
    int64_t start = clock_monotonic_ms();
    g_assert_false(clock_sleep(60000, say_yes, &asked));
    g_assert_cmpint(clock_monotonic_ms() - start, <, 30000);
    g_assert_cmpint(asked, ==, 2);
}

static void test_a_wait_lasts(void)
{
    double start = clock_monotonic_s();
    g_assert_true(clock_sleep(20, NULL, NULL));
    g_assert_cmpfloat(clock_monotonic_s() - start, >=, 0.019);
    g_assert_true(clock_sleep(0, NULL, NULL));
    g_assert_true(clock_sleep(-5, NULL, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/clock/times-round-trip", test_times_round_trip);
    g_test_add_func("/clock/other-spellings", test_other_spellings_are_read);
    g_test_add_func("/clock/no-time", test_what_is_no_time_is_refused);
    g_test_add_func("/clock/a-wait-is-cut-short", test_a_wait_is_cut_short);
    g_test_add_func("/clock/a-wait-lasts", test_a_wait_lasts);
    return g_test_run();
}
