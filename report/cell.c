// Family rows gathered into cells.
#include "report/cell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void cell_free(gpointer data)
{
    Cell *cell = data;
    if (cell == NULL)
        return;
    g_free(cell->rows);
    g_free(cell);
}

/* --- the composite: every member's boots, entry by entry the same boot --- */

static int compare_jobs(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* The boots of all members of one side, in order, once each. */
static GArray *all_jobs(const Cell *cell, bool of_base)
{
    GArray *jobs = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (int i = 0; i < cell->n_rows; i++) {
        const FamilyRow *row = cell->rows[i];
        g_array_append_vals(jobs, of_base ? row->base_jobs : row->new_jobs,
                            (guint)(of_base ? row->n_base : row->n_new));
    }
    g_array_sort(jobs, compare_jobs);
    guint kept = 0;
    for (guint i = 0; i < jobs->len; i++) {
        int64_t job = g_array_index(jobs, int64_t, i);
        if (kept == 0 || g_array_index(jobs, int64_t, kept - 1) != job)
            g_array_index(jobs, int64_t, kept++) = job;
    }
    g_array_set_size(jobs, kept);
    return jobs;
}

/* A member's values laid out along the boots; NAN where it has none. The caller frees. */
static double *spread(const GArray *jobs, const double *values, const int64_t *own, int n)
{
    double *all = g_new(double, jobs->len + 1);
    for (guint i = 0; i < jobs->len; i++) {
        all[i] = NAN;
        for (int j = 0; j < n; j++)
            if (own[j] == g_array_index(jobs, int64_t, i))
                all[i] = values[j];
    }
    return all;
}

/* Whether the members' boots are the same ones: each member has at least half of them. */
static bool shares_boots(const Cell *cell, const GArray *base, const GArray *new_)
{
    for (int i = 0; i < cell->n_rows; i++)
        if (2 * cell->rows[i]->n_base < (int)base->len || 2 * cell->rows[i]->n_new < (int)new_->len)
            return false;
    return true;
}

static int group_of(const Cell *cell, int member)
{
    for (int i = 0; i < member; i++)
        if (g_str_equal(cell->rows[i]->series->trial_key, cell->rows[member]->series->trial_key))
            return i;
    return member;
}

static void compute_number(Cell *cell)
{
    g_autoptr(GArray) base = all_jobs(cell, true);
    g_autoptr(GArray) new_ = all_jobs(cell, false);
    g_autoptr(GPtrArray) arrays = g_ptr_array_new_with_free_func(g_free);
    g_autofree CompositeMember *members = g_new0(CompositeMember, (gsize)cell->n_rows + 1);
    for (int i = 0; i < cell->n_rows; i++) {
        const FamilyRow *row = cell->rows[i];
        double *left = spread(base, row->base_values, row->base_jobs, row->n_base);
        double *right = spread(new_, row->new_values, row->new_jobs, row->n_new);
        g_ptr_array_add(arrays, left);
        g_ptr_array_add(arrays, right);
        members[i] =
            (CompositeMember){.base = left,
                              .n_base = (int)base->len,
                              .new_ = right,
                              .n_new = (int)new_->len,
                              .better = row->series->metric->better,
                              .group = group_of(cell, i),
                              .state = row->provisional ? STATE_UNDECIDED : row->judged.state,
                              .ratio = row->judged.ratio};
    }
    composite_compute(members, cell->n_rows, shares_boots(cell, base, new_), &cell->composite);
}

static void finish_cell(Cell *cell)
{
    g_autofree State *states = g_new0(State, (gsize)cell->n_rows + 1);
    for (int i = 0; i < cell->n_rows; i++) {
        states[i] = cell->rows[i]->judged.state;
        cell->provisional |= cell->rows[i]->provisional;
    }
    cell->state = cell_state(states, cell->n_rows);
    for (int i = cell->n_rows; i-- > 0;)
        if (cell->rows[i]->judged.state == cell->state && cell->rows[i]->reason != NULL)
            cell->reason = cell->rows[i]->reason;
    compute_number(cell);
    if (cell->composite.worst >= 0 && cell->composite.present > 1)
        cell->worst = cell->rows[cell->composite.worst];
}

/* --- the table --- */

static int compare_columns(const void *left, const void *right)
{
    const CellColumn *a = left, *b = right;
    int order = g_strcmp0(a->machine, b->machine);
    return order != 0 ? order : g_strcmp0(a->distro, b->distro);
}

static guint benchmark_of(CellTable *table, const char *benchmark)
{
    for (guint i = 0; i < table->benchmarks->len; i++)
        if (g_str_equal(table->benchmarks->pdata[i], benchmark))
            return i;
    g_ptr_array_add(table->benchmarks, (gpointer)(guintptr)benchmark);
    return table->benchmarks->len - 1;
}

static int column_of(const CellTable *table, const Series *series)
{
    for (guint i = 0; i < table->columns->len; i++) {
        const CellColumn *column = cell_column(table, i);
        if (g_strcmp0(column->machine, series->machine) == 0 &&
            g_strcmp0(column->distro, series->distro) == 0)
            return (int)i;
    }
    return -1;
}

static void take_columns(CellTable *table, const Family *family)
{
    for (int i = 0; i < family->n_rows; i++) {
        const Series *series = family->rows[i].series;
        CellColumn column = {series->machine, series->distro};
        if (column_of(table, series) < 0)
            g_array_append_val(table->columns, column);
        benchmark_of(table, series->benchmark);
    }
    g_array_sort(table->columns, compare_columns);
}

static void add_row(CellTable *table, const FamilyRow *row)
{
    guint at = benchmark_of(table, row->series->benchmark) * table->columns->len +
               (guint)column_of(table, row->series);
    Cell *cell = table->cells->pdata[at];
    if (cell == NULL) {
        cell = g_new0(Cell, 1);
        cell->benchmark = row->series->benchmark;
        cell->machine = row->series->machine;
        cell->distro = row->series->distro;
        table->cells->pdata[at] = cell;
    }
    cell->rows = g_renew(const FamilyRow *, cell->rows, (gsize)cell->n_rows + 1);
    cell->rows[cell->n_rows++] = row;
}

CellTable *cell_table_make(const Family *family)
{
    CellTable *table = g_new0(CellTable, 1);
    table->benchmarks = g_ptr_array_new();
    table->columns = g_array_new(FALSE, FALSE, sizeof(CellColumn));
    table->cells = g_ptr_array_new_with_free_func(cell_free);
    take_columns(table, family);
    g_ptr_array_set_size(table->cells, (int)(table->benchmarks->len * table->columns->len));
    for (int i = 0; i < family->n_rows; i++)
        add_row(table, &family->rows[i]);
    for (guint i = 0; i < table->cells->len; i++)
        if (table->cells->pdata[i] != NULL)
            finish_cell(table->cells->pdata[i]);
    return table;
}

void cell_table_free(CellTable *table)
{
    if (table == NULL)
        return;
    g_ptr_array_unref(table->benchmarks);
    g_array_unref(table->columns);
    g_ptr_array_unref(table->cells);
    g_free(table);
}

const Cell *cell_at(const CellTable *table, guint benchmark, guint column)
{
    return table->cells->pdata[benchmark * table->columns->len + column];
}

const CellColumn *cell_column(const CellTable *table, guint column)
{
    return &g_array_index(table->columns, CellColumn, column);
}
