// benchmarks/number: strict decimals in, the shortest text out.
#include "benchmarks/number.h"

#include <string.h>

static void test_whole_decimals_are_read(void)
{
    const struct {
        const char *text;
        double value;
    } cases[] = {{"0", 0},    {"52341.5", 52341.5}, {"-1", -1},     {"+2.", 2},
                 {".5", 0.5}, {"1e-9", 1e-9},       {"1E+3", 1000}, {"1e-400", 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        double value = 99;
        g_assert_true(number_parse(cases[i].text, strlen(cases[i].text), &value));
        g_assert_cmpfloat(value, ==, cases[i].value);
    }
}

static void test_anything_else_is_refused(void)
{
    const char *cases[] = {"",      "nan", "NaN", "inf",  "-Infinity", "0x10", "1.2.3",
                           "1,5",   " 1",  "1 ",  "1e",   "e5",        "-",    ".",
                           "1e999", "--1", "1e+", "12ms", "1_000",     "1e5.5"};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        double untouched = 99;
        g_assert_false(number_parse(cases[i], strlen(cases[i]), &untouched));
        g_assert_cmpfloat(untouched, ==, 99);
    }
    g_autofree char *endless = g_strnfill(100000, '1');
    double untouched = 0;
    g_assert_false(number_parse(endless, strlen(endless), &untouched));
}

static void test_the_shortest_text_that_reads_back_is_written(void)
{
    const struct {
        double value;
        const char *text;
    } cases[] = {{52341.5, "52341.5"},
                 {0.1, "0.1"},
                 {1e-9, "1e-09"},
                 {3, "3"},
                 {1.0 / 3, "0.3333333333333333"},
                 {1e15, "1e+15"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = number_format(cases[i].value);
        g_assert_cmpstr(text, ==, cases[i].text);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/number/whole-decimals-are-read", test_whole_decimals_are_read);
    g_test_add_func("/number/anything-else-is-refused", test_anything_else_is_refused);
    g_test_add_func("/number/the-shortest-text-that-reads-back-is-written",
                    test_the_shortest_text_that_reads_back_is_written);
    return g_test_run();
}
