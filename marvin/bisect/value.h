/*
 * The one number in what a benchmark command printed. Pure: bytes in, a value out. Not the
 * extraction of stored raw logs (benchmarks/extract.h), which a manifest describes.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/proc.h"

enum { UNIT_BYTES_MAX = 24 };

typedef struct {
    double number; // finite
    char unit[UNIT_BYTES_MAX]; // "ms", "MB/s": the word that belongs to it, or ""
} Value;

/*
 * A person's pattern (PCRE; ^ and $ are of lines). Its first group is the number, with or without
 * its unit. ERROR_USAGE: no pattern, or no group. Freed with g_regex_unref().
 */
bool value_pattern_parse(const char *text, GRegex **ret_pattern, GError **error);

/*
 * With a pattern: it matches exactly once in standard output and standard error together. Without
 * one: the last line of standard output holds exactly one number. ERROR_INPUT, one clause without a
 * full stop: no number, several, NaN, infinity, something else than a number.
 */
bool value_read(const GRegex *pattern, const ProcResult *output, Value *ret_value, GError **error);

/*
 * Whether two values of one metric can be compared. Words behind a number often are no units ("12.1
 * after 5 tries"): two words differ as units only where one of them is a known unit.
 */
bool value_same_unit(const Value *a, const Value *b);
