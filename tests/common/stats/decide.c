// common/stats/decide: the procedure on single members and on families, case by case.
#include "common/stats/decide.h"

#include "common/stats/tdist.h"
#include "references.h"

#include <glib.h>
#include <string.h>

static Judged judge_one(Member member)
{
    Judged judged;
    if (member.margin == 0)
        member.margin = 0.02;
    family_decide(&member, 1, NULL, &judged, NULL);
    return judged;
}

#define COUNT(...) (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double))
#define BASE(...) .base = (const double[]){__VA_ARGS__}, .n_base = COUNT(__VA_ARGS__)
#define NEW(...) .new_ = (const double[]){__VA_ARGS__}, .n_new = COUNT(__VA_ARGS__)

/* Members of their own kind: a small family around a base of 100, sd 1 %, no effect. */
typedef struct {
    Member *members;
    double *values;
    int n, boots;
} Page;

static double normal_draw(GRand *random)
{
    double radius = sqrt(-2 * log(1 - g_rand_double(random)));
    return radius * cos(2 * 3.14159265358979323846 * g_rand_double(random));
}

static Page page_new(int n, int boots, double sd, guint32 seed)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    Page page = {g_new0(Member, n), g_new(double, 2 * n * boots), n, boots};
    for (int i = 0; i < n; i++) {
        double *values = page.values + 2 * i * boots;
        for (int k = 0; k < 2 * boots; k++)
            values[k] = 100 * exp(sd * normal_draw(random));
        page.members[i] = (Member){.base = values,
                                   .n_base = boots,
                                   .new_ = values + boots,
                                   .n_new = boots,
                                   .better = BETTER_HIGHER,
                                   .margin = 0.02};
    }
    return page;
}

static void page_shift(Page *page, int member, double factor)
{
    for (int k = 0; k < page->boots; k++)
        page->values[(2 * member + 1) * page->boots + k] *= factor;
}

static void page_clear(Page *page)
{
    g_free(page->members);
    g_free(page->values);
}

static void test_references_pass_through_unchanged(void)
{
    for (int i = 0; i < REFERENCE_COUNT; i++) {
        const Reference *r = &REFERENCES[i];
        Judged j = judge_one((Member){.base = r->base,
                                      .n_base = r->n,
                                      .new_ = r->new_,
                                      .n_new = r->m,
                                      .better = BETTER_HIGHER});
        g_test_message("%s", r->name);
        ASSERT_NEAR(j.p_mwu, r->p_exact);
        ASSERT_NEAR(j.ratio, r->ratio);
        g_assert_cmpint(isnan(j.p_welch), ==, isnan(r->p_welch));
        g_assert_true(j.in_m);
        ASSERT_NEAR(j.q, j.p);
    }
    Judged thirty = judge_one((Member){.base = REFERENCES[11].base,
                                       .n_base = 30,
                                       .new_ = REFERENCES[11].new_,
                                       .n_new = 30,
                                       .better = BETTER_LOWER});
    g_assert_cmpstr(thirty.test, ==, "mann-whitney");
    ASSERT_NEAR(thirty.p, thirty.p_mwu);
    ASSERT_NEAR(thirty.p_welch, 0.025120878364633);
    ASSERT_NEAR(thirty.ratio, 1 / 1.02999818326355);
    g_assert_cmpint(thirty.state, ==, STATE_REGRESSED);
    g_assert_cmpfloat(thirty.ci_low, <, thirty.ratio);
    g_assert_cmpfloat(thirty.ci_high, >, thirty.ratio);
}

static void test_few_boots_are_judged_by_plain_welch_when_nothing_is_known(void)
{
    Judged j = judge_one((Member){BASE(98.2, 101.5, 99.7, 100.3, 97.9),
                                  NEW(103.1, 99.9, 104.8, 102.2, 105.5), .better = BETTER_HIGHER});
    g_assert_cmpstr(j.test, ==, "welch-moderated");
    ASSERT_NEAR(j.se, 0.011763788685262);
    ASSERT_NEAR(j.df, 7.12823772427553);
    ASSERT_NEAR(j.p, j.p_welch);
    double half = student_quantile(0.975, j.df) * j.se;
    ASSERT_NEAR(j.ci_low, exp(j.difference - half));
    ASSERT_NEAR(j.ci_high, exp(j.difference + half));
    g_assert_cmpint(j.state, ==, STATE_IMPROVED);
    ASSERT_NEAR(j.mde, expm1((student_quantile(0.975, j.df) + student_quantile(0.8, j.df)) * j.se));
    g_assert_cmpint(j.boots_needed, ==, -1);
}

