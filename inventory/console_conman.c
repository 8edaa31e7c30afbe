// The console that a ConMan server keeps: console = conman NAME [server=NAME:PORT]. Joined, so that
// people may watch it beside us.
#include "common/error.h"
#include "inventory/console_program.h"
#include "inventory/device_program.h"

static bool conman_open(Console *console, int64_t deadline_ms, GError **error)
{
    static const char *const KEYS[] = {"server", NULL};
    static const char ESCAPE[] = {CONSOLE_ESCAPE, '\0'};
    const char *name = facet_argument(console->facet, 0);
    const char *server = facet_option(console->facet, "server", "localhost:7890");
    const char *argv[] = {"conman", "-d", server, "-j", "-e", ESCAPE, name, NULL};
    g_autofree char *greeting =
        g_strdup_printf("<ConMan> Connection to console [%s] opened.\r\n", name);
    ConsoleProgram program = {.argv = argv, .greeting = greeting, .escape = CONSOLE_ESCAPE};
    if (*name == '-' || *server == '-')
        return error_set(error, ERROR_INPUT, "%s: %s is no name of a console",
                         console->facet->origin, name);
    return facet_check_options(console->facet, 1, KEYS, error) &&
           console_program_open(console, &program, deadline_ms, error);
}

static bool conman_sysrq(Console *console, char key, int64_t deadline_ms, GError **error)
{
    return console_program_command(console, 'B', deadline_ms, error) &&
           console_write(console, &key, 1, deadline_ms, error);
}

const ConsoleDriver CONSOLE_DRIVER_CONMAN = {
    .word = {.name = "conman",
             .usage = "conman NAME [server=NAME:PORT]",
             .min_arguments = 1,
             .max_arguments = 2},
    .open = conman_open,
    .close = console_program_close,
    .reason = console_program_reason,
    .tend = console_program_tend,
    .sysrq = conman_sysrq,
    .can_write = true,
};
