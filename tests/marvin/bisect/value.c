// The one number in what a command printed.
#include "marvin/bisect/value.h"

#include <string.h>

#include "common/error.h"

static bool read_both(const char *pattern, const char *out, const char *err, Value *ret_value,
                      GError **error)
{
    g_autoptr(GRegex) regex = NULL;
    if (pattern) {
        value_pattern_parse(pattern, &regex, error);
        g_assert_no_error(*error);
    }
    const ProcResult output = {.out = (char *)(guintptr)out,
                               .out_size = strlen(out),
                               .err = (char *)(guintptr)err,
                               .err_size = strlen(err)};
    return value_read(regex, &output, ret_value, error);
}

static void assert_value(const char *pattern, const char *out, double number, const char *unit)
{
    g_autoptr(GError) error = NULL;
    Value value = {0};
    read_both(pattern, out, "", &value, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(value.number, ==, number);
    g_assert_cmpstr(value.unit, ==, unit);
}

static void assert_refused(const char *pattern, const char *out, const char *says)
{
    g_autoptr(GError) error = NULL;
    Value value = {.number = 7};
    g_assert_false(read_both(pattern, out, "", &value, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    if (!strstr(error->message, says))
        g_test_message("said: %s", error->message);
    g_assert_nonnull(strstr(error->message, says));
    g_assert_cmpfloat(value.number, ==, 7);
}

static void a_pattern_gives_its_first_group_and_the_unit_behind_it(void)
{
    assert_value("time: ([0-9.]+)", "start\ntime: 12.5 ms\nend\n", 12.5, "ms");
    assert_value("time: ([0-9.]+ms)", "time: 12.5ms\n", 12.5, "ms");
    assert_value("^([0-9.e+]+)$", "x\n1.5e+03\n", 1500, "");
    assert_value("= (-?[0-9]+)", "x = -3us/op, fine", -3, "us/op");
    assert_value("t ([0-9.]+)", "t 3 \xc2\xb5s\r\n", 3, "\xc2\xb5s");
    assert_value("^time ([0-9]+)$", "time 3\r\ntime x\r\n", 3, "");
}

static void a_pattern_looks_into_standard_error_too(void)
{
    g_autoptr(GError) error = NULL;
    Value value;
    g_assert_true(read_both("([0-9.]+) seconds", "", "1.25 seconds elapsed\n", &value, &error));
    g_assert_cmpfloat(value.number, ==, 1.25);
    g_assert_false(read_both("([0-9.]+) s", "1 s", "2 s", &value, &error));
    g_assert_nonnull(strstr(error->message, "matches 2 times (1, 2)"));
}

static void without_a_pattern_it_is_the_one_number_of_the_last_line(void)
{
    assert_value(NULL, "warming up 3\n17.25\n\n", 17.25, "");
    assert_value(NULL, "throughput: 99.5 MB/s\n", 99.5, "MB/s");
    assert_value(NULL, "v2 of it took=4ms", 4, "ms");
    assert_value(NULL, "info: 4", 4, "");
}

static void no_number_is_refused(void)
{
    assert_refused("time: ([0-9.]+)", "ok\n",
                   "no number that 'time: ([0-9.]+)' matches (last line: 'ok')");
    assert_refused("time: (.*)", "time: fast\n", "'fast' is no number");
    assert_refused("a|time: (.*)", "a\n", "no number");
    assert_refused(NULL, "", "has no finite decimal number");
    assert_refused(NULL, "0x1F\n", "'0x1F' has no finite decimal number");
    assert_refused("t=(.*)", "t=0x1F\n", "'0x1F' is no number");
    assert_refused(NULL, "1e400\n", "has no finite decimal number");
    assert_value(NULL, "3f2a9: 12 ms\n", 12, "ms");
    assert_refused(NULL, "12\ndone\n", "'done' has no finite decimal number");
}

static void two_numbers_are_refused(void)
{
    assert_refused("t ([0-9]+)", "t 1\nt 2\nt 3\n", "matches 3 times (1, 2 ..)");
    assert_refused(NULL, "12 of 14\n", "has 2 numbers");
}

static void what_is_not_finite_is_refused(void)
{
    assert_refused("t (.*)", "t nan\n", "printed 'nan'");
    assert_refused("t (.*)", "t -inf\n", "printed '-inf'");
    assert_refused("t ([0-9e]+)", "t 1e999\n", "'1e999' is no number");
    assert_refused(NULL, "NaN\n", "printed 'NaN'");
    assert_refused(NULL, "t: -Infinity s\n", "finite number");
}

static void foreign_bytes_do_not_reach_the_terminal(void)
{
    assert_refused("t (.*)", "t \x1b[31m\n", "'\\x1b[31m' is no number");
    assert_refused("t (x)", "\xff\xfe\n", "\\xff\\xfe");
}

static void a_changed_scale_is_another_unit_and_a_changed_word_is_not(void)
{
    const Value ms = {1, "ms"}, us = {1, "us"}, none = {1, ""}, word = {1, "after"},
                other = {1, "with"};
    g_assert_true(value_same_unit(&ms, &ms));
    g_assert_false(value_same_unit(&ms, &us));
    g_assert_false(value_same_unit(&ms, &none));
    g_assert_true(value_same_unit(&word, &other));
    g_assert_true(value_same_unit(&word, &none));
}

static void a_pattern_without_a_group_is_a_usage_error(void)
{
    g_autoptr(GError) error = NULL;
    GRegex *pattern = NULL;
    g_assert_false(value_pattern_parse("[0-9]+", &pattern, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_USAGE);
    g_clear_error(&error);
    g_assert_false(value_pattern_parse("([0-9]+", &pattern, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_USAGE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/value/pattern", a_pattern_gives_its_first_group_and_the_unit_behind_it);
    g_test_add_func("/value/stderr", a_pattern_looks_into_standard_error_too);
    g_test_add_func("/value/last-line", without_a_pattern_it_is_the_one_number_of_the_last_line);
    g_test_add_func("/value/none", no_number_is_refused);
    g_test_add_func("/value/two", two_numbers_are_refused);
    g_test_add_func("/value/not-finite", what_is_not_finite_is_refused);
    g_test_add_func("/value/controls", foreign_bytes_do_not_reach_the_terminal);
    g_test_add_func("/value/unit", a_changed_scale_is_another_unit_and_a_changed_word_is_not);
    g_test_add_func("/value/group", a_pattern_without_a_group_is_a_usage_error);
    return g_test_run();
}