static void test_missing_and_single_boots_are_states_of_their_own(void)
{
    Judged j = judge_one((Member){BASE(100, 101), .better = BETTER_HIGHER});
    g_assert_cmpint(j.state, ==, STATE_NO_DATA);
    g_assert_true(isnan(j.p) && isnan(j.q) && isnan(j.ratio) && isnan(j.new_));
    ASSERT_NEAR(j.base, 100.5);
    j = judge_one((Member){BASE(100, 101, NAN), NEW(INFINITY, 90), .better = BETTER_HIGHER});
    g_assert_cmpint(j.state, ==, STATE_UNCONFIRMED);
    g_assert_cmpint(j.n_failed, ==, 2);
    g_assert_true(isnan(j.p) && isnan(j.q) && isnan(j.q_red) && isnan(j.ci_low) && !j.in_m);
    ASSERT_NEAR(j.ratio, exp(log(90) - (log(100) + log(101)) / 2));
    g_assert_null(j.reason);
}

static void test_a_single_boot_far_off_its_history_is_suspect(void)
{
    Member member = {BASE(100, 100), NEW(96), .better = BETTER_HIGHER,
                     .history = {.var = 1e-4, .df = 10, .is_log = true}};
    Judged j = judge_one(member); // 4 % against 3 * 1 % * sqrt(1.5) = 3.7 %
    g_assert_cmpstr(j.reason, ==, "suspect");
    g_assert_cmpint(j.state, ==, STATE_UNCONFIRMED);
    member.history.df = 9;
    g_assert_null(judge_one(member).reason);
    member.history = (History){.var = 2e-4, .df = 10, .is_log = true};
    g_assert_null(judge_one(member).reason);
}

static void test_constants_that_are_equal_are_the_same(void)
{
    Judged j = judge_one((Member){BASE(5, 5, 5), NEW(5, 5, 5), .better = BETTER_HIGHER});
    g_assert_cmpint(j.state, ==, STATE_SAME);
    g_assert_cmpfloat(j.p, ==, 1);
    g_assert_true(isnan(j.p_welch));
    j = judge_one((Member){BASE(0, 0, 0), NEW(0, 0, 0), .better = BETTER_HIGHER});
    g_assert_cmpint(j.state, ==, STATE_SAME);
    g_assert_true(isnan(j.ratio));
}

static void test_constants_that_differ_are_judged_by_the_resolution(void)
{
    // s_f = 1/sqrt(12)/5 from the only step seen: t = ln 1.2 / (s_f sqrt(2/3)), 4 df
    Judged j = judge_one((Member){BASE(5, 5, 5), NEW(6, 6, 6), .better = BETTER_HIGHER});
    double se = 1 / sqrt(12) / 5 * sqrt(2.0 / 3);
    ASSERT_NEAR(j.se, se);
    ASSERT_NEAR(j.p, student_two_sided(log(1.2) / se, 4));
    g_assert_true(isnan(j.p_welch));
    // a known, finer resolution: the floor is a twentieth of the margin
    j = judge_one(
        (Member){BASE(5, 5, 5), NEW(6, 6, 6), .better = BETTER_HIGHER, .resolution = 1e-6});
    ASSERT_NEAR(j.se, log(1.02) / 20 * sqrt(2.0 / 3));
    g_assert_cmpint(j.state, ==, STATE_IMPROVED);
}

