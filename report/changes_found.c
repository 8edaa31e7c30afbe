// Known changes: a line for each release and benchmark, with its machines below it.
#include "report/changes_found.h"

#include "common/text.h"
#include "report/columns.h"
#include "report/compare.h"
#include "report/words.h"
#include "sql/queries.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static json_t *real_or_null(const Rows *rows, int i, const char *column)
{
    double value = rows_real(rows, i, column);
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *text_or_null(const Rows *rows, int i, const char *column)
{
    const char *text = rows_text(rows, i, column);
    return text == NULL ? json_null() : json_string(text);
}

/* CELL as `marvin-report verdict` takes it; null for a commit that is no release. */
static json_t *cell_json(const Rows *rows, int i)
{
    if (rows_is_null(rows, i, "since"))
        return json_null();
    g_autofree char *cell =
        g_strconcat(rows_text(rows, i, "trial_key"), ":", rows_text(rows, i, "metric"), "@",
                    rows_text(rows, i, "machine"), "%", rows_text(rows, i, "distro"), "#",
                    rows_text(rows, i, "tree"), ":", rows_text(rows, i, "since"), NULL);
    return json_string(cell);
}

static void print_json(const Rows *rows)
{
    static const char *const TEXTS[] = {"tree", "since",   "benchmark", "trial_key", "metric",
                                        "unit", "machine", "distro",    "found",     "mode"};
    static const char *const REALS[] = {"before", "after", "ratio", "ci_low", "ci_high", "p"};
    json_t *list = json_array();
    for (int i = 0; i < rows_count(rows); i++) {
        json_t *object = json_pack("{s:o}", "cell", cell_json(rows, i));
        for (size_t k = 0; k < G_N_ELEMENTS(TEXTS); k++)
            json_object_set_new(object, TEXTS[k], text_or_null(rows, i, TEXTS[k]));
        for (size_t k = 0; k < G_N_ELEMENTS(REALS); k++)
            json_object_set_new(object, REALS[k], real_or_null(rows, i, REALS[k]));
        json_array_append_new(list, object);
    }
    json_t *page = json_pack("{s:i, s:o}", "schema", 1, "changes", list);
    g_autofree char *text = compare_json_text(page);
    json_decref(page);
    fputs(text, stdout);
}

/* Rows of one release, benchmark and direction are one change to a reader. */
static bool is_same(const Rows *rows, int i, int j)
{
    return g_strcmp0(rows_text(rows, i, "tree"), rows_text(rows, j, "tree")) == 0 &&
           g_strcmp0(rows_text(rows, i, "since"), rows_text(rows, j, "since")) == 0 &&
           strcmp(rows_text(rows, i, "benchmark"), rows_text(rows, j, "benchmark")) == 0 &&
           (rows_real(rows, i, "ratio") < 1) == (rows_real(rows, j, "ratio") < 1);
}

static void add_row(Columns *columns, const Rows *rows, int i)
{
    g_autofree char *percent = percent_format(rows_real(rows, i, "ratio"));
    g_autofree char *interval =
        interval_format(rows_real(rows, i, "ci_low"), rows_real(rows, i, "ci_high"));
    g_autofree char *before = value_format(rows_real(rows, i, "before"));
    g_autofree char *after = value_format(rows_real(rows, i, "after"));
    g_autofree char *levels =
        g_strdup_printf("%s to %s %s", before, after, rows_text(rows, i, "unit"));
    g_autofree char *name =
        g_strdup_printf("%s %s", rows_text(rows, i, "trial_key"), rows_text(rows, i, "metric"));
    g_autofree char *ratio = g_strdup_printf("ratio %s", interval);
    columns_cell(columns, rows_text(rows, i, "machine"), NULL);
    columns_cell(columns, name, NULL);
    columns_cell(columns, percent, NULL);
    columns_cell(columns, ratio, NULL);
    columns_cell(columns, levels, NULL);
    columns_cell(columns, mode_caveat(rows_text(rows, i, "mode")), NULL);
}

static void print_group(const Rows *rows, int first)
{
    const char *since = rows_text(rows, first, "since");
    bool loss = rows_real(rows, first, "ratio") < 1;
    g_autofree char *heading =
        g_strdup_printf("%s %s: %s since %s", state_symbol(loss ? STATE_REGRESSED : STATE_IMPROVED),
                        rows_text(rows, first, "tree"), rows_text(rows, first, "benchmark"),
                        since == NULL ? "a commit" : since);
    g_autofree char *escaped = text_escape_terminal(heading);
    g_autoptr(Columns) columns = columns_new("llrlll");
    g_autoptr(GString) out = g_string_new(NULL);
    for (int i = first; i < rows_count(rows); i++)
        if (is_same(rows, first, i))
            add_row(columns, rows, i);
    columns_write(columns, 4, false, out);
    printf("%s\n%s", escaped, out->str);
}

static void print_text(const Rows *rows)
{
    int groups = 0;
    for (int i = 0; i < rows_count(rows); i++) {
        bool first = true;
        for (int j = 0; j < i && first; j++)
            first = !is_same(rows, j, i);
        if (!first)
            continue;
        groups++;
        print_group(rows, i);
    }
    if (groups == 0)
        puts("No change is known.");
    else
        printf("%d change%s\n", groups, groups == 1 ? "" : "s");
}

bool changes_found_print(Db *db, const char *tree, bool as_json, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_REPORT_CHANGES_FOUND, DB_PARAMS(DB_TEXT(tree)), &rows, error))
        return false;
    if (as_json)
        print_json(rows);
    else
        print_text(rows);
    return true;
}
