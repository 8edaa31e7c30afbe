// Listings: the same rows as aligned text and as JSON.
#include "common/table.h"

#include <jansson.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/text.h"

#define DIGITS 4
#define GAP "  "

typedef struct {
    bool is_null;
    Tone tone;
    char *text; // of CELL_TEXT
    int64_t whole; // of CELL_INT, CELL_BOOL, CELL_TIME, CELL_BYTES
    double real; // of CELL_REAL, CELL_SECONDS
} Cell;

struct Table {
    const TableColumn *columns;
    int n_columns;
    GArray *cells; // Cell, row after row
};

static void cell_clear(void *data)
{
    g_free(((Cell *)data)->text);
}

Table *table_new(const TableColumn *columns, int n_columns)
{
    Table *table = g_new0(Table, 1);
    table->columns = columns;
    table->n_columns = n_columns;
    table->cells = g_array_new(FALSE, TRUE, sizeof(Cell));
    g_array_set_clear_func(table->cells, cell_clear);
    return table;
}

void table_free(Table *table)
{
    if (!table)
        return;
    g_array_unref(table->cells);
    g_free(table);
}

static const TableColumn *next_column(const Table *table)
{
    return &table->columns[(int)table->cells->len % table->n_columns];
}

static void cell_add(Table *table, CellKind kind, Cell cell)
{
    const TableColumn *column = next_column(table);
    if (column->kind != kind)
        g_error("the column '%s' has another kind of cell", column->name);
    g_array_append_val(table->cells, cell);
}

void table_null(Table *table)
{
    Cell cell = {.is_null = true};
    g_array_append_val(table->cells, cell);
}

void table_text(Table *table, const char *text)
{
    if (text)
        cell_add(table, CELL_TEXT, (Cell){.text = g_strdup(text)});
    else
        table_null(table);
}

void table_format(Table *table, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cell_add(table, CELL_TEXT, (Cell){.text = g_strdup_vprintf(format, args)});
    va_end(args);
}

void table_int(Table *table, int64_t value)
{
    cell_add(table, CELL_INT, (Cell){.whole = value});
}

void table_real(Table *table, double value)
{
    if (isfinite(value))
        cell_add(table, next_column(table)->kind == CELL_SECONDS ? CELL_SECONDS : CELL_REAL,
                 (Cell){.real = value});
    else
        table_null(table);
}

void table_bool(Table *table, bool value)
{
    cell_add(table, CELL_BOOL, (Cell){.whole = value});
}

void table_time(Table *table, int64_t unix_s)
{
    if (unix_s)
        cell_add(table, CELL_TIME, (Cell){.whole = unix_s});
    else
        table_null(table);
}

void table_bytes(Table *table, int64_t bytes)
{
    cell_add(table, CELL_BYTES, (Cell){.whole = bytes});
}

void table_tone(Table *table, Tone tone)
{
    g_array_index(table->cells, Cell, table->cells->len - 1).tone = tone;
}

int table_row_count(const Table *table)
{
    return (int)table->cells->len / table->n_columns;
}

static const Cell *cell_at(const Table *table, int row, int column)
{
    return &g_array_index(table->cells, Cell, row * table->n_columns + column);
}

static char *cell_format(const Cell *cell, CellKind kind)
{
    if (cell->is_null)
        return g_strdup("-");
    switch (kind) {
    case CELL_TEXT:
        return text_escape_terminal(cell->text);
    case CELL_INT:
        return g_strdup_printf("%" G_GINT64_FORMAT, cell->whole);
    case CELL_REAL:
        return text_number(cell->real, DIGITS);
    case CELL_BOOL:
        return g_strdup(cell->whole ? "yes" : "no");
    case CELL_TIME:
        return text_time(cell->whole);
    case CELL_SECONDS:
        return text_seconds(cell->real);
    case CELL_BYTES:
        return text_bytes(cell->whole);
    }
    g_assert_not_reached();
}

