/*
 * Pieces of a raw log, and the ways in which MMTests' own scripts cut and read them: awk's fields,
 * cut's, Perl's split and Perl's numbers. A span points into bytes that someone else owns and is
 * valid as long as they are; it is not terminated. Private to the parsers of this folder.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *start;
    size_t length;
} Span;

/* For "%.*s". */
#define SPAN(s) (int)MIN((s).length, 4096), (s).start

Span span_of(const char *text);
Span span_trim(Span span);
bool span_equal(Span span, const char *text);
bool span_begins(Span span, const char *text);
bool span_has(Span span, const char *text);
/* Where text begins in span, or -1. */
gssize span_find(Span span, const char *text);

/* The next line of *rest, without its newline; false at the end. */
bool span_line(Span *rest, Span *ret_line);
/* The next word of *rest (blanks and newlines separate); false at the end. */
bool span_word(Span *rest, Span *ret_word);

/* awk's $n, n from 1, and NF; the empty span beyond the end. */
Span span_awk(Span line, size_t n);
size_t span_awk_count(Span line);
/* cut -d delimiter -f n: the whole line where there is no delimiter. */
Span span_cut(Span line, char delimiter, size_t n);
/* Perl's (split /\s+/)[n], n from 0: a line that starts with blanks has an empty field 0. */
Span span_split(Span line, size_t n);
size_t span_split_count(Span line);

/* The number at the start of span, 0 without one, as Perl and awk read a string. */
double span_number(Span span);
/* The whole span is a number, blanks around it allowed (Perl's looks_like_number). */
bool span_is_number(Span span, double *ret_value);

/* What awk prints for a number: an integer as such, else %.6g. buffer: 32 bytes, returned. */
const char *number_awk(double value, char *buffer);
/* What Perl prints for a number: %.15g. buffer: 32 bytes, returned. */
const char *number_perl(double value, char *buffer);
