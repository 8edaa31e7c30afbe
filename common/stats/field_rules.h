/*
 * The rules by which other tools of the field call two releases different, for comparison with
 * ours (`marvin-report aa --simulate`). Nothing of ours is decided by them: that is decide.h. Each
 * looks at one metric alone, as its tool does; none adjusts for the number of metrics on a page.
 *
 *   lkp           intel/lkp-tests lib/changed_stat.rb change?, without options: the lowest value of
 *                 one side above the median of the other, and its median above the highest there.
 *                 Medians are the upper of the two in the middle; floor(n / 32) values, at most 3
 *                 (1 where the base has up to 3), are cut from each end before (lib/stats.rb
 *                 sort_remove_margin); medians must be apart by more than 1 % (skip_small_change?,
 *                 of a key metric) and one side have at least 3 values.
 *   lkp-gap       the same with `distance`, 2: both ranges are apart, and the gap between them is
 *                 more than half the distance of the medians. Below 3 values on a side: more than
 *                 twice the wider range. (Integers 1 apart, which it passes over, are reals here.)
 *   mmtests       gormanm/mmtests bin/lib/MMTests/Stat.pm cidiff: the mean leaves the facing
 *                 halves of both intervals, mean -+ 1.96 standard deviations of one value,
 *                 whatever n. Where higher is better the mean is harmonic, its deviation
 *                 sqrt(sum (1/x - 1/H)^2 H^4 / n). Without any spread: the means more than 1 apart.
 *   mmtests-sdiff its sdiff above 2: the difference in units of sqrt((s_a^2 + s_b^2) / 2). MMTests
 *                 prints the number and leaves the limit to the reader; 2 is our reading.
 *   t7            mozilla/treeherder perf/analyze: t above 7 with variances of their own and means
 *                 apart by 2 % or more; its windows of 12 to 24 pushes are here the boots of
 *                 the two releases.
 *   mann-whitney  p <= .05 of ranktest.h, unadjusted; what benchstat does.
 */
#pragma once

#include "common/stats/orient.h"
#include "common/stats/ranktest.h"

typedef enum {
    FIELD_LKP,
    FIELD_LKP_GAP,
    FIELD_MMTESTS,
    FIELD_MMTESTS_SDIFF,
    FIELD_T7,
    FIELD_MANN_WHITNEY,
    FIELD_COUNT
} FieldRule;

/* "lkp", "lkp-gap", ... static. */
const char *field_rule_format(FieldRule rule);
/* One line about it; static. */
const char *field_rule_explain(FieldRule rule);

/*
 * base (n values) and new_ (m values), one a boot, unsorted, finite; n, m >= 1. better chooses the
 * mean of the MMTests rules and nothing else. tables as in ranktest.h.
 * Returns 1 where the rule calls new_ higher than base, -1 lower, 0 not different.
 */
int field_rule_call(FieldRule rule, const double *base, int n, const double *new_, int m,
                    Better better, RankTables *tables);
