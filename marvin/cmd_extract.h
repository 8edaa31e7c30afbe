/*
 * marvin extract --again: samples anew from stored raw files, by the benchmarks as they are now.
 */
#pragma once

#include "common/cmd.h"

extern const Command CMD_EXTRACT;
