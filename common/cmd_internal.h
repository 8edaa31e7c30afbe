/*
 * The parts of commands. Private to common/cmd*.c.
 */
#pragma once

#include "common/cmd.h"

struct Invocation {
    const Program *program;
    const Command *command;
    GPtrArray *arguments; // const char *, of argv; ends with NULL once parsed
    GHashTable *values; // option name -> GPtrArray of const char *, of argv; ends with NULL
};

/* Ends with a row of zeros; what every command takes as well. */
extern const CommandOption CMD_GLOBAL_OPTIONS[];

Invocation *invocation_new(const Program *program, const Command *command);
void invocation_free(Invocation *call);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Invocation, invocation_free)

/* Everything behind the verb. *ret_help: --help was among it, the rest was not looked at. */
bool invocation_parse(Invocation *call, char **argv, bool *ret_help, GError **error);

/* Acts on --config DIR or --verbose at argv[*at]; *at moves to the last word used. *ret_known
 * tells whether it was one of them. */
bool cmd_global_parse(char **argv, int *at, bool *ret_known, GError **error);

/* --help, --version, --print-options or --print-manual of the whole program, on stdout. */
void cmd_help_global(const Program *program, const char *word);
/* --help of one command, on stdout. */
void cmd_help_command(const Program *program, const Command *command);
/* The man page of the whole program, on stdout. */
void cmd_print_manual(const Program *program);
