// common/stats/ranktest, hl: rank tests and their interval against references and enumeration.
#include "common/stats/ranktest.h"

#include "common/stats/hl.h"
#include "common/stats/summaries.h"
#include "references.h"

#include <string.h>

static void test_rank_tests_agree_with_the_references(void)
{
    g_autoptr(RankTables) tables = rank_tables_new();
    for (int i = 0; i < REFERENCE_COUNT; i++) {
        const Reference *r = &REFERENCES[i];
        RankTest test;
        int ranks[60];
        double tie_sum = 0;
        mann_whitney(r->base, r->n, r->new_, r->m, tables, &test);
        rank_doubled(r->base, r->n, r->new_, r->m, ranks, &tie_sum);
        g_test_message("%s", r->name);
        g_assert_true(test.exact);
        g_assert_cmpfloat(test.u, ==, r->u);
        ASSERT_NEAR(test.p, r->p_exact);
        ASSERT_NEAR(rank_exact_p(ranks, r->n, r->m), r->p_exact);
        ASSERT_NEAR(rank_normal_p(test.u, r->n, r->m, tie_sum), r->p_normal);
    }
}

static void test_shifts_and_intervals_agree_with_the_references(void)
{
    g_autoptr(RankTables) tables = rank_tables_new();
    for (int i = 0; i < REFERENCE_COUNT; i++) {
        const Reference *r = &REFERENCES[i];
        double a[30], b[30], low = -1, high = -1;
        memcpy(a, r->base, sizeof a);
        memcpy(b, r->new_, sizeof b);
        sort_values(a, r->n);
        sort_values(b, r->m);
        g_test_message("%s", r->name);
        ASSERT_NEAR(hodges_lehmann(a, r->n, b, r->m), r->shift);
        bool some = rank_interval(a, r->n, b, r->m, 0.05, tables, &low, &high, NULL);
        g_assert_cmpint(some, ==, !isnan(r->low));
        ASSERT_NEAR(low, some ? r->low : -1);
        ASSERT_NEAR(high, some ? r->high : -1);
        if (r->cut >= 0)
            g_assert_cmpint(rank_interval_cut(r->n, r->m, 0.05, tables), ==, r->cut);
        for (int k = 0; k < 30; k++) {
            a[k] = k < r->n ? log(a[k]) : 0;
            b[k] = k < r->m ? log(b[k]) : 0;
        }
        ASSERT_NEAR(exp(hodges_lehmann(a, r->n, b, r->m)), r->ratio);
    }
}

static void test_coverage_is_that_of_the_references(void)
{
    g_autoptr(RankTables) tables = rank_tables_new();
    static const struct {
        int reference;
        double coverage;
    } WANTED[] = {{2, 0.9683}, {4, 0.9619}, {6, 0.9714}, {10, 0.9501}};
    for (size_t i = 0; i < G_N_ELEMENTS(WANTED); i++) {
        const Reference *r = &REFERENCES[WANTED[i].reference];
        double a[30], b[30], low = 0, high = 0, coverage = 0;
        memcpy(a, r->base, sizeof a);
        memcpy(b, r->new_, sizeof b);
        sort_values(a, r->n);
        sort_values(b, r->m);
        g_assert_true(rank_interval(a, r->n, b, r->m, 0.05, tables, &low, &high, &coverage));
        g_assert_cmpfloat_with_epsilon(coverage, WANTED[i].coverage, 6e-5);
    }
}

/* P(|R - E| >= |r - E|) by going through all choices of m of the n+m ranks. */
static double enumerated_p(const int *twice_ranks, int n, int m)
{
    int total = n + m, centre = m * (total + 1), observed = 0;
    for (int j = 0; j < m; j++)
        observed += twice_ranks[n + j];
    long choices = 0, extreme = 0;
    for (unsigned set = 0; set < 1u << total; set++) {
        if (__builtin_popcount(set) != m)
            continue;
        int sum = 0;
        for (int i = 0; i < total; i++)
            sum += set >> i & 1 ? twice_ranks[i] : 0;
        choices++;
        extreme += abs(sum - centre) >= abs(observed - centre);
    }
    return (double)extreme / (double)choices;
}

