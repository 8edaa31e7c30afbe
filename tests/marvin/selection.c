// marvin/selection: key=value words.
#include "marvin/selection.h"

#include <string.h>

#include "common/error.h"

static void all_keys_are_taken(void)
{
    const char *words[] = {"benchmark=a/x=1", "machine=m", "release=toy:v1=2", "plan=p", NULL};
    g_auto(Selection) selection = {0};
    g_assert_true(selection_parse(words, &selection, NULL));
    g_assert_cmpstr(selection.benchmark, ==, "a/x=1");
    g_assert_cmpstr(selection.tree, ==, "toy");
    g_assert_cmpstr(selection.release, ==, "v1=2");
    g_autofree char *text = selection_format(&selection);
    g_assert_cmpstr(text, ==, "benchmark=a/x=1 machine=m tree=toy release=v1=2 plan=p");
}

static void nothing_selects_all(void)
{
    const char *words[] = {NULL};
    g_auto(Selection) selection = {0};
    g_assert_true(selection_parse(words, &selection, NULL));
    g_assert_null(selection.benchmark);
    g_assert_null(selection.plan);
}

static void other_words_are_refused(void)
{
    static const char *const WORDS[][3] = {
        {"benchmark", NULL},        {"=x", NULL},
        {"machine=", NULL},         {"machin=x", NULL},
        {"plan=a", "plan=b", NULL}, {"tree=a", "release=b:c", NULL}};
    for (size_t i = 0; i < G_N_ELEMENTS(WORDS); i++) {
        g_auto(Selection) selection = {0};
        g_autoptr(GError) error = NULL;
        g_assert_false(selection_parse(WORDS[i], &selection, &error));
        g_assert_error(error, MARVIN_ERROR, ERROR_USAGE);
        g_assert_null(selection.tree);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/selection/keys", all_keys_are_taken);
    g_test_add_func("/selection/all", nothing_selects_all);
    g_test_add_func("/selection/refused", other_words_are_refused);
    return g_test_run();
}
