/*
 * The one number of a cell (STATISTICS D): the geometric mean of its members' oriented ratios,
 * equal weight for each group, with an interval from the boots, not from the spread over metrics.
 * It has no state: a cell's state comes from its members (state.h). A loss inside a composite
 * of 1.00 shows as its worst member.
 */
#pragma once

#include "common/stats/orient.h"
#include "common/stats/state.h"

#include <stdbool.h>

/* One metric of the cell. Borrows its arrays for the call. */
typedef struct {
    const double *base; // one value a boot, in boot order; entry r of every member of a cell with
    int n_base; // shared boots is the same boot (NAN where that boot has no value)
    const double *new_;
    int n_new;
    Better better; // BETTER_NONE: left out
    int group; // workload group, any number; members of a group share one weight
    State state; // as judged; failed, not-comparable and pending members are left out
    double ratio; // as judged (oriented), for the choice of the worst; NAN where null
} CompositeMember;

/* NAN = null. Ratios are oriented: above 1 is better. */
typedef struct {
    double ratio; // G; null where no member counts
    double ci_low, ci_high; // 95 %; null where a side has fewer than two boots
    double p; // of G = 1
    int present, expected; // members that count, members with a direction
    int worst; // index of the member with the lowest ratio; -1 = none
    int worst_significant; // the same among the regressed ones; -1 = none
    int better, worse; // members improved, regressed
} Composite;

/*
 * shared_boots: the members' values come from the same boots, so that the composite is formed boot
 * by boot and correlation between metrics is included; else standard errors are added with a
 * correlation of one half between members.
 * Members with a value <= 0, without data on a side or without direction are left out, not counted
 * as 1.
 */
void composite_compute(const CompositeMember *members, int n, bool shared_boots,
                       Composite *ret_composite);
