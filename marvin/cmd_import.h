/* marvin import. */
#pragma once

#include "common/cmd.h"

extern const Command CMD_IMPORT;
