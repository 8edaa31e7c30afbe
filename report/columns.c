// Aligned columns: widths in characters, two spaces between.
#include "report/columns.h"

#include "common/text.h"

#include <string.h>

typedef struct {
    char *text;
    const char *style;
} Cell;

struct Columns {
    char *align;
    guint n;
    GArray *cells; // of Cell, row by row
};

static void cell_clear(gpointer data)
{
    g_free(((Cell *)data)->text);
}

Columns *columns_new(const char *align)
{
    Columns *columns = g_new0(Columns, 1);
    columns->align = g_strdup(align);
    columns->n = (guint)strlen(align);
    columns->cells = g_array_new(FALSE, FALSE, sizeof(Cell));
    g_array_set_clear_func(columns->cells, cell_clear);
    return columns;
}

void columns_free(Columns *columns)
{
    if (columns == NULL)
        return;
    g_free(columns->align);
    g_array_unref(columns->cells);
    g_free(columns);
}

void columns_cell(Columns *columns, const char *text, const char *style)
{
    Cell cell = {text_escape_terminal(text == NULL ? "" : text), style};
    g_array_append_val(columns->cells, cell);
}

static const Cell *cell_at(const Columns *columns, guint i)
{
    return &g_array_index(columns->cells, Cell, i);
}

static glong width_of(const Columns *columns, guint column)
{
    glong width = 0;
    for (guint i = column; i < columns->cells->len; i += columns->n)
        width = MAX(width, g_utf8_strlen(cell_at(columns, i)->text, -1));
    return width;
}

static void write_cell(const Cell *cell, char align, glong width, bool colour, GString *out)
{
    glong pad = width - g_utf8_strlen(cell->text, -1);
    if (align == 'r')
        g_string_append_printf(out, "%*s", (int)pad, "");
    bool styled = colour && cell->style != NULL;
    if (styled)
        g_string_append_printf(out, "\033[%sm", cell->style);
    g_string_append(out, cell->text);
    if (styled)
        g_string_append(out, "\033[0m");
    if (align != 'r')
        g_string_append_printf(out, "%*s", (int)pad, "");
}

void columns_write(const Columns *columns, int indent, bool colour, GString *out)
{
    g_autofree glong *widths = g_new0(glong, columns->n);
    for (guint i = 0; i < columns->n; i++)
        widths[i] = width_of(columns, i);
    for (guint row = 0; row + columns->n <= columns->cells->len; row += columns->n) {
        g_string_append_printf(out, "%*s", indent, "");
        for (guint i = 0; i < columns->n; i++) {
            if (widths[i] == 0)
                continue;
            write_cell(cell_at(columns, row + i), columns->align[i], widths[i], colour, out);
            g_string_append(out, "  ");
        }
        while (out->len > 0 && out->str[out->len - 1] == ' ')
            g_string_truncate(out, out->len - 1);
        g_string_append_c(out, '\n');
    }
}
