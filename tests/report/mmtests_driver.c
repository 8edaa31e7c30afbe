// The command alone, to be run beside compare-mmtests.pl, and the rows beside parse-results.
#include <stdio.h>

#include "benchmarks/formats/mmtests.h"
#include "report/cmd_mmtests.h"

static bool rows_run(const Invocation *invocation, GError **error)
{
    const char *const *arguments = cmd_arguments(invocation);
    const MmtestsFamily *family = mmtests_family_find(arguments[0], arguments[2]);
    g_autoptr(MmtestsLogs) logs = mmtests_logs_open(arguments[1]);
    g_autofree char *text = family ? mmtests_rows_extract(family, logs, MMTESTS_FAITHFUL) : NULL;
    fputs(text ? text : "", stdout);
    return text || error_set(error, ERROR_USAGE, "no parser for %s", arguments[0]);
}

static const Command CMD_ROWS = {
    .name = "rows",
    .arguments = "BENCHMARK LOGS [ALTERNATIVE]",
    .summary = "the rows of a folder of logs",
    .min_arguments = 2,
    .max_arguments = 3,
    .run = rows_run,
};

static const Command *const COMMANDS[] = {&CMD_MMTESTS, &CMD_ROWS, NULL};

static const Program PROGRAM = {
    .name = "mmtests_driver",
    .summary = "the mmtests command by itself",
    .commands = COMMANDS,
};

int main(int argc, char **argv)
{
    return cmd_main(&PROGRAM, argc, argv);
}
