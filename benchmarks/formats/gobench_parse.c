// Reads Go benchmark text line by line; what each line may be follows benchfmt/reader.go of
// golang.org/x/perf.
#include "benchmarks/formats/gobench_model.h"

#include <math.h>
#include <string.h>

#include "benchmarks/bytes.h"
#include "benchmarks/complaint.h"
#include "benchmarks/escape.h"
#include "benchmarks/number.h"
#include "common/error.h"

// A stretch of the text, not ended by NUL.
typedef struct {
    const char *text;
    size_t length;
} Span;

typedef struct {
    Gobench *gobench;
    const char *place;
    unsigned line;
} Parser;

static G_GNUC_PRINTF(2, 3) void complain(const Parser *parser, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    complaint_add(parser->gobench->complaints, GOBENCH_COMPLAINTS_MAX, "%s:%u: %s", parser->place,
                  parser->line, what);
}

static void complain_of(const Parser *parser, const char *what, Span bad, const char *expected)
{
    g_autofree char *excerpt = complaint_excerpt(bad.text, bad.length);
    complain(parser, "%s %s; expected %s", what, excerpt, expected);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

// The next field of rest, empty at its end.
static Span field_next(Span *rest)
{
    while (rest->length > 0 && is_space(rest->text[0])) {
        rest->text++;
        rest->length--;
    }
    Span field = {rest->text, 0};
    while (field.length < rest->length && !is_space(rest->text[field.length]))
        field.length++;
    rest->text += field.length;
    rest->length -= field.length;
    return field;
}

static bool starts_with(Span line, const char *prefix)
{
    size_t length = strlen(prefix);
    return line.length >= length && memcmp(line.text, prefix, length) == 0;
}

static const char *intern_unescaped(const Parser *parser, const char *text, size_t length)
{
    g_autofree char *copy = g_strndup(text, length);
    escape_remove(copy);
    if (!g_utf8_validate(copy, -1, NULL))
        return gobench_intern(parser->gobench, text, length);
    return gobench_intern(parser->gobench, copy, strlen(copy));
}

// Length of the key of a `key: value` line; 0: it is none.
static size_t key_length(Span line)
{
    for (size_t i = 0; i < line.length;) {
        gunichar c = g_utf8_get_char_validated(line.text + i, (gssize)(line.length - i));
        if (c == (gunichar)-1 || c == (gunichar)-2)
            return 0;
        if (i == 0 ? !g_unichar_islower(c) : g_unichar_isspace(c) || g_unichar_isupper(c))
            return 0;
        if (c == ':')
            return i;
        i += (size_t)g_unichar_to_utf8(c, NULL);
    }
    return 0;
}

static bool config_parse(const Parser *parser, Span line)
{
    size_t length = key_length(line);
    if (length == 0)
        return false;
    Span value = {line.text + length + 1, line.length - length - 1};
    if (value.length > 0 && value.text[0] != ' ' && value.text[0] != '\t') {
        if (length == 3 && starts_with(line, "run"))
            complain_of(parser, "bad key line", line, "`run: ID` with a space");
        return false;
    }
    while (value.length > 0 && is_space(value.text[0]))
        value = (Span){value.text + 1, value.length - 1};
    while (value.length > 0 && is_space(value.text[value.length - 1]))
        value.length--;
    g_autofree char *key = g_strndup(line.text, length);
    g_autofree char *text = value.length > 0 ? g_strndup(value.text, value.length) : NULL;
    if (g_str_equal(key, "run"))
        parser->gobench->run =
            text ? gobench_intern(parser->gobench, value.text, value.length) : NULL;
    else if (!gobench_config_put(parser->gobench, key, text))
        complain(parser, "a key too many, \"%s\"; expected at most %d", key, GOBENCH_CONFIG_MAX);
    return true;
}

// "copy:GB/s" -> copy and GB/s; "GB/s" -> GB/s twice.
static void unit_split(const Parser *parser, Span text, const char **ret_metric,
                       const char **ret_unit)
{
    const char *colon = memchr(text.text, ':', text.length);
    bool is_bare = !colon || colon == text.text || colon == text.text + text.length - 1;
    size_t metric = is_bare ? text.length : (size_t)(colon - text.text);
    *ret_metric = intern_unescaped(parser, text.text, metric);
    *ret_unit =
        is_bare ? *ret_metric : intern_unescaped(parser, colon + 1, text.length - metric - 1);
}

// A property of a Unit line, key=value; those of others are skipped.
static void property_parse(const Parser *parser, Span unit, Span pair, size_t key)
{
    const char *metric = NULL, *name = NULL;
    Better better = BETTER_NONE;
    Span value = {pair.text + key + 1, pair.length - key - 1};
    unit_split(parser, unit, &metric, &name);
    if (starts_with(pair, "better=")) {
        g_autofree char *word = g_strndup(value.text, value.length);
        if (!better_parse(word, &better))
            complain_of(parser, "bad direction", pair,
                        "better=higher, better=lower or better=none");
        else if (!gobench_unit_put(parser->gobench, metric, name, better))
            complain_of(parser, "a second direction of the unit", unit, "the same in every line");
    }
    if (starts_with(pair, "metric=")) {
        if (value.length == 0 || !g_str_equal(metric, name))
            complain_of(parser, "a metric for", unit,
                        "a name, and a unit without one: `Unit ops/s better=higher metric=rate`");
        else if (!gobench_name_put(parser->gobench,
                                   intern_unescaped(parser, value.text, value.length), name))
            complain_of(parser, "a second metric of the unit", unit,
                        "the same in every line (`metric:unit` tells two apart)");
    }
}

static void unit_parse(const Parser *parser, Span rest)
{
    Span unit = field_next(&rest);
    if (unit.length == 0) {
        complain(parser, "a Unit line without a unit; expected `Unit ops/s better=higher`");
        return;
    }
    for (Span pair = field_next(&rest); pair.length > 0; pair = field_next(&rest)) {
        const char *equals = memchr(pair.text, '=', pair.length);
        if (!equals || equals == pair.text) {
            complain_of(parser, "bad unit property", pair, "key=value, such as better=lower");
            continue;
        }
        property_parse(parser, unit, pair, (size_t)(equals - pair.text));
    }
}

static int pair_compare(const void *a, const void *b)
{
    return strcmp(((const GobenchPair *)a)->key, ((const GobenchPair *)b)->key);
}

// "-8" at the end of a name, as Go writes GOMAXPROCS; its length, 0 when there is none.
static size_t gomaxprocs_length(Span name)
{
    size_t digits = 0;
    while (digits < name.length && g_ascii_isdigit(name.text[name.length - digits - 1]))
        digits++;
    bool is_suffix =
        digits > 0 && digits + 1 < name.length && name.text[name.length - digits - 1] == '-';
    return is_suffix ? digits + 1 : 0;
}

// Sets name and params (g_malloc, sorted) from the first field of a line.
static bool name_parse(const Parser *parser, Span full, const char **ret_name, GArray *params)
{
    size_t suffix = gomaxprocs_length(full);
    if (suffix > 0) {
        GobenchPair pair = {
            "gomaxprocs",
            intern_unescaped(parser, full.text + full.length - suffix + 1, suffix - 1)};
        g_array_append_val(params, pair);
    }
    Span rest = {full.text, full.length - suffix};
    g_autoptr(GString) name = g_string_new(NULL);
    for (bool first = true; first || rest.length > 0; first = false) {
        if (!first)
            rest = (Span){rest.text + 1, rest.length - 1};
        const char *slash = memchr(rest.text, '/', rest.length);
        Span part = {rest.text, slash ? (size_t)(slash - rest.text) : rest.length};
        const char *equals = first ? NULL : memchr(part.text, '=', part.length);
        if (equals) {
            size_t key = (size_t)(equals - part.text);
            GobenchPair pair = {intern_unescaped(parser, part.text, key),
                                intern_unescaped(parser, equals + 1, part.length - key - 1)};
            g_array_append_val(params, pair);
        } else {
            g_string_append_len(name, "/", first ? 0 : 1);
            g_string_append_len(name, part.text, (gssize)part.length);
        }
        rest = (Span){rest.text + part.length, rest.length - part.length};
    }
    g_array_sort(params, pair_compare);
    for (unsigned i = 1; i < params->len; i++)
        if (g_str_equal(g_array_index(params, GobenchPair, i - 1).key,
                        g_array_index(params, GobenchPair, i).key)) {
            complain_of(parser, "a parameter given twice in", full, "each once");
            return false;
        }
    *ret_name = intern_unescaped(parser, name->str, name->len);
    return true;
}

static void value_put(const Parser *parser, GArray *values, double number, Span unit)
{
    GobenchValue value = {.value = number};
    unit_split(parser, unit, &value.metric, &value.unit);
    for (unsigned i = 0; i < values->len; i++) {
        const GobenchValue *other = &g_array_index(values, GobenchValue, i);
        if (g_str_equal(other->metric, value.metric) && g_str_equal(other->unit, value.unit)) {
            complain_of(parser, "a second value for", unit,
                        "each unit once in a line (`metric:unit` tells two apart)");
            return;
        }
    }
    g_array_append_val(values, value);
}

// Value-unit pairs up to the end of the line; a bad one is left out, or failed.
static void values_parse(const Parser *parser, Span rest, GArray *values, GArray *failed)
{
    for (Span field = field_next(&rest); field.length > 0; field = field_next(&rest)) {
        Span unit = field_next(&rest);
        double number = 0;
        if (unit.length == 0) {
            complain_of(parser, "no unit after", field, "pairs of a value and a unit");
        } else if (!number_parse(field.text, field.length, &number)) {
            complain_of(parser, "bad value", field, "a finite decimal number");
            if (number_is_not_finite(field.text, field.length))
                value_put(parser, failed, NAN, unit);
        } else {
            value_put(parser, values, number, unit);
        }
    }
}

// A line of the values, where there are any; takes them.
static void lines_put(const Parser *parser, GPtrArray *list, const char *name, const GArray *params,
                      double iterations, GArray *values)
{
    size_t n = values->len;
    if (n == 0)
        return;
    GobenchPair *pairs = g_memdup2(params->data, params->len * sizeof(GobenchPair));
    gobench_line_put(parser->gobench, list, name, pairs, params->len, (int64_t)iterations,
                     (GobenchValue *)g_array_steal(values, NULL), n, parser->line);
}

static void benchmark_line_parse(const Parser *parser, Span rest)
{
    Span line = rest;
    Span full = field_next(&rest);
    if (line.length > 0 && is_space(line.text[0]))
        full = (Span){line.text, 0}; // "Benchmark 1 2 s": the name is empty
    if (rest.length == 0 && full.length == line.length)
        return; // `go test -v` prints the bare name when a benchmark starts
    if (full.length == 0) {
        complain(parser, "a benchmark without a name; expected `BenchmarkNAME N VALUE UNIT`");
        return;
    }
    Span count = field_next(&rest);
    double iterations = 0;
    if (!number_parse(count.text, count.length, &iterations) || iterations < 0 ||
        iterations > 9e15 || iterations != (double)(int64_t)iterations) {
        complain_of(parser, "bad iteration count", count, "`BenchmarkNAME N VALUE UNIT`");
        return;
    }
    const char *name = NULL;
    g_autoptr(GArray) params = g_array_new(FALSE, FALSE, sizeof(GobenchPair));
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(GobenchValue));
    if (!name_parse(parser, full, &name, params))
        return;
    Span pairs = rest;
    bool is_empty = field_next(&pairs).length == 0;
    g_autoptr(GArray) failed = g_array_new(FALSE, FALSE, sizeof(GobenchValue));
    values_parse(parser, rest, values, failed);
    if (is_empty)
        complain(parser, "no value after the iteration count; expected `VALUE UNIT`");
    lines_put(parser, parser->gobench->failed, name, params, iterations, failed);
    lines_put(parser, parser->gobench->lines, name, params, iterations, values);
}

