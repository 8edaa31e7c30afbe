#include "bob/debversion.h"

#include "common/proc.h"

#include <string.h>

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

static void versions_have_the_order_of_the_manual(void)
{
    static const char *const ORDER[] = {
        "1.0~~",         "1.0~~a",
        "1.0~",          "1.0~rc1-1",
        "1.0",           "1.0-0+b1",
        "1.0-1~bpo12+1", "1.0-1",
        "1.0-1+b2",      "1.0a",
        "1.0+dfsg",      "1.0.1",
        "1.2",           "1.10",
        "6.1.170-1",     "6.1.170-3",
        "6.1.176-1",     "6.12~rc7-1~exp1",
        "6.12-1~exp1",   "6.12.107-1~deb12u1",
        "6.12.107-1",    "20260101-1",
        "1:0.1",         "2:0",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(ORDER); i++) {
        for (size_t k = 0; k < G_N_ELEMENTS(ORDER); k++)
            g_assert_cmpint(sign(deb_version_compare(ORDER[i], ORDER[k])), ==, (i > k) - (i < k));
    }
}

static void what_dpkg_calls_equal_has_one_key(void)
{
    static const char *const PAIRS[][2] = {
        {"1.0", "1.00"}, {"1.0", "0:1.0"}, {"1.0", "1.0-0"}, {"1.", "1.0"}, {"1a", "1a0"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(PAIRS); i++)
        g_assert_cmpint(deb_version_compare(PAIRS[i][0], PAIRS[i][1]), ==, 0);
}

/* A version of up to eight characters of those that Debian allows. */
static char *random_version(GRand *rand)
{
    static const char CHARACTERS[] = "0019ab.+~-.~";
    GString *text = g_string_new(g_rand_boolean(rand) ? "1" : "0");
    for (int n = g_rand_int_range(rand, 0, 8); n > 0; n--)
        g_string_append_c(text, CHARACTERS[g_rand_int_range(rand, 0, sizeof CHARACTERS - 1)]);
    if (g_str_has_suffix(text->str, "-")) // dpkg compares no empty revision
        g_string_append_c(text, '0');
    return g_string_free(text, FALSE);
}

/* dpkg's answer. */
static bool dpkg_says(const char *a, const char *relation, const char *b)
{
    const char *const argv[] = {"dpkg", "--compare-versions", a, relation, b, NULL};
    ProcSpec spec = {.argv = argv};
    g_auto(ProcResult) said = {0};
    g_autoptr(GError) error = NULL;
    proc_run(&spec, &said, &error);
    g_assert_no_error(error);
    return said.status == 0;
}

static void random_versions_are_ordered_as_dpkg_orders_them(void)
{
    g_autofree char *dpkg = proc_find_program("dpkg");
    if (dpkg == NULL) {
        g_test_skip("there is no dpkg here");
        return;
    }
    g_autoptr(GRand) rand = g_rand_new_with_seed(20261121);
    for (int i = 0; i < 60; i++) {
        g_autofree char *a = random_version(rand);
        g_autofree char *b = random_version(rand);
        int order = deb_version_compare(a, b);
        const char *relation = order < 0 ? "lt" : order > 0 ? "gt" : "eq";
        if (!dpkg_says(a, relation, b))
            g_error("dpkg does not say that '%s' is %s '%s'", a, relation, b);
    }
}

static void what_is_to_come_is_a_prerelease_and_a_backport_is_not(void)
{
    static const char *const YES[] = {"6.12~rc7-1~exp1", "6.13~rc1-1", "2.0~beta3-1",
                                      "1.0~git2026-1", "6.12.1-1~exp1"};
    static const char *const NO[] = {"6.1.170-3", "6.12.107-1~bpo12+1", "6.12.9-1~deb12u1",
                                     "1.0+really0.9-1", "1:9.2p1-2"};
    for (size_t i = 0; i < G_N_ELEMENTS(YES); i++)
        g_assert_true(deb_version_is_prerelease(YES[i]));
    for (size_t i = 0; i < G_N_ELEMENTS(NO); i++)
        g_assert_false(deb_version_is_prerelease(NO[i]));
}

static void a_release_goes_by_the_version_without_epoch(void)
{
    g_assert_cmpstr(deb_version_name("1:9.2p1-2"), ==, "9.2p1-2");
    g_assert_cmpstr(deb_version_name("6.1.170-3"), ==, "6.1.170-3");
    g_assert_cmpstr(deb_version_name("a:b"), ==, "a:b");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/debversion/order", versions_have_the_order_of_the_manual);
    g_test_add_func("/debversion/equal", what_dpkg_calls_equal_has_one_key);
    g_test_add_func("/debversion/dpkg", random_versions_are_ordered_as_dpkg_orders_them);
    g_test_add_func("/debversion/prerelease",
                    what_is_to_come_is_a_prerelease_and_a_backport_is_not);
    g_test_add_func("/debversion/name", a_release_goes_by_the_version_without_epoch);
    return g_test_run();
}
