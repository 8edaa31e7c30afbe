// marvin-bisect status, report: what the bisections over the queue know.
#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "common/table.h"
#include "common/text.h"
#include "marvin/bisect/commands.h"
#include "marvin/bisect/follow.h"
#include "sql/queries.h"

static bool list(Site *site, bool as_json, GError **error)
{
    static const TableColumn COLUMNS[] = {{"id", CELL_INT},       {"tree", CELL_TEXT},
                                          {"good", CELL_TEXT},    {"bad", CELL_TEXT},
                                          {"trial", CELL_TEXT},   {"state", CELL_TEXT},
                                          {"culprit", CELL_TEXT}, {"probability", CELL_REAL},
                                          {"boots", CELL_INT},    {"begun", CELL_TIME}};
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(site->db, &QUERY_BISECT_LIST, DB_PARAMS(DB_BOOL(false)), &rows, error))
        return false;
    g_autoptr(Table) table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    for (int i = 0; i < rows_count(rows); i++) {
        const char *culprit = rows_text(rows, i, "culprit");
        table_int(table, rows_int(rows, i, "id"));
        table_text(table, rows_text(rows, i, "tree"));
        table_text(table, rows_text(rows, i, "good"));
        table_text(table, rows_text(rows, i, "bad"));
        table_text(table, rows_text(rows, i, "trial_key"));
        table_text(table, rows_text(rows, i, "state"));
        if (culprit == NULL)
            table_null(table);
        else
            table_format(table, as_json ? "%s" : "%.12s", culprit);
        table_real(table, rows_real(rows, i, "probability"));
        table_int(table, rows_int(rows, i, "runs"));
        table_time(table, rows_int(rows, i, "created_at"));
    }
    if (rows_count(rows) == 0 && !as_json)
        printf("no bisection was asked for\n");
    else
        table_print(table, stdout, as_json);
    return true;
}

bool report_of_queue(const char *word, const char *format, GError **error)
{
    g_autoptr(Site) site = NULL;
    g_autoptr(Planner) planner = NULL;
    int64_t id = 0;
    if (!text_parse_int(word, &id))
        return error_set(error, ERROR_USAGE,
                         "'%s' is no bisection: expected a number of `marvin-bisect status`", word);
    return follow_open(&site, error) && planner_open(site, id, &planner, error) &&
           planner_look(planner, error) &&
           follow_print(planner, format != NULL ? format : "text", error);
}

static bool run_report(const Invocation *invocation, GError **error)
{
    return report_of_queue(cmd_arguments(invocation)[0],
                           cmd_flag(invocation, "json") ? "json" : cmd_text(invocation, "format"),
                           error);
}

static bool run_status(const Invocation *invocation, GError **error)
{
    g_autoptr(Site) site = NULL;
    if (cmd_argument_count(invocation) > 0)
        return run_report(invocation, error);
    return follow_open(&site, error) && list(site, cmd_flag(invocation, "json"), error);
}

static const CommandOption STATUS_OPTIONS[] = {
    {.name = "json", .kind = OPTION_FLAG, .help = "for scripts"},
    {.name = "format",
     .kind = OPTION_VALUE,
     .value = "F",
     .help = "of one: text, json, log or mail"},
    {0}};

const Command CMD_STATUS = {
    .name = "status",
    .arguments = "[ID]",
    .summary = "the bisections over the queue, or one of them",
    .options = STATUS_OPTIONS,
    .max_arguments = 1,
    .run = run_status,
};

const Command CMD_REPORT = {
    .name = "report",
    .arguments = "ID",
    .summary =
        "what a bisection over the queue found: text, json, git's log, or a mail to the author",
    .options = STATUS_OPTIONS,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run_report,
};
