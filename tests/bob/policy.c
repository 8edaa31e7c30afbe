#include "bob/policy.h"

#include <string.h>

static const char *const V_TAGS[] = {"v*", NULL};
static const Policy RELEASES = {.releases = V_TAGS};

static void releases_are_admitted_and_prereleases_passed_over(void)
{
    g_assert_cmpint(policy_judge(&RELEASES, "v6.1"), ==, TAG_ADMITTED);
    g_assert_cmpint(policy_judge(&RELEASES, "v6.1.1"), ==, TAG_ADMITTED);
    g_assert_cmpint(policy_judge(&RELEASES, "v6.1-rc8"), ==, TAG_PASSED_OVER);
    g_assert_cmpint(policy_judge(&RELEASES, "v3.0-beta2"), ==, TAG_PASSED_OVER);
    Policy all = {.releases = V_TAGS, .prereleases = true};
    g_assert_cmpint(policy_judge(&all, "v6.1-rc8"), ==, TAG_ADMITTED);
}

static void one_of_several_globs_is_enough(void)
{
    static const char *const GLOBS[] = {"v[0-9]*", "rel_?_?", NULL};
    Policy policy = {.releases = GLOBS};
    g_assert_cmpint(policy_judge(&policy, "v1"), ==, TAG_ADMITTED);
    g_assert_cmpint(policy_judge(&policy, "rel_1_2"), ==, TAG_ADMITTED);
    g_assert_cmpint(policy_judge(&policy, "rel_1_23"), ==, TAG_PASSED_OVER);
    g_assert_cmpint(policy_judge(&policy, "vanilla"), ==, TAG_PASSED_OVER);
    static const char *const NONE[] = {NULL};
    Policy nothing = {.releases = NONE};
    g_assert_cmpint(policy_judge(&nothing, "v1"), ==, TAG_PASSED_OVER);
}

static void what_is_older_than_the_first_is_passed_over(void)
{
    Policy policy = {.releases = V_TAGS, .first = "v3.0"};
    g_assert_cmpint(policy_judge(&policy, "v2.6.39"), ==, TAG_PASSED_OVER);
    g_assert_cmpint(policy_judge(&policy, "v3.0"), ==, TAG_ADMITTED);
    g_assert_cmpint(policy_judge(&policy, "v3.10"), ==, TAG_ADMITTED);
}

static TagFate fate(const char *glob, const char *tag)
{
    const char *const globs[] = {glob, NULL};
    Policy policy = {.releases = globs};
    return policy_judge(&policy, tag);
}

static void the_trees_of_kernels_have_their_releases(void)
{
    static const char *const IN[] = {"v2.6.39",  "v2.6.32.71", "v3.0",   "v3.4.66",
                                     "v3.10.17", "v4.20",      "v6.1.1", "v6.12.117"};
    static const char *const OUT[] = {"v2.4.0-test12", "v3.0-rc1", "v6.1-rc8",
                                      "v6.1.2-rc1",    "v7.0-rc1", "next-20260101",
                                      "rpm-4.12.14-25"};
    for (size_t i = 0; i < G_N_ELEMENTS(IN); i++)
        g_assert_cmpint(fate("v*", IN[i]), ==, TAG_ADMITTED);
    for (size_t i = 0; i < G_N_ELEMENTS(OUT); i++)
        g_assert_cmpint(fate("v*", OUT[i]), ==, TAG_PASSED_OVER);
    g_assert_cmpint(fate("rpm-*", "rpm-4.12.14-25.13"), ==, TAG_ADMITTED);
    g_assert_cmpint(fate("rpm-*", "rpm-3.12.28-4--sle12"), ==, TAG_ADMITTED);
    g_assert_cmpint(fate("rpm-5.14.21-150400.*", "rpm-5.14.21-150400.24.11"), ==, TAG_ADMITTED);
}

static void a_glob_that_names_prereleases_asks_for_them(void)
{
    g_assert_cmpint(fate("next-*", "next-20260101"), ==, TAG_ADMITTED);
    g_assert_cmpint(fate("v6.1-rc*", "v6.1-rc8"), ==, TAG_ADMITTED);
    g_assert_cmpint(fate("*", "next-20260101"), ==, TAG_PASSED_OVER);
    g_assert_cmpint(fate("*", "v6.1-rc8"), ==, TAG_PASSED_OVER);
    static const char *const BOTH[] = {"v*", "v6.1-rc*", NULL};
    Policy policy = {.releases = BOTH};
    g_assert_cmpint(policy_judge(&policy, "v6.1-rc8"), ==, TAG_ADMITTED);
    g_assert_cmpint(policy_judge(&policy, "v6.2-rc8"), ==, TAG_PASSED_OVER);
}

static void odd_names_are_refused_when_a_glob_has_them(void)
{
    g_autofree char *long_name = g_strnfill(200, '1');
    long_name[0] = 'v';
    const char *const odd[] = {"v1;touch x", "v$(x)", "v1.0\"", "v1'",       "v`x`",
                               "v1\x1b[2J",  "v1\n",  "v<b>",   "v\xc3\xa4", "v\xff",
                               "v|x",        "v1&",   "v\\",    long_name};
    for (size_t i = 0; i < G_N_ELEMENTS(odd); i++) {
        g_assert_cmpint(policy_judge(&RELEASES, odd[i]), ==, TAG_REFUSED);
        g_autofree char *why = release_name_complaint(odd[i]);
        g_assert_nonnull(why);
        g_autofree char *shown = name_format(odd[i]);
        for (const char *c = shown; *c != '\0'; c++)
            g_assert_true(g_ascii_isprint(*c));
        g_assert_cmpuint(strlen(shown), <, 80);
    }
    g_assert_cmpint(policy_judge(&RELEASES, "x$(x)"), ==, TAG_PASSED_OVER);
    static const char *const ALL[] = {"*", NULL};
    Policy all = {.releases = ALL};
    g_assert_cmpint(policy_judge(&all, "-rf"), ==, TAG_REFUSED);
}

static void usual_names_have_no_complaint(void)
{
    static const char *const NAMES[] = {"v6.1",       "release/1.2", "1.0~beta", "a@b",
                                        "foo_1+dfsg", "3",           "v1-2"};
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++)
        g_assert_null(release_name_complaint(NAMES[i]));
    g_autofree char *empty = release_name_complaint("");
    g_assert_nonnull(empty);
    g_autofree char *longest = g_strnfill(128, 'v');
    g_assert_null(release_name_complaint(longest));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/policy/releases", releases_are_admitted_and_prereleases_passed_over);
    g_test_add_func("/policy/globs", one_of_several_globs_is_enough);
    g_test_add_func("/policy/first", what_is_older_than_the_first_is_passed_over);
    g_test_add_func("/policy/kernels", the_trees_of_kernels_have_their_releases);
    g_test_add_func("/policy/asked for", a_glob_that_names_prereleases_asks_for_them);
    g_test_add_func("/policy/odd names", odd_names_are_refused_when_a_glob_has_them);
    g_test_add_func("/policy/usual names", usual_names_have_no_complaint);
    return g_test_run();
}
