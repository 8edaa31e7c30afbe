/*
 * A console behind a program: it gets the slave side of a pseudo terminal, raw and without echo,
 * and console->fd is the master. What the drivers conman, ipmi-sol and command share.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "inventory/console.h"

/* What to run. Borrowed for the call. */
typedef struct {
    const char *const *argv;
    const char *const *variables; // "K=V" beside our environment; NULL: none
    const char *greeting; // text that the program prints once it is connected: not part of the
                          // console; NULL: connected as soon as it runs
    char escape; // the character that begins a command to the program; 0: it has none
} ConsoleProgram;

/* The character that the drivers make the programs take for their escape: no console prints it. */
enum { CONSOLE_ESCAPE = 0x1d };

/* Fills console->fd and console->data. ERROR_MACHINE: the program ended or did not greet within
 * deadline_ms; with what it said. */
bool console_program_open(Console *console, const ConsoleProgram *program, int64_t deadline_ms,
                          GError **error);

/* For the tables of the drivers. */
void console_program_close(Console *console);
char *console_program_reason(Console *console);
void console_program_tend(Console *console);

/* Sends the program's escape and one letter: a break, an end. */
bool console_program_command(Console *console, char letter, int64_t deadline_ms, GError **error);
