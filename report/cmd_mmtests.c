// marvin-report mmtests: compare-mmtests.pl's text reports with its options.
#include "report/cmd_mmtests.h"

#include <stdio.h>
#include <string.h>

#include "report/mmtests.h"

static const CommandOption OPTIONS[] = {
    {"directory", 'd', OPTION_VALUE, "DIR", "the folder that holds the runs (work/log)"},
    {"benchmark", 'b', OPTION_VALUE, "NAME", "as the runs name it: hackbench-process-pipes"},
    {"names", 'n', OPTION_VALUE, "RUN,RUN[,RUN]", "the runs, the baseline first"},
    {"altreport", 'a', OPTION_VALUE, "NAME", "another report of the benchmark: latency, exectime"},
    {"sub-heading", 0, OPTION_VALUE, "REGEX", "only operations whose name starts so"},
    {"print-ratio", 0, OPTION_FLAG, NULL, "ratios to the baseline, and their means"},
    {"print-significance", 0, OPTION_FLAG, NULL, "add how far apart the intervals are"},
    {"no-compare", 0, OPTION_FLAG, NULL, "leave the percentages out"},
    {"format", 0, OPTION_VALUE, "text", "only text; for others see `marvin-report compare`"},
    {"print-header", 0, OPTION_FLAG, NULL, "accepted and ignored, as in MMTests"},
    {"quiet", 'q', OPTION_FLAG, NULL, "no footnotes on stderr"},
    {0}};

// As Perl splits: empty names at the end do not count.
static char **runs_split(const char *names)
{
    char **runs = g_strsplit(names, ",", -1);
    for (guint n = g_strv_length(runs); n > 0 && runs[n - 1][0] == '\0'; n--) {
        g_free(runs[n - 1]);
        runs[n - 1] = NULL;
    }
    return runs;
}

static bool options_check(const Invocation *invocation, GError **error)
{
    static const char *const NEEDED[] = {"directory", "benchmark", "names"};
    for (unsigned i = 0; i < G_N_ELEMENTS(NEEDED); i++)
        if (!cmd_text(invocation, NEEDED[i]))
            return error_set(error, ERROR_USAGE,
                             "--%s is missing: give -d DIR -b BENCHMARK -n RUN,RUN", NEEDED[i]);
    const char *format = cmd_text(invocation, "format");
    if (format && strcmp(format, "text") != 0 && strcmp(format, "generic") != 0)
        return error_set(error, ERROR_USAGE,
                         "--format %s is not made here, only text; `marvin-report compare` makes "
                         "html, csv and json",
                         format);
    return true;
}

static bool mmtests_run(const Invocation *invocation, GError **error)
{
    if (!options_check(invocation, error))
        return false;
    g_auto(GStrv) runs = runs_split(cmd_text(invocation, "names"));
    MmtestsOptions options = {
        .directory = cmd_text(invocation, "directory"),
        .benchmark = cmd_text(invocation, "benchmark"),
        .alternative = cmd_text(invocation, "altreport"),
        .runs = (const char *const *)runs,
        .sub_heading = cmd_text(invocation, "sub-heading"),
        .print_ratio = cmd_flag(invocation, "print-ratio"),
        .print_significance = cmd_flag(invocation, "print-significance"),
        .no_compare = cmd_flag(invocation, "no-compare"),
    };
    return mmtests_report(&options, stdout, cmd_flag(invocation, "quiet") ? NULL : stderr, error);
}

const Command CMD_MMTESTS = {
    .name = "mmtests",
    .arguments = "",
    .summary = "the text reports of MMTests' compare-mmtests.pl, byte for byte",
    .help = "Reads MMTests' result directories (DIR/RUN/iter-N/BENCHMARK/logs) and prints what\n"
            "compare-mmtests.pl prints, with the same options, without Perl, R or MMTests. Where\n"
            "MMTests' own answer is wrong, a footnote on stderr says so.",
    .options = OPTIONS,
    .run = mmtests_run,
};
