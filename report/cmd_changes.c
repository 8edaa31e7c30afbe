// marvin-report changes: where the level of a series moved.
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/stats/changes.h"
#include "common/text.h"
#include "report/changes_found.h"
#include "report/commands.h"
#include "report/csv_series.h"
#include "report/load_series.h"
#include "sql/names.h"
#include "sql/site.h"

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static void print_json(const ChangeList *list)
{
    json_t *changes = json_array();
    for (int i = 0; i < list->count; i++) {
        const Change *change = &list->changes[i];
        json_array_append_new(
            changes,
            json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "index", change->index, "before",
                      real_or_null(change->before), "after", real_or_null(change->after), "ratio",
                      real_or_null(change->ratio), "ci_low", real_or_null(change->ci_low),
                      "ci_high", real_or_null(change->ci_high), "p", real_or_null(change->p)));
    }
    json_t *page = json_pack("{s:i, s:o}", "n", list->n, "changes", changes);
    json_dumpf(page, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    putchar('\n');
    json_decref(page);
}

// ", 2 of them without a number", or "".
static char *points_empty_format(const CsvSeries *series)
{
    int empty = 0;
    for (int i = 0, end; i < series->n; i = end) {
        bool any = false;
        for (end = i; end < series->n &&
                      (end == i || (series->point && series->point[end] == series->point[i]));
             end++)
            any |= (bool)isfinite(series->values[end]);
        empty += !any;
    }
    return empty == 0 ? g_strdup("") : g_strdup_printf(", %d of them without a number", empty);
}

static void print_text(const ChangeList *list, const CsvSeries *series)
{
    g_autofree char *empty = points_empty_format(series);
    printf("%d points%s, as %s: %d change%s\n", list->n, empty,
           list->as_commits ? "commits" : "releases", list->count, list->count == 1 ? "" : "s");
    for (int i = 0; i < list->count; i++) {
        const Change *change = &list->changes[i];
        g_autofree char *before = text_number(change->before, 4),
                        *after = text_number(change->after, 4);
        g_autofree char *ratio = text_number(change->ratio, 4),
                        *low = text_number(change->ci_low, 4);
        g_autofree char *high = text_number(change->ci_high, 4), *p = text_number(change->p, 2);
        g_autofree char *index = g_strdup_printf("point %d", change->index);
        g_autofree char *name =
            series->names ? text_escape_terminal(series->names->pdata[change->index]) : NULL;
        printf("since %s: %s -> %s, ratio %s [%s, %s], p = %s\n", name ? name : index, before,
               after, ratio, low, high, p);
    }
}

static bool options_parse(const Invocation *invocation, ChangesOptions *ret_options, GError **error)
{
    const char *as = cmd_text(invocation, "as"), *better = cmd_text(invocation, "better");
    ChangesOptions options = {.as = CHANGES_AUTO, .better = BETTER_NONE};
    if (as && strcmp(as, "releases") != 0 && strcmp(as, "commits") != 0)
        return error_set(error, ERROR_USAGE, "--as %s: expected releases or commits", as);
    if (better && !better_parse(better, &options.better))
        return error_set(error, ERROR_USAGE, "--better %s: expected higher, lower or none", better);
    if (as)
        options.as = *as == 'r' ? CHANGES_RELEASES : CHANGES_COMMITS;
    if (!cmd_percent(invocation, "margin", 0, MARGIN_MOST, &options.margin, error))
        return false;
    *ret_options = options;
    return true;
}

static bool open_site(const Invocation *invocation, Site **ret_site, GError **error)
{
    const char *tree = cmd_text(invocation, "tree");
    g_autofree char *said = tree == NULL ? NULL : g_strdup_printf("--tree %s", tree);
    if (!site_open(ret_site, "marvin-report changes", "marvin_report", error))
        return false;
    for (guint i = 0; i < (*ret_site)->complaints->len; i++)
        cmd_note("%s", (const char *)(*ret_site)->complaints->pdata[i]);
    return tree == NULL || name_check(*ret_site, "tree", tree, said, error);
}