static void test_declared_counts_need_no_test(void)
{
    Member member = {BASE(1000), NEW(1000), .better = BETTER_LOWER, .deterministic = true};
    Judged j = judge_one(member);
    g_assert_cmpint(j.state, ==, STATE_SAME);
    g_assert_true(isnan(j.p) && !j.in_m);
    member.new_ = (const double[]){1005};
    g_assert_cmpint(judge_one(member).state, ==, STATE_SMALL_LOSS);
    member.new_ = (const double[]){995};
    g_assert_cmpint(judge_one(member).state, ==, STATE_SMALL_GAIN);
    member.new_ = (const double[]){1020};
    g_assert_cmpint(judge_one(member).state, ==, STATE_REGRESSED);
    member.new_ = (const double[]){900};
    g_assert_cmpint(judge_one(member).state, ==, STATE_IMPROVED);
    member.better = BETTER_NONE;
    j = judge_one(member);
    g_assert_cmpint(j.state, ==, STATE_NONE);
    g_assert_cmpstr(j.reason, ==, "changed");
    member.base = (const double[]){0};
    member.new_ = (const double[]){3};
    j = judge_one(member);
    g_assert_cmpint(j.state, ==, STATE_UNDECIDED);
    g_assert_cmpstr(j.reason, ==, "base is zero");
}

static void test_values_that_are_not_positive_are_judged_on_their_own_scale(void)
{
    Member member = {BASE(-1, 0, 1, 100, 100), NEW(-1, 0, 1, 100, 100), .better = BETTER_HIGHER};
    Judged j = judge_one(member);
    g_assert_false(j.is_log);
    g_assert_true(isnan(j.ratio) && isnan(j.ci_low));
    g_assert_cmpint(j.state, ==, STATE_UNDECIDED);
    Member shifted = {BASE(-100, -101, -99, -100, -100), NEW(-110, -111, -109, -110, -110),
                      .better = BETTER_HIGHER};
    j = judge_one(shifted);
    g_assert_cmpint(j.state, ==, STATE_REGRESSED);
    ASSERT_NEAR(j.effect, -0.1); // in parts of |base|
    shifted.better = BETTER_LOWER;
    g_assert_cmpint(judge_one(shifted).state, ==, STATE_IMPROVED);
    j = judge_one((Member){BASE(-1, 0, 1), NEW(50, 51, 52), .better = BETTER_HIGHER});
    g_assert_cmpint(j.state, ==, STATE_UNDECIDED);
    g_assert_cmpstr(j.reason, ==, "base is zero");
    g_assert_cmpint(j.boots_needed, ==, -1);
}

static void test_presets_pass_through_with_a_provisional_number(void)
{
    Judged j = judge_one((Member){BASE(100, 100, 101), NEW(50, 51, 52), .better = BETTER_HIGHER,
                                  .preset = STATE_PENDING});
    g_assert_cmpint(j.state, ==, STATE_PENDING);
    g_assert_true(!j.in_m && isnan(j.p));
    ASSERT_NEAR(j.ratio, 0.51);
    j = judge_one((Member){.better = BETTER_HIGHER, .preset = STATE_FAILED});
    g_assert_cmpint(j.state, ==, STATE_FAILED);
}

static void test_same_is_equivalence_and_not_a_failure_to_see(void)
{
    Member quiet = {BASE(100, 100.2, 99.8, 100.1), NEW(100.1, 99.9, 100, 100.2),
                    .better = BETTER_HIGHER};
    g_assert_cmpint(judge_one(quiet).state, ==, STATE_SAME);
    // noise between A/A pairs makes red harder, never equality easier
    Member noisy = {BASE(100, 110, 92, 105), NEW(99, 108, 94, 103), .better = BETTER_HIGHER,
                    .history = {.tau_a = 0.5}};
    Judged j = judge_one(noisy);
    g_assert_cmpint(j.state, ==, STATE_UNDECIDED);
    g_assert_cmpint(j.boots_needed, ==, -1);
    g_assert_cmpstr(j.reason, ==, "too noisy for this margin");
    Member fair = {BASE(100, 101.8, 98.2, 100), NEW(100.5, 99, 102, 100), .better = BETTER_HIGHER};
    j = judge_one(fair);
    g_assert_cmpint(j.state, ==, STATE_UNDECIDED);
    g_assert_cmpint(j.boots_needed, >=, 1);
    g_assert_cmpfloat(j.mde, >=, 0.02);
}

