/*
 * The tables of the settings folder: [marvin], [farm], [node], [tree], [machine], [plan], [distro], [report]. One
 * place, since every program validates the whole folder. What the values mean belongs to the
 * programs; how they are written to common/settings.h.
 */
#pragma once

#include "common/settings.h"

extern const SectionKind CONFIG_KINDS[];
extern const int N_CONFIG_KINDS;
