/*
 * Progress of long work: a bar with rate and time left on a terminal, else a line now and then.
 *
 * Goes to stderr of a program; library code does not call it, commands do. Does nothing in the
 * first half second, so that short work stays silent.
 *
 *     trials  [#########...........]  45/120  37%  2.1/s  35s left  netperf-tcp
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct Progress Progress;

/* what: a plural noun, "trials"; copied. total: 0 where it is not known. */
Progress *progress_new(FILE *out, const char *what, int64_t total);

/* done of the total so far; note (may be NULL) says what is in hand and is escaped. Cheap: draws
 * at most ten times a second on a terminal, and writes a line every 30 s elsewhere. */
void progress_set(Progress *progress, int64_t done, const char *note);
void progress_set_total(Progress *progress, int64_t total);

/* Removes the bar so that something else can be printed; the next progress_set() draws it again. */
void progress_hide(Progress *progress);

/* Removes the bar; elsewhere writes a last line if any was written. NULL is fine. */
void progress_free(Progress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Progress, progress_free)

/* The line itself, without end, at most width columns (at least 20): what it looks like after
 * elapsed_s seconds. With width 0: as in a log, without bar and in full. Freed by the caller. */
char *progress_format(const char *what, int64_t done, int64_t total, double elapsed_s,
                      const char *note, int width);
