/*
 * The table of benchmark families. Private to the mmtests format; its users see mmtests.h.
 */
#pragma once

#include "benchmarks/formats/mmtests.h"
#include "benchmarks/formats/mmtests/parse.h"

/* Our direction and unit of the operations that match. */
typedef struct {
    const char *pattern; // glob over the operation's name; NULL ends a list
    Better better;
    const char *unit;
} MmtestsDirection;

/* What a sub-heading that is exactly a metric's name changes in MMTests' reading. */
typedef struct {
    const char *metric; // NULL ends a list
    bool higher;
    bool single; // summarised as MMTESTS_SINGLE
} MmtestsOverride;

struct MmtestsFamily {
    const char *name;
    const char *alternative; // "" for the usual report
    MmtestsReading reading;
    MmtestsParse parse; // NULL: none of ours
    MmtestsParse parse_faithful; // NULL: as parse
    const MmtestsDirection *directions;
    const MmtestsOverride *overrides; // or NULL
};
