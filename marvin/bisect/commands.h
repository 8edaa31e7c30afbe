/*
 * The commands of marvin-bisect, one file each.
 */
#pragma once

#include "common/cmd.h"

extern const Command CMD_RUN;
extern const Command CMD_LOG;
extern const Command CMD_PLAN;
extern const Command CMD_AUTO;
extern const Command CMD_START;
extern const Command CMD_STATUS;
extern const Command CMD_RESUME;
extern const Command CMD_STOP;
extern const Command CMD_REPORT;
extern const Command CMD_FIXES;

/* Prints a bisection over the queue, by its number, in a form of `marvin-bisect report`. */
bool report_of_queue(const char *word, const char *format, GError **error);
