/*
 * The layout test over the queue: culprit and parent become subjects of their own with the same
 * files (git_mirror_relayout()), which `bob queue --other-layout` has built with
 * MARVIN_LAYOUT=other; their boots are asked for by the purpose "layout". What is known of it is a
 * function of the rows; how the answer is judged: layout.h.
 */
#pragma once

#include <stdbool.h>

#include "marvin/bisect/layout.h"
#include "marvin/bisect/queued.h"

/* Zeros before the first look. Cleared with layout_clear(). */
typedef struct {
    LayoutResult result;
    char *twin[2]; // the subjects of parent and culprit; NULL: none are needed
    int machine; // index into the bisection's machines
    int last_boot[2]; // asked for so far
    int runs; // a side that are enough
    int n_open; // boots under way
    int n_wanted[2]; // of each side that are to be asked for now; 0: none
} Layout;

void layout_clear(Layout *layout);

/* All borrowed. */
typedef struct {
    const char *mirror; // path of the bare repository
    const Queued *bisection;
    const EvidenceRows *rows;
    const Outcome *outcome; // found
    const char *revision[2]; // parent (NULL: a merge) and culprit, full hashes
    bool knows_layout; // the recipe does, as far as its text says
    int n_revert; // boots of the revert
} LayoutSource;

/* Reads what there is; makes the subjects where the test can be made. ERROR_INPUT: the mirror. */
bool layout_look(Layout *layout, const LayoutSource *source, GError **error);
