/*
 * Percent escapes: how a name holds a character that its notation needs for itself.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Appends text with blanks, control characters, the characters of special, and a '%' that two
 * hexadecimal digits follow as %XX. */
void escape_append(GString *out, const char *text, const char *special);

/* "%41" -> "A", in place; "%00" and what is no escape stay as they are. */
void escape_remove(char *text);
