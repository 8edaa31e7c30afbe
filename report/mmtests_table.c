// Cells and headers in the layout of MMTests' text reports.
#include "report/mmtests_table.h"

#include <math.h>
#include <string.h>

static const MmtestsFormat BEYOND_THE_LAST = {"", "", 18, 2, false, false};

MmtestsTable *mmtests_table_new(void)
{
    MmtestsTable *table = g_new0(MmtestsTable, 1);
    table->formats = g_array_new(FALSE, FALSE, sizeof(MmtestsFormat));
    table->text = g_string_new(NULL);
    return table;
}

void mmtests_table_free(MmtestsTable *table)
{
    if (!table)
        return;
    g_array_unref(table->formats);
    g_string_free(table->text, TRUE);
    g_free(table);
}

void mmtests_table_format(MmtestsTable *table, MmtestsFormat format)
{
    g_array_append_val(table->formats, format);
}

void mmtests_table_title(MmtestsTable *table, const char *title, size_t width)
{
    g_string_append_printf(table->text, "%-*s", (int)width, title);
}

static void number_append(GString *text, const MmtestsFormat *format, double value)
{
    g_autofree char *number = NULL;
    if (isnan(value)) {
        number = g_strdup("NaN");
    } else if (isinf(value)) {
        number = g_strdup(value < 0 ? "-Inf" : format->plus ? "+Inf" : "Inf");
    } else {
        // Wide enough for every double in full.
        char digits[400];
        char directive[24];
        g_snprintf(directive, sizeof directive, format->plus ? "%%+.%df" : "%%.%df",
                   MIN(format->precision, 20));
        number = g_strdup(g_ascii_formatd(digits, sizeof digits, directive, value));
    }
    g_string_append_printf(text, "%*s", format->width, number);
}

static void starred_append(GString *text, const char *part, bool starred)
{
    for (; *part; part++)
        g_string_append_c(text, starred && (*part == '(' || *part == ')') ? '*' : *part);
}

void mmtests_table_cell(MmtestsTable *table, MmtestsCell cell)
{
    guint column = table->column++;
    const MmtestsFormat *format = column < table->formats->len
                                      ? &g_array_index(table->formats, MmtestsFormat, column)
                                      : &BEYOND_THE_LAST;
    if (format->silent)
        return;
    gsize start = table->text->len;
    starred_append(table->text, format->before, cell.starred);
    number_append(table->text, format, cell.defined ? cell.value : 0);
    starred_append(table->text, format->after, cell.starred);
    if (!cell.defined)
        memset(table->text->str + start, ' ', table->text->len - start);
}

void mmtests_table_end_row(MmtestsTable *table)
{
    g_string_append_c(table->text, '\n');
    table->column = 0;
}

// Where the name is cut: at its first '-', or the one behind a following "-rcN"; -1 without one.
static gssize name_cut(const char *name)
{
    const char *dash = strchr(name, '-');
    if (!dash)
        return -1;
    gssize cut = dash - name;
    // As many characters as the cut's place plus three are searched for "-rcN".
    g_autofree char *part = g_strndup(dash, (gsize)cut + 3);
    for (const char *at = strstr(part, "-rc"); at; at = strstr(at + 1, "-rc"))
        if (g_ascii_isdigit(at[3]))
            return cut + 4;
    return cut;
}

void mmtests_table_header(GString *text, const char *const *names, const int *widths, guint n_names,
                          size_t indent)
{
    for (int line = 0; line < 2; line++) {
        g_string_append_printf(text, "%*s", (int)indent, "");
        for (guint i = 0; i < n_names; i++) {
            size_t length = strlen(names[i]);
            gssize cut = name_cut(names[i]);
            // Without a '-' the first line lacks the last letter and the second has them all.
            size_t first = cut >= 0 ? MIN((size_t)cut, length) : length - (length > 0);
            size_t second = MIN((size_t)(cut + 1), length);
            g_string_append_printf(text, "%*.*s", widths[i], line == 0 ? (int)first : (int)length,
                                   line == 0 ? names[i] : names[i] + second);
        }
        g_string_append_c(text, '\n');
    }
}
