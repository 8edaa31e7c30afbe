// marvin-report: judges, compares and renders.
#include "report/cmd_mmtests.h"
#include "report/commands.h"
#include "sql/config.h"
#include "sql/config_check.h"

static const Command *const COMMANDS[] = {&CMD_COMPARE, &CMD_SITE,    &CMD_CHANGES, &CMD_VERDICT,
                                          &CMD_AA,      &CMD_MMTESTS, &CMD_SEARCH,  &CMD_WATERFALL,
                                          &CMD_MATRIX,  NULL};

static void check_config(GPtrArray *complaints)
{
    g_autoptr(Site) site = site_load();
    config_check(site, complaints);
}

static const Program PROGRAM = {
    .name = "marvin-report",
    .summary = "judge, compare and show the performance of releases",
    .commands = COMMANDS,
    .config_kinds = CONFIG_KINDS,
    .n_config_kinds = &N_CONFIG_KINDS,
    .check_config = check_config,
};

int main(int argc, char **argv)
{
    return cmd_main(&PROGRAM, argc, argv);
}
