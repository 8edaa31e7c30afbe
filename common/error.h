/*
 * The errors that our functions fill, and the exit status each becomes.
 *
 * A library function returns bool, takes GError ** last, and neither logs nor exits. Its message
 * is one complete sentence for a person: the place, what was expected, what to do. The one place
 * that prints it is main(). The code says which exit status the program ends with (DESIGN 9).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    ERROR_NO = 1,          // the answer is "no", or "regressed" where a command asks
    ERROR_USAGE = 2,       // the command line is wrong
    ERROR_INPUT = 3,       // a file, a setting, a tree or a path is bad or absent
    ERROR_DATABASE = 4,    // the database is away, refuses, or holds something unexpected
    ERROR_MACHINE = 5,     // a machine, or a program run on it, does not answer or fails
    ERROR_INTERRUPTED = 6, // stopped, and can be started again where it was
} ErrorCode;

#define MARVIN_ERROR (marvin_error_quark())
GQuark marvin_error_quark(void);

/* Fills *error; always false, so that `return error_set(...)` reads well. */
bool error_set(GError **error, ErrorCode code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Moves cause into *error with "prefix: " in front, keeping its code; always false. */
bool error_pass(GError **error, GError *cause, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* 0 for NULL; for errors of another domain (GLib's own file errors) ERROR_INPUT. */
int error_exit_status(const GError *error);
