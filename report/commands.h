/*
 * The verbs of marvin-report; each is defined in its own cmd_ file and listed in main.c.
 */
#pragma once

#include "common/cmd.h"

#define MARGIN_MOST 0.9 // of --margin, as the settings have it of a plan's

extern const Command CMD_AA;
extern const Command CMD_CHANGES;
extern const Command CMD_COMPARE;
extern const Command CMD_MATRIX;
extern const Command CMD_SEARCH;
extern const Command CMD_SITE;
extern const Command CMD_VERDICT;
extern const Command CMD_WATERFALL;
