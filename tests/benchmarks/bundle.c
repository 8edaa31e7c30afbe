// benchmarks/formats/bundle: what the database would refuse is bad input, with its place.
#include "benchmarks/formats/bundle.h"

#include <string.h>

#include "common/error.h"

static const char BOOT[] =
    "{\"schema\": 1, \"boots\": [{\"tree\": \"toy\", \"revision\": \"v1\", \"machine\": \"here\", "
    "\"trials\": [{\"benchmark\": \"b\", \"key\": \"b\", \"state\": \"%s\", \"samples\": "
    "[{\"metric\": "
    "{\"name\": \"m\", \"unit\": \"s\", \"better\": \"%s\", \"statistic\": \"mean\"}, "
    "\"state\": \"%s\", \"position\": %s, \"value\": %s}]}]}]}";

static bool is_taken(const char *trial, const char *better, const char *state, const char *position,
                     const char *value)
{
    g_autofree char *text = g_strdup_printf(BOOT, trial, better, state, position, value);
    g_autoptr(GError) error = NULL;
    json_t *boots = NULL;
    if (bundle_parse("x", text, strlen(text), &boots, &error)) {
        json_decref(boots);
        return true;
    }
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "x: its boot 1 lacks what every boot has"));
    return false;
}

static void what_the_database_refuses_is_bad_input(void)
{
    g_assert_true(is_taken("done", "lower", "done", "[0, 1]", "[1.5, 2]"));
    g_assert_true(is_taken("failed", "none", "failed", "null", "null"));
    g_assert_false(is_taken("well", "lower", "done", "[0]", "[1]"));
    g_assert_false(is_taken("done", "faster", "done", "[0]", "[1]"));
    g_assert_false(is_taken("done", "lower", "odd", "[0]", "[1]"));
    g_assert_false(is_taken("done", "lower", "done", "[0]", "[1, 2]"));
    g_assert_false(is_taken("done", "lower", "done", "[\"a\"]", "[1]"));
    g_assert_false(is_taken("done", "lower", "done", "[]", "[]"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bundle/what-the-database-refuses", what_the_database_refuses_is_bad_input);
    return g_test_run();
}
