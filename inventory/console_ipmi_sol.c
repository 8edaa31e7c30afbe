// The serial console over the network that a management controller has (serial over LAN):
// console = ipmi-sol NAME [options of inventory/ipmi.h]. A controller has one session: one that a
// dead process left behind is ended first.
#include "common/clock.h"
#include "common/error.h"
#include "inventory/console_program.h"
#include "inventory/device_program.h"
#include "inventory/ipmi.h"

enum { DEACTIVATE_MS = 10000 };

// A session that is not there is no failure; whatever else is wrong, activating says.
static void session_end(const Ipmi *ipmi, int64_t deadline_ms)
{
    static const char *const WORDS[] = {"sol", "deactivate", NULL};
    g_autofree const char **argv = ipmi_argv(ipmi, WORDS);
    DeviceQuestion question = {.argv = argv,
                               .variables = (const char *const *)ipmi->variables,
                               .deadline_ms = MIN(deadline_ms, DEACTIVATE_MS)};
    device_ask(&question, NULL, NULL);
}

static bool sol_open(Console *console, int64_t deadline_ms, GError **error)
{
    static const char ESCAPE[] = {CONSOLE_ESCAPE, '\0'};
    const char *words[] = {"-e", ESCAPE, "sol", "activate", NULL};
    g_autoptr(Ipmi) ipmi = NULL;
    int64_t until = clock_monotonic_ms() + deadline_ms;
    if (!ipmi_new(console->facet, &ipmi, error))
        return false;
    session_end(ipmi, deadline_ms / 2);
    g_autofree const char **argv = ipmi_argv(ipmi, words);
    ConsoleProgram program = {.argv = argv,
                              .variables = (const char *const *)ipmi->variables,
                              .greeting = "for help]",
                              .escape = CONSOLE_ESCAPE};
    return console_program_open(console, &program, MAX(until - clock_monotonic_ms(), 1), error);
}

// ipmitool takes its escape at the beginning of a line only.
static bool sol_sysrq(Console *console, char key, int64_t deadline_ms, GError **error)
{
    return console_write(console, "\r", 1, deadline_ms, error) &&
           console_program_command(console, 'B', deadline_ms, error) &&
           console_write(console, &key, 1, deadline_ms, error);
}

const ConsoleDriver CONSOLE_DRIVER_IPMI_SOL = {
    .word = {.name = "ipmi-sol",
             .usage = "ipmi-sol NAME [port=N] [user=U] [password-file=PATH] [cipher=N]",
             .min_arguments = 1,
             .max_arguments = 5},
    .open = sol_open,
    .close = console_program_close,
    .reason = console_program_reason,
    .tend = console_program_tend,
    .sysrq = sol_sysrq,
    .can_write = true,
};
