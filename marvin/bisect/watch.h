/*
 * Following a queued bisection to its end: steps of its planner whenever a boot or a build may have
 * ended, what people see meanwhile, and, where they ask for it, the builder and the runners that do
 * the work, started as programs.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "marvin/bisect/planner.h"

typedef struct {
    bool once; // one step, and leave the rest to whoever comes next
    bool work; // build and run here: `bob builder --once`, `marvin run MACHINE --once`
    bool quiet; // no notes
} WatchOptions;

/*
 * Until the bisection has ended, or is stopped: ERROR_INTERRUPTED, and it can be resumed.
 * *ret_ended is false only with once. ERROR_DATABASE: the server stayed away.
 */
bool watch_bisection(Planner *planner, const WatchOptions *options, bool *ret_ended,
                     GError **error);
