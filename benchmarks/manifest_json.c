// A definition as canonical JSON and back, and the hashes that name it.
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "benchmarks/manifest_model.h"
#include "common/error.h"
#include "common/hash.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

static json_t *words_json(char **words)
{
    json_t *array = json_array();
    for (; words && *words; words++)
        json_array_append_new(array, json_string(*words));
    return array;
}

// NULL where the number is infinite, which JSON cannot say.
static json_t *bound_json(double value)
{
    return isinf(value) ? json_null() : json_real(value);
}

static json_t *metric_json(const Metric *metric)
{
    g_autofree char *statistic = statistic_format(metric->statistic);
    g_autofree char *modes = modes_format(metric->meaningful);
    return json_pack("{s:s s:s s:s s:s s:s* s:s s:o s:o s:s s:f s:b s:f s:s}", //
                     "name", metric->name, "unit", metric->unit, //
                     "better", better_format(metric->better), //
                     "statistic", statistic, "pattern", metric->pattern, //
                     "file", metric->file, //
                     "low", bound_json(metric->plausible_low), //
                     "high", bound_json(metric->plausible_high), //
                     "meaningful", modes, "resolution", metric->resolution, //
                     "deterministic", (int)metric->deterministic, "margin", metric->margin, "help",
                     metric->help);
}

static json_t *parameter_json(const BenchmarkParameter *parameter)
{
    return json_pack("{s:s s:s s:o s:s}", "name", parameter->name, "default", parameter->value,
                     "values", parameter->values ? words_json(parameter->values) : json_null(),
                     "help", parameter->help);
}

static char *canonical_format(json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17));
    char *copy = g_strdup(text);
    free(text);
    return copy;
}

char *benchmark_format(const Benchmark *benchmark)
{
    const char class[] = {benchmark->class, '\0'};
    g_autoptr(json_t) parameters = json_array();
    g_autoptr(json_t) metrics = json_array();
    for (unsigned i = 0; i < benchmark->parameters->len; i++)
        json_array_append_new(parameters,
                              parameter_json(g_ptr_array_index(benchmark->parameters, i)));
    for (unsigned i = 0; i < benchmark->metrics->len; i++)
        json_array_append_new(metrics, metric_json(g_ptr_array_index(benchmark->metrics, i)));
    g_autoptr(json_t) json = json_pack(
        "{s:i s:s s:s s:s s:s s:f s:f s:i s:o s:o s:O s:O s:s s:s*}", "schema", 1, "name",
        benchmark->name, "summary", benchmark->summary, "group", benchmark->group, "class", class,
        "duration", benchmark->duration_s, "deadline", benchmark->deadline_s, "warmup",
        (int)benchmark->warmup, "packages", words_json(benchmark->packages), "programs",
        words_json(benchmark->programs), "parameters", parameters, "metrics", metrics, "run",
        benchmark->run_sha256, "extract", benchmark->extract_sha256);
    return canonical_format(json);
}

char *benchmark_content_hash(const Benchmark *benchmark)
{
    g_autofree char *text = benchmark_format(benchmark);
    return hash_string(text);
}

char *metric_identity_hash(const Benchmark *benchmark, const Metric *metric)
{
    g_autofree char *statistic = statistic_format(metric->statistic);
    g_autoptr(json_t) json =
        json_pack("{s:s s:s s:s s:s s:s* s:s s:s*}", "benchmark", benchmark->name, "metric",
                  metric->name, "unit", metric->unit, "statistic", statistic, "pattern",
                  metric->pattern, "file", metric->file, "extract", benchmark->extract_sha256);
    g_autofree char *text = canonical_format(json);
    return hash_string(text);
}