static const char *reason_parse(const Parser *parser, Span text)
{
    while (text.length > 0 && is_space(text.text[0]))
        text = (Span){text.text + 1, text.length - 1};
    if (text.length > GOBENCH_REASON_MAX) {
        text.length = GOBENCH_REASON_MAX;
        while ((text.text[text.length] & 0xc0) == 0x80) // within a character
            text.length--;
    }
    while (text.length > 0 && is_space(text.text[text.length - 1]))
        text.length--;
    return gobench_intern(parser->gobench, text.text, text.length);
}

// `failed: NAME UNIT REASON`; false: it is no such line.
static bool failed_parse(const Parser *parser, Span line)
{
    if (!starts_with(line, "failed: ") && !starts_with(line, "failed:\t") &&
        !(line.length == 7 && starts_with(line, "failed:")))
        return false;
    Span rest = {line.text + 7, line.length - 7};
    Span full = field_next(&rest);
    Span unit = field_next(&rest);
    if (full.length == 0)
        return true;
    if (unit.length == 0) {
        complain_of(parser, "no unit after the failed", full,
                    "`failed: NAME UNIT REASON` (`-` as the unit: in every metric)");
        return true;
    }
    const char *name = NULL;
    g_autoptr(GArray) params = g_array_new(FALSE, FALSE, sizeof(GobenchPair));
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(GobenchValue));
    if (!name_parse(parser, full, &name, params))
        return true;
    if (unit.length > 1 || unit.text[0] != '-')
        value_put(parser, values, NAN, unit);
    size_t n = values->len;
    GobenchPair *pairs = g_memdup2(params->data, params->len * sizeof(GobenchPair));
    GobenchLine *made =
        gobench_line_put(parser->gobench, parser->gobench->failed, name, pairs, params->len, 1,
                         (GobenchValue *)g_array_steal(values, NULL), n, parser->line);
    made->reason = reason_parse(parser, rest);
    return true;
}

