/*
 * What the fake drivers share: devices that are files in a folder, and misbehave by a script. For
 * tests and stories of what devices do; no device is harmed.
 *
 *   FOLDER/power    "on" or "off"; absent: off
 *   FOLDER/script   one line an action, taken from the top; no line left: "ok"
 *                     ok             does it
 *                     ignore         says that it did it, and does not
 *                     late S         does it after S seconds (or gives up at its limit)
 *                     hang           does not answer until its limit
 *                     rubbish        answers with something that nobody understands
 *                     fail TEXT      refuses with TEXT
 *   FOLDER/log      "TIME FACET ACTION" appended for each, before it is done
 *   FOLDER absent   the device has vanished
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

typedef enum { FAKE_OK, FAKE_IGNORE } FakeTurn;

/* Logs the action of a facet and takes its line of the script. False: it goes wrong as the line
 * says, within deadline_ms. */
bool fake_take(const char *folder, const char *facet, const char *action, int64_t deadline_ms,
               FakeTurn *ret_turn, GError **error);
