// bob/kernel_recipe: which of a distribution's configurations stands for a release.
#include "bob/kernel_recipe.h"

static void nearest_is(const char *release, const char *expected)
{
    static const char *const NAMES[] = {"config-6.12.9-amd64", "config-6.1.0-47-amd64",
                                        "config-6.1.0-9-amd64", "config-5.10.0-8-amd64"};
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++)
        g_ptr_array_add(names, (gpointer)(guintptr)NAMES[i]);
    g_assert_cmpstr(kernel_config_nearest(names, release), ==, expected);
}

static void the_newest_that_is_not_newer_stands_for_a_release(void)
{
    nearest_is("v6.1.193", "config-6.1.0-47-amd64");
    nearest_is("v6.12.8", "config-6.1.0-47-amd64");
    nearest_is("v6.12.9", "config-6.12.9-amd64");
    nearest_is("v6.12.117", "config-6.12.9-amd64");
    nearest_is("v5.15", "config-5.10.0-8-amd64");
}

static void the_oldest_stands_for_what_is_older(void)
{
    nearest_is("v3.0", "config-5.10.0-8-amd64");
}

static void another_flavour_of_the_version_is_a_rival(void)
{
    static const char *const NAMES[] = {"config-6.1.0-47-amd64", "config-6.1.0-47-rt-amd64",
                                        "config-6.1.0-4-amd64", "config-6.12-rc1", "v6.12-rc10"};
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++)
        g_ptr_array_add(names, (gpointer)(guintptr)NAMES[i]);
    g_assert_cmpstr(kernel_config_rival(names, NAMES[0]), ==, NAMES[1]);
    for (size_t i = 2; i < G_N_ELEMENTS(NAMES); i++)
        g_assert_null(kernel_config_rival(names, NAMES[i]));
}

static void nothing_stands_for_nothing(void)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_assert_null(kernel_config_nearest(names, "v6.1"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kernel recipe/nearest", the_newest_that_is_not_newer_stands_for_a_release);
    g_test_add_func("/kernel recipe/older", the_oldest_stands_for_what_is_older);
    g_test_add_func("/kernel recipe/rival", another_flavour_of_the_version_is_a_rival);
    g_test_add_func("/kernel recipe/none", nothing_stands_for_nothing);
    return g_test_run();
}
