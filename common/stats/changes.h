/*
 * Changes of level in a series (STATISTICS B.4): a few releases with replicates, or many commits
 * with one or a few runs each. It says where the level moved and by how much; whether a point
 * differs from its baseline is decide.h, and what people know about a change is the database's.
 */
#pragma once

#include "common/stats/orient.h"

#include <stdbool.h>

typedef enum {
    CHANGES_AUTO, // releases where points have replicates and are 200 at most, else commits
    CHANGES_RELEASES, // exact weighted partitioning; none below 5 points
    CHANGES_COMMITS, // biweight partitioning
} ChangesMethod;

typedef struct {
    ChangesMethod as;
    Better better; // orients ratio and interval; BETTER_NONE: after / before
    double margin; // smallest change that counts, a fraction; 0 = 2 %, negative = none
    double penalty; // commits: factor of ln n for a change; 0 = 10 (alerts), 4 to 5 shows weak ones
} ChangesOptions;

/* NAN = null. */
typedef struct {
    int index; // first point of the new level, from 0
    double before, after; // levels of the two segments, in the metric's unit
    double ratio; // oriented; null where values are not all positive
    double ci_low, ci_high; // 95 %, of the ratio
    double p; // Welch on the points of the two segments
} Change;

typedef struct {
    int n; // points
    Change *changes; // ascending; owned
    int count;
    bool as_commits; // the method used
    double sigma; // noise of one point on the scale used: of ln(value), or value/|mean|
} ChangeList;

/*
 * values: n values, the oldest first; point[i]: any number, equal for replicates of one point,
 * which are adjacent; NULL = each value a point. Values that are not finite are passed over, a
 * point without any keeps its index and says nothing. options may be NULL. Cannot fail; ret_list is
 * released with change_list_clear().
 */
void changes_find(const double *values, const int *point, int n, const ChangesOptions *options,
                  ChangeList *ret_list);
void change_list_clear(ChangeList *list);
