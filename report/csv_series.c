// A series of values from a csv file.
#include "report/csv_series.h"

#include <math.h>
#include <string.h>

#include "benchmarks/number.h"
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

// A quoted field at text without its quotes, in place; what is behind it, or NULL: it has no end.
static char *unquote(char *text)
{
    char *out = text, *at = text + 1;
    for (; *at != '"' || at[1] == '"'; at++) {
        if (*at == '\0')
            return NULL;
        at += *at == '"';
        *out++ = *at;
    }
    *out = '\0';
    return at + 1 + strspn(at + 1, " \t");
}

// The fields of a line, in place; at most MAX_FIELDS are kept. -1: a quote is out of place.
enum { MAX_FIELDS = 2 };
static int fields_split(char *line, char *fields[MAX_FIELDS])
{
    int n = 0;
    for (char *next = line; next; n++) {
        char *field = next + strspn(next, " \t"), *behind = NULL;
        next = strchr(field, ',');
        if (*field == '"') {
            behind = unquote(field);
            if (!behind || (*behind != ',' && *behind != '\0'))
                return -1;
            next = *behind == ',' ? behind : NULL;
        }
        if (next)
            *next++ = '\0';
        if (n < MAX_FIELDS)
            fields[n] = behind ? field : g_strstrip(field);
    }
    return n;
}

// What a series is read into.
typedef struct {
    const char *place;
    GHashTable *known; // release -> its point
    CsvSeries *series;
    GArray *entries;
    GPtrArray *complaints;
    bool any; // value, be it no finite one
} Reading;

static void value_read(Reading *reading, const char *text, int number, double *ret_value)
{
    bool failed = number_is_not_finite(text, strlen(text));
    reading->any |= failed;
    if (text_parse_number(text, ret_value))
        reading->any = true;
    else
        complain(reading->complaints, reading->place, number,
                 failed ? "not a finite number: it counts as a run that failed"
                        : "expected a finite number as the value");
}

// Without releases a line is a point, whatever it holds: the lines behind it stay where they are.
static void line_parse(Reading *reading, char *line, int number)
{
    CsvSeries *series = reading->series;
    Entry entry = {.value = NAN, .order = number, .point = (int)reading->entries->len};
    char *fields[MAX_FIELDS] = {"", ""};
    int n = fields_split(line, fields);
    if (series->names && (n != 2 || !*fields[1])) {
        complain(reading->complaints, reading->place, number, "expected VALUE,RELEASE");
        return;
    }
    if (!series->names && n != 1)
        complain(reading->complaints, reading->place, number,
                 "expected one value, as the header says");
    else if (!series->names && !*fields[0])
        complain(reading->complaints, reading->place, number,
                 "an empty line: it counts as a point without a value");
    else
        value_read(reading, fields[0], number, &entry.value);
    if (series->names)
        entry.point = point_of(reading->known, series->names, fields[1]);
    g_array_append_val(reading->entries, entry);
}

static bool header_parse(const char *place, char *line, bool *ret_with_release, GError **error)
{
    char *fields[MAX_FIELDS] = {"", ""};
    int n = fields_split(line, fields);
    bool good = strcmp(fields[0], "value") == 0 &&
                (n == 1 || (n == 2 && strcmp(fields[1], "release") == 0));
    if (!good)
        return error_set(error, ERROR_INPUT, "%s:1: expected the header `value` or `value,release`",
                         place);
    *ret_with_release = n == 2;
    return true;
}

static void lines_read(Reading *reading, char **lines)
{
    int n = 1;
    for (int i = 1; lines[i]; i++) {
        if (*g_strstrip(lines[i]))
            n = i + 1;
    }
    for (int i = 1; i < n; i++) {
        if (*lines[i] || !reading->series->names)
            line_parse(reading, lines[i], i + 1);
        else
            complain(reading->complaints, reading->place, i + 1, "an empty line");
    }
}

bool csv_series_parse(const char *place, const char *text, gsize length, CsvSeries *ret_series,
                      GPtrArray *complaints, GError **error)
{
    static const char MARK[] = "\xef\xbb\xbf"; // of the byte order, as spreadsheets write it
    g_autofree char *copy = g_strndup(text, length);
    bool is_marked = g_str_has_prefix(copy, MARK), with_release = false;
    g_auto(GStrv) lines = g_strsplit(copy + (is_marked ? strlen(MARK) : 0), "\n", -1);
    g_autofree char *header = g_strstrip(g_strdup(lines[0] ? lines[0] : ""));
    if (!header_parse(place, header, &with_release, error))
        return false;
    g_auto(CsvSeries)
        series = {.names = with_release ? g_ptr_array_new_with_free_func(g_free) : NULL};
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GArray) entries = g_array_new(false, false, sizeof(Entry));
    Reading reading = {place, known, &series, entries, complaints, false};
    lines_read(&reading, lines);
    if (!reading.any)
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
