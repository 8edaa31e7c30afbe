/*
 * marvin queue: what waits and why, and what people may do about it.
 */
#pragma once

#include "common/cmd.h"

extern const Command CMD_QUEUE;
