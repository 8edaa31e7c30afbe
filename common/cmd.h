/*
 * Commands: a program is a table of them, one const row a command, beside its code.
 *
 * cmd_main() parses `PROGRAM [global options] VERB [options] arguments`, prints the help texts, and
 * turns the command's GError into one line on stderr and the exit status (DESIGN 9). Usage texts,
 * completions (`--print-options`) and man pages (`--print-manual`) come from the same rows. Not
 * for programs without verbs at all: those have one row named "".
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "common/settings.h"

typedef enum { OPTION_FLAG, OPTION_VALUE } OptionKind;

typedef struct {
    const char *name; // without the dashes
    char letter; // of -x; 0: none
    OptionKind kind;
    const char *value; // what the help calls it: "DIR"; NULL for a flag
    const char *help; // one line
} CommandOption;

typedef struct Invocation Invocation; // what the user wrote; valid until run returns

typedef struct {
    const char *name; // the verb; "": what runs without one
    const char *arguments; // "MACHINE", "BASE NEW [NEW..]", or ""
    const char *summary; // one line
    const char *help; // more, or NULL
    const CommandOption *options; // ends with a row of zeros; NULL: none
    int min_arguments;
    int max_arguments; // -1: any number
    bool (*run)(const Invocation *invocation, GError **error);
} Command;

typedef struct {
    const char *name;
    const char *summary;
    const Command *const *commands; // ends with NULL
    bool runs_others; // an unknown VERB becomes the program NAME-VERB, as git has it
    const SectionKind *config_kinds; // of --print-config; NULL: the program has no settings
    const int *n_config_kinds;
    /* Adds to complaints (char *) what the program knows to be wrong in the settings folder beyond
     * the types of its values; NULL: nothing. */
    void (*check_config)(GPtrArray *complaints);
} Program;

/* main()'s body. Returns the exit status. Locale, signals and GLib's log are set up here. A
 * command that returns false without an error means "no" (status 1). --config and --verbose are
 * taken before and behind the verb. */
int cmd_main(const Program *program, int argc, char **argv);

bool cmd_flag(const Invocation *invocation, const char *option);
/* The last value given, or NULL. */
const char *cmd_text(const Invocation *invocation, const char *option);
/* All values of an option given several times; NULL-terminated, owned by the invocation. */
const char *const *cmd_texts(const Invocation *invocation, const char *option);
/* The value as a number of the given notation; *ret_value is untouched where it was not given. */
bool cmd_number(const Invocation *invocation, const char *option, SettingType type,
                double *ret_value, GError **error);
/* A probability from low to below 1, as 0.95 or as 95%; *ret_value is untouched where the option was
 * not given. */
bool cmd_probability(const Invocation *invocation, const char *option, double low,
                     double *ret_value, GError **error);
/* A fraction from low to high, as 2%; *ret_value is untouched where the option was not given. */
bool cmd_percent(const Invocation *invocation, const char *option, double low, double high,
                 double *ret_value, GError **error);
/* The arguments behind the options; NULL-terminated. */
const char *const *cmd_arguments(const Invocation *invocation);
int cmd_argument_count(const Invocation *invocation);

/* True once SIGINT or SIGTERM has come: end what is in hand and return ERROR_INTERRUPTED. System
 * calls that wait return EINTR then; a second signal, a while later, ends the program at once. */
bool cmd_stop_requested(void);
/* The same in the shape of ProcSpec.is_cancelled. */
bool cmd_stop_requested_by(void *data);

/* A note for people while a command goes on: one line on stderr, control characters escaped. */
void cmd_note(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* The folder of the running program's file; freed by the caller. */
char *cmd_own_folder(void);
