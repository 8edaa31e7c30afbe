// Pages: marvin-report is started for batteries that ended and for reports that are due.
#include "bob/mirror.h"
#include "bob/round.h"
#include "common/cmd.h"
#include "common/error.h"
#include "common/proc.h"
#include "sql/config_check.h"
#include "sql/queries.h"

#include <string.h>
#include <unistd.h>

#define PROGRAM "marvin-report"
#define RENDER_DEADLINE_MS (4LL * 60 * 60 * 1000)

/* One report: a section, or the site without one. */
typedef struct {
    const char *name; // NULL: none
    char *output;
    const char *mirror; // NULL: none
    const char *expression;
    Schedule schedule;
    gint64 slot_s;
    bool is_due; // by its schedule
} Report;

static void report_clear(Report *report)
{
    g_free(report->output);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Report, report_clear)

/* Beside ourselves, else on PATH; freed with g_free. */
static char *find_program(void)
{
    g_autofree char *folder = cmd_own_folder();
    g_autofree char *beside = g_build_filename(folder, PROGRAM, NULL);
    return access(beside, X_OK) == 0 ? g_steal_pointer(&beside) : proc_find_program(PROGRAM);
}

static bool render(const Report *report, GError **error)
{
    g_autofree char *program = find_program();
    if (program == NULL)
        return error_set(error, ERROR_INPUT,
                         "the pages are not made: there is no " PROGRAM
                         " beside bob nor on PATH; install it");
    const char *const named[] = {program, "site", report->name, "--output", report->output, NULL};
    const char *const all[] = {program, "site", "--output", report->output, NULL};
    // the settings are the same: what is wrong in them has been told
    g_auto(GStrv) env = g_environ_setenv(g_get_environ(), "MARVIN_SETTINGS_TOLD", "yes", TRUE);
    ProcSpec spec = {.env = (const char *const *)env,
                     .argv = report->name != NULL ? named : all,
                     .deadline_ms = RENDER_DEADLINE_MS,
                     .pass_output = true,
                     .is_cancelled = cmd_stop_requested_by};
    g_auto(ProcResult) ran = {0};
    return proc_run_ok(&spec, &ran, error);
}

static bool copy(const Report *report, GError **error)
{
    MirrorCount count = {0};
    if (!mirror_run(report->output, report->mirror, &count, error))
        return false;
    cmd_note("report %s: mirrored to %s: %u files, %u written, %u removed", report->name,
             report->mirror, count.files, count.written, count.removed);
    return true;
}

/* A report's trouble is told; false only for what concerns all. */
static bool tell(Round *round, const Report *report, GError *cause, GError **error)
{
    g_autofree char *source = g_strconcat("report ", report->name ? report->name : "site", NULL);
    if (g_error_matches(cause, MARVIN_ERROR, ERROR_INTERRUPTED) ||
        g_error_matches(cause, MARVIN_ERROR, ERROR_DATABASE)) {
        g_propagate_error(error, cause);
        return false;
    }
    bool told = round_trouble(round, source, cause->message, false, error);
    g_error_free(cause);
    return told;
}

/* *ret_made: pages (and their mirror, where it is time) were made. */
static bool make(Round *round, const Report *report, bool *ret_made, GError **error)
{
    GError *cause = NULL;
    bool is_copied =
        report->mirror != NULL && (report->is_due || report->schedule.kind == SCHEDULE_CONTINUAL);
    *ret_made = render(report, &cause) && (!is_copied || copy(report, &cause));
    g_autofree char *complaint = cause != NULL ? g_strdup(cause->message) : NULL;
    if (cause != NULL && !tell(round, report, cause, error))
        return false;
    return !report->is_due || report->name == NULL ||
           round_served(round, "report", report->name, report->expression, report->slot_s,
                        complaint, error);
}

static bool report_read(Round *round, const Section *section, gint64 now_s, Report *report,
                        GError **error)
{
    const char *output = section_text(section, "output");
    gint64 last_s = 0, at_s = 0;
    bool failed = false;
    // as marvin-report has it: one report lies in site/, several each in a folder of their own
    bool is_only = settings_at(round->site->settings, "report", 1) == NULL;
    const char *folder = is_only ? NULL : section_name(section);
    report->name = section_name(section);
    report->mirror = section_text(section, "mirror");
    report->expression = section_text(section, "schedule");
    report->output = output != NULL ? g_canonicalize_filename(output, round->site->config)
                                    : g_build_filename(round->site->state, "site", folder, NULL);
    if (!config_schedule(section, &report->schedule, error) ||
        !round_last(round, "report", report->name, &last_s, &at_s, &failed, error))
        return false;
    report->slot_s = schedule_slot(&report->schedule, now_s);
    bool is_planned = report->schedule.kind != SCHEDULE_CONTINUAL || report->mirror != NULL;
    bool is_first = last_s == SCHEDULE_NEVER && report->mirror != NULL;
    report->is_due =
        is_planned && (is_first || (report->schedule.kind != SCHEDULE_CONTINUAL &&
                                    schedule_is_due(&report->schedule, last_s, now_s)));
    return true;
}

/* The site without a report section. */
static bool make_site(Round *round, bool *ret_made, GError **error)
{
    g_auto(Report) report = {.output = g_build_filename(round->site->state, "site", NULL)};
    return make(round, &report, ret_made, error);
}

static bool make_section(Round *round, const Section *section, gint64 now_s, bool has_news,
                         bool *ret_made, GError **error)
{
    g_auto(Report) report = {0};
    GError *cause = NULL;
    *ret_made = true;
    if (!report_read(round, section, now_s, &report, &cause)) {
        *ret_made = false;
        return tell(round, &report, cause, error);
    }
    return (!has_news && !report.is_due) || make(round, &report, ret_made, error);
}

bool round_report(Round *round, GError **error)
{
    Db *db = round->site->db;
    gint64 now_s = 0;
    g_autoptr(Rows) news = NULL;
    if (!round_now(round, &now_s, error) ||
        !db_row(db, &QUERY_BOB_UNREPORTED, DB_NO_PARAMS, &news, error))
        return false;
    bool has_news = rows_int(news, 0, "n") > 0;
    bool all_made = true, made = true;
    const Section *section = NULL;
    int i = 0;
    for (; (section = settings_at(round->site->settings, "report", i)) != NULL; i++) {
        if (!make_section(round, section, now_s, has_news, &made, error))
            return false;
        all_made = all_made && made;
    }
    if (i == 0 && has_news && !make_site(round, &all_made, error))
        return false;
    return !has_news || !all_made ||
           db_none(db, &QUERY_BOB_REPORTED, DB_PARAMS(DB_TEXT(rows_text(news, 0, "ids"))), error);
}
