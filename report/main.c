// marvin-report: judges, compares and renders.
#include "report/cmd_mmtests.h"
#include "report/commands.h"
#include "sql/config.h"

static const Command *const COMMANDS[] = {&CMD_COMPARE, &CMD_SITE,    &CMD_CHANGES, &CMD_VERDICT,
                                          &CMD_AA,      &CMD_MMTESTS, &CMD_SEARCH,  &CMD_WATERFALL,
                                          &CMD_MATRIX,  NULL};

static const Program PROGRAM = {
    .name = "marvin-report",
    .summary = "judge, compare and show the performance of releases",
    .commands = COMMANDS,
    .config_kinds = CONFIG_KINDS,
    .n_config_kinds = &N_CONFIG_KINDS,
};

int main(int argc, char **argv)
{
    return cmd_main(&PROGRAM, argc, argv);
}