static void test_significant_but_within_the_margin_is_small(void)
{
    Member member = {BASE(100, 100.1, 99.9, 100.05, 99.95), NEW(101, 101.1, 100.9, 101.05, 101),
                     .better = BETTER_LOWER};
    Judged j = judge_one(member);
    g_assert_cmpint(j.state, ==, STATE_SMALL_LOSS);
    g_assert_cmpfloat(j.q, <, 0.05);
    g_assert_cmpfloat(j.q_red, ==, 1);
    member.better = BETTER_HIGHER;
    g_assert_cmpint(judge_one(member).state, ==, STATE_SMALL_GAIN);
    // less than a quarter of the margin: equal for every purpose, however significant
    Member tiny = {BASE(100, 100.01, 99.99, 100), NEW(100.3, 100.31, 100.29, 100.3),
                   .better = BETTER_HIGHER};
    g_assert_cmpint(judge_one(tiny).state, ==, STATE_SAME);
    // above the margin, but not above the noise between A/A pairs
    Member drift = {BASE(100, 100.1, 99.9, 100.05), NEW(104, 104.1, 103.9, 104.05),
                    .better = BETTER_HIGHER, .history = {.tau_a = 0.03}};
    g_assert_cmpint(judge_one(drift).state, ==, STATE_SMALL_GAIN);
    drift.history = (History){.floor_a = 0.01, .tau_a = 0.03};
    g_assert_cmpint(judge_one(drift).state, ==, STATE_IMPROVED);
}

static void test_history_is_the_prior_from_ten_degrees_on(void)
{
    Member member = {BASE(100, 101, 102), NEW(103, 104, 105), .better = BETTER_HIGHER,
                     .history = {.var = 1e-4, .df = 44, .is_log = true}};
    Judged j = judge_one(member);
    ASSERT_NEAR(j.prior_df, 20);
    ASSERT_NEAR(j.prior_var, 1e-4);
    member.history.df = 12;
    ASSERT_NEAR(judge_one(member).prior_df, 12);
    member.history.df = 9;
    ASSERT_NEAR(judge_one(member).prior_df, 0);
    member.history = (History){.var = 1e-4, .df = 44, .is_log = false};
    ASSERT_NEAR(judge_one(member).prior_df, 0);
}

static void test_a_family_of_twenty_has_a_prior_of_its_own(void)
{
    Page page = page_new(20, 4, 0.01, 5);
    Judged judged[20];
    FamilySummary summary;
    family_decide(page.members, 19, NULL, judged, &summary);
    g_assert_cmpfloat(summary.prior_df, ==, 0);
    family_decide(page.members, 20, NULL, judged, &summary);
    g_assert_cmpfloat(summary.prior_df, >, 5);
    g_assert_cmpfloat(summary.prior_var, >, 0.5e-4);
    g_assert_cmpfloat(summary.prior_var, <, 2e-4);
    g_assert_cmpint(summary.size, ==, 20);
    g_assert_false(summary.calibrated);
    page_clear(&page);
}

static void test_one_true_loss_on_a_page_is_found_and_nothing_else(void)
{
    Page page = page_new(200, 8, 0.01, 21);
    page_shift(&page, 77, 0.93);
    g_autofree Judged *judged = g_new(Judged, 200);
    FamilySummary summary;
    family_decide(page.members, 200, NULL, judged, &summary);
    g_assert_true(summary.calibrated);
    g_assert_cmpint(summary.reds, ==, 1);
    g_assert_cmpint(summary.greens, ==, 0);
    g_assert_cmpint(judged[77].state, ==, STATE_REGRESSED);
    for (int i = 0; i < 200; i++)
        g_assert_cmpfloat(judged[i].p, >=, 0);
    page_clear(&page);
}

static void test_calibration_never_lowers_p_and_order_is_no_matter(void)
{
    Page page = page_new(120, 4, 0.01, 3);
    g_autofree Judged *judged = g_new(Judged, 120), *reversed = g_new(Judged, 120);
    g_autofree Member *backwards = g_new(Member, 120);
    for (int i = 0; i < 120; i++)
        backwards[119 - i] = page.members[i];
    family_decide(page.members, 120, NULL, judged, NULL);
    family_decide(backwards, 120, NULL, reversed, NULL);
    for (int i = 0; i < 120; i++) {
        double t = judged[i].difference / judged[i].se;
        g_assert_cmpfloat(judged[i].p, >=, student_two_sided(t, judged[i].df));
        g_assert_cmpfloat_with_epsilon(judged[i].p, reversed[119 - i].p, 1e-12);
        g_assert_cmpint(judged[i].state, ==, reversed[119 - i].state);
    }
    page_clear(&page);
}