static void line_parse(const Parser *parser, Span line)
{
    if (line.length > 0 && line.text[line.length - 1] == '\r')
        line.length--;
    bool is_benchmark = starts_with(line, "Benchmark");
    bool is_unit = starts_with(line, "Unit ") || starts_with(line, "Unit\t") ||
                   (line.length == 4 && starts_with(line, "Unit"));
    if (!is_benchmark && !is_unit && key_length(line) == 0)
        return;
    if (!g_utf8_validate_len(line.text, line.length, NULL))
        complain_of(parser, "bad characters in", line, "UTF-8 text");
    else if (is_benchmark)
        benchmark_line_parse(parser, (Span){line.text + 9, line.length - 9});
    else if (is_unit)
        unit_parse(parser, (Span){line.text + 4, line.length - 4});
    else if (!failed_parse(parser, line))
        config_parse(parser, line);
}

static bool has_metric(const GobenchLine *line, const char *metric, const char *unit)
{
    for (size_t i = 0; i < line->n_values; i++)
        if (g_str_equal(line->values[i].metric, metric) && g_str_equal(line->values[i].unit, unit))
            return true;
    return false;
}

// Gives the values whose unit stands alone the metric that a Unit line names, wherever that stood.
static void names_give(const Gobench *gobench, const GPtrArray *lines)
{
    for (unsigned i = 0; i < lines->len; i++) {
        const GobenchLine *line = g_ptr_array_index(lines, i);
        GobenchValue *values = (GobenchValue *)(guintptr)line->values;
        for (size_t v = 0; v < line->n_values; v++) {
            const char *name = g_hash_table_lookup(gobench->names, values[v].unit);
            if (name && g_str_equal(values[v].metric, values[v].unit) &&
                !has_metric(line, name, values[v].unit))
                values[v].metric = name;
        }
    }
}

