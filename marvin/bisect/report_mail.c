// The mail about a culprit.
#include "marvin/bisect/report_mail.h"

#include <math.h>

#include "common/error.h"

/* "-5.2% regression": signed as the metric moved, the word by its direction. */
static char *headline(const Report *report, Better better)
{
    const Change *change = isnan(report->effect.change) ? &report->endpoints : &report->effect;
    const char *word = better == BETTER_NONE                               ? "change"
                       : (change->change > 0) == (better == BETTER_HIGHER) ? "improvement"
                                                                           : "regression";
    if (!change->is_log)
        return g_strdup_printf("%+.4g %s %s", change->change, report->unit, word);
    return g_strdup_printf("%+.1f%% %s", 100 * expm1(change->change), word);
}

static void write_parameters(GString *out, const char *benchmark)
{
    g_auto(GStrv) parts = g_strsplit(benchmark, "/", -1);
    g_string_append_printf(out, "testcase: %s\n", parts[0]);
    g_string_append(out, "parameters:\n\n");
    for (int i = 1; parts[i] != NULL; i++) {
        char *equal = strchr(parts[i], '=');
        if (equal != NULL)
            *equal = '\0';
        g_string_append_printf(out, "\t%s: %s\n", parts[i], equal != NULL ? equal + 1 : "");
    }
}

char *report_mail(const Report *report, const MailSubject *subject, GError **error)
{
    if (report->state != OUTCOME_FOUND) {
        error_set(error, ERROR_INPUT,
                  "no commit was found: there is nothing to write a mail about");
        return NULL;
    }
    if (report->layout.kind == LAYOUT_IDENTICAL) {
        error_set(error, ERROR_INPUT,
                  "the commit and its parent build the same binaries: that is noise, and nothing "
                  "to write a mail about");
        return NULL;
    }
    const GitTitle *title = ((const ReportSuspect *)report->suspects->pdata[0])->title;
    g_autofree char *change = headline(report, subject->better);
    g_autofree char *machines = g_strjoinv(", ", (char **)(guintptr)subject->machines);
    g_autofree char *text = report_text(report);
    g_autoptr(GString) out = g_string_new(NULL);
    g_string_append_printf(out, "To: %s <%s>\n", title->author, title->mail);
    g_string_append_printf(out, "Subject: [%s]  %.10s:  %s.%s %s\n", subject->tree, title->hash,
                           subject->benchmark, subject->metric, change);
    g_string_append(out, "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n");
    g_string_append_printf(out, "\nHello,\n\nMarvin noticed a %s of %s.%s on:\n\n\n", change,
                           subject->benchmark, subject->metric);
    g_string_append_printf(out, "commit: %s (\"%s\")\n%s\n\n", title->hash, title->subject,
                           subject->tree);
    write_parameters(out, subject->benchmark);
    g_string_append_printf(out, "\ntest machine: %s\n\n\n", machines);
    if (report->n_class > 1)
        g_string_append_printf(out,
                               "The commit is one of %d which no testable commit tells apart.\n",
                               report->n_class);
    else
        g_string_append_printf(out,
                               "If you fix the issue in a separate patch, kindly add the "
                               "following tag\n| Fixes: %.12s (\"%s\")\n",
                               title->hash, title->subject);
    g_string_append_printf(out, "\n\nDetails are as below:\n\n%s\n-- \nMarvin\n", text);
    return g_string_free(g_steal_pointer(&out), false);
}
