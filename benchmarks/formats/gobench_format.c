// Adds to a Gobench and writes it as text that our reader and benchstat's read back.
#include "benchmarks/formats/gobench_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/escape.h"
#include "benchmarks/number.h"

static int pair_compare(const void *a, const void *b)
{
    return strcmp(((const GobenchPair *)a)->key, ((const GobenchPair *)b)->key);
}

char *gobench_unit_format(const char *metric, const char *unit)
{
    GString *text = g_string_new(NULL);
    if (metric && !g_str_equal(metric, unit)) {
        escape_append(text, metric, ":");
        g_string_append_c(text, ':');
    }
    escape_append(text, unit, ":");
    return g_string_free(text, FALSE);
}

void gobench_unit_add(Gobench *gobench, const char *metric, const char *unit, Better better)
{
    gobench_unit_put(gobench, metric, unit, better);
}

void gobench_unit_name(Gobench *gobench, const char *metric, const char *unit)
{
    if (!g_str_equal(metric, unit))
        gobench_name_put(gobench, metric, unit);
}

void gobench_config_set(Gobench *gobench, const char *key, const char *value)
{
    g_autofree char *line = value && *value ? g_strdelimit(g_strdup(value), "\r\n", ' ') : NULL;
    char *text = line ? g_strstrip(line) : NULL;
    if (text && !*text)
        text = NULL;
    if (!g_str_equal(key, "run"))
        gobench_config_put(gobench, key, text);
    else
        gobench->run = text ? gobench_intern(gobench, text, strlen(text)) : NULL;
}

static GobenchPair *params_copy(Gobench *gobench, const GobenchPair *params, size_t n)
{
    GobenchPair *own = g_new0(GobenchPair, n);
    for (size_t i = 0; i < n; i++) {
        own[i].key = gobench_intern(gobench, params[i].key, strlen(params[i].key));
        own[i].value = gobench_intern(gobench, params[i].value, strlen(params[i].value));
    }
    if (n > 0)
        qsort(own, n, sizeof *own, pair_compare);
    return own;
}

static GobenchValue *values_copy(Gobench *gobench, const GobenchValue *values, size_t n)
{
    GobenchValue *own = g_new0(GobenchValue, n);
    for (size_t i = 0; i < n; i++) {
        const char *metric = values[i].metric ? values[i].metric : values[i].unit;
        own[i].metric = gobench_intern(gobench, metric, strlen(metric));
        own[i].unit = gobench_intern(gobench, values[i].unit, strlen(values[i].unit));
        own[i].value = values[i].value;
    }
    return own;
}

void gobench_line_add(Gobench *gobench, const char *name, const GobenchPair *params,
                      size_t n_params, int64_t iterations, const GobenchValue *values,
                      size_t n_values)
{
    g_return_if_fail(n_values > 0);
    gobench_line_put(gobench, gobench->lines, gobench_intern(gobench, name, strlen(name)),
                     params_copy(gobench, params, n_params), n_params, iterations,
                     values_copy(gobench, values, n_values), n_values, 0);
}

void gobench_failed_add(Gobench *gobench, const char *name, const GobenchPair *params,
                        size_t n_params, const char *metric, const char *unit, const char *reason)
{
    GobenchValue value = {metric, unit, NAN};
    size_t n = unit ? 1 : 0;
    GobenchLine *line = gobench_line_put(
        gobench, gobench->failed, gobench_intern(gobench, name, strlen(name)),
        params_copy(gobench, params, n_params), n_params, 1, values_copy(gobench, &value, n), n, 0);
    g_autofree char *text = g_strdelimit(g_strdup(reason ? reason : ""), "\r\n", ' ');
    g_strstrip(text);
    size_t length = MIN(strlen(text), GOBENCH_REASON_MAX);
    while (length > 0 && (text[length] & 0xc0) == 0x80) // within a character
        length--;
    line->reason = gobench_intern(gobench, text, length);
}

// Digits at the very end with a '-' before them would be read as GOMAXPROCS.
static void suffix_escape(GString *text, size_t start)
{
    size_t digits = text->len;
    while (digits > start && g_ascii_isdigit(text->str[digits - 1]))
        digits--;
    if (digits == text->len || digits == start || text->str[digits - 1] != '-')
        return;
    g_autofree char *tail = g_strdup(text->str + digits);
    g_string_truncate(text, digits - 1);
    g_string_append_printf(text, "%%2D%s", tail);
}

