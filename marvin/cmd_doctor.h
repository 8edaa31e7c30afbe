/*
 * marvin doctor: what is wrong with an installation, and how to mend it.
 */
#pragma once

#include "common/cmd.h"

extern const Command CMD_DOCTOR;
