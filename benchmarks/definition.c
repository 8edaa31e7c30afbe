// The values of a definition, wherever it came from: names, parameters, patterns.
#include <math.h>
#include <string.h>

#include "benchmarks/escape.h"
#include "benchmarks/manifest_model.h"
#include "benchmarks/number.h"
#include "common/error.h"

static void parameter_free(gpointer data)
{
    BenchmarkParameter *parameter = data;
    g_free(parameter->name);
    g_free(parameter->value);
    g_strfreev(parameter->values);
    g_free(parameter->help);
    g_free(parameter);
}

static void metric_free(gpointer data)
{
    Metric *metric = data;
    g_free(metric->name);
    g_free(metric->unit);
    g_free(metric->pattern);
    g_clear_pointer(&metric->regex, g_regex_unref);
    g_free(metric->file);
    g_free(metric->help);
    g_free(metric);
}

static int text_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// The keys of a table from text to text, the table's own, in order.
static GPtrArray *keys_sorted(GHashTable *table)
{
    GPtrArray *keys = g_ptr_array_new();
    GHashTableIter iter;
    gpointer key = NULL;
    g_hash_table_iter_init(&iter, table);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        g_ptr_array_add(keys, key);
    g_ptr_array_sort(keys, text_compare);
    return keys;
}

static void json_append(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            g_string_append_c(out, '\\');
        if ((unsigned char)*text < ' ')
            g_string_append_printf(out, "\\u%04x", (unsigned char)*text);
        else
            g_string_append_c(out, *text);
    }
    g_string_append_c(out, '"');
}

Benchmark *benchmark_new(void)
{
    Benchmark *benchmark = g_new0(Benchmark, 1);
    benchmark->parameters = g_ptr_array_new_with_free_func(parameter_free);
    benchmark->metrics = g_ptr_array_new_with_free_func(metric_free);
    return benchmark;
}

void benchmark_free(Benchmark *benchmark)
{
    if (!benchmark)
        return;
    g_free(benchmark->name);
    g_free(benchmark->summary);
    g_free(benchmark->group);
    g_strfreev(benchmark->packages);
    g_strfreev(benchmark->programs);
    g_ptr_array_unref(benchmark->parameters);
    g_ptr_array_unref(benchmark->metrics);
    g_free(benchmark->folder);
    g_free(benchmark->run_sha256);
    g_free(benchmark->extract_sha256);
    g_free(benchmark);
}

bool benchmark_name_is_valid(const char *name)
{
    if (!g_ascii_isalnum(*name))
        return false;
    for (; *name; name++)
        if (!g_ascii_isalnum(*name) && !strchr("._-", *name))
            return false;
    return true;
}

int parameter_compare(const void *a, const void *b)
{
    const BenchmarkParameter *left = *(BenchmarkParameter *const *)a;
    const BenchmarkParameter *right = *(BenchmarkParameter *const *)b;
    return strcmp(left->name, right->name);
}

bool metric_pattern_compile(const char *place, Metric *metric, GError **error)
{
    g_autoptr(GError) cause = NULL;
    // RAW: what a benchmark prints need not be UTF-8.
    g_autoptr(GRegex) regex =
        g_regex_new(metric->pattern, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, &cause);
    if (!regex)
        return error_set(error, ERROR_INPUT, "%s: the pattern of metric %s is not valid: %s", place,
                         metric->name, cause->message);
    if (g_regex_get_capture_count(regex) != 1)
        return error_set(error, ERROR_INPUT,
                         "%s: the pattern of metric %s has %d groups; expected one, around the "
                         "number (others are written `(?:...)`)",
                         place, metric->name, g_regex_get_capture_count(regex));
    metric->regex = g_steal_pointer(&regex);
    return true;
}

const Metric *benchmark_metric_find(const Benchmark *benchmark, const char *name)
{
    for (unsigned i = 0; i < benchmark->metrics->len; i++) {
        const Metric *metric = g_ptr_array_index(benchmark->metrics, i);
        if (g_str_equal(metric->name, name))
            return metric;
    }
    return NULL;
}

const BenchmarkParameter *benchmark_parameter_find(const Benchmark *benchmark, const char *name)
{
    for (unsigned i = 0; i < benchmark->parameters->len; i++) {
        const BenchmarkParameter *parameter = g_ptr_array_index(benchmark->parameters, i);
        if (g_str_equal(parameter->name, name))
            return parameter;
    }
    return NULL;
}

