// marvin-report verdict: what a person decided about a change.
#include "report/commands.h"

#include "common/text.h"
#include "report/series_name.h"
#include "report/verdict.h"
#include "report/words.h"
#include "sql/queries.h"
#include "sql/site.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const VERDICTS[] = {"real",     "apparent", "trade-off", "infra",
                                       "deferred", "fixed",    NULL};
static const double MARGIN_PRESET = .02;

static bool check_verdict(const char *verdict, const char *const *won, GError **error)
{
    if (!g_strv_contains(VERDICTS, verdict))
        return error_set(error, ERROR_USAGE,
                         "%s: expected real, apparent, trade-off, infra, deferred or fixed",
                         verdict);
    bool trade = strcmp(verdict, "trade-off") == 0;
    if (trade != (won[0] != NULL))
        return error_set(error, ERROR_USAGE,
                         trade ? "a trade-off names what won: add --won CELL"
                               : "--won belongs to the verdict trade-off");
    for (; *won != NULL; won++) {
        g_auto(SeriesName) name = {0};
        if (!cell_name_parse(*won, &name, error))
            return false;
    }
    return true;
}

static char *won_json(const char *const *won)
{
    json_t *list = json_array();
    for (; *won != NULL; won++)
        json_array_append_new(list, json_string(*won));
    char *text = json_dumps(list, JSON_COMPACT);
    char *copy = g_strdup(text);
    free(text);
    json_decref(list);
    return copy;
}

static char *whoami(const Invocation *invocation)
{
    const char *who = cmd_text(invocation, "who");
    return who != NULL ? g_strdup(who)
                       : g_strdup_printf("%s@%s", g_get_user_name(), g_get_host_name());
}

static bool find_change(Db *db, const char *cell, const char *tree, Rows **ret_change,
                        GError **error)
{
    g_auto(SeriesName) name = {0};
    g_autoptr(Rows) rows = NULL;
    if (!cell_name_parse(cell, &name, error) ||
        !db_rows(db, &QUERY_REPORT_VERDICT_CHANGE,
                 DB_PARAMS(DB_TEXT(name.trial_key), DB_TEXT(name.metric), DB_TEXT(name.machine),
                           DB_TEXT(name.distro), DB_TEXT(name.release), DB_TEXT(tree)),
                 &rows, error))
        return false;
    if (rows_count(rows) == 0)
        return error_set(
            error, ERROR_INPUT,
            "%s: no change is known there; `marvin-report changes --found` lists those that are",
            cell);
    if (rows_count(rows) > 1)
        return error_set(error, ERROR_INPUT,
                         "%s: there are several; add --tree %s, or %%%s behind the machine", cell,
                         rows_text(rows, 1, "tree"), rows_text(rows, 1, "distro"));
    *ret_change = g_steal_pointer(&rows);
    return true;
}

/* What won is a change for the better in the tree of the loss: pages watch it there. */
static bool check_won(Db *db, const char *const *won, const Rows *change, GError **error)
{
    const char *tree = rows_text(change, 0, "tree");
    for (; *won != NULL; won++) {
        g_autoptr(Rows) win = NULL;
        if (!find_change(db, *won, tree, &win, error)) {
            g_prefix_error(error, "--won, in the tree %s: ", tree);
            return false;
        }
        if (rows_int(win, 0, "id") == rows_int(change, 0, "id"))
            return error_set(error, ERROR_INPUT,
                             "--won %s: is the change that the verdict is about; name another one "
                             "that became better for it",
                             *won);
        if (!(rows_real(win, 0, "ratio") > 1)) {
            g_autofree char *percent = percent_format(rows_real(win, 0, "ratio"));
            return error_set(error, ERROR_INPUT,
                             "--won %s: did not win, it became worse there (%s); `marvin-report "
                             "changes --found` lists what became better",
                             *won, percent);
        }
    }
    return true;
}

/* The verdict holds while the level stays as near to the new one as twice the margin. */
static bool store(Db *db, const Invocation *invocation, const Rows *change, GError **error)
{
    const char *const *arguments = cmd_arguments(invocation);
    double margin = rows_real(change, 0, "margin");
    double band = 2 * log1p(isfinite(margin) ? margin : MARGIN_PRESET);
    double after = rows_real(change, 0, "after");
    g_autofree char *who = whoami(invocation);
    g_autofree char *won = won_json(cmd_texts(invocation, "won"));
    return db_none(db, &QUERY_REPORT_VERDICT_STORE,
                   DB_PARAMS(DB_INT(rows_int(change, 0, "id")), DB_TEXT(arguments[1]), DB_TEXT(who),
                             DB_TEXT(cmd_text(invocation, "why")), DB_TEXT(won),
                             DB_REAL(after * exp(-band)), DB_REAL(after * exp(band))),
                   error);
}

static void tell(const char *const *arguments, const Rows *change)
{
    g_autofree char *evidence = verdict_evidence(change, 0);
    printf("%s: %s\n", arguments[0], arguments[1]);
    if (evidence == NULL)
        return;
    g_autofree char *escaped = text_escape_terminal(evidence);
    printf("evidence: %s\n", escaped);
    if (strcmp(arguments[1], "real") == 0 && verdict_is_doubted(change, 0))
        cmd_note("the bisection says that it is not real; your verdict holds, and a later one "
                 "replaces it");
}

static bool run(const Invocation *invocation, GError **error)
{
    const char *const *arguments = cmd_arguments(invocation);
    const char *const *won = cmd_texts(invocation, "won");
    g_auto(SeriesName) name = {0};
    g_autoptr(Site) site = NULL;
    g_autoptr(Rows) change = NULL;
    if (!cell_name_parse(arguments[0], &name, error) || !check_verdict(arguments[1], won, error))
        return false;
    const char *why = cmd_text(invocation, "why");
    if (why == NULL || why[strspn(why, " \t\n")] == '\0')
        return error_set(error, ERROR_USAGE, "a verdict says why: add --why \"...\"");
    if (!site_open(&site, "marvin-report verdict", "marvin_report", error) ||
        !find_change(site->db, arguments[0], cmd_text(invocation, "tree"), &change, error) ||
        !check_won(site->db, won, change, error) || !store(site->db, invocation, change, error))
        return false;
    tell(arguments, change);
    return true;
}

static const CommandOption OPTIONS[] = {
    {"why", 0, OPTION_VALUE, "TEXT", "the reason, for those who read it next year"},
    {"won", 0, OPTION_VALUE, "CELL", "of a trade-off: what became better for it; may be repeated"},
    {"who", 0, OPTION_VALUE, "NAME", "who decided; preset: USER@HOST"},
    {"tree", 0, OPTION_VALUE, "TREE", "where several trees have the cell"},
    {0},
};

const Command CMD_VERDICT = {
    .name = "verdict",
    .arguments = "CELL real|apparent|trade-off|infra|deferred|fixed",
    .summary = "say what a change is, with a reason",
    .help =
        "CELL is BENCHMARK[/k=v]:METRIC@MACHINE[%DISTRO]#[TREE:]RELEASE, where RELEASE is the one\n"
        "that brought the change: `cell` of `marvin-report changes --found --json`, and of the "
        "JSON\n"
        "beside the page of changes. A later verdict replaces an earlier one; both are kept.\n"
        "The wins of a trade-off are changes for the better in the same tree; it reopens when one "
        "of\n"
        "them is gone. What a bisection found out about the change is said beside it.",
    .options = OPTIONS,
    .min_arguments = 2,
    .max_arguments = 2,
    .run = run,
};
