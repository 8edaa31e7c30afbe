/*
 * What the drivers of devices share that are reached by a program of their own (ipmitool, powerman,
 * curl, squeue ..): options in the words of a facet, secrets from files, and one bounded question
 * to the program. The program and all that it started are dead when the call returns.
 *
 * Options are the k=v words behind a driver's other arguments: power = ipmi ivor-bmc user=admin.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "inventory/facet.h"

/* Checks that the words of a facet behind the first n are options with one of these keys
 * (NULL-terminated), each once. ERROR_INPUT names the setting. */
bool facet_check_options(const Facet *facet, int n, const char *const *keys, GError **error);
/* The value of an option; preset where it is not given. Borrowed. */
const char *facet_option(const Facet *facet, const char *key, const char *preset);
/* An option that is a whole number within bounds; preset where it is not given. */
bool facet_option_int(const Facet *facet, const char *key, int preset, int min, int max,
                      int *ret_value, GError **error);

/* The first line of a file that only its owner may read, for a password. ERROR_INPUT says what is
 * wrong with the file. Freed by the caller. */
bool secret_read(const char *path, char **ret_secret, GError **error);

/* Our environment with LC_ALL=C and these variables ("K=V"; NULL: none). Freed by g_strfreev(). */
char **device_environment(const char *const *variables);

/* One question to a program. Pointers are borrowed for the call. */
typedef struct {
    const char *const *argv;
    const char *const *variables; // "K=V" beside our own environment, NULL-terminated; may be NULL
    const char *input; // standard input; NULL: none
    int64_t deadline_ms; // the call returns within it (and 1 s)
} DeviceQuestion;

/* Runs it and wants status 0 and at most 64 KiB of output. ret_out: stdout as UTF-8 text (other
 * bytes become ?), or NULL. ERROR_MACHINE: a status, the deadline, too much output: names the
 * program and the last line of its complaint. ERROR_INPUT: the program is not installed. */
bool device_ask(const DeviceQuestion *question, char **ret_out, GError **error);

/* Makes *error "cannot read its answer: FIRST LINE", escaped and short; always false. */
bool device_rubbish(const char *program, const char *answer, GError **error);
