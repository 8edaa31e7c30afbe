/*
 * What share of the change between the ends goes away when the culprit is reverted on the new end.
 * Pure; shared by the revert of a run without a database (undo.c) and of the queue (revert.h).
 */
#pragma once

#include <stdbool.h>

/* Count, mean and sum of squares about it, of values on one scale. Zeros: empty. */
typedef struct {
    int n;
    double mean, ss;
} Level;

void level_add(Level *level, double x);

typedef struct {
    double share; // 1: all of it; NAN: not known
    double low, high; // 95 %; NAN without a degree of freedom
} Recovery;

/* Runs that the reverted end should have, for a separation in standard deviations of a run: as for
 * the culprit against its parent, 16 / separation^2, at least 5 and at most 40. */
int recovery_runs(double separation);

/*
 * (whole - reverted) / (whole - old) of the means, its interval by the delta method (whole is in
 * both) with one variance pooled over the three and Student's t. NAN where a level is empty or the
 * ends are equal.
 */
Recovery recovery_estimate(const Level *old, const Level *whole, const Level *reverted);