static void test_exact_p_is_that_of_full_enumeration(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(20240301);
    g_autoptr(RankTables) tables = rank_tables_new();
    for (int round = 0; round < 250; round++) {
        int n = g_rand_int_range(random, 1, 10), m = g_rand_int_range(random, 1, 17 - n);
        int levels = g_rand_int_range(random, 1, 12);
        double a[16], b[16];
        for (int i = 0; i < 16; i++) {
            a[i] = g_rand_int_range(random, 0, levels);
            b[i] = g_rand_int_range(random, 0, levels) + (round % 3 == 0);
            if (round % 5 == 0) // no ties
                a[i] += (i + 1) * 0.01, b[i] += (i + 1) * 0.011;
        }
        int ranks[32];
        rank_doubled(a, n, b, m, ranks, NULL);
        double wanted = enumerated_p(ranks, n, m);
        RankTest test;
        mann_whitney(a, n, b, m, tables, &test);
        g_assert_cmpfloat_with_epsilon(rank_exact_p(ranks, n, m), wanted, 1e-13);
        g_assert_cmpfloat_with_epsilon(test.p, wanted, 1e-13);
        mann_whitney(b, m, a, n, tables, &test);
        g_assert_cmpfloat_with_epsilon(test.p, wanted, 1e-13);
    }
}

static void test_both_exact_forms_agree_to_the_limits(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    g_autoptr(RankTables) tables = rank_tables_new();
    static const int SIZES[][2] = {{50, 50}, {50, 3}, {25, 25}, {1, 50}, {31, 44}};
    for (size_t i = 0; i < G_N_ELEMENTS(SIZES); i++) {
        int n = SIZES[i][0], m = SIZES[i][1], ranks[100];
        double a[50], b[50];
        for (int k = 0; k < 50; k++) {
            a[k] = g_rand_double(random);
            b[k] = g_rand_double(random) + 0.3;
        }
        RankTest test;
        mann_whitney(a, n, b, m, tables, &test);
        rank_doubled(a, n, b, m, ranks, NULL);
        g_assert_true(test.exact && !test.ties);
        g_assert_cmpfloat_with_epsilon(test.p / rank_exact_p(ranks, n, m), 1, 1e-12);
    }
}

static void test_beyond_the_limits_the_normal_law_is_used(void)
{
    g_autoptr(RankTables) tables = rank_tables_new();
    double a[51], b[51];
    for (int i = 0; i < 51; i++) {
        a[i] = i;
        b[i] = i + 10.5;
    }
    RankTest test;
    mann_whitney(a, 51, b, 51, tables, &test);
    g_assert_false(test.exact);
    b[0] = a[3];
    mann_whitney(a, 25, b, 25, tables, &test);
    g_assert_true(test.exact && test.ties);
    mann_whitney(a, 26, b, 25, tables, &test);
    g_assert_false(test.exact);
}

static void test_selection_finds_what_sorting_finds(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(99);
    for (int round = 0; round < 200; round++) {
        int n = g_rand_int_range(random, 1, 40), m = g_rand_int_range(random, 1, 40);
        int levels = round % 2 ? 6 : 1000000;
        double a[40], b[40], all[1600];
        for (int i = 0; i < 40; i++) {
            a[i] = g_rand_int_range(random, 0, levels) * 0.1;
            b[i] = g_rand_int_range(random, 0, levels) * 0.1;
        }
        sort_values(a, n);
        sort_values(b, m);
        for (int i = 0; i < n * m; i++)
            all[i] = b[i % m] - a[i / m];
        sort_values(all, n * m);
        for (int k = 1; k <= n * m; k += 1 + n * m / 17)
            g_assert_cmpfloat(pair_difference(a, n, b, m, k), ==, all[k - 1]);
        g_assert_cmpfloat(pair_difference(a, n, b, m, n * m), ==, all[n * m - 1]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ranks/references", test_rank_tests_agree_with_the_references);
    g_test_add_func("/ranks/enumeration", test_exact_p_is_that_of_full_enumeration);
    g_test_add_func("/ranks/both-exact-forms", test_both_exact_forms_agree_to_the_limits);
    g_test_add_func("/ranks/limits", test_beyond_the_limits_the_normal_law_is_used);
    g_test_add_func("/shift/references", test_shifts_and_intervals_agree_with_the_references);
    g_test_add_func("/shift/coverage", test_coverage_is_that_of_the_references);
    g_test_add_func("/shift/selection", test_selection_finds_what_sorting_finds);
    return g_test_run();
}
