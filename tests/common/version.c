// common/version: the order of releases, as their projects mean it.
#include "common/version.h"

#include <glib.h>
#include <string.h>

// Each list rises strictly.
static void assert_rising(const char *const *names)
{
    for (int i = 0; names[i]; i++)
        for (int j = 0; names[j]; j++) {
            int order = version_compare(names[i], names[j]);
            if ((order > 0) - (order < 0) != (i > j) - (i < j))
                g_error("%s against %s gives %d", names[i], names[j], order);
            g_autofree char *key_i = version_sort_key(names[i]);
            g_autofree char *key_j = version_sort_key(names[j]);
            int by_key = strcmp(key_i, key_j);
            if ((by_key > 0) - (by_key < 0) != (i > j) - (i < j))
                g_error("the keys of %s and %s give %d", names[i], names[j], by_key);
        }
}

static void test_kernels_rise(void)
{
    static const char *const names[] = {"v2.4.0-test1",  "v2.4.0-test12",
                                        "v2.4.0",        "v2.6.11-tree",
                                        "v2.6.39.4",     "v3.0-rc1",
                                        "v3.0",          "v3.4.9",
                                        "v3.4.66",       "v6.1-rc1",
                                        "v6.1-rc8",      "v6.1-rc10",
                                        "v6.1",          "v6.1.1",
                                        "v6.1.2-rc1",    "v6.1.2",
                                        "v6.1.10",       "v6.2",
                                        "v6.10",         "v7.0-rc1",
                                        "next-20260101", NULL};
    assert_rising(names);
}

static void test_product_kernels_rise(void)
{
    static const char *const names[] = {"rpm-3.0.101-0.47.71",
                                        "rpm-3.12.28-4",
                                        "rpm-3.12.28-10",
                                        "rpm-3.12.39-47.1",
                                        "rpm-4.4.73-5",
                                        "rpm-4.12.14-25",
                                        "rpm-4.12.14-25.13",
                                        "rpm-5.14.21-150400.22.1",
                                        "rpm-5.14.21-150400.24.11",
                                        NULL};
    static const char *const next[] = {"next-20251231", "next-20260101", "next-20260102", NULL};
    assert_rising(names);
    assert_rising(next);
}

static void test_other_schemes_rise(void)
{
    static const char *const semver[] = {
        "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta.2", "1.0.0-beta.11",
        "1.0.0-rc.1",  "1.0.0",         "1.0.1",        NULL};
    static const char *const python[] = {"3.12.0.dev0", "3.12.0a1", "3.12.0a7", "3.12.0b4",
                                         "3.12.0rc1",   "3.12.0",   NULL};
    static const char *const postgresql[] = {"REL_9_6_24", "REL_15_BETA1", "REL_15_RC2",
                                             "REL_15_0",   "REL_15_10",    NULL};
    static const char *const letters[] = {"OpenSSL_1_0_1", "OpenSSL_1_0_1a", "OpenSSL_1_0_1b",
                                          "OpenSSL_1_0_2", NULL};
    static const char *const debian[] = {"2.36~rc1-1", "2.36-1", "2.36-9", NULL};
    assert_rising(semver);
    assert_rising(python);
    assert_rising(postgresql);
    assert_rising(letters);
    assert_rising(debian);
}

static void test_what_stands_before_the_first_digit_does_not_count(void)
{
    g_assert_cmpint(version_compare("v3.12", "3.12"), ==, 0);
    g_autofree char *key = version_sort_key("v3.12");
    g_autofree char *same = version_sort_key("linux-3.012");
    g_assert_cmpstr(key, ==, same);
    g_assert_cmpint(version_compare("linux-3.12", "3.12"), ==, 0);
    g_assert_cmpint(version_compare("v3.12", "3.13"), <, 0);
    g_assert_cmpint(version_compare("1.01", "v1.1"), ==, 0);
}

static void test_long_numbers_and_odd_names_compare(void)
{
    g_assert_cmpint(version_compare("1.99999999999999999999999", "1.100000000000000000000000"), <,
                    0);
    g_assert_cmpint(version_compare("", ""), ==, 0);
    g_assert_cmpint(version_compare("", "1"), <, 0);
    g_assert_cmpint(version_compare("main", "trunk"), <, 0);
    g_assert_cmpint(version_compare("...", "..."), ==, 0);
    g_assert_cmpint(version_compare("v1\xff", "v1"), ==, 0);
}

static void test_prereleases_are_known(void)
{
    static const char *const yes[] = {"v6.1-rc1", "1.0RC2",   "v1.0-pre3",      "1.0.0-alpha",
                                      "1.0b2",    "3.12.0a1", "REL_15_BETA1",   "v2.4.0-test1",
                                      "1.0~git",  "1.0.dev0", "nightly-2026-1", "1.0-SNAPSHOT"};
    static const char *const no[] = {
        "v6.1", "v6.1.1",     "v1.0-release", "1.0.1b",        "1.0p1", "v2.6.11-tree",
        "b1",   "prefix-1.0", "arch1",        "linux-3.12-ck", "",      "rca-1.0"};
    for (size_t i = 0; i < G_N_ELEMENTS(yes); i++)
        if (!version_is_prerelease(yes[i]))
            g_error("%s is a pre-release", yes[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(no); i++)
        if (version_is_prerelease(no[i]))
            g_error("%s is no pre-release", no[i]);
}

static void test_names_sort_totally(void)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    static const char *const unsorted[] = {"v1.10", "v1.1", "1.1", "v1.2"};
    for (size_t i = 0; i < G_N_ELEMENTS(unsorted); i++)
        g_ptr_array_add(names, (gpointer)(guintptr)unsorted[i]);
    g_ptr_array_sort(names, version_compare_names);
    g_assert_cmpstr(names->pdata[0], ==, "1.1");
    g_assert_cmpstr(names->pdata[1], ==, "v1.1");
    g_assert_cmpstr(names->pdata[2], ==, "v1.2");
    g_assert_cmpstr(names->pdata[3], ==, "v1.10");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/version/kernels-rise", test_kernels_rise);
    g_test_add_func("/version/product kernels", test_product_kernels_rise);
    g_test_add_func("/version/other-schemes-rise", test_other_schemes_rise);
    g_test_add_func("/version/prefix", test_what_stands_before_the_first_digit_does_not_count);
    g_test_add_func("/version/odd-names", test_long_numbers_and_odd_names_compare);
    g_test_add_func("/version/prereleases", test_prereleases_are_known);
    g_test_add_func("/version/names-sort", test_names_sort_totally);
    return g_test_run();
}
