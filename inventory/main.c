// marvin-inventory: the machines, who holds them, and how they are.
#include "inventory/commands.h"
#include "inventory/machine.h"
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
    static const Command *const COMMANDS[] = {&CMD_LIST,    &CMD_SHOW, &CMD_CHECK, &CMD_RESERVE,
                                              &CMD_RELEASE, &CMD_EXEC, &CMD_POWER, &CMD_CONSOLE,
                                              &CMD_DEPLOY,  NULL};
    static const Program PROGRAM = {.name = "marvin-inventory",
                                    .summary = "the machines, who holds them, and how they are",
                                    .commands = COMMANDS,
                                    .config_kinds = CONFIG_KINDS,
                                    .n_config_kinds = &N_CONFIG_KINDS,
                                    .check_config = check_config};
    return cmd_main(&PROGRAM, argc, argv);
}
