// common/text: words, numbers and times as people read and write them.
#include "common/text.h"

#include <math.h>
#include <string.h>

#define assert_text(made, expected)                                                                \
    do {                                                                                           \
        g_autofree char *text_made = (made);                                                       \
        g_assert_cmpstr(text_made, ==, expected);                                                  \
    } while (0)

static void test_control_characters_are_escaped(void)
{
    assert_text(text_escape_terminal("plain äö 日本"), "plain äö 日本");
    assert_text(text_escape_terminal("\x1b[31m\t\n\x7f"), "\\x1b[31m\\x09\\x0a\\x7f");
    assert_text(text_escape_terminal("\xff\xc3"), "\\xff\\xc3");
    assert_text(text_escape_terminal("\xc2\x9b"), "\\xc2\\x9b"); // CSI in one character
    assert_text(text_escape_terminal("a\xe2\x80\xae"
                                     "b"),
                "a\\xe2\\x80\\xaeb"); // right to left
    assert_text(text_escape_terminal(""), "");
}

static void test_distances_count_edits(void)
{
    g_assert_cmpint(text_distance("", ""), ==, 0);
    g_assert_cmpint(text_distance("", "abc"), ==, 3);
    g_assert_cmpint(text_distance("releases", "relases"), ==, 1);
    g_assert_cmpint(text_distance("shcedule", "schedule"), ==, 1);
    g_assert_cmpint(text_distance("kitten", "sitting"), ==, 3);
}

static void test_the_word_meant_is_suggested(void)
{
    static const char *const words[] = {"releases", "recipe", "url", "schedule", NULL};
    g_assert_cmpstr(text_suggest("relases", words), ==, "releases");
    g_assert_cmpstr(text_suggest("ulr", words), ==, "url");
    g_assert_cmpstr(text_suggest("sched", words), ==, "schedule");
    g_assert_null(text_suggest("re", words)); // two begin so
    g_assert_null(text_suggest("toolchains", words));
    g_assert_null(text_suggest("", words));
    g_autofree char *endless = g_strnfill(100000, 'r');
    g_assert_null(text_suggest(endless, words));
}

static void test_words_are_safe_names(void)
{
    static const char *const bad[] = {"", ".", "..", ".x", "-x", "a b", "a/b", "ä", "a\n", "$(x)"};
    g_assert_true(text_is_word("gcc-4.9_x+1"));
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(text_is_word(bad[i]));
    g_autofree char *long_word = g_strnfill(65, 'x');
    g_assert_false(text_is_word(long_word));
    g_assert_true(text_is_word(long_word + 1));
}

static void test_whole_numbers_are_parsed(void)
{
    int64_t value = 7;
    static const char *const bad[] = {"",  " 1",  "1 ",  "+1",
                                      "-", "1.0", "0x1", "9223372036854775808"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(text_parse_int(bad[i], &value));
    g_assert_cmpint(value, ==, 7);
    g_assert_true(text_parse_int("-9223372036854775808", &value));
    g_assert_cmpint(value, ==, G_MININT64);
}

static void test_numbers_are_parsed(void)
{
    double value = 7;
    static const char *const bad[] = {"",    "nan", "inf", "1e999", "0x10",
                                      "1,5", " 1",  "1 ",  ".",     "-"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(text_parse_number(bad[i], &value));
    g_assert_cmpfloat(value, ==, 7);
    g_assert_true(text_parse_number("-1.5e3", &value));
    g_assert_cmpfloat(value, ==, -1500);
    g_assert_true(text_parse_number(".5", &value));
    g_assert_cmpfloat(value, ==, 0.5);
}

static void test_quantities_are_parsed(void)
{
    double value = 0;
    int64_t bytes = 0;
    g_assert_true(text_parse_seconds("500ms", &value) && value == 0.5);
    g_assert_true(text_parse_seconds("90m", &value) && value == 5400);
    g_assert_true(text_parse_seconds("1w", &value) && value == 604800);
    g_assert_false(text_parse_seconds("5 s", &value) || text_parse_seconds("-5s", &value) ||
                   text_parse_seconds("s", &value) || text_parse_seconds("5y", &value));
    g_assert_true(text_parse_bytes("10G", &bytes) && bytes == 10LL << 30);
    g_assert_true(text_parse_bytes("1.5K", &bytes) && bytes == 1536);
    g_assert_true(text_parse_bytes("0", &bytes) && bytes == 0);
    g_assert_false(text_parse_bytes("10g", &bytes) || text_parse_bytes("8192P", &bytes) ||
                   text_parse_bytes("-1", &bytes));
    g_assert_true(text_parse_percent("2%", &value) && fabs(value - 0.02) < 1e-15);
    g_assert_false(text_parse_percent("2", &value) || text_parse_percent("2%%", &value));
}

static void test_numbers_have_significant_digits(void)
{
    assert_text(text_number(0.98765, 4), "0.9877");
    assert_text(text_number(12.3456, 4), "12.35");
    assert_text(text_number(1234.56, 4), "1235");
    assert_text(text_number(123456, 4), "123456");
    assert_text(text_number(9.9999, 4), "10.00");
    assert_text(text_number(1.0, 4), "1.000");
    assert_text(text_number(0, 4), "0.000");
    assert_text(text_number(-0.00123, 2), "-0.0012");
    assert_text(text_number(1.2345e12, 4), "1.234e+12");
    assert_text(text_number(1.2345e-9, 3), "1.23e-09");
    assert_text(text_number(NAN, 4), "-");
    assert_text(text_number(-INFINITY, 4), "-inf");
}

static void test_exact_numbers_read_back(void)
{
    static const double values[] = {0, 0.1, 1.0 / 3, 1e300, 5e-324, -2.5, 123456789.123456789};
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        g_autofree char *text = text_number_exact(values[i]);
        g_assert_true(g_ascii_strtod(text, NULL) == values[i]);
    }
    assert_text(text_number_exact(0.1), "0.1");
}

static void test_durations_sizes_and_times_are_readable(void)
{
    assert_text(text_seconds(0.0421), "42ms");
    assert_text(text_seconds(4.24), "4.2s");
    assert_text(text_seconds(59.7), "1m00s");
    assert_text(text_seconds(200), "3m20s");
    assert_text(text_seconds(7500), "2h05m");
    assert_text(text_seconds(273600), "3d04h");
    assert_text(text_seconds(NAN), "-");
    assert_text(text_bytes(512), "512B");
    assert_text(text_bytes(1048575), "1.0M");
    assert_text(text_bytes(G_MAXINT64), "8.0E");
    assert_text(text_time(1794888306), "2026-11-17 04:05 UTC");
    assert_text(text_time(0), "-");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/escape", test_control_characters_are_escaped);
    g_test_add_func("/text/distance", test_distances_count_edits);
    g_test_add_func("/text/suggest", test_the_word_meant_is_suggested);
    g_test_add_func("/text/word", test_words_are_safe_names);
    g_test_add_func("/text/int", test_whole_numbers_are_parsed);
    g_test_add_func("/text/number", test_numbers_are_parsed);
    g_test_add_func("/text/quantities", test_quantities_are_parsed);
    g_test_add_func("/text/digits", test_numbers_have_significant_digits);
    g_test_add_func("/text/exact", test_exact_numbers_read_back);
    g_test_add_func("/text/readable", test_durations_sizes_and_times_are_readable);
    return g_test_run();
}
