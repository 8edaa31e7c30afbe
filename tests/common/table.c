// common/table: one set of rows, two forms.
#include "common/table.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

static const TableColumn COLUMNS[] = {
    {"machine", CELL_TEXT},   {"boots", CELL_INT},  {"ratio", CELL_REAL},
    {"is_held", CELL_BOOL},   {"since", CELL_TIME}, {"took", CELL_SECONDS},
    {"raw_logs", CELL_BYTES}, {"note", CELL_TEXT},
};

static Table *sample_table(void)
{
    Table *table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    table_text(table, "ivor");
    table_int(table, 5);
    table_real(table, 0.98765);
    table_bool(table, true);
    table_time(table, 1794888306);
    table_real(table, 200);
    table_bytes(table, 1536);
    table_format(table, "%d of %d", 3, 8);
    table_tone(table, TONE_BAD);
    table_text(table, "日本\x1b[31m");
    table_int(table, -12345);
    table_real(table, NAN);
    table_bool(table, false);
    table_time(table, 0);
    table_null(table);
    table_null(table);
    table_text(table, NULL);
    return table;
}

static void test_text_is_aligned_and_escaped(void)
{
    g_autoptr(Table) table = sample_table();
    g_autofree char *text = table_format_text(table, false);
    g_assert_cmpstr(
        text, ==,
        "machine        boots   ratio  is held                 since   took  raw logs  note\n"
        "ivor               5  0.9877      yes  2026-11-17 04:05 UTC  3m20s      1.5K  3 of 8\n"
        "日本\\x1b[31m  -12345       -       no                     -      -         -  -\n");
    g_assert_cmpint(table_row_count(table), ==, 2);
}

static void test_colour_changes_no_width(void)
{
    g_autoptr(Table) table = sample_table();
    g_autofree char *coloured = table_format_text(table, true);
    g_autofree char *plain = table_format_text(table, false);
    g_assert_nonnull(g_strstr_len(coloured, -1, "\x1b[31m3 of 8\x1b[0m\n"));
    g_autoptr(GRegex) codes = g_regex_new("\x1b\\[[0-9]*m", 0, 0, NULL);
    g_autofree char *stripped = g_regex_replace(codes, coloured, -1, 0, "", 0, NULL);
    g_assert_cmpstr(stripped, ==, plain);
}

static void test_json_has_types(void)
{
    g_autoptr(Table) table = sample_table();
    g_autofree char *text = table_format_json(table);
    json_t *rows = json_loads(text, 0, NULL);
    json_t *first = json_array_get(rows, 0), *second = json_array_get(rows, 1);
    g_assert_cmpint((int)json_array_size(rows), ==, 2);
    g_assert_cmpstr(json_string_value(json_object_get(first, "machine")), ==, "ivor");
    g_assert_cmpint(json_integer_value(json_object_get(first, "boots")), ==, 5);
    g_assert_true(json_real_value(json_object_get(first, "ratio")) == 0.98765);
    g_assert_true(json_is_true(json_object_get(first, "is_held")));
    g_assert_cmpstr(json_string_value(json_object_get(first, "since")), ==, "2026-11-17T04:05:06Z");
    g_assert_cmpfloat(json_number_value(json_object_get(first, "took")), ==, 200);
    g_assert_cmpint(json_integer_value(json_object_get(first, "raw_logs")), ==, 1536);
    g_assert_cmpstr(json_string_value(json_object_get(second, "machine")), ==, "日本\x1b[31m");
    g_assert_true(json_is_null(json_object_get(second, "ratio")));
    g_assert_true(json_is_null(json_object_get(second, "note")));
    json_decref(rows);
}

static void test_what_is_no_utf8_is_made_so(void)
{
    static const TableColumn columns[] = {{"tag", CELL_TEXT}};
    g_autoptr(Table) table = table_new(columns, 1);
    table_text(table, "v1\xff");
    g_autofree char *json = table_format_json(table);
    json_t *rows = json_loads(json, 0, NULL);
    g_assert_nonnull(rows);
    json_decref(rows);
    g_autofree char *text = table_format_text(table, false);
    g_assert_cmpstr(text, ==, "tag\nv1\\xff\n");
}

static void test_an_empty_table_is_a_heading_or_an_empty_array(void)
{
    g_autoptr(Table) table = table_new(COLUMNS, 2);
    g_autofree char *text = table_format_text(table, false);
    g_autofree char *json = table_format_json(table);
    g_assert_cmpstr(text, ==, "machine  boots\n");
    g_assert_cmpstr(json, ==, "[]\n");
}

static void test_a_file_gets_no_colour(void)
{
    g_autoptr(Table) table = sample_table();
    char *written = NULL;
    size_t size = 0;
    FILE *out = tmpfile();
    table_print(table, out, false);
    rewind(out);
    ssize_t length = getdelim(&written, &size, '\0', out);
    g_autofree char *plain = table_format_text(table, false);
    g_assert_cmpint(length, >, 0);
    g_assert_cmpstr(written, ==, plain);
    free(written);
    fclose(out);
}

static void test_a_cell_of_another_kind_is_a_mistake(void)
{
    if (g_test_subprocess()) {
        g_autoptr(Table) table = table_new(COLUMNS, 2);
        table_int(table, 1);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*column 'machine'*");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/table/text", test_text_is_aligned_and_escaped);
    g_test_add_func("/table/colour", test_colour_changes_no_width);
    g_test_add_func("/table/json", test_json_has_types);
    g_test_add_func("/table/no-utf8", test_what_is_no_utf8_is_made_so);
    g_test_add_func("/table/empty", test_an_empty_table_is_a_heading_or_an_empty_array);
    g_test_add_func("/table/file", test_a_file_gets_no_colour);
    g_test_add_func("/table/mistake", test_a_cell_of_another_kind_is_a_mistake);
    return g_test_run();
}
