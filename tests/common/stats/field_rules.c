// common/stats/field_rules: each rule on cases worked out by hand, on both sides of its limit.
#include "common/stats/field_rules.h"

#include <glib.h>

typedef struct {
    const double *values;
    int n;
} Boots;

#define BOOTS(...)                                                                                 \
    ((Boots){(const double[]){__VA_ARGS__},                                                        \
             (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double))})

static int call(FieldRule rule, Boots base, Boots new_, Better better)
{
    g_autoptr(RankTables) tables = rank_tables_new();
    int there = field_rule_call(rule, base.values, base.n, new_.values, new_.n, better, tables);
    if (rule != FIELD_LKP && rule != FIELD_LKP_GAP) // symmetric, as LKP's cut of the ends is not
        g_assert_cmpint(
            field_rule_call(rule, new_.values, new_.n, base.values, base.n, better, tables), ==,
            -there);
    return there;
}

static void test_lkp_asks_for_each_range_beyond_the_others_median(void)
{
    // 104 > 101 and 106 > 105, though the ranges overlap
    Boots base = BOOTS(105, 100, 101), above = BOOTS(107, 104, 106);
    g_assert_cmpint(call(FIELD_LKP, base, above, BETTER_LOWER), ==, 1);
    g_assert_cmpint(call(FIELD_LKP, above, base, BETTER_LOWER), ==, -1);
    // 101 is not above the median 101
    g_assert_cmpint(call(FIELD_LKP, base, BOOTS(101, 106, 107), BETTER_LOWER), ==, 0);
    // the median 104 is not above the highest, 105
    g_assert_cmpint(call(FIELD_LKP, base, BOOTS(102, 104, 107), BETTER_LOWER), ==, 0);
    // four values: the upper median, 103, which 102 is not above
    g_assert_cmpint(call(FIELD_LKP, BOOTS(100, 101, 103, 104), BOOTS(102, 106, 107), BETTER_LOWER),
                    ==, 0);
}

static void test_lkp_passes_over_one_per_cent_and_two_boots(void)
{
    Boots base = BOOTS(1000, 1000, 1000);
    g_assert_cmpint(call(FIELD_LKP, base, BOOTS(1010, 1010, 1010), BETTER_LOWER), ==, 0);
    g_assert_cmpint(call(FIELD_LKP, base, BOOTS(1011, 1011, 1011), BETTER_LOWER), ==, 1);
    g_assert_cmpint(call(FIELD_LKP, BOOTS(100, 100), BOOTS(200, 200), BETTER_LOWER), ==, 0);
    // against nothing every ratio is large
    g_assert_cmpint(call(FIELD_LKP, BOOTS(0, 0, 0), BOOTS(1, 1, 1), BETTER_LOWER), ==, 1);
}

static void test_lkp_cuts_the_ends_of_32_values(void)
{
    double base[32], new_[32];
    for (int i = 0; i < 32; i++) {
        base[i] = i == 0 ? 300 : 100;
        new_[i] = i == 0 ? 50 : 110;
    }
    g_assert_cmpint(call(FIELD_LKP, (Boots){base, 32}, (Boots){new_, 32}, BETTER_LOWER), ==, 1);
    g_assert_cmpint(call(FIELD_LKP, (Boots){base, 31}, (Boots){new_, 31}, BETTER_LOWER), ==, 0);
}

static void test_lkp_gap_asks_for_half_the_distance_of_the_medians(void)
{
    // medians 101 and 111, 10 apart: a gap of 6 is enough, of 5 is not
    Boots base = BOOTS(100, 101, 104);
    g_assert_cmpint(call(FIELD_LKP_GAP, base, BOOTS(110, 111, 112), BETTER_LOWER), ==, 1);
    g_assert_cmpint(call(FIELD_LKP_GAP, BOOTS(110, 111, 112), base, BETTER_LOWER), ==, -1);
    g_assert_cmpint(call(FIELD_LKP_GAP, base, BOOTS(109, 111, 112), BETTER_LOWER), ==, 0);
    g_assert_cmpint(call(FIELD_LKP_GAP, base, BOOTS(103, 111, 112), BETTER_LOWER), ==, 0);
    // two values on a side: a gap of 8 is not more than twice the range of 4, one of 9 is
    g_assert_cmpint(call(FIELD_LKP_GAP, base, BOOTS(112, 113), BETTER_LOWER), ==, 0);
    g_assert_cmpint(call(FIELD_LKP_GAP, base, BOOTS(113, 113), BETTER_LOWER), ==, 1);
}

static void test_mmtests_asks_for_the_facing_halves_of_both_intervals(void)
{
    // s = 1 on both sides: the limit is 2 * 1.95996 = 3.9199, whatever n
    Boots base = BOOTS(99, 100, 101);
    g_assert_cmpint(call(FIELD_MMTESTS, base, BOOTS(102.91, 103.91, 104.91), BETTER_LOWER), ==, 0);
    g_assert_cmpint(call(FIELD_MMTESTS, base, BOOTS(102.93, 103.93, 104.93), BETTER_LOWER), ==, 1);
    // one value has no deviation, and is never marked; two constants are, by their difference
    g_assert_cmpint(call(FIELD_MMTESTS, base, BOOTS(500), BETTER_LOWER), ==, 0);
    g_assert_cmpint(call(FIELD_MMTESTS, BOOTS(55, 55), BOOTS(56, 56), BETTER_LOWER), ==, 0);
    g_assert_cmpint(call(FIELD_MMTESTS, BOOTS(55, 55), BOOTS(57, 57), BETTER_LOWER), ==, 1);
}

