/*
 * Time: monotonic inside, UTC at the edge.
 *
 * For how long things take and for what people and files read. Not for the queue and leases: all
 * SQL takes the time from marvin_now(), which a test can set.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Milliseconds since some start; never steps back; goes on while the system sleeps or not as
 * CLOCK_MONOTONIC has it. */
int64_t clock_monotonic_ms(void);
/* The same in seconds, with nanoseconds behind the point. */
double clock_monotonic_s(void);
/* Seconds since 1970. */
int64_t clock_unix_s(void);

/* Waits; false as soon as is_cancelled(data) says true (asked at least every 200 ms and when a
 * signal comes; may be NULL). */
bool clock_sleep(int64_t ms, bool (*is_cancelled)(void *data), void *data);

/* "2026-11-17T04:05:06Z"; freed by the caller. */
char *clock_format(int64_t unix_s);
/* ISO 8601 with date and time, with Z, an offset or nothing (UTC), the space of PostgreSQL for the
 * T included; a fraction of a second is cut off. False, and *ret untouched, for anything else. */
bool clock_parse(const char *text, int64_t *ret_unix_s);
