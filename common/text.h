/*
 * Words, numbers and times as people read and write them, always in the C locale.
 *
 * Not escaping for HTML, SQL or a shell (nothing of ours goes through a shell). Returned strings
 * are new and freed by the caller unless it says otherwise.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Safe to print on a terminal: control characters, and bytes that are no UTF-8, become \xNN;
 * with them the controls U+0080..U+009F and the marks that turn the writing direction. */
char *text_escape_terminal(const char *text);

/* The candidate (borrowed) that was probably meant by word: at most 2 edits away (1 for words of
 * up to 4 bytes), or the only one that begins with it; NULL if none. candidates: NULL-terminated.
 */
const char *text_suggest(const char *word, const char *const *candidates);
/* Edits (insert, delete, replace, swap of neighbours) between two words, in bytes. */
int text_distance(const char *a, const char *b);

/* A name of ours: letters, digits and . _ + - only, not empty, no first . or -, up to 64 bytes.
 * Such a word is a safe file name and needs no quotes anywhere. */
bool text_is_word(const char *text);

/* Parsing the whole of text; false (and *ret untouched) for anything else, NaN and infinity
 * included. */
bool text_parse_int(const char *text, int64_t *ret_value); // decimal
bool text_parse_number(const char *text, double *ret_value); // "1.5", "2e9"
bool text_parse_seconds(const char *text, double *ret_value); // "500ms" "5s" "90m" "2h" "7d" "1w"
bool text_parse_bytes(const char *text, int64_t *ret_value); // "512" "10K" "1.5G"; powers of 1024
bool text_parse_percent(const char *text, double *ret_value); // "2%" -> 0.02; the sign is needed

/* x with so many significant digits: 0.9876 12.35 1235 1.235e+09. "-" for NaN. */
char *text_number(double x, int digits);
/* x so that it reads back to the same value (17 digits at most, fewer where they suffice). */
char *text_number_exact(double x);
/* "850ms" "4.2s" "3m20s" "2h05m" "3d04h". */
char *text_seconds(double seconds);
/* "512B" "10.0K" "1.5G", powers of 1024. */
char *text_bytes(int64_t bytes);
/* "2026-11-17 04:05 UTC", of seconds since 1970. "-" for 0. */
char *text_time(int64_t unix_s);
