// A series of values from a csv file.
#include "report/csv_series.h"

#include <string.h>

#include "common/error.h"
#include "common/text.h"

enum { MAX_BYTES = 64 << 20, MAX_COMPLAINTS = 20 };

typedef struct {
    double value;
    int point;
    int order; // of the line
} Entry;

static int compare_entries(const void *a, const void *b)
{
    const Entry *x = a, *y = b;
    return x->point != y->point ? (x->point > y->point) - (x->point < y->point)
                                : (x->order > y->order) - (x->order < y->order);
}

void csv_series_clear(CsvSeries *series)
{
    g_free(series->values);
    g_free(series->point);
    g_clear_pointer(&series->names, g_ptr_array_unref);
    *series = (CsvSeries){0};
}

static void complain(GPtrArray *complaints, const char *place, int line, const char *what)
{
    if (complaints->len < MAX_COMPLAINTS)
        g_ptr_array_add(complaints, g_strdup_printf("%s:%d: %s", place, line, what));
    else if (complaints->len == MAX_COMPLAINTS)
        g_ptr_array_add(complaints, g_strdup_printf("%s: and more such lines", place));
}

// The point of a release name, a new one where it is not known yet.
static int point_of(GHashTable *known, GPtrArray *names, const char *name)
{
    gpointer found = NULL;
    if (g_hash_table_lookup_extended(known, name, NULL, &found))
        return GPOINTER_TO_INT(found);
    char *kept = g_strdup(name);
    g_ptr_array_add(names, kept);
    g_hash_table_insert(known, kept, GINT_TO_POINTER((int)names->len - 1));
    return (int)names->len - 1;
}

static void series_fill(GArray *entries, CsvSeries *series)
{
    g_array_sort(entries, compare_entries);
    series->n = (int)entries->len;
    series->values = g_new(double, entries->len);
    series->point = series->names ? g_new(int, entries->len) : NULL;
    series->n_points = series->names ? (int)series->names->len : series->n;
    for (guint i = 0; i < entries->len; i++) {
        const Entry *entry = &g_array_index(entries, Entry, i);
        series->values[i] = entry->value;
        if (series->point)
            series->point[i] = entry->point;
    }
}

static void line_parse(const char *place, char *line, int number, GHashTable *known,
                       CsvSeries *series, GArray *entries, GPtrArray *complaints)
{
    char *comma = strchr(line, ',');
    if (comma)
        *comma = '\0';
    Entry entry = {.order = number, .point = (int)entries->len};
    if (!text_parse_number(g_strstrip(line), &entry.value))
        complain(complaints, place, number, "expected a finite number as the value");
    else if (series->names && (!comma || !*g_strstrip(comma + 1) || strchr(comma + 1, ',')))
        complain(complaints, place, number, "expected VALUE,RELEASE");
    else if (!series->names && comma)
        complain(complaints, place, number, "expected one value, as the header says");
    else {
        if (series->names)
            entry.point = point_of(known, series->names, comma + 1);
        g_array_append_val(entries, entry);
    }
}

bool csv_series_parse(const char *place, const char *text, gsize length, CsvSeries *ret_series,
                      GPtrArray *complaints, GError **error)
{
    g_autofree char *copy = g_strndup(text, length);
    g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
    const char *header = lines[0] ? g_strstrip(lines[0]) : "";
    bool with_release = strcmp(header, "value,release") == 0;
    if (!with_release && strcmp(header, "value") != 0)
        return error_set(error, ERROR_INPUT, "%s:1: expected the header `value` or `value,release`",
                         place);
    g_auto(CsvSeries)
        series = {.names = with_release ? g_ptr_array_new_with_free_func(g_free) : NULL};
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GArray) entries = g_array_new(false, false, sizeof(Entry));
    for (int i = 1; lines[i]; i++) {
        if (*g_strstrip(lines[i]))
            line_parse(place, lines[i], i + 1, known, &series, entries, complaints);
    }
    if (entries->len == 0)
        return error_set(error, ERROR_INPUT,
                         "%s holds no value: expected a number on each line after the header",
                         place);
    series_fill(entries, &series);
    *ret_series = series;
    series = (CsvSeries){0};
    return true;
}

bool csv_series_read(const char *path, CsvSeries *ret_series, GPtrArray *complaints, GError **error)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, false, error);
    if (!file)
        return false;
    gsize length = g_mapped_file_get_length(file);
    if (length > MAX_BYTES)
        return error_set(error, ERROR_INPUT, "%s is larger than 64 MiB", path);
    const char *text = g_mapped_file_get_contents(file);
    return csv_series_parse(path, text ? text : "", length, ret_series, complaints, error);
}
