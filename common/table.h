/*
 * Listings: the same rows as aligned text for people and as JSON for scripts.
 *
 * Every listing of every program is made with it, so that all of them take --json. Not a writer of
 * reports or pages, and not for more rows than a person reads: all rows are held in memory.
 *
 *     static const TableColumn COLUMNS[] = {{"name", CELL_TEXT}, {"boots", CELL_INT}};
 *     g_autoptr(Table) table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
 *     table_text(table, "ivor");
 *     table_int(table, 5);
 *     table_print(table, stdout, cmd_flag(invocation, "json"));
 *
 * Cells are given in the order of the columns, row after row; a cell of another kind than its
 * column aborts: it is a mistake of ours.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef enum {
    CELL_TEXT, // left; all others right
    CELL_INT,
    CELL_REAL, // four significant digits; in JSON 15
    CELL_BOOL, // yes or no; in JSON true or false
    CELL_TIME, // seconds since 1970; in JSON ISO 8601
    CELL_SECONDS, // a duration, "3m20s"; in JSON a number of seconds
    CELL_BYTES, // "1.5G"; in JSON a number of bytes
} CellKind;

/* How a cell looks on a terminal with colours; the text always says the same by itself. */
typedef enum { TONE_NORMAL, TONE_GOOD, TONE_BAD, TONE_WARN, TONE_FAINT } Tone;

typedef struct {
    const char *name; // JSON key; the heading is the same with spaces for underscores
    CellKind kind;
} TableColumn;

typedef struct Table Table;

/* columns must outlive the table (a static const array). */
Table *table_new(const TableColumn *columns, int n_columns);
void table_free(Table *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Table, table_free)

/* The next cell. Text is copied and may hold anything: control characters are escaped. */
void table_text(Table *table, const char *text); // NULL: table_null()
void table_format(Table *table, const char *format, ...) G_GNUC_PRINTF(2, 3); // a CELL_TEXT
void table_int(Table *table, int64_t value);
void table_real(Table *table, double value); // also of CELL_SECONDS; NaN: table_null()
void table_bool(Table *table, bool value);
void table_time(Table *table, int64_t unix_s); // 0: table_null()
void table_bytes(Table *table, int64_t bytes);
void table_null(Table *table); // "-"; in JSON null
/* Of the cell given last. */
void table_tone(Table *table, Tone tone);

int table_row_count(const Table *table);

/* Text (coloured if out is a terminal and neither $NO_COLOR is set nor $TERM is dumb), or a JSON
 * array of objects. Nothing but the heading, or [], where there are no rows. */
void table_print(const Table *table, FILE *out, bool as_json);
/* The two, as strings freed by the caller. */
char *table_format_text(const Table *table, bool has_colour);
char *table_format_json(const Table *table);