static void name_append(GString *out, const GobenchLine *line)
{
    size_t start = out->len;
    const char *gomaxprocs = NULL;
    escape_append(out, line->name, "="); // '/' splits parts of the name itself
    for (size_t i = 0; i < line->n_params; i++) {
        const GobenchPair *pair = &line->params[i];
        bool is_count = *pair->value && strspn(pair->value, "0123456789") == strlen(pair->value);
        if (is_count && g_str_equal(pair->key, "gomaxprocs")) {
            gomaxprocs = pair->value;
            continue;
        }
        g_string_append_c(out, '/');
        escape_append(out, pair->key, "/=");
        g_string_append_c(out, '=');
        escape_append(out, pair->value, "/");
    }
    if (gomaxprocs)
        g_string_append_printf(out, "-%s", gomaxprocs);
    else
        suffix_escape(out, start);
}

// The unit of a value; alone where its Unit line names the metric.
static char *unit_written(const Gobench *gobench, const GobenchValue *value)
{
    const char *name = g_hash_table_lookup(gobench->names, value->unit);
    bool is_named = g_strcmp0(name, value->metric) == 0;
    return gobench_unit_format(is_named ? NULL : value->metric, value->unit);
}

static void failed_append(GString *out, const Gobench *gobench, const GobenchLine *line)
{
    const char *reason = line->reason ? line->reason : "its value is not a finite number";
    for (size_t i = 0; i < MAX(line->n_values, 1); i++) {
        g_autofree char *unit = line->n_values ? unit_written(gobench, &line->values[i]) : NULL;
        bool is_dash = g_strcmp0(unit, "-") == 0; // which alone would be every metric
        g_string_append(out, "failed: ");
        name_append(out, line);
        g_string_append_printf(out, " %s%s%s\n",
                               is_dash ? "%2D"
                               : unit  ? unit
                                       : "-",
                               *reason ? " " : "", reason);
    }
    g_string_append(out, "failed:\n");
}

static void line_append(GString *out, const Gobench *gobench, const GobenchLine *line)
{
    g_string_append(out, "Benchmark");
    name_append(out, line);
    g_string_append_printf(out, " %" G_GINT64_FORMAT, (gint64)line->iterations);
    for (size_t i = 0; i < line->n_values; i++) {
        const GobenchValue *value = &line->values[i];
        g_autofree char *number = number_format(value->value);
        g_autofree char *unit = unit_written(gobench, value);
        g_string_append_printf(out, " %s %s", number, unit);
    }
    g_string_append_c(out, '\n');
}

// The key lines that lead from the configuration of one line to that of the next.
static void config_append(GString *out, const GobenchLine *from, const GobenchLine *to)
{
    for (size_t i = 0; i < from->n_config; i++)
        if (!gobench_pair_find(to->config, to->n_config, from->config[i].key))
            g_string_append_printf(out, "%s:\n", from->config[i].key);
    for (size_t i = 0; i < to->n_config; i++) {
        const GobenchPair *pair = &to->config[i];
        if (g_strcmp0(gobench_pair_find(from->config, from->n_config, pair->key), pair->value) != 0)
            g_string_append_printf(out, "%s: %s\n", pair->key, pair->value);
    }
    if (g_strcmp0(from->run, to->run) != 0)
        g_string_append_printf(out, to->run ? "run: %s\n" : "run:\n%s", to->run ? to->run : "");
}

// The rest of a Unit line: the metric that a unit alone stands for.
static void name_line_append(GString *out, const Gobench *gobench, const char *written)
{
    g_autofree char *unit = g_strdup(written);
    escape_remove(unit);
    const char *metric = strchr(written, ':') ? NULL : g_hash_table_lookup(gobench->names, unit);
    if (metric) {
        g_string_append(out, " metric=");
        escape_append(out, metric, ":");
    }
    g_string_append_c(out, '\n');
}

char *gobench_format(const Gobench *gobench)
{
    GString *out = g_string_new(NULL);
    for (unsigned i = 0; i < gobench->unit_order->len; i++) {
        const char *unit = g_ptr_array_index(gobench->unit_order, i);
        Better better = (Better)GPOINTER_TO_INT(g_hash_table_lookup(gobench->units, unit));
        g_string_append_printf(out, "Unit %s better=%s", unit, better_format(better));
        name_line_append(out, gobench, unit);
    }
    const GobenchLine nothing = {0};
    const GobenchLine *last = &nothing;
    for (size_t i = 0; i < gobench_line_count(gobench); i++) {
        const GobenchLine *line = gobench_line_get(gobench, i);
        config_append(out, last, line);
        line_append(out, gobench, line);
        last = line;
    }
    for (size_t i = 0; i < gobench_failed_count(gobench); i++) {
        const GobenchLine *line = gobench_failed_get(gobench, i);
        config_append(out, last, line);
        failed_append(out, gobench, line);
        last = line;
    }
    return g_string_free(out, FALSE);
}
