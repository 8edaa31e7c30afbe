// mmtests_report() with the options of compare-mmtests.pl, to be run beside it.
#include <stdlib.h>

#include "common/error.h"
#include "report/mmtests.h"

int main(int argc, char **argv)
{
    MmtestsOptions options = {.directory = "."};
    g_autofree char *names = NULL;
    gboolean ratio = FALSE;
    gboolean significance = FALSE;
    gboolean no_compare = FALSE;
    const GOptionEntry entries[] = {
        {"directory", 'd', 0, G_OPTION_ARG_FILENAME, &options.directory, NULL, NULL},
        {"benchmark", 'b', 0, G_OPTION_ARG_STRING, &options.benchmark, NULL, NULL},
        {"names", 'n', 0, G_OPTION_ARG_STRING, &names, NULL, NULL},
        {"altreport", 'a', 0, G_OPTION_ARG_STRING, &options.alternative, NULL, NULL},
        {"sub-heading", 0, 0, G_OPTION_ARG_STRING, &options.sub_heading, NULL, NULL},
        {"print-ratio", 0, 0, G_OPTION_ARG_NONE, &ratio, NULL, NULL},
        {"print-significance", 0, 0, G_OPTION_ARG_NONE, &significance, NULL, NULL},
        {"no-compare", 0, 0, G_OPTION_ARG_NONE, &no_compare, NULL, NULL},
        {0}};
    g_autoptr(GError) error = NULL;
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || !names || !options.benchmark) {
        g_printerr("%s\n", error ? error->message : "-d, -b and -n are needed");
        return ERROR_USAGE;
    }
    options.print_ratio = ratio;
    options.print_significance = significance;
    options.no_compare = no_compare;
    g_auto(GStrv) runs = g_strsplit(names, ",", -1);
    options.runs = (const char *const *)runs;
    if (mmtests_report(&options, stdout, stderr, &error))
        return 0;
    g_printerr("%s\n", error->message);
    return error_exit_status(error);
}
