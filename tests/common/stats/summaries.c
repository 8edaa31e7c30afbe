// common/stats/summaries, bh, prior, noise: means, quantiles, adjustment and priors.
#include "common/stats/summaries.h"

#include "common/stats/bh.h"
#include "common/stats/noise.h"
#include "common/stats/prior.h"
#include "references.h"

#include <glib.h>

static void test_means_agree_with_the_references(void)
{
    static const double RATIOS[] = {1.05, 0.975663716814159, 1.0506329113924, 0.883928571428572};
    ASSERT_NEAR(mean_geometric(RATIOS, 4), 0.987618932472867);
    ASSERT_NEAR(mean_arithmetic(RATIOS, 4), 0.990056299908784);
    ASSERT_NEAR(mean_harmonic(RATIOS, 4), 0.985113791991897);
    static const double WEIGHTS[] = {1, 0, 0, 1};
    ASSERT_NEAR(mean_geometric_weighted(RATIOS, WEIGHTS, 4), sqrt(1.05 * 0.883928571428572));
    static const double ZERO[] = {1, 0};
    ASSERT_NEAR(mean_geometric(ZERO, 2), NAN);
    ASSERT_NEAR(mean_harmonic(ZERO, 2), NAN);
}

static void test_the_interval_over_metrics_agrees_with_the_reference(void)
{
    static const double RATIOS[] = {126.0 / 120, 44.1 / 45.2, .83 / .79, 9.9 / 11.2};
    double low, high, p;
    mean_geometric_interval(RATIOS, 4, .05, &low, &high, &p);
    ASSERT_NEAR(low, 0.867209892856547);
    ASSERT_NEAR(high, 1.12474634320182);
    ASSERT_NEAR(p, 0.780338365504873);
    mean_geometric_interval(RATIOS, 1, .05, &low, &high, &p);
    ASSERT_NEAR(low, NAN);
    static const double ZERO[] = {1, 0};
    mean_geometric_interval(ZERO, 2, .05, &low, &high, &p);
    ASSERT_NEAR(p, NAN);
    static const double EQUAL[] = {1, 1, 1};
    mean_geometric_interval(EQUAL, 3, .05, &low, &high, &p);
    ASSERT_NEAR(p, 1);
    ASSERT_NEAR(low, 1);
}

