// The orders of sort(1) and of Perl, for short lists and for lines.
#include "benchmarks/formats/mmtests/lists.h"

#include <stdlib.h>
#include <string.h>

#include "benchmarks/formats/mmtests/span.h"

const SortKey SORT_USUAL[] = {{1, false}, {2, true}, {4, true}, {0}};

typedef struct {
    char *text;
    double number;
} Numbered;

typedef struct {
    Span line;
    Span key[SORT_KEYS_MAX];
    double number[SORT_KEYS_MAX];
} KeyedLine;

static bool is_separator(char c)
{
    return c == ' ' || c == '\t';
}

// sort -n reads an optional sign, digits and decimals, but no exponent.
static double sort_number(Span span)
{
    size_t at = 0;
    while (at < span.length && is_separator(span.start[at]))
        at++;
    size_t end = at;
    if (end < span.length && span.start[end] == '-')
        end++;
    while (end < span.length && g_ascii_isdigit(span.start[end]))
        end++;
    if (end < span.length && span.start[end] == '.')
        end++;
    while (end < span.length && g_ascii_isdigit(span.start[end]))
        end++;
    return span_number((Span){span.start + at, end - at});
}

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_spans(Span a, Span b)
{
    size_t common = MIN(a.length, b.length);
    int order = common ? memcmp(a.start, b.start, common) : 0;
    return order ? order : (a.length > b.length) - (a.length < b.length);
}

GPtrArray *list_cut(const GPtrArray *names, size_t n)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < names->len; i++) {
        Span part = span_cut(span_of(names->pdata[i]), '-', n);
        g_ptr_array_add(list, g_strndup(part.start, part.length));
    }
    return list;
}

GPtrArray *list_strip(GPtrArray *names, size_t skip_start, size_t skip_end)
{
    for (guint i = 0; i < names->len; i++) {
        char *name = names->pdata[i];
        size_t length = strlen(name);
        size_t start = MIN(skip_start, length);
        size_t end = length - MIN(skip_end, length - start);
        names->pdata[i] = g_strndup(name + start, end - start);
        g_free(name);
    }
    return names;
}

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int by_glob(gconstpointer a, gconstpointer b)
{
    int order = g_ascii_strcasecmp(*(const char *const *)a, *(const char *const *)b);
    return order ? order : by_text(a, b);
}

static int by_number(gconstpointer a, gconstpointer b, gpointer data)
{
    const Numbered *one = a;
    const Numbered *other = b;
    int order = compare_numbers(one->number, other->number);
    const bool *whole_line = data;
    return order || !*whole_line ? order : strcmp(one->text, other->text);
}

GPtrArray *list_sort(GPtrArray *list)
{
    g_ptr_array_sort(list, by_text);
    return list;
}

GPtrArray *list_sort_glob(GPtrArray *list)
{
    g_ptr_array_sort(list, by_glob);
    return list;
}

GPtrArray *list_sort_unique(GPtrArray *list)
{
    list_sort(list);
    for (guint i = list->len; i > 1; i--)
        if (strcmp(list->pdata[i - 1], list->pdata[i - 2]) == 0)
            g_ptr_array_remove_index(list, i - 1);
    return list;
}

static GPtrArray *sort_by_number(GPtrArray *list, double (*read)(Span), bool whole_line)
{
    if (list->len == 0)
        return list;
    g_autofree Numbered *rows = g_new(Numbered, list->len);
    for (guint i = 0; i < list->len; i++)
        rows[i] = (Numbered){list->pdata[i], read(span_of(list->pdata[i]))};
    g_qsort_with_data(rows, (gint)list->len, sizeof *rows, by_number, &whole_line);
    for (guint i = 0; i < list->len; i++)
        list->pdata[i] = rows[i].text;
    return list;
}

GPtrArray *list_sort_numeric(GPtrArray *list)
{
    return sort_by_number(list, sort_number, true);
}

GPtrArray *list_sort_perl(GPtrArray *list)
{
    return sort_by_number(list, span_number, false);
}

GPtrArray *list_sort_numeric_unique(GPtrArray *list)
{
    sort_by_number(list, sort_number, false);
    for (guint i = list->len; i > 1; i--) {
        double number = sort_number(span_of(list->pdata[i - 1]));
        if (compare_numbers(number, sort_number(span_of(list->pdata[i - 2]))) == 0)
            g_ptr_array_remove_index(list, i - 1);
    }
    return list;
}

// A field is the blanks before it and the word; as in sort(1) without -t.
static Span sort_field(Span line, size_t n)
{
    size_t start = 0;
    size_t end = 0;
    for (size_t i = 0; i < n; i++) {
        start = end;
        while (end < line.length && is_separator(line.start[end]))
            end++;
        while (end < line.length && !is_separator(line.start[end]))
            end++;
    }
    return (Span){line.start + start, end - start};
}

static int by_keys(gconstpointer a, gconstpointer b, gpointer data)
{
    const KeyedLine *one = a;
    const KeyedLine *other = b;
    const SortKey *keys = data;
    for (size_t i = 0; i < SORT_KEYS_MAX && keys[i].field > 0; i++) {
        int order = keys[i].numeric ? compare_numbers(one->number[i], other->number[i])
                                    : compare_spans(one->key[i], other->key[i]);
        if (order)
            return order;
    }
    return compare_spans(one->line, other->line);
}

static KeyedLine line_keyed(Span line, const SortKey *keys)
{
    KeyedLine row = {.line = line};
    for (size_t i = 0; i < SORT_KEYS_MAX && keys[i].field > 0; i++) {
        row.key[i] = sort_field(line, keys[i].field);
        if (keys[i].numeric)
            row.number[i] = sort_number(row.key[i]);
    }
    return row;
}

void lines_sort(GString *text, const SortKey *keys)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(KeyedLine));
    Span rest = {text->str, text->len};
    for (Span line; span_line(&rest, &line);) {
        KeyedLine row = line_keyed(line, keys);
        g_array_append_val(rows, row);
    }
    SortKey copy[SORT_KEYS_MAX] = {{0}};
    for (size_t i = 0; i < SORT_KEYS_MAX && keys[i].field > 0; i++)
        copy[i] = keys[i];
    g_array_sort_with_data(rows, by_keys, copy);
    g_autoptr(GString) sorted = g_string_sized_new(text->len + 1);
    for (guint i = 0; i < rows->len; i++) {
        Span line = g_array_index(rows, KeyedLine, i).line;
        g_string_append_len(sorted, line.start, (gssize)line.length);
        g_string_append_c(sorted, '\n');
    }
    g_string_assign(text, "");
    g_string_append_len(text, sorted->str, (gssize)sorted->len);
}
