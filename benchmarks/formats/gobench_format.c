// Adds to a Gobench and writes it as text that our reader and benchstat's read back.
#include "benchmarks/formats/gobench_model.h"

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

void gobench_line_add(Gobench *gobench, const char *name, const GobenchPair *params,
                      size_t n_params, int64_t iterations, const GobenchValue *values,
                      size_t n_values)
{
    g_return_if_fail(n_values > 0);
    GobenchPair *own_params = g_new0(GobenchPair, n_params);
    for (size_t i = 0; i < n_params; i++) {
        own_params[i].key = gobench_intern(gobench, params[i].key, strlen(params[i].key));
        own_params[i].value = gobench_intern(gobench, params[i].value, strlen(params[i].value));
    }
    if (n_params > 0)
        qsort(own_params, n_params, sizeof *own_params, pair_compare);
    GobenchValue *own_values = g_new0(GobenchValue, n_values);
    for (size_t i = 0; i < n_values; i++) {
        const char *metric = values[i].metric ? values[i].metric : values[i].unit;
        own_values[i].metric = gobench_intern(gobench, metric, strlen(metric));
        own_values[i].unit = gobench_intern(gobench, values[i].unit, strlen(values[i].unit));
        own_values[i].value = values[i].value;
    }
    gobench_line_put(gobench, gobench->lines, gobench_intern(gobench, name, strlen(name)),
                     own_params, n_params, iterations, own_values, n_values, 0);
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

static void line_append(GString *out, const Gobench *gobench, const GobenchLine *line)
{
    g_string_append(out, "Benchmark");
    name_append(out, line);
    g_string_append_printf(out, " %" G_GINT64_FORMAT, (gint64)line->iterations);
    for (size_t i = 0; i < line->n_values; i++) {
        const GobenchValue *value = &line->values[i];
        g_autofree char *number = number_format(value->value);
        const char *name = g_hash_table_lookup(gobench->names, value->unit);
        bool is_named = g_strcmp0(name, value->metric) == 0;
        g_autofree char *unit = gobench_unit_format(is_named ? NULL : value->metric, value->unit);
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
    return g_string_free(out, FALSE);
}
