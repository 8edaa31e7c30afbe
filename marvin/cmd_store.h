/*
 * marvin store: how full it is, whether it is whole, and taking away what nobody needs.
 */
#pragma once

#include "common/cmd.h"

extern const Command CMD_STORE;
