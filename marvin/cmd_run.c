// marvin run: the runner of one machine.
#include "marvin/cmd_run.h"

#include "marvin/runner.h"

static bool run(const Invocation *invocation, GError **error)
{
    g_autoptr(Site) site = NULL;
    if (!site_open(&site, "marvin run", "marvin_runner", error))
        return false;
    for (guint i = 0; i < site->complaints->len; i++)
        cmd_note("%s", (const char *)site->complaints->pdata[i]);
    RunnerOptions options = {
        .once = cmd_flag(invocation, "once"), .is_stopped = cmd_stop_requested, .note = cmd_note};
    return runner_serve(site, cmd_arguments(invocation)[0], &options, error);
}

static const CommandOption OPTIONS[] = {
    {"once", 0, OPTION_FLAG, NULL, "end when the machine's queue is empty"},
    {0},
};

const Command CMD_RUN = {
    .name = "run",
    .arguments = "MACHINE",
    .summary = "serve a machine: claim its boots, run their trials, store every sample",
    .help = "One runner serves a machine; a second one refuses. Killed at any moment, it is "
            "started again and\n"
            "goes on with the next trial. Ends with 5 where the machine is another's or does not "
            "answer, with\n"
            "6 when it was stopped.",
    .options = OPTIONS,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
