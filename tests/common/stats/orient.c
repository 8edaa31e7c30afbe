// common/stats/orient: one direction for every metric.
#include "common/stats/orient.h"

#include <glib.h>

static void test_above_one_is_better(void)
{
    g_assert_cmpfloat(orient_ratio(1.25, BETTER_HIGHER), ==, 1.25);
    g_assert_cmpfloat(orient_ratio(1.25, BETTER_LOWER), ==, 0.8);
    g_assert_cmpfloat(orient_ratio(1.25, BETTER_NONE), ==, 1.25);
}

static void test_names_round_trip(void)
{
    for (int i = 0; i < 3; i++) {
        Better parsed = BETTER_NONE;
        g_assert_true(better_parse(better_format((Better)i), &parsed));
        g_assert_cmpint(parsed, ==, i);
    }
    Better untouched = BETTER_LOWER;
    g_assert_false(better_parse("Higher", &untouched));
    g_assert_cmpint(untouched, ==, BETTER_LOWER);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/orient/above-one-is-better", test_above_one_is_better);
    g_test_add_func("/orient/names-round-trip", test_names_round_trip);
    return g_test_run();
}
