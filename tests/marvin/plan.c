// marvin/plan: the order of trials.
#include "marvin/plan.h"

#include <string.h>

static void an_order_is_a_permutation(void)
{
    for (int n = 0; n < 50; n++) {
        g_autofree int *order = plan_order(n, 4711 + n);
        g_autofree int *seen = g_new0(int, n + 1);
        for (int i = 0; i < n; i++) {
            g_assert_cmpint(order[i], >=, 0);
            g_assert_cmpint(order[i], <, n);
            g_assert_cmpint(seen[order[i]]++, ==, 0);
        }
    }
}

static void a_seed_gives_one_order(void)
{
    g_autofree int *a = plan_order(20, INT64_C(0x123456789abcdef));
    g_autofree int *b = plan_order(20, INT64_C(0x123456789abcdef));
    g_autofree int *low = plan_order(20, INT64_C(0x123456789abcdee));
    g_autofree int *high = plan_order(20, INT64_C(0x023456789abcdef));
    g_assert_cmpmem(a, 20 * sizeof(int), b, 20 * sizeof(int));
    g_assert_true(memcmp(a, low, 20 * sizeof(int)) != 0);
    g_assert_true(memcmp(a, high, 20 * sizeof(int)) != 0);
}

// Each trial comes first about as often as any other: 6000 seeds, 5 trials, 1200 +- 5 sigma.
static void no_trial_is_favoured(void)
{
    int first[5] = {0};
    for (int seed = 0; seed < 6000; seed++) {
        g_autofree int *order = plan_order(5, seed);
        first[order[0]]++;
    }
    for (int i = 0; i < 5; i++)
        g_assert_cmpint(ABS(first[i] - 1200), <, 155);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plan/permutation", an_order_is_a_permutation);
    g_test_add_func("/plan/seed", a_seed_gives_one_order);
    g_test_add_func("/plan/fair", no_trial_is_favoured);
    return g_test_run();
}
