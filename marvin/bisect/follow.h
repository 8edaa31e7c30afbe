/*
 * What the commands over the queue share: start and resume follow a bisection to its end and print
 * what it found.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/cmd.h"
#include "marvin/bisect/planner.h"
#include "sql/site.h"

// clang-format off
#define FOLLOW_OPTIONS                                                                             \
    {.name = "work", .kind = OPTION_FLAG,                                                          \
     .help = "build and run here too: bob builder and marvin run as they are needed"},             \
    {.name = "once", .kind = OPTION_FLAG,                                                          \
     .help = "take one step and leave; for cron"},                                                 \
    {.name = "json", .kind = OPTION_FLAG, .help = "the answer for scripts"}
// clang-format on

/* The site, connected as marvin_builder; complaints about settings are said. */
bool follow_open(Site **ret_site, GError **error);

/* The first step of one that was just begun. What it refuses leaves no bisection behind. */
bool follow_begin(Site *site, int64_t id, const Invocation *invocation, GError **error);

/* To the end (or one step, with --once); prints the answer. False without an error: not found. */
bool follow_run(Site *site, int64_t id, const Invocation *invocation, GError **error);

/* What is known, as text, json, log (for git bisect replay) or mail. ERROR_USAGE: no such format.
 */
bool follow_print(const Planner *planner, const char *format, GError **error);
