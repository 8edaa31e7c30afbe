// Rows of MMTests: from logs through the family's parser to text, and from text to values.
#include "benchmarks/formats/mmtests.h"

#include <string.h>

#include "benchmarks/formats/mmtests/family.h"
#include "benchmarks/formats/mmtests/span.h"

enum { COLUMNS = 6 };

bool mmtests_family_has_parser(const MmtestsFamily *family)
{
    return family->parse != NULL;
}

const char *mmtests_family_name(const MmtestsFamily *family)
{
    return family->name;
}

char *mmtests_rows_extract(const MmtestsFamily *family, MmtestsLogs *logs, MmtestsFidelity fidelity)
{
    MmtestsParse parse = family->parse;
    if (fidelity == MMTESTS_FAITHFUL && family->parse_faithful)
        parse = family->parse_faithful;
    if (!parse)
        return NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    parse(logs, out);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

// Cuts line, which is terminated, into columns; missing ones are "".
static MmtestsRow row_parse(char *line)
{
    static const char NONE[] = "";
    const char *columns[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) {
        columns[i] = line ? line : NONE;
        line = line ? strchr(line, '\t') : NULL;
        if (line)
            *line++ = '\0';
    }
    MmtestsRow row = {.metric = columns[0],
                      .factor_a = columns[1],
                      .factor_b = columns[2],
                      .interval = columns[3],
                      .value = columns[4],
                      .extra = columns[5]};
    double interval;
    row.numeric = span_is_number(span_of(row.value), &row.number) &&
                  span_is_number(span_of(row.interval), &interval);
    return row;
}

MmtestsRows *mmtests_rows_parse(const char *text, size_t length)
{
    MmtestsRows *rows = g_new0(MmtestsRows, 1);
    rows->text = g_strndup(length ? text : "", length);
    rows->array = g_array_new(FALSE, FALSE, sizeof(MmtestsRow));
    char *line = rows->text;
    while (line) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        if (*line) {
            MmtestsRow row = row_parse(line);
            g_array_append_val(rows->array, row);
        }
        line = end ? end + 1 : NULL;
    }
    rows->rows = (const MmtestsRow *)(const void *)rows->array->data;
    rows->n_rows = rows->array->len;
    return rows;
}

void mmtests_rows_free(MmtestsRows *rows)
{
    if (!rows)
        return;
    g_array_unref(rows->array);
    g_free(rows->text);
    g_free(rows);
}

void mmtests_row_label(const MmtestsRow *row, GString *label)
{
    const char *const factors[] = {row->factor_a, row->factor_b};
    g_string_assign(label, row->metric);
    for (unsigned i = 0; i < G_N_ELEMENTS(factors); i++)
        if (factors[i][0] && strcmp(factors[i], "_") != 0)
            g_string_append_printf(label, "-%s", factors[i]);
}

bool mmtests_row_is_ratio(const MmtestsRow *row)
{
    return row->extra[0] == 'R';
}
