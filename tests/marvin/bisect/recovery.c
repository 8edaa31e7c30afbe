// What a revert takes back, by hand.
#include "marvin/bisect/recovery.h"

#include <glib.h>
#include <math.h>

static Level level_of(double a, double b)
{
    Level level = {0};
    level_add(&level, a);
    level_add(&level, b);
    return level;
}

static void half_of_a_change_comes_back(void)
{
    // Means 10, 20, 15; each ss 2, so variance 6/3 = 2 with 3 degrees of freedom. Units of the
    // delta method: (.25 + 1 + .25) / 2 = .75; se = sqrt(1.5) / 10; t(.975, 3) = 3.182446305.
    Level old = level_of(9, 11), whole = level_of(19, 21), reverted = level_of(14, 16);
    Recovery recovery = recovery_estimate(&old, &whole, &reverted);
    g_assert_cmpfloat_with_epsilon(recovery.share, .5, 1e-12);
    g_assert_cmpfloat_with_epsilon(recovery.high, .5 + 3.182446305283710 * sqrt(1.5) / 10, 1e-9);
    g_assert_cmpfloat_with_epsilon(recovery.low, 1 - recovery.high, 1e-12);
}

static void what_is_not_known_is_no_number(void)
{
    Level none = {0}, some = level_of(1, 2), more = level_of(3, 4), one = {.n = 1, .mean = 5};
    g_assert_true(isnan(recovery_estimate(&some, &more, &none).share));
    g_assert_true(isnan(recovery_estimate(&some, &some, &more).share));
    Recovery alone =
        recovery_estimate(&(Level){.n = 1, .mean = 1}, &one, &(Level){.n = 1, .mean = 3});
    g_assert_cmpfloat_with_epsilon(alone.share, .5, 1e-12);
    g_assert_true(isnan(alone.low));
}

static void a_clear_change_needs_few_runs(void)
{
    g_assert_cmpint(recovery_runs(5), ==, 5);
    g_assert_cmpint(recovery_runs(1), ==, 16);
    g_assert_cmpint(recovery_runs(.1), ==, 40);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recovery/half", half_of_a_change_comes_back);
    g_test_add_func("/recovery/none", what_is_not_known_is_no_number);
    g_test_add_func("/recovery/runs", a_clear_change_needs_few_runs);
    return g_test_run();
}
