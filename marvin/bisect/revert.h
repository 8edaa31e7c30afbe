/*
 * The counter-check of a culprit: the bad endpoint against the same with the culprit reverted. What
 * share of the loss comes back says whether the commit alone did it.
 */
#pragma once

#include <stdbool.h>

#include "marvin/bisect/queued.h"

/* Zeros before revert_make(). */
typedef struct {
    bool is_tried;
    char *commit; // full hash in the mirror; NULL: it does not revert without conflicts
    int n; // boots that gave a value
    int n_open; // boots under way
    int n_wanted; // boots that are still missing, those under way included; 0: enough, or hopeless
    double share, low, high; // of the endpoints' change that comes back, with its 95 % interval
    bool is_broken; // it cannot be built or run
} Revert;

void revert_clear(Revert *revert);

/* Makes the commit in the bare repository at mirror. tip, culprit: full hashes. ERROR_INPUT. */
bool revert_make(const char *mirror, const char *tip, const char *culprit, Revert *revert,
                 GError **error);

/* What its boots gave so far, on the first machine: see recovery_estimate(). */
void revert_read(Revert *revert, const Queued *bisection, const EvidenceRows *rows,
                 const Outcome *outcome);
