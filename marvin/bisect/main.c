// marvin-bisect: the commit that did it, with its probability.
#include "inventory/machine.h"
#include "marvin/bisect/commands.h"
#include "sql/config.h"
#include "sql/config_check.h"

static void check_config(GPtrArray *complaints)
{
    g_autoptr(Site) site = site_load();
    config_check(site, complaints);
    machine_check_all(site->settings, complaints);
}

int main(int argc, char **argv)
{
    static const Command *const COMMANDS[] = {&CMD_RUN,    &CMD_PLAN,   &CMD_LOG,  &CMD_START,
                                              &CMD_STATUS, &CMD_RESUME, &CMD_STOP, &CMD_REPORT,
                                              &CMD_FIXES,  &CMD_AUTO,   NULL};
    static const Program PROGRAM = {.name = "marvin-bisect",
                                    .summary = "the commit that did it, with its probability",
                                    .commands = COMMANDS,
                                    .config_kinds = CONFIG_KINDS,
                                    .n_config_kinds = &N_CONFIG_KINDS,
                                    .check_config = check_config};
    return cmd_main(&PROGRAM, argc, argv);
}
