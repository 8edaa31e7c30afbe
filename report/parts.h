/*
 * What all pages share: the style sheet, states, tables that scroll, the legend. Each writes into
 * an open Html; none opens a page.
 */
#pragma once

#include "report/family.h"
#include "report/html.h"

/* The text of style.css. Static. */
extern const char PARTS_STYLE[];

/* "s-regressed"; static. */
const char *parts_state_class(State state);

/* A state by symbol and word. Nothing for STATE_NONE. */
void parts_state(Html *html, State state);

/* Opens table, in a box that scrolls, with a head of these columns ("number:ratio" aligns right);
 * NULL-terminated. */
void parts_table_begin(Html *html, const char *const *columns);
void parts_table_end(Html *html);

/* Cells of a table. The text is taken and freed. */
void parts_number(Html *html, char *text);
void parts_text(Html *html, char *text);

/* How many rows have each state. */
void parts_tally(Html *html, const Family *family);

/* What the states mean, those of a bit mask (1 << state); in a <details>. */
void parts_legend(Html *html, unsigned states);

/* The stated error rate of a family, in a paragraph. */
void parts_error_rate(Html *html, const Family *family);

/* Why a row's state is what it is, with what it could have seen; the caller frees. */
char *parts_note(const FamilyRow *row);

/* The rows of a family as a table: what compare's page and a release's details show. */
void parts_rows(Html *html, const Family *family, const FamilyRow *const *rows, int n);
