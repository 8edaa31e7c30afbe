#include "common/ranges.h"

#include "common/error.h"

#include <string.h>

static GPtrArray *parsed(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    GPtrArray *ranges = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(ranges_parse((const char *const *)words, &ranges, &error));
    g_assert_no_error(error);
    return ranges;
}

static void the_distros_of_the_design_hold(void)
{
    g_autoptr(GPtrArray) ranges = parsed("3.0..3.12:os-13.1 3.12..:os-13.2");
    g_assert_null(ranges_find(ranges, "v2.6.39"));
    g_assert_cmpstr(ranges_find(ranges, "v3.0"), ==, "os-13.1");
    g_assert_cmpstr(ranges_find(ranges, "v3.11.10"), ==, "os-13.1");
    g_assert_cmpstr(ranges_find(ranges, "v3.12"), ==, "os-13.2");
    g_assert_cmpstr(ranges_find(ranges, "v6.1"), ==, "os-13.2");
}

static void the_toolchains_of_the_design_hold(void)
{
    g_autoptr(GPtrArray) ranges = parsed("..3.17:gcc-4.9 3.18..:gcc-12");
    g_assert_cmpstr(ranges_find(ranges, "v2.6.39"), ==, "gcc-4.9");
    g_assert_cmpstr(ranges_find(ranges, "v3.17.4"), ==, "gcc-4.9");
    g_assert_cmpstr(ranges_find(ranges, "v3.18"), ==, "gcc-12");
    g_assert_cmpstr(ranges_find(ranges, "v3.18-rc1"), ==, "gcc-12");
    g_assert_true(ranges_check(ranges, RANGES_APART, NULL, NULL));
}

static void a_high_end_has_the_versions_below_it_and_no_others(void)
{
    g_autoptr(GPtrArray) ranges = parsed("..3.1:old");
    g_assert_cmpstr(ranges_find(ranges, "linux-3.1.7"), ==, "old");
    g_assert_null(ranges_find(ranges, "3.17"));
    g_assert_null(ranges_find(ranges, "3.2"));
}

static void a_name_alone_holds_for_all_and_a_version_for_itself(void)
{
    g_autoptr(GPtrArray) ranges = parsed("os-12 3.12:os-13");
    g_assert_cmpstr(ranges_find(ranges, "v1.0"), ==, "os-12");
    g_assert_cmpstr(ranges_find(ranges, "v3.12.7"), ==, "os-13");
    g_assert_cmpstr(ranges_find(ranges, "v3.13"), ==, "os-12");
}

static void nothing_is_an_empty_map(void)
{
    static const char *const NONE[] = {NULL};
    g_autoptr(GPtrArray) ranges = NULL;
    g_assert_true(ranges_parse(NONE, &ranges, NULL));
    g_assert_null(ranges_find(ranges, "v1"));
}

static void a_boundary_release_belongs_to_both_distros(void)
{
    g_autoptr(GPtrArray) ranges = parsed("3.0..3.12:os-13.1 3.12..:os-13.2");
    static const struct {
        const char *version, *low, *high;
    } CASES[] = {{"v3.11", "os-13.1", NULL},        {"v3.12", "os-13.1", "os-13.2"},
                 {"v3.12.7", "os-13.1", "os-13.2"}, {"v3.12-rc1", "os-13.1", "os-13.2"},
                 {"v3.13", "os-13.2", NULL},        {"v2.6.39", NULL, NULL}};
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GPtrArray) values = ranges_find_all(ranges, CASES[i].version);
        g_assert_cmpuint(values->len, ==,
                         (guint)((CASES[i].low != NULL) + (CASES[i].high != NULL)));
        if (values->len > 0)
            g_assert_cmpstr(g_ptr_array_index(values, 0), ==, CASES[i].low);
        if (values->len > 1)
            g_assert_cmpstr(g_ptr_array_index(values, 1), ==, CASES[i].high);
    }
    g_assert_true(ranges_check(ranges, RANGES_TOUCH, "v3.0", NULL));
}

