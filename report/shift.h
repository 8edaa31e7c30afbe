/*
 * Level shifts of the series of a tree: which release brought them. A release that stays on the new
 * level is no new change. Pure: decided from families that are judged against the predecessor, and
 * confirmed by the segmentation of the series where it has enough releases (STATISTICS B.4).
 */
#pragma once

#include "report/family.h"

/* A change. Strings are the dataset's. */
typedef struct {
    const Series *series;
    int epoch_id, epoch;
    int before, release; // the last of the old level, the first of the new one
    double level_before, level_after;
    double ratio, ci_low, ci_high; // oriented
    double p;
    State state; // STATE_REGRESSED or STATE_IMPROVED
} Shift;

/* previous: Family * for each release (FAMILY_PREVIOUS), NULL where there is none. Returns an array
 * of Shift, by release, then in the order of the series. The caller unrefs. */
GArray *shift_find(const Dataset *dataset, const GPtrArray *previous);

/* Changes of one benchmark in one release and direction: what a reader counts as one. */
typedef struct {
    const char *benchmark;
    int release;
    State state;
    double largest; // |ln ratio|
    GPtrArray *shifts; // const Shift *, largest first
} ShiftGroup;

/* ShiftGroup *, largest first; borrows the shifts. The caller unrefs. */
GPtrArray *shift_groups(const GArray *shifts);
