// marvin-bisect: the commit that did it, with its probability.
#include "marvin/bisect/commands.h"

int main(int argc, char **argv)
{
    static const Command *const COMMANDS[] = {&CMD_RUN, &CMD_LOG, NULL};
    static const Program PROGRAM = {.name = "marvin-bisect",
                                    .summary = "the commit that did it, with its probability",
                                    .commands = COMMANDS};
    return cmd_main(&PROGRAM, argc, argv);
}
