/*
 * marvin run: the runner of one machine.
 */
#pragma once

#include "common/cmd.h"

extern const Command CMD_RUN;
