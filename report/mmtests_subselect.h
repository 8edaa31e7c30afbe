/*
 * MMTests' "subselection" mean and its interval (Kalibera, Bulej, Tuma: Automated Detection of
 * Performance Regressions), used for bonnie++: the median of the means of 1000 samples drawn with
 * replacement from each iteration. MMTests draws anew at each report; here the seed is fixed, so
 * that a report stays what it is, and its last digits differ from any of MMTests'.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    double mean;
    double half; // of the interval's width; both NaN where an iteration has one sample or none
} MmtestsSubselection;

/* values of the iterations one after the other, counts[i] of iteration i; harmonic means or not. */
MmtestsSubselection mmtests_subselect(const double *values, const guint *counts, guint n_iterations,
                                      bool harmonic);
