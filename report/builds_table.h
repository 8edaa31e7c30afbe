/*
 * Lists of builds as search, waterfall and matrix print them.
 */
#pragma once

#include "common/table.h"
#include "report/builds.h"
#include "report/html.h"

#include <jansson.h>

/* All that a record says, a row each; with_unit: with the unit that was asked for. */
void builds_table_print(const Builds *builds, bool with_unit, bool as_json);

/* The same as a table of a page. */
void builds_table_html(Html *html, const Builds *builds);

/* One row as a flat object; took is up to now while it runs. A new reference. */
json_t *build_row_json(const BuildRow *build);

/* A page of its own: heading, a line of what it shows, the picture (may be NULL), the table. The
 * caller frees. */
char *builds_page(const char *heading, const char *line, const char *picture,
                  void (*table)(Html *html, const void *data), const void *data);