static void test_spread_of_constants_is_exactly_zero(void)
{
    static const double SAME[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    g_assert_cmpfloat(mean_arithmetic(SAME, 7), ==, 0.1);
    g_assert_cmpfloat(variance(SAME, 7), ==, 0);
    g_assert_cmpfloat(variation(SAME, 7), ==, 0);
    ASSERT_NEAR(variance(SAME, 1), NAN);
    static const double FAR[] = {1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 4};
    ASSERT_NEAR(variance(FAR, 4), 5.0 / 3);
    ASSERT_NEAR(deviation(FAR, 4), sqrt(5.0 / 3));
}

static void test_quantiles_are_of_type_seven(void)
{
    static const double VALUES[] = {7, 1, 5, 3};
    double sorted[] = {1, 3, 5, 7};
    ASSERT_NEAR(median(VALUES, 4), 4);
    ASSERT_NEAR(median(VALUES, 3), 5);
    ASSERT_NEAR(quantile_sorted(sorted, 4, 0), 1);
    ASSERT_NEAR(quantile_sorted(sorted, 4, 0.25), 2.5);
    ASSERT_NEAR(quantile_sorted(sorted, 4, 0.95), 6.7);
    ASSERT_NEAR(quantile_sorted(sorted, 4, 1), 7);
    ASSERT_NEAR(quantile_sorted(sorted, 1, 0.3), 1);
    ASSERT_NEAR(median_deviation(VALUES, 4), 2 * 1.482602218505602);
    ASSERT_NEAR(smallest_step(VALUES, 4), 2);
    static const double SAME[] = {2, 2};
    ASSERT_NEAR(smallest_step(SAME, 2), 0);
}

static void test_serial_correlation_is_seen_within_each_side(void)
{
    static const double SAW[] = {1, -1, 1, -1, 1, -1}, HIGH[] = {101, 99, 101, 99};
    ASSERT_NEAR(serial_correlation(SAW, 6, HIGH, 4), -8.0 / 10);
    static const double STEP[] = {0, 0, 0, 1, 1, 1};
    ASSERT_NEAR(serial_correlation(STEP, 6, NULL, 0), 0.5);
    ASSERT_NEAR(serial_correlation(STEP, 3, NULL, 0), NAN);
    ASSERT_NEAR(effective_count(20, 0.5), 20.0 / 3);
}

static void test_two_modes_pass_the_uniform_coefficient(void)
{
    double modes[30], even[1000];
    for (int i = 0; i < 30; i++)
        modes[i] = (i % 3 == 0 ? 100 : 0) + i * 0.1;
    for (int i = 0; i < 1000; i++)
        even[i] = i;
    g_assert_cmpfloat(sarle_bimodality(modes, 30), >, 0.8);
    g_assert_cmpfloat_with_epsilon(sarle_bimodality(even, 1000), 5.0 / 9, 3e-3);
    ASSERT_NEAR(sarle_bimodality(modes, 3), NAN);
}

static void test_adjustment_agrees_with_the_textbook(void)
{
    static const double P[] = {.001, .008, .039, .041, .042, .06,  .074, .205, .212,
                               .216, .222, .251, .269, .275, .34,  .341, .384, .569,
                               .594, .696, .762, .94,  .942, .975, .986};
    static const double Q[] = {.025,
                               .1,
                               .21,
                               .21,
                               .21,
                               .25,
                               .264285714285714,
                               .491071428571429,
                               .491071428571429,
                               .491071428571429,
                               .491071428571429,
                               .491071428571429,
                               .491071428571429,
                               .491071428571429,
                               .5328125,
                               .5328125,
                               .564705882352941,
                               .781578947368421,
                               .781578947368421,
                               .87,
                               .907142857142857,
                               .986,
                               .986,
                               .986,
                               .986};
    double q[25];
    bh_adjust(P, 25, false, q);
    for (int i = 0; i < 25; i++)
        ASSERT_NEAR(q[i], Q[i]);
    static const double FIVE[] = {.5, .01, .04, .01, .03}, WANTED[] = {.5, .025, .05, .025, .05};
    bh_adjust(FIVE, 5, false, q);
    for (int i = 0; i < 5; i++)
        ASSERT_NEAR(q[i], WANTED[i]);
    bh_adjust(FIVE, 5, true, q);
    ASSERT_NEAR(q[1], .025 * (1 + 1. / 2 + 1. / 3 + 1. / 4 + 1. / 5));
    ASSERT_NEAR(q[0], 1);
}

static void test_trigamma_is_inverted(void)
{
    const double pi = 3.14159265358979323846;
    ASSERT_NEAR(trigamma_inverse(pi * pi / 6), 1);
    ASSERT_NEAR(trigamma_inverse(pi * pi / 2), 0.5);
    ASSERT_NEAR(trigamma_inverse(pi * pi / 6 - 1), 2);
}

static void test_the_family_prior_finds_what_was_drawn(void)
{
    // s^2 = prior 4, 8 df; each of 4000 members with 6 df: chi squares from sums of squares
    g_autoptr(GRand) random = g_rand_new_with_seed(11);
    static double var[4000], df[4000];
    for (int i = 0; i < 4000; i++) {
        double chi[2] = {0, 0};
        for (int k = 0; k < 14; k++) {
            double radius = sqrt(-2 * log(1 - g_rand_double(random)));
            double z = radius * cos(2 * 3.14159265358979 * g_rand_double(random));
            chi[k < 8 ? 0 : 1] += z * z;
        }
        df[i] = 6;
        var[i] = 4 * 8 / chi[0] * chi[1] / 6;
    }
    Prior prior = prior_family(var, df, 4000);
    g_assert_cmpfloat_with_epsilon(prior.var, 4, 0.2);
    g_assert_cmpfloat_with_epsilon(prior.df, 8, 0.8);
    prior = prior_family(var, df, 19);
    g_assert_cmpfloat(prior.df, ==, 0);
    for (int i = 0; i < 20; i++)
        var[i] = 2;
    prior = prior_family(var, df, 20); // no spread at all: the limit
    g_assert_cmpfloat(prior.df, ==, 20);
}

static void test_history_pools_within_releases(void)
{
    static const double VALUES[] = {100, 1, 3, NAN, 10, 12, 14};
    static const int RELEASE[] = {1, 2, 2, 2, 3, 3, 3};
    Prior prior;
    bool is_log = true;
    static const double SHIFTED[] = {-100, 1, 3, NAN, 10, 12, 14};
    prior_history(SHIFTED, RELEASE, 7, &prior, &is_log);
    g_assert_false(is_log);
    ASSERT_NEAR(prior.df, 3);
    ASSERT_NEAR(prior.var, (2.0 + 8.0) / 3);
    prior_history(VALUES, RELEASE, 4, &prior, &is_log);
    g_assert_true(is_log);
    ASSERT_NEAR(prior.var, pow(log(3), 2) / 2);
    double many[50];
    int release[50];
    for (int i = 0; i < 50; i++) { // 25 releases of 2; the first five are wild
        many[i] = 1 + (i % 2) * (i < 10 ? 1000 : 1);
        release[i] = i / 2;
    }
    prior_history(many, release, 50, &prior, &is_log);
    ASSERT_NEAR(prior.df, 20);
    ASSERT_NEAR(prior.var, pow(log(2), 2) / 2);
}

static void test_noise_beyond_the_boots_raises_the_margin(void)
{
    AaPair pairs[20];
    for (int i = 0; i < 20; i++)
        pairs[i] = (AaPair){i % 2 ? 0.03 : -0.03, 0.01, 0.5};
    ASSERT_NEAR(noise_tau(pairs, 4), 0);
    ASSERT_NEAR(noise_tau(pairs, 20), sqrt(0.0009 * 20 / 19 - 0.0001));
    ASSERT_NEAR(noise_floor(pairs, 20, 0.02, 0.05), 0);
    pairs[0].p = 0.01; // one of 20 is 5 %, not more
    ASSERT_NEAR(noise_floor(pairs, 20, 0.02, 0.05), 0);
    pairs[1].p = 0.01;
    ASSERT_NEAR(noise_floor(pairs, 20, 0.02, 0.05), 0.03);
    ASSERT_NEAR(noise_floor(pairs, 19, 0.02, 0.05), 0);
    ASSERT_NEAR(noise_floor(pairs, 20, 0.04, 0.05), 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/summaries/means", test_means_agree_with_the_references);
    g_test_add_func("/summaries/interval over metrics",
                    test_the_interval_over_metrics_agrees_with_the_reference);
    g_test_add_func("/summaries/constants", test_spread_of_constants_is_exactly_zero);
    g_test_add_func("/summaries/quantiles", test_quantiles_are_of_type_seven);
    g_test_add_func("/summaries/serial", test_serial_correlation_is_seen_within_each_side);
    g_test_add_func("/summaries/modes", test_two_modes_pass_the_uniform_coefficient);
    g_test_add_func("/bh/textbook", test_adjustment_agrees_with_the_textbook);
    g_test_add_func("/prior/trigamma", test_trigamma_is_inverted);
    g_test_add_func("/prior/family", test_the_family_prior_finds_what_was_drawn);
    g_test_add_func("/prior/history", test_history_pools_within_releases);
    g_test_add_func("/noise/pairs", test_noise_beyond_the_boots_raises_the_margin);
    return g_test_run();
}