Gobench *gobench_parse(const char *place, const char *text, size_t length)
{
    Gobench *gobench = gobench_new();
    Parser parser = {gobench, place, 0};
    while (length > 0) {
        const char *end = memchr(text, '\n', length);
        Span line = {text, end ? (size_t)(end - text) : length};
        parser.line++;
        line_parse(&parser, line);
        size_t step = line.length + (end ? 1 : 0);
        text += step;
        length -= step;
    }
    names_give(gobench, gobench->lines);
    names_give(gobench, gobench->failed);
    return gobench;
}

bool gobench_read(const char *path, Gobench **ret_gobench, GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    if (!bytes_read(path, GOBENCH_FILE_LIMIT_BYTES, BYTES_ANY, &bytes, error))
        return false;
    size_t length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    g_autoptr(Gobench) gobench = gobench_parse(path, text, length);
    if (gobench_line_count(gobench) + gobench_failed_count(gobench) == 0) {
        const char *first = gobench_complaints(gobench)[0];
        return error_set(error, ERROR_INPUT,
                         "%s: holds no benchmark line; expected lines such as "
                         "`BenchmarkNAME 1 123 ns/op`%s%s",
                         path, first ? "; " : "", first ? first : "");
    }
    *ret_gobench = g_steal_pointer(&gobench);
    return true;
}
