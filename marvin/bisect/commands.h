/*
 * The commands of marvin-bisect, one file each.
 */
#pragma once

#include "common/cmd.h"

extern const Command CMD_RUN;
extern const Command CMD_LOG;