static void whole_maps_are_accepted(void)
{
    static const char *const MAPS[] = {"gcc-12",
                                       "..3.17:a 3.18..:b",
                                       "..3.19:a 4.0..:b",
                                       "4.0..:b ..3.19:a",
                                       "..3.17.4:a 3.17.5..:b",
                                       "..2.6.39:a 3.0..:b",
                                       "3.0..3.4:a 3.5..4.1:b 4.2..:c"};
    for (size_t i = 0; i < G_N_ELEMENTS(MAPS); i++) {
        g_autoptr(GPtrArray) ranges = parsed(MAPS[i]);
        g_autoptr(GError) error = NULL;
        g_assert_true(ranges_check(ranges, RANGES_APART, "v3.0", &error));
        g_assert_no_error(error);
    }
}

static void overlaps_and_gaps_are_told(void)
{
    static const struct {
        const char *map, *first, *says;
        RangesRule rule;
    } CASES[] = {
        {"..3.17:a 3.17..:b", NULL, "overlap: 3.17 has both", RANGES_APART},
        {"..3.17:a 3.17.5..:b", NULL, "overlap: 3.17.5 has both", RANGES_APART},
        {"..3.17:a 3.10..:b", NULL, "overlap", RANGES_TOUCH},
        {"a 3.10..:b", NULL, "overlap", RANGES_TOUCH},
        {"3.0..:a 3.10..:b", NULL, "overlap", RANGES_TOUCH},
        {"..3.17:a 3.19..:b", NULL, "between 3.17 (the end of a) and 3.19", RANGES_APART},
        {"..3.17:a 3.18.2..:b", NULL, "between 3.17", RANGES_TOUCH},
        {"3.4..3.17:a 3.18..:b", "v3.0", "first release v3.0", RANGES_APART},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GPtrArray) ranges = parsed(CASES[i].map);
        g_autoptr(GError) error = NULL;
        g_assert_false(ranges_check(ranges, CASES[i].rule, CASES[i].first, &error));
        g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
        g_assert_nonnull(strstr(error->message, CASES[i].says));
    }
}

static void other_words_are_refused(void)
{
    static const char *const WORDS[] = {"", ":x", "3.0..:", "3.12..3.0:x", "1..2:a/b", "1..2:$x"};
    for (size_t i = 0; i < G_N_ELEMENTS(WORDS); i++) {
        const char *const words[] = {WORDS[i], NULL};
        GPtrArray *ranges = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_false(ranges_parse(words, &ranges, &error));
        g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
        g_assert_null(ranges);
    }
}

static void a_range_without_a_value_is_checked(void)
{
    static const char *const GOOD[] = {"..", "3.12..", "..v3.12", "3.0..3.12", "v6.1", "6.1..6.1"};
    static const char *const BAD[] = {"",        "3.12..3.0", "3.0...3.12", "3.0..3.5..3.9",
                                      "all",     "3.0 3.12",  "next..3.12", "3.0..x",
                                      "3.0.. 4", "-"};
    for (size_t i = 0; i < G_N_ELEMENTS(GOOD); i++) {
        g_autoptr(GError) error = NULL;
        range_check(GOOD[i], &error);
        g_assert_no_error(error);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(range_check(BAD[i], &error));
        g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
        g_assert_nonnull(strstr(error->message, BAD[i]));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ranges/distros", the_distros_of_the_design_hold);
    g_test_add_func("/ranges/toolchains", the_toolchains_of_the_design_hold);
    g_test_add_func("/ranges/high ends", a_high_end_has_the_versions_below_it_and_no_others);
    g_test_add_func("/ranges/names", a_name_alone_holds_for_all_and_a_version_for_itself);
    g_test_add_func("/ranges/nothing", nothing_is_an_empty_map);
    g_test_add_func("/ranges/boundary", a_boundary_release_belongs_to_both_distros);
    g_test_add_func("/ranges/whole", whole_maps_are_accepted);
    g_test_add_func("/ranges/overlaps and gaps", overlaps_and_gaps_are_told);
    g_test_add_func("/ranges/refused", other_words_are_refused);
    g_test_add_func("/ranges/without a value", a_range_without_a_value_is_checked);
    return g_test_run();
}
