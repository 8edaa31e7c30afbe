// The console behind a program of the site: console = command PROGRAM [ARGUMENTS..]. It runs on a
// terminal for as long as the console is open; what it prints is the console.
#include "inventory/console_program.h"

static bool command_open(Console *console, int64_t deadline_ms, GError **error)
{
    g_autofree char *machine = g_strconcat("MARVIN_MACHINE=", console->machine->name, NULL);
    const char *variables[] = {machine, NULL};
    ConsoleProgram program = {.argv = (const char *const *)console->facet->arguments,
                              .variables = variables};
    return console_program_open(console, &program, deadline_ms, error);
}

const ConsoleDriver CONSOLE_DRIVER_COMMAND = {
    .word = {.name = "command",
             .usage = "command PROGRAM [ARGUMENTS..]",
             .min_arguments = 1,
             .max_arguments = -1},
    .open = command_open,
    .close = console_program_close,
    .reason = console_program_reason,
    .tend = console_program_tend,
    .can_write = true,
};
