// bob watch: poll now, whatever the schedule says.
#include "bob/commands.h"
#include "bob/round.h"

static bool run(const Invocation *invocation, GError **error)
{
    g_autoptr(Round) round = NULL;
    return round_open(&round, NULL, error) &&
           round_watch(round, cmd_arguments(invocation)[0], true, error) &&
           round_conclude(round, error);
}

const Command CMD_WATCH = {
    .name = "watch",
    .arguments = "[TREE]",
    .summary = "poll all trees or one now, and queue what is new",
    .help = "Polls regardless of the schedule, and queues; nothing is built.",
    .max_arguments = 1,
    .run = run,
};
