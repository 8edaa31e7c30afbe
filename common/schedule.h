/*
 * Schedules: when a tree is polled or a report made. Pure: expressions and times in, times out.
 *
 *   continual       whenever bob comes round
 *   every 6h        at the multiples of it since 1970 (s, min, h, d): 00:00, 06:00, 12:00, 18:00
 *   weekly [day]    on that day (mon, Monday; absent: Monday) at 00:00
 *   monthly DAY     on that day of the month at 00:00; 29 to 31 are the last day where it is
 * missing
 *
 * All times are UTC, in seconds since 1970. A planned time is a slot. The slot that counts is the
 * latest one that is not after now: whoever missed one or twenty catches up once. What was never
 * carried out is due at once, in the slot that came before.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    SCHEDULE_CONTINUAL,
    SCHEDULE_EVERY,
    SCHEDULE_WEEKLY,
    SCHEDULE_MONTHLY,
} ScheduleKind;

typedef struct {
    ScheduleKind kind;
    gint64 every_s; // SCHEDULE_EVERY: 60 to 366 days
    int weekday; // SCHEDULE_WEEKLY: 1 = Monday .. 7 = Sunday
    int day; // SCHEDULE_MONTHLY: 1 .. 31
} Schedule;

#define SCHEDULE_NEVER G_MININT64 /* as last_slot_s: not carried out yet */

/* ERROR_INPUT: one sentence that shows the text and the four forms. */
bool schedule_parse(const char *text, Schedule *ret_schedule, GError **error);

/* The latest slot that is not after now_s; continual: now_s itself. */
gint64 schedule_slot(const Schedule *schedule, gint64 now_s);

/* The first slot after now_s; continual: now_s. */
gint64 schedule_next_slot(const Schedule *schedule, gint64 now_s);

/* Whether the current slot is still to be served, last_slot_s being the one served last. */
bool schedule_is_due(const Schedule *schedule, gint64 last_slot_s, gint64 now_s);
