// benchmarks/statistic: words and the one number of a trial.
#include "benchmarks/statistic.h"

static void test_words_round_trip(void)
{
    const char *words[] = {"median", "mean", "min", "max", "p99", "p99.9", "p5", "p0", "p100"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        Statistic statistic;
        g_assert_true(statistic_parse(words[i], &statistic));
        g_autofree char *text = statistic_format(statistic);
        g_assert_cmpstr(text, ==, words[i]);
    }
}

static void test_other_words_are_refused(void)
{
    const char *words[] = {"", "p", "p101", "p-5", "p+5", "Median", "average", "pNN", "p9x"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        Statistic untouched = {STATISTIC_MAX, 0};
        g_assert_false(statistic_parse(words[i], &untouched));
        g_assert_cmpint(untouched.kind, ==, STATISTIC_MAX);
    }
}

static void value_is(const char *word, double expected)
{
    // R: x <- c(3, 10, 1, 4); median(x), mean(x), quantile(x, c(.99, .25))
    const double values[] = {3, 10, 1, 4};
    Statistic statistic;
    g_assert_true(statistic_parse(word, &statistic));
    g_assert_cmpfloat_with_epsilon(statistic_value(statistic, values, 4), expected, 1e-12);
}

static void test_values_agree_with_r(void)
{
    value_is("median", 3.5);
    value_is("mean", 4.5);
    value_is("min", 1);
    value_is("max", 10);
    value_is("p99", 9.82);
    value_is("p25", 2.5);
    value_is("p0", 1);
    value_is("p100", 10);
}

static void test_a_single_value_is_every_statistic(void)
{
    const char *words[] = {"median", "mean", "min", "max", "p99"};
    const double value = 7.25;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        Statistic statistic;
        g_assert_true(statistic_parse(words[i], &statistic));
        g_assert_cmpfloat(statistic_value(statistic, &value, 1), ==, 7.25);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/statistic/words-round-trip", test_words_round_trip);
    g_test_add_func("/statistic/other-words-are-refused", test_other_words_are_refused);
    g_test_add_func("/statistic/values-agree-with-r", test_values_agree_with_r);
    g_test_add_func("/statistic/a-single-value-is-every-statistic",
                    test_a_single_value_is_every_statistic);
    return g_test_run();
}
