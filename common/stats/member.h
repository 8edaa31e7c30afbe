/*
 * One member on its way through decide.c: its values on the scale of the test, its effect, margins,
 * floors, sums and warnings. What needs the family (priors, calibration, BH) is not here.
 * Internal to common/stats.
 */
#pragma once

#include "common/stats/decide.h"
#include "common/stats/ranktest.h"
#include "common/stats/welch.h"

#include <glib.h>

typedef enum {
    KIND_PASSED, // preset: failed, pending, not-comparable
    KIND_NO_DATA, // a side without values
    KIND_DETERMINISTIC, // judged without a test
    KIND_UNCONFIRMED, // one boot on a side
    KIND_EQUAL, // both sides constant and equal
    KIND_ZERO_BASE, // values of both signs or zero around a mean base of 0: no margin exists
    KIND_TESTED
} Kind;

typedef struct {
    Kind kind;
    double *raw; // finite values, base then new, in boot order; owned
    double *x; // the same as ln(value), or value/|base|; owned
    double *sorted; // each side of x ascending; owned
    int n, m;
    double level; // L = ln(1 + margin)
    double level_red; // L_A
    double floor_var; // s_f^2
    Side a, b; // of x, variances floored
    double s2_a, s2_b; // before the floor
    Prior history; // df 0 = none; on the scale of x
    Welch welch;
    bool ranked; // the rank test gives p
} Work;

/*
 * Fills work, and of *judged all that one member knows by itself: counts, levels, ratio, effect,
 * p_mwu, p_welch, warnings; every other field null. work is released with work_clear().
 */
void work_init(Work *work, const Member *member, RankTables *tables, Judged *judged);
void work_clear(Work *work);

/* Members of M: two boots or more on both sides, and a test to make. */
bool work_in_m(const Work *work);
