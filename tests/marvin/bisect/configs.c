// Two configuration files as a line of steps.
#include "marvin/bisect/configs.h"

#include <string.h>

#include "common/error.h"

static const char OLD[] =
    "# Automatically generated\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=m\n"
    "CONFIG_HZ=250\n\nCONFIG_GONE=y\n";
static const char NEW[] =
    "CONFIG_A=y\nCONFIG_B=y\nCONFIG_C=m\nCONFIG_HZ=1000\nCONFIG_ADDED=\"x y\"\n";

static Configs *compare_need(const char *old, const char *new)
{
    g_autoptr(GError) error = NULL;
    Configs *configs = NULL;
    configs_compare(old, new, "old", "new", &configs, &error);
    g_assert_no_error(error);
    return configs;
}

static void the_options_that_differ_are_the_steps(void)
{
    g_autoptr(Configs) configs = compare_need(OLD, NEW);
    const char *const names[] = {"CONFIG_B", "CONFIG_HZ", "CONFIG_GONE", "CONFIG_ADDED"};
    const char *const changes[] = {"not set -> y", "250 -> 1000", "y -> -", "- -> \"x y\""};
    g_assert_cmpint(configs->options->len, ==, G_N_ELEMENTS(names));
    g_assert_cmpint(configs->common->len, ==, 2);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        const ConfigOption *option = configs->options->pdata[i];
        g_autofree char *change = configs_describe(option);
        g_assert_cmpstr(option->name, ==, names[i]);
        g_assert_cmpstr(change, ==, changes[i]);
    }
}

static void a_mixture_has_the_first_options_switched(void)
{
    g_autoptr(Configs) configs = compare_need(OLD, NEW);
    g_autofree char *none = configs_mix(configs, 0, -1), *two = configs_mix(configs, 2, -1);
    g_autofree char *all = configs_mix(configs, 4, -1), *but = configs_mix(configs, 4, 1);
    g_assert_cmpstr(none, ==,
                    "CONFIG_A=y\nCONFIG_C=m\n# CONFIG_B is not set\nCONFIG_HZ=250\n"
                    "CONFIG_GONE=y\n");
    g_assert_cmpstr(two, ==, "CONFIG_A=y\nCONFIG_C=m\nCONFIG_B=y\nCONFIG_HZ=1000\nCONFIG_GONE=y\n");
    g_assert_cmpstr(all, ==,
                    "CONFIG_A=y\nCONFIG_C=m\nCONFIG_B=y\nCONFIG_HZ=1000\n"
                    "CONFIG_ADDED=\"x y\"\n");
    g_assert_cmpstr(but, ==,
                    "CONFIG_A=y\nCONFIG_C=m\nCONFIG_B=y\nCONFIG_HZ=250\n"
                    "CONFIG_ADDED=\"x y\"\n");
}

static void the_later_line_of_an_option_holds(void)
{
    g_autoptr(Configs) configs = compare_need("A=1\nA=2\n", "A=3\nA=4\nA=5\n");
    const ConfigOption *option = configs->options->pdata[0];
    g_assert_cmpint(configs->options->len, ==, 1);
    g_assert_cmpstr(option->old_line, ==, "A=2");
    g_assert_cmpstr(option->new_line, ==, "A=5");
}

static void what_is_no_configuration_is_refused_with_its_line(void)
{
    g_autoptr(GError) error = NULL;
    Configs *configs = NULL;
    g_assert_false(configs_compare("A=1\nhello\n", "A=2\n", "old", "new", &configs, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "old:2: expected NAME=VALUE"));
    g_clear_error(&error);
    g_assert_false(configs_compare("A=1\n", "A=1\n# a comment\n", "old", "new", &configs, &error));
    g_assert_nonnull(strstr(error->message, "the same options"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/configs/steps", the_options_that_differ_are_the_steps);
    g_test_add_func("/configs/mix", a_mixture_has_the_first_options_switched);
    g_test_add_func("/configs/later", the_later_line_of_an_option_holds);
    g_test_add_func("/configs/bad", what_is_no_configuration_is_refused_with_its_line);
    return g_test_run();
}
