// marvin-report site: the pages of one report, or of all.
#include "report/commands.h"

#include "report/site.h"
#include "sql/config_check.h"

#include <stdio.h>
#include <unistd.h>

/* A line that is written over on a terminal; otherwise nothing. */
static void show_progress(const char *tree, int done, int of)
{
    g_autofree char *bar = g_strnfill((gsize)(done * 20 / of), '#');
    fprintf(stderr, "\r%s [%-20s] %d of %d releases%s", tree, bar, MIN(done, of - 1), of - 1,
            done == of ? "\n" : "");
}

static void print_complaints(const GPtrArray *complaints)
{
    for (guint i = 0; i < complaints->len; i++)
        cmd_note("%s", (const char *)complaints->pdata[i]);
}

/* --output, else the report's own, else site/ in the state folder; several reports there get a
 * folder each. */
static char *output_of(const Site *site, const Section *report, const char *option, bool is_only)
{
    const char *own = report == NULL ? NULL : section_text(report, "output");
    const char *name = report == NULL || is_only ? NULL : section_name(report);
    if (option == NULL && own != NULL)
        return g_strdup(own);
    g_autofree char *top =
        option != NULL ? g_strdup(option) : g_build_filename(site->state, "site", NULL);
    return g_build_filename(top, name, NULL);
}

/* Pages of what cannot be would be empty, and say nothing. */
static bool check_report(Site *site, const Section *report, GError **error)
{
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    if (report != NULL)
        config_check_report(site, report, complaints);
    if (complaints->len == 0)
        return true;
    g_ptr_array_add(complaints, NULL);
    g_autofree char *list = g_strjoinv("\n", (char **)complaints->pdata);
    return error_set(error, ERROR_INPUT, "%s", list);
}

static bool make_report(Site *site, const Section *report, const char *option, bool is_only,
                        GError **error)
{
    if (!check_report(site, report, error))
        return false;
    g_autofree char *output = output_of(site, report, option, is_only);
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    SitePlan plan = {.report = report,
                     .output = output,
                     .is_stopped = cmd_stop_requested,
                     .progress = isatty(STDERR_FILENO) ? show_progress : NULL};
    SiteSummary summary = {0};
    bool made = site_make(site, &plan, &summary, complaints, error);
    print_complaints(complaints);
    if (made)
        printf("%s/index.html: %d files written, %d unchanged, %d removed; %d new change%s\n",
               output, summary.written, summary.unchanged, summary.removed, summary.new_changes,
               summary.new_changes == 1 ? "" : "s");
    return made;
}

static bool make_named(Site *site, const char *name, const char *option, GError **error)
{
    const Section *report = settings_find(site->settings, "report", name);
    if (report == NULL)
        return error_set(error, ERROR_INPUT,
                         "there is no report %s: expected a section [report %s] below %s", name,
                         name, site->config);
    return make_report(site, report, option, true, error);
}

/* What is wrong with one report is told, and the others are made. */
static bool make_all(Site *site, const char *option, GError **error)
{
    bool is_only = settings_at(site->settings, "report", 1) == NULL;
    const Section *report = NULL;
    g_autoptr(GError) last = NULL;
    for (int i = 0; (report = settings_at(site->settings, "report", i)) != NULL; i++) {
        GError *cause = NULL;
        if (make_report(site, report, option, is_only, &cause))
            continue;
        if (!g_error_matches(cause, MARVIN_ERROR, ERROR_INPUT)) {
            g_propagate_error(error, cause);
            return false;
        }
        if (last != NULL)
            cmd_note("marvin-report: %s", last->message);
        g_clear_error(&last);
        last = cause;
    }
    if (last == NULL)
        return true;
    g_propagate_error(error, g_steal_pointer(&last));
    return false;
}

static bool run(const Invocation *invocation, GError **error)
{
    g_autoptr(Site) site = NULL;
    const char *option = cmd_text(invocation, "output");
    const char *name = cmd_argument_count(invocation) == 0 ? NULL : cmd_arguments(invocation)[0];
    if (!site_open(&site, "marvin-report site", "marvin_report", error))
        return false;
    if (g_getenv("MARVIN_SETTINGS_TOLD") == NULL) // bob, which starts us, has told them
        print_complaints(site->complaints);
    if (name != NULL)
        return make_named(site, name, option, error);
    return settings_at(site->settings, "report", 0) != NULL
               ? make_all(site, option, error)
               : make_report(site, NULL, option, true, error);
}

static const CommandOption OPTIONS[] = {
    {"output", 'o', OPTION_VALUE, "DIR",
     "the folder of the pages; preset: the report's, else site/ in the state folder"},
    {0},
};

const Command CMD_SITE = {
    .name = "site",
    .arguments = "[NAME]",
    .summary = "judge what has run, and write the dashboard",
    .help =
        "NAME is a report of the settings; without it all of them are made, or, where there are "
        "none,\n"
        "one of all trees. Files whose content is the same are not written again, and files of an\n"
        "earlier time that are no longer made are removed.",
    .options = OPTIONS,
    .min_arguments = 0,
    .max_arguments = 1,
    .run = run,
};
