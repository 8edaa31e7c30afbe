// common/stats/welch, tdist: t comparisons against R and scipy, tails against closed forms.
#include "common/stats/welch.h"

#include "common/stats/tdist.h"
#include "references.h"

#include <glib.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

static void test_welch_agrees_with_the_references(void)
{
    for (int i = 0; i < REFERENCE_COUNT; i++) {
        const Reference *r = &REFERENCES[i];
        Welch welch = {.df = -1};
        bool defined = welch_plain(side_of(r->base, r->n), side_of(r->new_, r->m), &welch);
        g_test_message("%s", r->name);
        g_assert_cmpint(defined, ==, !isnan(r->t));
        if (!defined) {
            g_assert_cmpfloat(welch.df, ==, -1);
            continue;
        }
        ASSERT_NEAR(welch_t(&welch), r->t);
        ASSERT_NEAR(welch.df, r->df);
        ASSERT_NEAR(welch_p(&welch), r->p_welch);
    }
}

static Welch welch_of_logs(const Reference *r)
{
    double base[30], new_[30];
    for (int i = 0; i < r->n; i++)
        base[i] = log(r->base[i]);
    for (int i = 0; i < r->m; i++)
        new_[i] = log(r->new_[i]);
    return welch_moderated(side_of(base, r->n), side_of(new_, r->m), (Prior){0});
}

static void test_equivalence_agrees_with_the_references(void)
{
    Welch five = welch_of_logs(&REFERENCES[2]), thirty = welch_of_logs(&REFERENCES[11]);
    double low = 0, high = 0, margin = log(1.05);
    ASSERT_NEAR(five.difference, 0.0352445087871365);
    ASSERT_NEAR(five.se, 0.011763788685262);
    ASSERT_NEAR(five.df, 7.12823772427553);
    ASSERT_NEAR(welch_equivalence_p(&five, margin), 0.143346275360939);
    welch_interval(&five, 0.1, &low, &high);
    ASSERT_NEAR(exp(low), 1.01310235529294);
    ASSERT_NEAR(exp(high), 1.05915535509033);
    ASSERT_NEAR(thirty.difference, 0.0295575034635664);
    ASSERT_NEAR(thirty.se, 0.0128562001473867);
    ASSERT_NEAR(welch_equivalence_p(&thirty, margin), 0.0700399622528605);
    welch_interval(&thirty, 0.05, &low, &high);
    ASSERT_NEAR(exp(thirty.difference), 1.02999866225955);
    ASSERT_NEAR(exp(low), 1.00383033992208);
    ASSERT_NEAR(exp(high), 1.05684915275506);
    ASSERT_NEAR(welch_p(&thirty), 0.025120878364633);
}

static void test_a_prior_draws_both_variances_towards_it(void)
{
    Side a = {3, 1.0, 4.0}, b = {5, 2.0, 1.0};
    Welch welch = welch_moderated(a, b, (Prior){2.0, 6});
    // k_a = 3 + 2, v_a = (3*2 + 2*4)/5; k_b = 3 + 4, v_b = (3*2 + 4*1)/7
    ASSERT_NEAR(welch.var_a, 14.0 / 5);
    ASSERT_NEAR(welch.var_b, 10.0 / 7);
    double e_a = 14.0 / 15, e_b = 10.0 / 35;
    ASSERT_NEAR(welch.se, sqrt(e_a + e_b));
    ASSERT_NEAR(welch.df, (e_a + e_b) * (e_a + e_b) / (e_a * e_a / 5 + e_b * e_b / 7));
}

static void test_student_tails_are_exact_where_they_have_a_closed_form(void)
{
    const double pi = 3.14159265358979323846;
    for (double t = 1e-6; t < 1e6; t *= 3.7) {
        double one = 2 / pi * atan(1 / t), root = sqrt(2 + t * t);
        double two = 2 / (root * (root + t));
        g_assert_cmpfloat_with_epsilon(student_two_sided(t, 1) / one, 1, 1e-12);
        g_assert_cmpfloat_with_epsilon(student_two_sided(t, 2) / two, 1, 1e-12);
    }
    g_assert_cmpfloat(student_two_sided(0, 7), ==, 1);
    g_assert_cmpfloat(student_two_sided(INFINITY, 7), ==, 0);
    g_assert_cmpfloat(student_two_sided(1e9, 300), ==, 0);
    g_assert_cmpfloat_with_epsilon(student_upper(-2, 1) + student_upper(2, 1), 1, 1e-15);
}

/* The general incomplete beta function of GSL, where it is exact itself. */
static void test_student_tails_agree_with_gsl(void)
{
    for (double df = 0.05; df < 4000; df *= 1.37) {
        for (double t = 1; t < 1e6; t *= 1.17) {
            double x = df / (df + t * t);
            if (df / 2 * log(x) < -600)
                break;
            double other = gsl_sf_beta_inc(df / 2, 0.5, x);
            g_assert_cmpfloat_with_epsilon(student_two_sided(t, df) / other, 1, 1e-12);
        }
        for (double t = 1e-3; t < 1; t *= 1.17) {
            double other = 1 - gsl_sf_beta_inc(0.5, df / 2, t * t / (df + t * t));
            g_assert_cmpfloat_with_epsilon(student_two_sided(t, df), other, 1e-12);
        }
    }
    // near the middle, where GSL gives 1: 1 - 2 t f(0), f(0) the density of nearly a normal
    g_assert_cmpfloat_with_epsilon(student_two_sided(1e-5, 1e6), 1 - 2e-5 / sqrt(2 * M_PI), 1e-11);
}

static void test_student_quantiles_invert_the_tails(void)
{
    static const double DF[] = {0.7, 1, 1.5, 2, 3.3, 8, 29.5, 31, 400, 1e5};
    static const double TAIL[] = {1e-12, 1e-5, 2.5e-5, 0.01, 0.025, 0.05, 0.2, 0.4999};
    for (size_t i = 0; i < G_N_ELEMENTS(DF); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(TAIL); j++) {
            double t = student_quantile(1 - TAIL[j], DF[i]);
            double wanted = 1 - (1 - TAIL[j]); // as a double sees it
            g_assert_cmpfloat_with_epsilon(student_upper(t, DF[i]) / wanted, 1, 1e-11);
            g_assert_cmpfloat(student_quantile(TAIL[j], DF[i]), <, 0);
        }
        g_assert_cmpfloat(student_quantile(0.5, DF[i]), ==, 0);
    }
    g_assert_cmpfloat_with_epsilon(student_quantile(0.975, 4), 2.7764451051977987, 1e-12);
    g_assert_cmpfloat_with_epsilon(normal_quantile(0.975), 1.959963984540054, 1e-12);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/welch/references", test_welch_agrees_with_the_references);
    g_test_add_func("/welch/equivalence", test_equivalence_agrees_with_the_references);
    g_test_add_func("/welch/prior", test_a_prior_draws_both_variances_towards_it);
    g_test_add_func("/student/tails", test_student_tails_are_exact_where_they_have_a_closed_form);
    g_test_add_func("/student/gsl", test_student_tails_agree_with_gsl);
    g_test_add_func("/student/quantiles", test_student_quantiles_invert_the_tails);
    return g_test_run();
}
