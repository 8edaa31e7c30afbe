/*
 * marvin export: samples of the database in formats of others.
 */
#pragma once

#include "common/cmd.h"

extern const Command CMD_EXPORT;
