// Opening, following and telling, for the commands over the queue.
#include "marvin/bisect/follow.h"

#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "marvin/bisect/queued_collect.h"
#include "marvin/bisect/report_mail.h"
#include "marvin/bisect/watch.h"
#include "sql/queries.h"

bool follow_open(Site **ret_site, GError **error)
{
    g_autoptr(Site) site = NULL;
    if (!site_open(&site, "marvin-bisect", "marvin_builder", error))
        return false;
    bool is_told = g_getenv("MARVIN_SETTINGS_TOLD") != NULL; // by bob, which started us
    for (guint i = 0; i < site->complaints->len && !is_told; i++)
        cmd_note("%s", (const char *)site->complaints->pdata[i]);
    *ret_site = g_steal_pointer(&site);
    return true;
}

bool follow_print(const Planner *planner, const char *format, GError **error)
{
    const Queued *bisection = planner_bisection(planner);
    const BisectedMetric *metric = &planner_rows(planner)->metric;
    MailSubject subject = {.tree = bisection->tree,
                           .benchmark = bisection->benchmark,
                           .metric = metric->name != NULL ? metric->name : "",
                           .better = metric->better,
                           .machines = (const char *const *)bisection->machines};
    g_auto(Report) report = {0};
    g_autofree char *text = NULL;
    if (!queued_collect(planner, &report, error))
        return false;
    if (strcmp(format, "json") == 0)
        text = report_json(&report);
    else if (strcmp(format, "text") == 0)
        text = report_text(&report);
    else if (strcmp(format, "log") == 0)
        text = report_git_log(&report);
    else if (strcmp(format, "mail") == 0)
        text = report_mail(&report, &subject, error);
    else
        error_set(error, ERROR_USAGE, "--format %s: expected text, json, log or mail", format);
    if (text != NULL)
        fputs(text, stdout);
    return text != NULL;
}

/* As `marvin-bisect run` has it: 1 is "does not reproduce", 6 an answer that stayed open. "running"
 * is no answer yet, and no error either: --once. */
static bool conclude(const Queued *bisection, GError **error)
{
    if (strcmp(bisection->state, "found") == 0 || strcmp(bisection->state, "running") == 0)
        return true;
    if (strcmp(bisection->state, "not-reproduced") == 0)
        return false;
    return error_set(error, ERROR_INTERRUPTED,
                     "%s: %s; `marvin-bisect resume %" G_GINT64_FORMAT "` takes it up again",
                     bisection->state, bisection->why != NULL ? bisection->why : "", bisection->id);
}

bool follow_begin(Site *site, int64_t id, const Invocation *invocation, GError **error)
{
    g_autoptr(Planner) planner = NULL;
    g_autoptr(Rows) rows = NULL;
    GError *cause = NULL;
    bool ended = false;
    if (planner_open(site, id, &planner, &cause) &&
        planner_step(planner, cmd_flag(invocation, "json") ? NULL : cmd_note, &ended, &cause))
        return true;
    // A database that went away, or Ctrl-C: it can be resumed.
    bool is_refused = !g_error_matches(cause, MARVIN_ERROR, ERROR_DATABASE) &&
                      !g_error_matches(cause, MARVIN_ERROR, ERROR_INTERRUPTED);
    if (is_refused)
        db_row(site->db, &QUERY_BISECT_REFUSE, DB_PARAMS(DB_INT(id), DB_TEXT(cause->message)),
               &rows, NULL);
    g_propagate_error(error, cause);
    return false;
}

bool follow_run(Site *site, int64_t id, const Invocation *invocation, GError **error)
{
    WatchOptions options = {.once = cmd_flag(invocation, "once"),
                            .work = cmd_flag(invocation, "work"),
                            .quiet = cmd_flag(invocation, "json")};
    g_autoptr(Planner) planner = NULL;
    bool ended = false;
    return planner_open(site, id, &planner, error) &&
           watch_bisection(planner, &options, &ended, error) && planner_look(planner, error) &&
           follow_print(planner, cmd_flag(invocation, "json") ? "json" : "text", error) &&
           conclude(planner_bisection(planner), error);
}