static bool read_file(const char *path, LoadedSeries *series, GError **error)
{
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return error_set(error, ERROR_INPUT,
                         "%s: is neither a file nor a series: a series of the database is "
                         "BENCHMARK[/k=v]:METRIC@MACHINE[%%DISTRO]; the pages of `marvin-report "
                         "site` name them all",
                         path);
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    if (!csv_series_read(path, &series->points, complaints, error))
        return false;
    for (guint i = 0; i < complaints->len; i++)
        cmd_note("%s", (const char *)complaints->pdata[i]);
    return true;
}

static bool read_database(const Invocation *invocation, const char *name, LoadedSeries *series,
                          ChangesOptions *options, GError **error)
{
    g_autoptr(Site) site = NULL;
    if (!open_site(invocation, &site, error) ||
        !load_series(site->db, name, cmd_text(invocation, "tree"), series, error))
        return false;
    options->better = cmd_text(invocation, "better") ? options->better : series->better;
    options->margin = cmd_text(invocation, "margin") ? options->margin : series->margin;
    return true;
}

static bool print_found(const Invocation *invocation, GError **error)
{
    g_autoptr(Site) site = NULL;
    return open_site(invocation, &site, error) &&
           changes_found_print(site->db, cmd_text(invocation, "tree"), cmd_flag(invocation, "json"),
                               error);
}

static bool run(const Invocation *invocation, GError **error)
{
    ChangesOptions options;
    g_auto(LoadedSeries) series = {0};
    const char *what = cmd_argument_count(invocation) == 0 ? NULL : cmd_arguments(invocation)[0];
    if (cmd_flag(invocation, "found") == (what != NULL))
        return error_set(error, ERROR_USAGE, "expected a series, a csv file, or --found");
    if (what == NULL)
        return print_found(invocation, error);
    bool is_file = strchr(what, '@') == NULL || g_file_test(what, G_FILE_TEST_IS_REGULAR);
    if (!options_parse(invocation, &options, error) ||
        !(is_file ? read_file(what, &series, error)
                  : read_database(invocation, what, &series, &options, error)))
        return false;
    ChangeList list = {0};
    changes_find(series.points.values, series.points.point, series.points.n, &options, &list);
    if (cmd_flag(invocation, "json"))
        print_json(&list);
    else
        print_text(&list, &series.points);
    change_list_clear(&list);
    return true;
}

static const CommandOption OPTIONS[] = {
    {"as", 0, OPTION_VALUE, "releases|commits",
     "few points with replicates, or many with few; preset: by the data"},
    {"better", 0, OPTION_VALUE, "higher|lower",
     "which direction is better; preset: the ratio is after / before"},
    {"margin", 0, OPTION_VALUE, "PERCENT", "the smallest change that counts; preset 2%"},
    {"found", 0, OPTION_FLAG, NULL, "the changes that `marvin-report site` has found so far"},
    {"tree", 0, OPTION_VALUE, "TREE",
     "where several trees have the series; with --found: only this tree"},
    {"json", 0, OPTION_FLAG, NULL,
     "as JSON: {n, changes: [{index, before, after, ratio, ci_low, ci_high, p}]}"},
    {0},
};

const Command CMD_CHANGES = {
    .name = "changes",
    .arguments = "SERIES|FILE.csv",
    .summary = "where the level of a series moved",
    .help =
        "SERIES is BENCHMARK[/k=v]:METRIC@MACHINE[%DISTRO] in the database.\n"
        "The file has the header `value` or `value,release`, oldest first; equal releases are "
        "replicates.\n"
        "A value that is no finite number is a run that failed. index is the first point of the "
        "new\nlevel, from 0: without releases, its line behind the header.",
    .options = OPTIONS,
    .min_arguments = 0,
    .max_arguments = 1,
    .run = run,
};
