// bob: watches trees, queues what is to be tested, and builds it.
#include "bob/commands.h"
#include "sql/config.h"

static const Command *const COMMANDS[] = {&CMD_RUN,   &CMD_BUILDER, &CMD_WATCH, &CMD_STATUS,
                                          &CMD_QUEUE, &CMD_FARM,    NULL};

int main(int argc, char **argv)
{
    const Program program = {.name = "bob",
                             .summary = "watches trees, queues their releases and builds them",
                             .commands = COMMANDS,
                             .config_kinds = CONFIG_KINDS,
                             .n_config_kinds = &N_CONFIG_KINDS};
    return cmd_main(&program, argc, argv);
}
