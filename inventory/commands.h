/*
 * The commands of marvin-inventory, a row each.
 */
#pragma once

#include "common/cmd.h"

extern const Command CMD_LIST;
extern const Command CMD_SHOW;
extern const Command CMD_CHECK;
extern const Command CMD_RESERVE;
extern const Command CMD_RELEASE;
extern const Command CMD_EXEC;
extern const Command CMD_POWER;
extern const Command CMD_CONSOLE;
extern const Command CMD_DEPLOY;
