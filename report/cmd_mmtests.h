/*
 * marvin-report mmtests: compare-mmtests.pl's text reports with its options.
 */
#pragma once

#include "common/cmd.h"

extern const Command CMD_MMTESTS;
