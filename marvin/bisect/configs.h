/*
 * Two configuration files as a line of steps: step i switches the i-th option that differs, and
 * those before it are switched already. What is searched is then the first step with the change, as
 * in a line of commits. Pure: texts in, texts out. It does not know what options depend on: a
 * mixture that cannot be built is an untestable step.
 *
 * A file has lines NAME=VALUE and, as kernels write it, "# NAME is not set"; other comments and
 * empty lines do not count. The later line of a name holds.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *name; // "CONFIG_HZ"
    char *old_line, *new_line; // as written; NULL where a file does not have it
} ConfigOption;

typedef struct {
    GPtrArray *common; // of char *: lines that both have
    GPtrArray *options; // of ConfigOption *: the steps, in the order of the files
} Configs;

/* ERROR_INPUT: a line that is neither of those above (with its number), or no difference at all.
 * The names are for messages. Freed with configs_free(). */
bool configs_compare(const char *old_text, const char *new_text, const char *old_name,
                     const char *new_name, Configs **ret_configs, GError **error);
void configs_free(Configs *configs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Configs, configs_free)

/* The file in which the first `switched` options are as in the new one, without `except` (-1:
 * none), which is as in the old one; g_free. */
char *configs_mix(const Configs *configs, int switched, int except);

/* "n -> y": what switching the option does; "-" stands for an absent line; g_free. */
char *configs_describe(const ConfigOption *option);
