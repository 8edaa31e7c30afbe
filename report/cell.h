/*
 * The cells of a dashboard: one benchmark on one machine and distro, with the state of its members
 * (common/stats/state.h), its one number (composite.h) and its worst member. Pure.
 */
#pragma once

#include "common/stats/composite.h"
#include "report/family.h"

typedef struct {
    const char *benchmark;
    const char *machine, *distro;
    const FamilyRow **rows; // members, in the order of the family
    int n_rows;
    State state;
    Composite composite; // NAN where no member has a number
    const FamilyRow
        *worst; // the member with the lowest ratio; NULL: none has one, or only one member
    bool provisional; // pending: the number is of what is there so far
    const char *reason; // of the first member that has the cell's state, or NULL
} Cell;

typedef struct {
    const char *machine, *distro;
} CellColumn;

typedef struct {
    GPtrArray *benchmarks; // const char *, in order
    GArray *columns; // of CellColumn, by machine and distro
    GPtrArray *cells; // Cell *, row by row; NULL where the benchmark is not asked for there
} CellTable;

/* Borrows the family. Freed with cell_table_free(). */
CellTable *cell_table_make(const Family *family);
void cell_table_free(CellTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CellTable, cell_table_free)

const Cell *cell_at(const CellTable *table, guint benchmark, guint column);
const CellColumn *cell_column(const CellTable *table, guint column);
