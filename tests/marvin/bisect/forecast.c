// What a forecast says of histories whose answer is plain.
#include "marvin/bisect/forecast.h"

#include <math.h>

static Forecast forecast_need(double separation, int n, int trials)
{
    g_autoptr(Graph) graph = graph_new_line(n);
    g_autoptr(GError) error = NULL;
    SearchOptions options;
    Forecast forecast = {0};
    search_options(&options);
    options.seed = 7;
    g_assert_true(forecast_run(graph, &options, separation, trials, NULL, &forecast, &error));
    g_assert_no_error(error);
    return forecast;
}

static void a_large_change_costs_little_and_is_found(void)
{
    Forecast forecast = forecast_need(6, 64, 40);
    g_assert_cmpint(forecast.trials, ==, 40);
    g_assert_cmpint(forecast.right, >=, 38);
    g_assert_cmpfloat(forecast.builds.mean, <=, log2(64) + 8);
    g_assert_cmpfloat(forecast.search.mean, <, 20);
    g_assert_cmpfloat(forecast.search.most, >=, forecast.search.mean);
    g_assert_cmpfloat(forecast.cost.mean, >, forecast.search.mean + 4 * forecast.builds.mean);
}

static void a_change_within_the_noise_does_not_reproduce(void)
{
    Forecast forecast = forecast_need(.01, 16, 20);
    g_assert_cmpint(forecast.found, ==, 0);
    g_assert_cmpint(forecast.not_reproduced + forecast.undecided, ==, 20);
}

static void halves_are_right_as_often_as_all_their_steps(void)
{
    // Phi(1) = .8413447, ten steps.
    g_assert_cmpfloat_with_epsilon(forecast_halves(1024, 2, 1), pow(.8413447460685429, 10), 1e-9);
    g_assert_cmpfloat(forecast_halves(1024, 2, 10), >, .97);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/forecast/large", a_large_change_costs_little_and_is_found);
    g_test_add_func("/forecast/none", a_change_within_the_noise_does_not_reproduce);
    g_test_add_func("/forecast/halves", halves_are_right_as_often_as_all_their_steps);
    return g_test_run();
}