char *metric_plausible_format(const Metric *metric)
{
    g_autofree char *low =
        isinf(metric->plausible_low) ? g_strdup("") : number_format(metric->plausible_low);
    g_autofree char *high =
        isinf(metric->plausible_high) ? g_strdup("") : number_format(metric->plausible_high);
    return g_strdup_printf("%s..%s", low, high);
}

static bool override_check(const Benchmark *benchmark, const char *name, const char *value,
                           GError **error)
{
    const BenchmarkParameter *parameter = benchmark_parameter_find(benchmark, name);
    if (!parameter)
        return error_set(error, ERROR_INPUT, "Benchmark %s has no parameter '%s'; %s.",
                         benchmark->name, name,
                         benchmark->parameters->len > 0 ? "see its benchmark.ini for those it has"
                                                        : "it has none");
    if (parameter->values && !g_strv_contains((const char *const *)parameter->values, value)) {
        g_autofree char *all = g_strjoinv(", ", parameter->values);
        return error_set(error, ERROR_INPUT,
                         "Parameter %s of benchmark %s cannot be '%s'; expected one of %s.", name,
                         benchmark->name, value, all);
    }
    return true;
}

bool benchmark_parameters(const Benchmark *benchmark, GHashTable *overrides,
                          GHashTable **ret_parameters, GError **error)
{
    g_autoptr(GHashTable) all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (unsigned i = 0; i < benchmark->parameters->len; i++) {
        const BenchmarkParameter *parameter = g_ptr_array_index(benchmark->parameters, i);
        g_hash_table_insert(all, g_strdup(parameter->name), g_strdup(parameter->value));
    }
    if (overrides) {
        g_autoptr(GPtrArray) names = keys_sorted(overrides);
        for (unsigned i = 0; i < names->len; i++) {
            const char *name = g_ptr_array_index(names, i);
            const char *value = g_hash_table_lookup(overrides, name);
            if (!override_check(benchmark, name, value, error))
                return false;
            g_hash_table_insert(all, g_strdup(name), g_strdup(value));
        }
    }
    *ret_parameters = g_steal_pointer(&all);
    return true;
}

char *parameters_format(GHashTable *parameters)
{
    g_autoptr(GPtrArray) names = keys_sorted(parameters);
    GString *text = g_string_new("{");
    for (unsigned i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (i > 0)
            g_string_append_c(text, ',');
        json_append(text, name);
        g_string_append_c(text, ':');
        json_append(text, g_hash_table_lookup(parameters, name));
    }
    g_string_append_c(text, '}');
    return g_string_free(text, FALSE);
}

char *parameters_format_path(GHashTable *parameters)
{
    g_autoptr(GPtrArray) names = keys_sorted(parameters);
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        const char *value = g_hash_table_lookup(parameters, name);
        g_string_append_printf(text, "/%s=", name);
        escape_append(text, value, "/:@#");
    }
    return g_string_free(text, FALSE);
}

char *parameter_variable(const char *name)
{
    g_autofree char *upper = g_strdelimit(g_ascii_strup(name, -1), "-.", '_');
    return g_strconcat("MARVIN_P_", upper, NULL);
}

bool benchmark_reference_parse(const char *text, char **ret_name, GHashTable **ret_overrides,
                               GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", -1);
    g_autoptr(GHashTable) overrides =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (!parts[0] || !benchmark_name_is_valid(parts[0]))
        return error_set(error, ERROR_INPUT,
                         "'%s' names no benchmark; expected NAME or NAME/parameter=value.", text);
    for (unsigned i = 1; parts[i]; i++) {
        char *equals = strchr(parts[i], '=');
        if (!equals || equals == parts[i])
            return error_set(error, ERROR_INPUT,
                             "'%s' in '%s' is no parameter; expected NAME/parameter=value.",
                             parts[i], text);
        *equals = '\0';
        escape_remove(equals + 1);
        if (!g_hash_table_insert(overrides, g_strdup(parts[i]), g_strdup(equals + 1)))
            return error_set(error, ERROR_INPUT, "'%s' gives parameter '%s' twice.", text,
                             parts[i]);
    }
    *ret_name = g_strdup(parts[0]);
    *ret_overrides = g_steal_pointer(&overrides);
    return true;
}
