// common/stats/composite: the one number of a cell.
#include "common/stats/composite.h"

#include "references.h"

#include <glib.h>

static void test_the_number_is_the_geometric_mean_of_oriented_ratios(void)
{
    static const double BASE[] = {120, 45.2, .83, 9.9}, NEW[] = {126, 44.1, .79, 11.2};
    static const Better BETTER[] = {BETTER_HIGHER, BETTER_HIGHER, BETTER_LOWER, BETTER_LOWER};
    CompositeMember members[4];
    for (int i = 0; i < 4; i++) {
        double ratio = orient_ratio(NEW[i] / BASE[i], BETTER[i]);
        members[i] =
            (CompositeMember){&BASE[i], 1, &NEW[i], 1, BETTER[i], i, STATE_UNCONFIRMED, ratio};
    }
    Composite composite;
    composite_compute(members, 4, true, &composite);
    ASSERT_NEAR(composite.ratio, 0.987618932472867);
    g_assert_true(isnan(composite.ci_low) && isnan(composite.p));
    g_assert_cmpint(composite.worst, ==, 3);
    g_assert_cmpint(composite.worst_significant, ==, -1);
    g_assert_cmpint(composite.present, ==, 4);
}

static void test_groups_weigh_the_same_however_many_members(void)
{
    static const double ONE[] = {1, 1}, TWO[] = {2, 2}, HALF[] = {.5, .5};
    CompositeMember members[] = {
        {ONE, 2, TWO, 2, BETTER_HIGHER, 7, STATE_SAME, 2},
        {ONE, 2, TWO, 2, BETTER_HIGHER, 7, STATE_SAME, 2},
        {ONE, 2, TWO, 2, BETTER_HIGHER, 7, STATE_SAME, 2},
        {ONE, 2, HALF, 2, BETTER_HIGHER, 8, STATE_REGRESSED, .5},
    };
    Composite composite;
    composite_compute(members, 4, true, &composite);
    ASSERT_NEAR(composite.ratio, 1);
    g_assert_cmpint(composite.worst_significant, ==, 3); // a loss inside 1.00 still shows
    g_assert_cmpint(composite.worse, ==, 1);
}

static void test_what_does_not_count_is_left_out_and_not_one(void)
{
    static const double ONE[] = {1, 1}, TWO[] = {2, 2}, ZERO[] = {0, 2};
    CompositeMember members[] = {
        {ONE, 2, TWO, 2, BETTER_HIGHER, 1, STATE_IMPROVED, 2},
        {ONE, 2, ZERO, 2, BETTER_HIGHER, 2, STATE_UNDECIDED, NAN},
        {ONE, 2, NULL, 0, BETTER_HIGHER, 3, STATE_NO_DATA, NAN},
        {ONE, 2, TWO, 2, BETTER_NONE, 4, STATE_NONE, 2},
        {ONE, 2, TWO, 2, BETTER_LOWER, 5, STATE_FAILED, .5},
    };
    Composite composite;
    composite_compute(members, 5, false, &composite);
    ASSERT_NEAR(composite.ratio, 2);
    g_assert_cmpint(composite.present, ==, 1);
    g_assert_cmpint(composite.expected, ==, 4);
    composite_compute(members + 1, 1, false, &composite);
    g_assert_true(isnan(composite.ratio));
}

static void test_shared_boots_bring_their_correlation_in(void)
{
    // two metrics that move against each other: the composite hardly moves
    static const double A[] = {100, 110, 90, 105}, B[] = {100, 90, 110, 95};
    static const double C[] = {102, 112, 92, 107}, D[] = {102, 92, 112, 97};
    CompositeMember members[] = {{A, 4, C, 4, BETTER_HIGHER, 1, STATE_SAME, 1.02},
                                 {B, 4, D, 4, BETTER_HIGHER, 2, STATE_SAME, 1.02}};
    Composite shared, apart;
    composite_compute(members, 2, true, &shared);
    composite_compute(members, 2, false, &apart);
    ASSERT_NEAR(shared.ratio, apart.ratio);
    g_assert_cmpfloat(shared.ci_high / shared.ci_low, <, 1.02);
    g_assert_cmpfloat(apart.ci_high / apart.ci_low, >, 1.1);
    g_assert_cmpfloat(shared.p, <, 0.01);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/composite/geometric-mean",
                    test_the_number_is_the_geometric_mean_of_oriented_ratios);
    g_test_add_func("/composite/groups", test_groups_weigh_the_same_however_many_members);
    g_test_add_func("/composite/left-out", test_what_does_not_count_is_left_out_and_not_one);
    g_test_add_func("/composite/shared-boots", test_shared_boots_bring_their_correlation_in);
    return g_test_run();
}
