// marvin-bisect: the commit that did it, with its probability.
#include "marvin/bisect/commands.h"
#include "sql/config.h"

int main(int argc, char **argv)
{
    static const Command *const COMMANDS[] = {&CMD_RUN,    &CMD_PLAN,   &CMD_LOG,  &CMD_START,
                                              &CMD_STATUS, &CMD_RESUME, &CMD_STOP, &CMD_REPORT,
                                              &CMD_FIXES,  &CMD_AUTO,   NULL};
    static const Program PROGRAM = {.name = "marvin-bisect",
                                    .summary = "the commit that did it, with its probability",
                                    .commands = COMMANDS,
                                    .config_kinds = CONFIG_KINDS,
                                    .n_config_kinds = &N_CONFIG_KINDS};
    return cmd_main(&PROGRAM, argc, argv);
}
