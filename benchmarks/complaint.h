/*
 * Complaints about foreign text: what is bad is said, with its place, and left out, and the rest
 * is kept. A list of sentences that cannot grow without bounds, and safe excerpts for them.
 */
#pragma once

#include <glib.h>
#include <stddef.h>

/* Adds a sentence to an array of char *; beyond max, its last entry counts those left out. */
void complaint_add(GPtrArray *complaints, unsigned max, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Up to 60 characters of text, quoted, control characters and bad UTF-8 escaped; caller frees. */
char *complaint_excerpt(const char *text, size_t length);
