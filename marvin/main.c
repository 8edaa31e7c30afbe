// marvin: the runner of a machine, the queue for people, the store, the database.
#include "marvin/cmd_db.h"
#include "marvin/cmd_doctor.h"
#include "marvin/cmd_export.h"
#include "marvin/cmd_extract.h"
#include "marvin/cmd_import.h"
#include "marvin/cmd_queue.h"
#include "marvin/cmd_run.h"
#include "marvin/cmd_store.h"
#include "marvin/doctor_settings.h"
#include "sql/config.h"

int main(int argc, char **argv)
{
    static const Command *const COMMANDS[] = {&CMD_RUN,     &CMD_QUEUE,  &CMD_STORE,
                                              &CMD_EXTRACT, &CMD_IMPORT, &CMD_EXPORT,
                                              &CMD_DOCTOR,  &CMD_DB,     NULL};
    static const Program PROGRAM = {.name = "marvin",
                                    .summary = "performance testing of released kernels",
                                    .commands = COMMANDS,
                                    .runs_others = true,
                                    .config_kinds = CONFIG_KINDS,
                                    .n_config_kinds = &N_CONFIG_KINDS,
                                    .check_config = settings_check};
    return cmd_main(&PROGRAM, argc, argv);
}
