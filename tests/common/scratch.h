/*
 * A temporary folder for one test, and short words for what tests do in it. Everything here
 * fails the test when it fails. Not for programs.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Scratch Scratch;

/* A new empty folder; scratch_free() removes it with all that it holds. */
Scratch *scratch_new(void);
void scratch_free(Scratch *scratch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Scratch, scratch_free)

/* The path of name in the folder ("" for the folder itself); owned by scratch. */
const char *scratch_path(Scratch *scratch, const char *name);

/* Makes the folder name, or the file name with text in it, and the folders above. */
void scratch_mkdir(Scratch *scratch, const char *name);
void scratch_write(Scratch *scratch, const char *name, const char *text);

/* What the file holds; g_free. */
char *scratch_read(Scratch *scratch, const char *name);

bool scratch_exists(Scratch *scratch, const char *name);

/* Runs a program (NULL ends its arguments) in the folder; it must end with 0. Returns its output
 * without the last newline; g_free. */
char *scratch_run(Scratch *scratch, const char *program, ...) G_GNUC_NULL_TERMINATED;
