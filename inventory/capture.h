/*
 * A machine's console, kept: a thread reads it for as long as the capture lives, also while nobody
 * looks, and writes lines with the time at which each began:
 *
 *   2026-11-21T07:15:02.123Z [    0.000000] Linux version 6.1.0-49-amd64 ..
 *
 * What came is in the file at once, whole line or not. Beyond 64 MiB nothing is written any more
 * but one line that says so.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inventory/console.h"

typedef struct Capture Capture;

/* Takes the console over, and appends to the file path (it is made). */
bool capture_start(Console *console, const char *path, Capture **ret_capture, GError **error);

/* Stops the thread, closes the console. */
void capture_stop(Capture *capture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Capture, capture_stop)

/* The bytes in the file so far, time stamps and what an earlier capture wrote included. */
size_t capture_size(Capture *capture);

/* What a file of captures has from that byte on; NULL: there is no such file, or path is NULL.
 * Freed by the caller. */
char *capture_read(const char *path, size_t from, size_t *ret_size);

/* Milliseconds since a byte came; since the start where none did. */
int64_t capture_quiet_ms(Capture *capture);

/* Why the console ended, while it should not have; NULL: it goes on. Freed by the caller. */
char *capture_ended(Capture *capture);

/* Types, and asks the kernel, through the captured console (inventory/console.h). */
bool capture_write(Capture *capture, const char *bytes, size_t n, int64_t deadline_ms,
                   GError **error);
bool capture_sysrq(Capture *capture, char key, int64_t deadline_ms, GError **error);
