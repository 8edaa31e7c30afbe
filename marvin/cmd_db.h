/*
 * marvin db: the private cluster, and the schema wherever it lies.
 */
#pragma once

#include "common/cmd.h"

extern const Command CMD_DB;
