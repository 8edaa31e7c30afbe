/*
 * What a page says of the boots of one release in one series: the level and how it scatters.
 * For display; no decision is made from it.
 */
#pragma once

#include "report/dataset.h"

typedef struct {
    double *values; // the numbers of the boots that have one, n of them
    int n, failed;
    double mean, median, minimum, maximum; // NAN for n = 0
    double variation; // a fraction; NAN for n < 2
    double ci_low,
        ci_high; // of the mean, Student's t at 95 %, on the log scale where all are above 0
} Level;

/* Of all boots at the release. Freed with level_clear(). */
Level level_make(const Series *series, int release);
/* Of given values, which are copied. */
Level level_of_values(const double *values, int n);
void level_clear(Level *level);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Level, level_clear)
