/*
 * The record of a build: what its row says beside how it ended, for statistics.
 */
#pragma once

#include "bob/build_trace.h"
#include "bob/builder.h"

/*
 * Adds to facts distro, tools (bob/build_tools.h; not of packages, which nothing compiles), units
 * and load (bob/build_trace.h), and of a build that did not succeed failed_step, the one that it
 * was in. roots: as build_units_read(). To be called while the log is there.
 */
void build_record_add(json_t *facts, const BuildJob *job, BuildTrace *trace, bool succeeded,
                      const char *const *roots);
