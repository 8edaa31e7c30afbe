// The facts of a queued bisection's report.
#include "marvin/bisect/queued_collect.h"

#include <math.h>
#include <string.h>

#include "common/text.h"
#include "marvin/bisect/report_facts.h"

/* Flags of the commits that have values, and of those that cannot be tested. */
static void flags_read(const Planner *planner, bool *ret_untestable, bool *ret_tested)
{
    const EvidenceRows *rows = planner_rows(planner);
    const GitRange *range = planner_range(planner);
    for (guint i = 0; i < rows->values->len; i++) {
        const BootValue *value = rows->values->pdata[i];
        int commit = git_range_find(range, value->revision);
        if (commit >= 0 && isfinite(value->value))
            ret_tested[commit] = true;
    }
    for (guint i = 0; i < rows->requests->len; i++) {
        const Request *request = rows->requests->pdata[i];
        int commit = git_range_find(range, request->revision);
        if (commit >= 0 && !ret_tested[commit] && request->n_open == 0 && request->n_failed > 0)
            ret_untestable[commit] = true;
    }
}

/* The mean of one commit's values on the first machine, and their number. */
static double level_of(const EvidenceRows *rows, const char *revision, int *ret_n)
{
    double sum = 0;
    *ret_n = 0;
    for (guint i = 0; i < rows->values->len; i++) {
        const BootValue *value = rows->values->pdata[i];
        if (value->machine != 0 || !isfinite(value->value) ||
            strcmp(value->revision, revision) != 0)
            continue;
        sum += value->value;
        ++*ret_n;
    }
    return *ret_n > 0 ? sum / *ret_n : NAN;
}

static char *command_format(const Queued *bisection)
{
    g_autoptr(GString) text = g_string_new("marvin-bisect start");
    report_command_add(text, "--tree", bisection->tree);
    report_command_add(text, "--good",
                       bisection->find_fix ? bisection->bad_name : bisection->good_name);
    report_command_add(text, "--bad",
                       bisection->find_fix ? bisection->good_name : bisection->bad_name);
    report_command_add(text, "--benchmark", bisection->benchmark);
    report_command_add(text, "--metric", *bisection->metric ? bisection->metric : NULL);
    for (int i = 0; i < bisection->n_machines; i++)
        report_command_add(text, "--machine", bisection->machines[i]);
    report_command_add(text, "--find", bisection->find_fix ? "fix" : NULL);
    if (bisection->first_parent)
        g_string_append(text, " --first-parent");
    g_string_append_printf(text, " --iterations %d", bisection->iterations);
    return g_string_free(g_steal_pointer(&text), false);
}

static void ends_collect(const Planner *planner, Report *report)
{
    const Queued *bisection = planner_bisection(planner);
    const EvidenceRows *rows = planner_rows(planner);
    report->old_name = g_strdup(bisection->good_name);
    report->new_name = g_strdup(bisection->bad_name);
    report->unit = g_strdup(rows->metric.unit != NULL ? rows->metric.unit : "");
    report->old_level = level_of(rows, bisection->good[0], &report->n_old);
    report->new_level = level_of(rows, bisection->bad, &report->n_new);
    report->reported = bisection->reported != 0 ? bisection->reported : NAN;
}

/* Boots of the revert and of the layout test: the search knows only its own. */
static int count_checks(const EvidenceRows *rows)
{
    int n = 0;
    for (guint i = 0; i < rows->requests->len; i++) {
        const Request *request = rows->requests->pdata[i];
        if (strcmp(request->purpose, "revert") == 0 || strcmp(request->purpose, "layout") == 0)
            n += request->n_done;
    }
    return n;
}

static void revert_collect(const Revert *revert, Report *report)
{
    report->undo_n = revert->n;
    report->undo_share = revert->share;
    report->undo_low = revert->low;
    report->undo_high = revert->high;
    if (!revert->is_tried)
        report->undo_why_not = g_strdup("it was not tried yet");
    else if (revert->commit == NULL)
        report->undo_why_not = g_strdup("it does not revert without conflicts");
    else if (revert->is_broken)
        report->undo_why_not = g_strdup("without it the new end cannot be built or run");
    else if (revert->n == 0)
        report->undo_why_not = g_strdup("it has not run yet");
}

static void note_add(Report *report, char *sentence)
{
    g_ptr_array_add(report->notes, sentence);
}

/* What a reader must know beside the answer. */
static void notes_collect(const Planner *planner, const Outcome *outcome, Report *report)
{
    const EvidenceRows *rows = planner_rows(planner);
    if (rows->metric.counts_instructions)
        note_add(report, g_strdup("instructions, not time: blind to caches, memory, locks, disks"));
    if (outcome->is_drifting)
        note_add(report, g_strdup("the machine drifted: values are relative to the good end"));
    if (outcome->is_robust)
        note_add(report, g_strdup("outliers were seen: the likelihood allows for them"));
}

static bool search_collect(const Planner *planner, Report *report, GError **error)
{
    const GitRange *range = planner_range(planner);
    g_autofree bool *untestable = g_new0(bool, range->n), *tested = g_new0(bool, range->n);
    flags_read(planner, untestable, tested);
    ReportSource source = {.repo = planner_repo(planner),
                           .range = range,
                           .graph = planner_graph(planner),
                           .search = planner_search(planner),
                           .olds = planner_bisection(planner)->good,
                           .untestable = untestable,
                           .tested = tested};
    return report_add_search(&source, report, error);
}

/* What the row says of an end that is not the search's: stopped, out of budget, a broken end. */
static void take_state(const Queued *bisection, Report *report)
{
    report->is_open = strcmp(bisection->state, "running") == 0;
    if (report->is_open)
        return;
    g_free(report->why);
    report->why = g_strdup(bisection->why);
    if (strcmp(bisection->state, "undecided") == 0 || strcmp(bisection->state, "stopped") == 0)
        report->state = OUTCOME_UNDECIDED;
}

bool queued_collect(const Planner *planner, Report *ret_report, GError **error)
{
    const Queued *bisection = planner_bisection(planner);
    const Outcome *outcome = search_outcome(planner_search(planner));
    g_auto(Report) report = {0};
    report_init(&report);
    report.why = g_strdup(outcome->why);
    report.find_fix = bisection->find_fix;
    report.first_parent = bisection->first_parent;
    report.stop = bisection->stop;
    report.command = command_format(bisection);
    report.journal =
        g_strdup_printf("bisection %" G_GINT64_FORMAT " in the database", bisection->id);
    report.runs_endpoints = outcome->runs_endpoints;
    report.runs_search = outcome->runs_search;
    report.runs_verify = outcome->runs_verify + count_checks(planner_rows(planner));
    report.builds = outcome->builds;
    report.seconds = bisection->age_s;
    ends_collect(planner, &report);
    revert_collect(planner_revert(planner), &report);
    report.layout = *planner_layout(planner);
    notes_collect(planner, outcome, &report);
    if (!search_collect(planner, &report, error))
        return false;
    take_state(bisection, &report);
    *ret_report = report;
    report = (Report){0};
    return true;
}