static char **words_parse(const json_t *array)
{
    GPtrArray *words = g_ptr_array_new();
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *word = json_string_value(json_array_get(array, i));
        g_ptr_array_add(words, g_strdup(word ? word : ""));
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

static bool metric_parse(const char *place, json_t *json, Metric *metric, GError **error)
{
    const char *name, *unit, *better, *statistic, *pattern = NULL, *file, *modes, *help;
    json_t *low, *high;
    int deterministic = 0;
    json_error_t fault;
    if (json_unpack_ex(json, &fault, 0, "{s:s s:s s:s s:s s?:s s:s s:o s:o s:s s:F s:b s:F s:s}",
                       "name", &name, "unit", &unit, "better", &better, "statistic", &statistic,
                       "pattern", &pattern, "file", &file, "low", &low, "high", &high, "meaningful",
                       &modes, "resolution", &metric->resolution, "deterministic", &deterministic,
                       "margin", &metric->margin, "help", &help) != 0)
        return error_set(error, ERROR_INPUT, "%s: a stored metric is not as we write it: %s", place,
                         fault.text);
    metric->name = g_strdup(name);
    metric->unit = g_strdup(unit);
    metric->pattern = g_strdup(pattern);
    metric->file = g_strdup(file);
    metric->help = g_strdup(help);
    metric->deterministic = deterministic;
    metric->plausible_low = json_is_number(low) ? json_number_value(low) : -INFINITY;
    metric->plausible_high = json_is_number(high) ? json_number_value(high) : INFINITY;
    if (!better_parse(better, &metric->better) || !statistic_parse(statistic, &metric->statistic) ||
        !modes_parse(modes, &metric->meaningful, NULL))
        return error_set(error, ERROR_INPUT, "%s: metric %s has an unknown word in it", place,
                         name);
    return !pattern || metric_pattern_compile(place, metric, error);
}

static bool parameter_parse(const char *place, json_t *json, BenchmarkParameter *parameter,
                            GError **error)
{
    const char *name, *value, *help;
    json_t *values;
    json_error_t fault;
    if (json_unpack_ex(json, &fault, 0, "{s:s s:s s:o s:s}", "name", &name, "default", &value,
                       "values", &values, "help", &help) != 0)
        return error_set(error, ERROR_INPUT, "%s: a stored parameter is not as we write it: %s",
                         place, fault.text);
    parameter->name = g_strdup(name);
    parameter->value = g_strdup(value);
    parameter->values = json_is_array(values) ? words_parse(values) : NULL;
    parameter->help = g_strdup(help);
    return true;
}

static bool parts_parse(const char *place, const json_t *parameters, const json_t *metrics,
                        Benchmark *benchmark, GError **error)
{
    for (size_t i = 0; i < json_array_size(parameters); i++) {
        BenchmarkParameter *parameter = g_new0(BenchmarkParameter, 1);
        g_ptr_array_add(benchmark->parameters, parameter);
        if (!parameter_parse(place, json_array_get(parameters, i), parameter, error))
            return false;
    }
    for (size_t i = 0; i < json_array_size(metrics); i++) {
        Metric *metric = g_new0(Metric, 1);
        g_ptr_array_add(benchmark->metrics, metric);
        if (!metric_parse(place, json_array_get(metrics, i), metric, error))
            return false;
    }
    return true;
}

bool benchmark_parse(const char *place, const char *text, Benchmark **ret_benchmark, GError **error)
{
    json_error_t fault = {0};
    const char *name, *summary, *group, *class, *run, *extract = NULL;
    json_t *packages, *programs, *parameters, *metrics;
    int schema = 0;
    int warmup = 0;
    g_autoptr(json_t) json = json_loads(text, 0, &fault);
    g_autoptr(Benchmark) benchmark = benchmark_new();
    if (!json || json_unpack_ex(json, &fault, 0,
                                "{s:i s:s s:s s:s s:s s:F s:F s:i s:o s:o s:o s:o s:s s?:s}",
                                "schema", &schema, "name", &name, "summary", &summary, "group",
                                &group, "class", &class, "duration", &benchmark->duration_s,
                                "deadline", &benchmark->deadline_s, "warmup", &warmup, "packages",
                                &packages, "programs", &programs, "parameters", &parameters,
                                "metrics", &metrics, "run", &run, "extract", &extract) != 0)
        return error_set(error, ERROR_INPUT, "%s: is no stored benchmark definition: %s", place,
                         fault.text);
    if (schema != 1)
        return error_set(error, ERROR_INPUT,
                         "%s: is a definition of schema %d; this program reads 1", place, schema);
    benchmark->name = g_strdup(name);
    benchmark->summary = g_strdup(summary);
    benchmark->group = g_strdup(group);
    benchmark->class = *class;
    benchmark->warmup = (unsigned)warmup;
    benchmark->packages = words_parse(packages);
    benchmark->programs = words_parse(programs);
    benchmark->run_sha256 = g_strdup(run);
    benchmark->extract_sha256 = g_strdup(extract);
    if (!parts_parse(place, parameters, metrics, benchmark, error))
        return false;
    *ret_benchmark = g_steal_pointer(&benchmark);
    return true;
}
