/*
 * A table as MMTests prints one: rows of cells, column i of every row in format i, header cells in
 * formats of their own. Where the formats run out, numbers get two decimals; MMTests' tables do
 * have more columns than formats.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* before, the number in width and precision, after: printf's "%18.2f", " (%7.2f%%)". */
typedef struct {
    const char *before, *after;
    int width; // 0: as wide as the number
    int precision;
    bool plus; // "+1.00"
    bool silent; // prints nothing whatever the cell
} MmtestsFormat;

typedef struct {
    bool defined; // else blanks of the width of a 0
    double value; // NaN and infinities are printed in Perl's words
    bool starred; // parentheses of the format become asterisks
} MmtestsCell;

/* Owned by the caller, freed with mmtests_table_free. */
typedef struct {
    GArray *formats; // MmtestsFormat
    GString *text; // of the rows so far
    guint column; // of the next cell
} MmtestsTable;

MmtestsTable *mmtests_table_new(void);
void mmtests_table_free(MmtestsTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MmtestsTable, mmtests_table_free)

void mmtests_table_format(MmtestsTable *table, MmtestsFormat format);
/* Text at the start of a row, at least width wide, to the left. */
void mmtests_table_title(MmtestsTable *table, const char *title, size_t width);
void mmtests_table_cell(MmtestsTable *table, MmtestsCell cell);
void mmtests_table_end_row(MmtestsTable *table);

/*
 * The two header lines of the runs' names, each cut at its first '-' (behind "-rcN" if that comes
 * next). indent: the width before the first; widths: of each run's column, one of the lines'.
 */
void mmtests_table_header(GString *text, const char *const *names, const int *widths, guint n_names,
                          size_t indent);
