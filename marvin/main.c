// marvin: the runner of a machine, the queue for people, the store, the database.
#include "marvin/cmd_db.h"
#include "marvin/cmd_queue.h"
#include "marvin/cmd_run.h"
#include "marvin/cmd_store.h"

int main(int argc, char **argv)
{
    static const Command *const COMMANDS[] = {&CMD_RUN, &CMD_QUEUE, &CMD_STORE, &CMD_DB, NULL};
    static const Program PROGRAM = {"marvin", "performance testing of released kernels", COMMANDS,
                                    true};
    return cmd_main(&PROGRAM, argc, argv);
}
