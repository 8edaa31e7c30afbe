/*
 * A table for the terminal: cells of UTF-8 text, aligned. Not for pages (html.h).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Columns Columns;

/* align: a character a column, 'l' or 'r'. */
Columns *columns_new(const char *align);
void columns_free(Columns *columns);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Columns, columns_free)

/* Adds the next cell of the current row; control characters are escaped. style: an SGR sequence
 * such as "31;1", written only where colour is on, or NULL. */
void columns_cell(Columns *columns, const char *text, const char *style);

/* Appends the rows, indented by indent spaces, to out. Columns with no text at all are left out. */
void columns_write(const Columns *columns, int indent, bool colour, GString *out);
