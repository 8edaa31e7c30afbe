/*
 * The help texts of a program, made from its table. Used by common/cmd.c only.
 */
#pragma once

#include "common/cmd.h"

/* --help, --version or --print-options of the whole program, on stdout; always true. */
bool cmd_help_global(const Program *program, const char *word);

/* --help of one command, on stdout. */
void cmd_help_command(const Program *program, const Command *command);