// Columns on a terminal of a text without control characters.
static int text_width(const char *text)
{
    int width = 0;
    for (const char *at = text; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        width += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
    }
    return width;
}

static const char *tone_start(Tone tone)
{
    static const char *const starts[] = {"", "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[2m"};
    return starts[tone];
}

static void append_spaces(GString *out, int n)
{
    for (int i = 0; i < n; i++)
        g_string_append_c(out, ' ');
}

static void append_cell(GString *out, const char *text, int width, bool is_left, bool is_last,
                        Tone tone)
{
    int space = width - text_width(text);
    if (!is_left)
        append_spaces(out, space);
    g_string_append(out, tone_start(tone));
    g_string_append(out, text);
    g_string_append(out, tone == TONE_NORMAL ? "" : "\x1b[0m");
    if (is_left && !is_last)
        append_spaces(out, space);
    g_string_append(out, is_last ? "\n" : GAP);
}

// Row 0 is the heading.
static GPtrArray *format_cells(const Table *table)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    for (int column = 0; column < table->n_columns; column++)
        g_ptr_array_add(texts, g_strdelimit(g_strdup(table->columns[column].name), "_", ' '));
    for (int row = 0; row < table_row_count(table); row++)
        for (int column = 0; column < table->n_columns; column++)
            g_ptr_array_add(texts,
                            cell_format(cell_at(table, row, column), table->columns[column].kind));
    return texts;
}

char *table_format_text(const Table *table, bool has_colour)
{
    g_autoptr(GPtrArray) texts = format_cells(table);
    g_autofree int *widths = g_new0(int, table->n_columns);
    for (guint i = 0; i < texts->len; i++) {
        int *width = &widths[(int)i % table->n_columns];
        *width = MAX(*width, text_width(texts->pdata[i]));
    }
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < texts->len; i++) {
        int row = (int)i / table->n_columns, column = (int)i % table->n_columns;
        Tone tone = row == 0 ? TONE_FAINT : cell_at(table, row - 1, column)->tone;
        append_cell(out, texts->pdata[i], widths[column], table->columns[column].kind == CELL_TEXT,
                    column == table->n_columns - 1, has_colour ? tone : TONE_NORMAL);
    }
    return g_string_free(out, FALSE);
}

static json_t *cell_json(const Cell *cell, CellKind kind)
{
    if (cell->is_null)
        return json_null();
    switch (kind) {
    case CELL_TEXT: {
        g_autofree char *valid = g_utf8_make_valid(cell->text, -1);
        return json_string(valid);
    }
    case CELL_INT:
    case CELL_BYTES:
        return json_integer(cell->whole);
    case CELL_REAL:
    case CELL_SECONDS:
        return json_real(cell->real);
    case CELL_BOOL:
        return json_boolean(cell->whole);
    case CELL_TIME: {
        g_autofree char *time = clock_format(cell->whole);
        return json_string(time);
    }
    }
    g_assert_not_reached();
}

char *table_format_json(const Table *table)
{
    json_t *rows = json_array();
    for (int row = 0; row < table_row_count(table); row++) {
        json_t *object = json_object();
        for (int column = 0; column < table->n_columns; column++)
            json_object_set_new(
                object, table->columns[column].name,
                cell_json(cell_at(table, row, column), table->columns[column].kind));
        json_array_append_new(rows, object);
    }
    char *text = json_dumps(rows, JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15));
    g_autofree char *line = g_strconcat(text, "\n", NULL);
    free(text);
    json_decref(rows);
    return g_steal_pointer(&line);
}

void table_print(const Table *table, FILE *out, bool as_json)
{
    bool has_colour =
        isatty(fileno(out)) && !g_getenv("NO_COLOR") && g_strcmp0(g_getenv("TERM"), "dumb") != 0;
    g_autofree char *text =
        as_json ? table_format_json(table) : table_format_text(table, has_colour);
    fputs(text, out);
}
