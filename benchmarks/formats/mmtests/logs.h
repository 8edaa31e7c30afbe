/*
 * The raw logs of one benchmark in one iteration: the names in its `logs` folder and what they
 * contain, decompressed. NAME, NAME.gz and NAME.xz are one log called NAME, looked for in the order
 * .gz, .xz, plain, as MMTests does. Bounded: what is larger, unreadable or damaged is complained
 * of, and read as far as it goes.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "benchmarks/formats/mmtests/span.h"

/* Owned by the caller, freed with mmtests_logs_free. */
typedef struct MmtestsLogs MmtestsLogs;

/* The regular files of folder, symbolic links left out. A folder that does not exist has no logs;
 * that is no error. */
MmtestsLogs *mmtests_logs_open(const char *folder);
/* In memory, for tests: no logs until some are added. name without .gz or .xz. */
MmtestsLogs *mmtests_logs_new(void);
void mmtests_logs_add(MmtestsLogs *logs, const char *name, GBytes *plain);
void mmtests_logs_free(MmtestsLogs *logs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MmtestsLogs, mmtests_logs_free)

/* The names that start with prefix and end with suffix, in byte order; owned by the caller. */
GPtrArray *mmtests_logs_match(const MmtestsLogs *logs, const char *prefix, const char *suffix);
bool mmtests_logs_has(const MmtestsLogs *logs, const char *name);

/* The content of a log, empty if there is none of that name; the caller owns it. */
GBytes *mmtests_logs_read(MmtestsLogs *logs, const char *name);
GBytes *mmtests_logs_read_span(MmtestsLogs *logs, const char *prefix, Span middle,
                               const char *suffix);
/* folder/name below the logs: of a fixed folder, never of one named by a log. */
GBytes *mmtests_logs_read_below(MmtestsLogs *logs, const char *folder, const char *name);
Span mmtests_bytes_span(GBytes *bytes);

/* Sentences (char *) about what could not be read; owned by the logs. */
const GPtrArray *mmtests_logs_complaints(const MmtestsLogs *logs);

/* Of the logs that were read so far those that are not whole: clauses (char *) that begin with the
 * name of the file, owned by the logs. */
const GPtrArray *mmtests_logs_damages(const MmtestsLogs *logs);
/* From now on the damaged logs first .. end-1 are read as empty, and all others as they are: what
 * changes in the rows was in those. */
void mmtests_logs_leave_out(MmtestsLogs *logs, guint first, guint end);
