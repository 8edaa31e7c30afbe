/*
 * Yocto's buildstats (meta/classes/buildstats.bbclass): a folder a build, with the file build_stats
 * and a folder for each package, in which each task has a file:
 *
 *     BUILDNAME/build_stats                     BUILDNAME/zlib-1.3.1-r0/do_compile
 *         Host Info: Linux ivor 6.1.0 .. x86_64     Event: TaskStarted
 *         Build Started: 1673524800.12              Started: 1673524801.50
 *         Failed at: gmp-6.3-r0 at task: do_patch   zlib-1.3.1-r0: do_compile
 *         Elapsed time: 311.02 seconds              Elapsed time: 12.34 seconds
 *         CPU usage: 87.1%                          rusage ru_utime: 0.31
 *                                                   Child rusage ru_utime: 20.02
 *                                                   Status: PASSED
 *                                                   Ended: 1673524813.84
 * Lines in any order, others are passed over; a number that is none counts as not there. Pure:
 * texts in, values out; who walks the folders is somebody else.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Times are seconds since 1970, NAN where the file does not say. */
typedef struct {
    double started_s, ended_s;
    double elapsed_s;
    double cpu_s; // of the task and what it ran; NAN: it does not say
    double max_rss_kib; // of the largest process
    bool has_status, passed; // a task that was cut off has no status
} BuildstatsTask;

/* Freed with buildstats_build_clear(). */
typedef struct {
    double started_s;
    double elapsed_s;
    double cpu_percent;
    char *host; // NULL: it does not say
    char *arch; // NULL
    char *failed_at; // "gmp-6.3-r0:do_patch"; NULL: none failed
} BuildstatsBuild;

void buildstats_build_clear(BuildstatsBuild *build);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(BuildstatsBuild, buildstats_build_clear)

/* False (and *ret_task untouched) for a text that says no beginning: it is no task's. */
bool buildstats_task_parse(const char *text, BuildstatsTask *ret_task);

/* Whatever the text says of a build. */
void buildstats_build_parse(const char *text, BuildstatsBuild *ret_build);

/* The load curve of reduced_proc_stat.log, blocks of a time and "user system wait" shares, as
 * doubles time_s, busy, wait one after another; empty for what is none. Owned by the caller. */
GArray *buildstats_load_parse(const char *text);