static void test_ten_boots_use_ranks_unless_the_page_is_too_large_for_them(void)
{
    Page page = page_new(4800, 10, 0.01, 8);
    g_autofree Judged *judged = g_new(Judged, 4800);
    family_decide(page.members, 1000, NULL, judged, NULL);
    g_assert_cmpstr(judged[0].test, ==, "mann-whitney"); // 2/C(20,10) = 1.1e-5 <= .05/1000
    family_decide(page.members, 4800, NULL, judged, NULL);
    g_assert_cmpstr(judged[0].test, ==, "welch-moderated"); // > .05/4800
    page_clear(&page);
}

static void test_tiny_changes_do_not_open_the_gate_for_noise(void)
{
    Page page = page_new(200, 5, 0.001, 13);
    for (int i = 0; i < 100; i++)
        page_shift(&page, i, 1.003);
    g_autofree Judged *judged = g_new(Judged, 200);
    FamilySummary summary;
    family_decide(page.members, 200, NULL, judged, &summary);
    g_assert_cmpint(summary.reds + summary.greens, ==, 0);
    int significant = 0;
    for (int i = 0; i < 200; i++)
        significant += judged[i].q <= 0.05;
    g_assert_cmpint(significant, >, 80);
    page_clear(&page);
}

static void test_serial_boots_and_two_modes_are_warned_about(void)
{
    double slow[20], modes[24];
    for (int i = 0; i < 20; i++)
        slow[i] = 100 + 3 * sin(i * 0.4);
    for (int i = 0; i < 24; i++)
        modes[i] = (i * 7 % 24 < 7 ? 100 : 110) + 0.01 * (i % 5);
    Judged j = judge_one((Member){.base = slow, .n_base = 20, .new_ = slow, .n_new = 20});
    g_assert_true(j.warnings & WARN_SERIAL);
    g_assert_cmpfloat(j.n_eff, <, 20);
    g_assert_cmpint(
        j.state, ==,
        judge_one((Member){.base = slow, .n_base = 20, .new_ = slow, .n_new = 20}).state);
    j = judge_one((Member){.base = modes, .n_base = 24, .new_ = modes, .n_new = 24});
    g_assert_true(j.warnings & WARN_MODES);
    j = judge_one((Member){.base = modes, .n_base = 9, .new_ = modes, .n_new = 9});
    g_assert_true(j.warnings == 0 && isnan(j.rho1));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(path, function) g_test_add_func("/decide/" path, function)
    TEST("references", test_references_pass_through_unchanged);
    TEST("plain-welch", test_few_boots_are_judged_by_plain_welch_when_nothing_is_known);
    TEST("missing", test_missing_and_single_boots_are_states_of_their_own);
    TEST("suspect", test_a_single_boot_far_off_its_history_is_suspect);
    TEST("equal-constants", test_constants_that_are_equal_are_the_same);
    TEST("other-constants", test_constants_that_differ_are_judged_by_the_resolution);
    TEST("counts", test_declared_counts_need_no_test);
    TEST("linear", test_values_that_are_not_positive_are_judged_on_their_own_scale);
    TEST("presets", test_presets_pass_through_with_a_provisional_number);
    TEST("same", test_same_is_equivalence_and_not_a_failure_to_see);
    TEST("small", test_significant_but_within_the_margin_is_small);
    TEST("history", test_history_is_the_prior_from_ten_degrees_on);
    TEST("family-prior", test_a_family_of_twenty_has_a_prior_of_its_own);
    TEST("one-loss", test_one_true_loss_on_a_page_is_found_and_nothing_else);
    TEST("calibration", test_calibration_never_lowers_p_and_order_is_no_matter);
    TEST("ranks", test_ten_boots_use_ranks_unless_the_page_is_too_large_for_them);
    TEST("gate", test_tiny_changes_do_not_open_the_gate_for_noise);
    TEST("warnings", test_serial_boots_and_two_modes_are_warned_about);
    return g_test_run();
}
