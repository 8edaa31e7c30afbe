// marvin-inventory exec: a command on a machine, under a lease.
#include "common/error.h"
#include "inventory/commands.h"
#include "inventory/grip.h"
#include "inventory/transport.h"

static bool exec_there(Grip *grip, const char *const *argv, const char *input, GError **error)
{
    static const char *const ENV[] = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};
    const char *name = grip->holding.machine->name;
    g_autoptr(Transport) transport = NULL;
    g_auto(ProcResult) ran = {0};
    if (!transport_open(grip->holding.machine, grip->site->state, &transport, error))
        return false;
    TransportRun what = {.argv = argv,
                         .env = ENV,
                         .input_path = input,
                         .pass_output = true,
                         .output_limit_bytes = G_MAXSSIZE,
                         .is_cancelled = grip_tend,
                         .data = grip};
    if (!transport_run(transport, &what, &ran, error))
        return false;
    if (grip->lost)
        return error_set(error, ERROR_MACHINE, "stopped: %s", grip->lost->message);
    if (ran.cancelled)
        return error_set(error, ERROR_INTERRUPTED, "stopped");
    return ran.status == 0 || error_set(error, ERROR_MACHINE, "%s: '%s' ended with status %d", name,
                                        argv[0], ran.status);
}

static bool run(const Invocation *invocation, GError **error)
{
    Grip grip = {0};
    const char *const *argv = cmd_arguments(invocation) + 1;
    return grip_take(invocation, "running a command", 0, &grip, error) &&
           grip_release(&grip, exec_there(&grip, argv, cmd_text(invocation, "input"), error),
                        error);
}

static const CommandOption OPTIONS[] = {
    {"input", 0, OPTION_VALUE, "FILE",
     "its standard input; /dev/stdin is ours; preset: none, so that loops keep theirs"},
    GRIP_FORCE,
    GRIP_WHY,
    {0},
};

const Command CMD_EXEC = {
    .name = "exec",
    .arguments = "MACHINE -- CMD..",
    .summary = "run a command on a machine",
    .help =
        "Under your reservation where you have one, else under a lease for as long as it takes. "
        "Its words\n"
        "go there as they are: no shell takes them apart. Ends with 5 where the machine is "
        "another's, or\n"
        "the command fails.",
    .options = OPTIONS,
    .min_arguments = 2,
    .max_arguments = -1,
    .run = run,
};
