/*
 * Numbers in foreign text, whatever the locale. Not for settings (common/settings).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The whole of text is a decimal number, "-1", "2.5", "1e-9": no spaces, no hex, finite. */
bool number_parse(const char *text, size_t length, double *ret_value);

/* NaN and infinities as programs print them, of any case: no number, and the word of a failure. */
bool number_is_not_finite(const char *text, size_t length);

/* The shortest of 15 to 17 digits that reads back equal: "52341.5", "1e-09"; the caller frees. */
char *number_format(double value);
