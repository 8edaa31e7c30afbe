/* The commands of bob, a file each. */
#pragma once

#include "common/cmd.h"

extern const Command CMD_RUN; // without a verb
extern const Command CMD_BUILDER;
extern const Command CMD_WATCH;
extern const Command CMD_STATUS;
extern const Command CMD_QUEUE;
extern const Command CMD_FARM;