static void test_mmtests_takes_harmonic_means_where_higher_is_better(void)
{
    // 1, 2: H = 4/3, squares (1/4)^2 + (1/4)^2 = 1/8, s = sqrt(1/8 * (4/3)^4 / 2) = 4/9.
    // 1 + c, 2 + c with c = 20: H = 21.48837, s = .49973: the limit is 1.95996 * .94417 = 1.8506.
    Boots base = BOOTS(1, 2);
    g_assert_cmpint(call(FIELD_MMTESTS, base, BOOTS(21, 22), BETTER_HIGHER), ==, 1);
    // constant b: the limit is 1.95996 * 4/9 = .871095, from 1.333333: 2.204428
    g_assert_cmpint(call(FIELD_MMTESTS, base, BOOTS(2.2044, 2.2044), BETTER_HIGHER), ==, 0);
    g_assert_cmpint(call(FIELD_MMTESTS, base, BOOTS(2.2045, 2.2045), BETTER_HIGHER), ==, 1);
    // arithmetic: mean 1.5, s = .7071, the limit 2.8859
    g_assert_cmpint(call(FIELD_MMTESTS, base, BOOTS(2.8858, 2.8858), BETTER_LOWER), ==, 0);
    g_assert_cmpint(call(FIELD_MMTESTS, base, BOOTS(2.8860, 2.8860), BETTER_LOWER), ==, 1);
    // what is not positive has no harmonic mean
    g_assert_cmpint(call(FIELD_MMTESTS, BOOTS(0, 1), BOOTS(21, 22), BETTER_HIGHER), ==, 0);
}

static void test_sdiff_is_in_units_of_the_mean_deviation(void)
{
    // s = 1 and 3: sqrt((1 + 9) / 2) = 2.2361, twice that is 4.4721
    Boots base = BOOTS(99, 100, 101);
    g_assert_cmpint(call(FIELD_MMTESTS_SDIFF, base, BOOTS(101.47, 104.47, 107.47), BETTER_LOWER),
                    ==, 0);
    g_assert_cmpint(call(FIELD_MMTESTS_SDIFF, base, BOOTS(101.48, 104.48, 107.48), BETTER_LOWER),
                    ==, 1);
}

static void test_t7_asks_for_seven_errors_and_two_per_cent(void)
{
    // s = 1, n = 3: se = sqrt(2/3) = .81650, seven of them 5.71548
    Boots base = BOOTS(99, 100, 101);
    g_assert_cmpint(call(FIELD_T7, base, BOOTS(104.71, 105.71, 106.71), BETTER_LOWER), ==, 0);
    g_assert_cmpint(call(FIELD_T7, base, BOOTS(104.72, 105.72, 106.72), BETTER_LOWER), ==, 1);
    // no spread at all: t is infinite, 2 % is still asked for
    g_assert_cmpint(call(FIELD_T7, BOOTS(100, 100), BOOTS(101, 101), BETTER_LOWER), ==, 0);
    g_assert_cmpint(call(FIELD_T7, BOOTS(100, 100), BOOTS(103, 103), BETTER_LOWER), ==, 1);
    g_assert_cmpint(call(FIELD_T7, BOOTS(100, 100), BOOTS(100, 100), BETTER_LOWER), ==, 0);
}

static void test_mann_whitney_needs_four_boots(void)
{
    // all above all: p = 2/20 = .1 at 3 v 3, 2/70 = .0286 at 4 v 4; one pair astray 4/70 = .0571
    g_assert_cmpint(call(FIELD_MANN_WHITNEY, BOOTS(1, 2, 3), BOOTS(7, 8, 9), BETTER_LOWER), ==, 0);
    g_assert_cmpint(call(FIELD_MANN_WHITNEY, BOOTS(1, 2, 3, 4), BOOTS(6, 7, 8, 9), BETTER_LOWER),
                    ==, 1);
    g_assert_cmpint(call(FIELD_MANN_WHITNEY, BOOTS(1, 2, 3, 6.5), BOOTS(6, 7, 8, 9), BETTER_LOWER),
                    ==, 0);
}

static void test_every_rule_has_a_name_and_no_rule_calls_equal_boots_different(void)
{
    for (int rule = 0; rule < FIELD_COUNT; rule++) {
        g_assert_cmpstr(field_rule_format((FieldRule)rule), !=, "");
        g_assert_cmpstr(field_rule_explain((FieldRule)rule), !=, "");
        Boots same = BOOTS(10, 11, 12, 13, 14, 15, 16, 17, 18, 19);
        g_assert_cmpint(call((FieldRule)rule, same, same, BETTER_HIGHER), ==, 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/field_rules/lkp", test_lkp_asks_for_each_range_beyond_the_others_median);
    g_test_add_func("/field_rules/lkp/small", test_lkp_passes_over_one_per_cent_and_two_boots);
    g_test_add_func("/field_rules/lkp/cut", test_lkp_cuts_the_ends_of_32_values);
    g_test_add_func("/field_rules/lkp_gap", test_lkp_gap_asks_for_half_the_distance_of_the_medians);
    g_test_add_func("/field_rules/mmtests",
                    test_mmtests_asks_for_the_facing_halves_of_both_intervals);
    g_test_add_func("/field_rules/mmtests/harmonic",
                    test_mmtests_takes_harmonic_means_where_higher_is_better);
    g_test_add_func("/field_rules/sdiff", test_sdiff_is_in_units_of_the_mean_deviation);
    g_test_add_func("/field_rules/t7", test_t7_asks_for_seven_errors_and_two_per_cent);
    g_test_add_func("/field_rules/mann_whitney", test_mann_whitney_needs_four_boots);
    g_test_add_func("/field_rules/names",
                    test_every_rule_has_a_name_and_no_rule_calls_equal_boots_different);
    return g_test_run();
}
