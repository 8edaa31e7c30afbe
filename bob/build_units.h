/*
 * What a build's log says of where the time went: its steps, and the directories or packages that
 * were built. Needs nothing of the recipe but what make, kbuild, ninja, CMake, automake and bitbake
 * print anyway. Pure but for reading the file.
 *
 * A log has no times: whoever watched it grow has marks, "by then it had so many bytes", and a line
 * stands between two of them. What was begun at one line lasted until the next such line, so the
 * units of a build share its time by the clock, whatever the number of jobs, and their sum is at
 * most its total. Bitbake says itself when a task began and ended: tasks at once overlap.
 *
 *     == compile                          a step of the recipe
 *       CC      kernel/fork.o             directory kernel (two levels at most)
 *     [12/99] Building C object a/b.c.o   directory a
 *     make[2]: Entering directory '/s/a'  directory a below the roots, for what names none itself
 *     gcc -c x/y.c -o x/y.o               directory x
 *     NOTE: recipe zlib-1.3-r0: task do_compile: Started     package zlib-1.3-r0
 */
#pragma once

#include <glib.h>

/* By at_s seconds after the build began, its log had grown to so many bytes. */
typedef struct {
    double at_s;
    guint64 bytes;
} BuildMark;

/* kind: "step", "directory" or "package" (constants). Times are seconds after the build began. */
typedef struct {
    const char *kind;
    char *name; // of a directory "." for what has none
    double start_s, end_s; // of the first and the last of it
    double took_s;
    int n; // lines, or tasks
} BuildUnit;

void build_unit_free(BuildUnit *unit);

/*
 * The units of a log in the order of their beginnings, at most 5000 (what goes beyond is left out).
 * marks: BuildMark in order. end_s: when the build ended. roots: folders that names are shown
 * relative to; NULL-terminated. The array owns its BuildUnit *; empty without a log.
 */
GPtrArray *build_units_read(const char *path, const GArray *marks, double end_s,
                            const char *const *roots);
