/*
 * The layout test of a culprit: whether its effect stays when culprit and parent are built again
 * with another layout of their code (other alignment of functions, other order of linking). Code
 * that moved to other addresses can be slower without being worse, and the next commit moves it
 * again. Pure; building and running is layout_queued.h's.
 */
#pragma once

#include "marvin/bisect/recovery.h"
#include "marvin/bisect/search.h"

typedef enum {
    LAYOUT_NOT_MEASURED,
    LAYOUT_OPEN, // under way
    LAYOUT_IDENTICAL, // culprit and parent are the same binaries: what differs is noise
    LAYOUT_STAYS, // the effect is there with another layout too
    LAYOUT_PARTLY, // less than half of it is
    LAYOUT_APPARENT, // it is gone: code layout
    LAYOUT_UNCLEAR,
} LayoutKind;
const char *layout_format(LayoutKind kind); // "not-measured", "running", "identical", "stays" ..

/* Zeros: not measured, without a reason. */
typedef struct {
    LayoutKind kind;
    const char *why; // of LAYOUT_NOT_MEASURED: a clause, a constant
    int n; // runs a side with the other layout
    Change effect; // culprit against parent there
    double share, low, high; // of the ordinary effect, with its 95 % interval; NAN: not known
} LayoutResult;

/* Runs a side that the test should have, for an effect of so many standard deviations of a run: the
 * share then has a standard error of a fifth; at least 5 and at most 40. */
int layout_runs(double separation);

/*
 * [0] parent, [1] culprit; levels of logs where is_log. The share is the ratio of the two
 * differences, its interval by the delta method with one pooled variance and Student's t. Two
 * questions: is the share 0, is it 1?
 *   stays     0 is excluded, and at least half of the effect is there
 *   partly    0 is excluded, less than half is there
 *   apparent  less than half is there, 1 is excluded and 0 is not (or the whole interval is below
 *             a fifth)
 *   unclear   the rest
 */
LayoutResult layout_judge(const Level ordinary[2], const Level other[2], bool is_log);
