// Samples as gobench text: what an `extract` program prints, and what sample/expected.txt holds.
#include <string.h>

#include "benchmarks/complaint.h"
#include "benchmarks/extract_model.h"
#include "benchmarks/formats/gobench.h"
#include "benchmarks/number.h"

// The metric that a value names, or the only one of its unit; else NULL and why.
static MetricSamples *samples_find(const Extraction *extraction, const GobenchValue *value,
                                   const char **ret_reason)
{
    bool is_bare = g_str_equal(value->metric, value->unit);
    MetricSamples *of_unit = NULL;
    unsigned count = 0;
    for (unsigned i = 0; i < extraction->metrics->len; i++) {
        MetricSamples *samples = g_ptr_array_index(extraction->metrics, i);
        bool same_unit = g_str_equal(samples->metric->unit, value->unit);
        if (!is_bare && g_str_equal(samples->metric->name, value->metric)) {
            *ret_reason = "has another unit in the definition";
            return same_unit ? samples : NULL;
        }
        if (is_bare && same_unit) {
            of_unit = samples;
            count++;
        }
    }
    *ret_reason = count > 1 ? "is the unit of several metrics; expected metric:unit"
                            : "is no metric of the benchmark";
    return count == 1 ? of_unit : NULL;
}

static bool line_is_ours(const Benchmark *benchmark, const GobenchLine *line,
                         const char **ret_reason)
{
    *ret_reason = "is another benchmark";
    if (!g_str_equal(line->name, benchmark->name))
        return false;
    *ret_reason = "has a parameter that the benchmark does not have";
    for (size_t i = 0; i < line->n_params; i++)
        if (!g_str_equal(line->params[i].key, "gomaxprocs") &&
            !benchmark_parameter_find(benchmark, line->params[i].key))
            return false;
    return true;
}

// False: the key line `iteration` is no small whole number.
static bool position_parse(const GobenchLine *line, int *ret_position)
{
    const char *text = gobench_pair_find(line->config, line->n_config, "iteration");
    double number = -1;
    *ret_position = -1;
    if (!text)
        return true;
    if (!number_parse(text, strlen(text), &number) || number < 0 || number > 999999)
        return false;
    *ret_position = (int)number;
    return *ret_position == number;
}

static bool position_is_left_out(const RawFolder *raw, const bool *ended_well, int position)
{
    for (size_t i = 0; raw && i < raw_iteration_count(raw); i++)
        if ((int)raw_iteration_number(raw, i) == position)
            return !ended_well[i];
    return false;
}

static void value_take(Extraction *extraction, const char *place, const GobenchValue *value,
                       int position)
{
    const char *reason = NULL;
    MetricSamples *samples = samples_find(extraction, value, &reason);
    if (!samples) {
        g_autofree char *excerpt = complaint_excerpt(value->metric, strlen(value->metric));
        complaint_add(extraction->complaints, EXTRACTION_COMPLAINTS_MAX, "%s: %s %s", place,
                      excerpt, reason);
        return;
    }
    samples_add(samples, place, position >= 0 ? position : (int)samples->values->len, value->value);
}

Extraction *extraction_from_gobench(const Benchmark *benchmark, const RawFolder *raw,
                                    const char *place, const char *text, size_t length)
{
    Extraction *extraction = extraction_new(benchmark);
    g_autofree bool *ended_well = raw ? extraction_check(extraction, raw) : NULL;
    if (extraction->failure)
        return extraction;
    g_autoptr(Gobench) gobench = gobench_parse(place, text, length);
    for (const char *const *complaint = gobench_complaints(gobench); *complaint; complaint++)
        extraction_complain(extraction, *complaint);
    for (size_t i = 0; i < gobench_line_count(gobench); i++) {
        const GobenchLine *line = gobench_line_get(gobench, i);
        g_autofree char *where = g_strdup_printf("%s:%u", place, line->line);
        const char *reason = "bad `iteration: N` before it; expected a whole number";
        int position = -1;
        if (!position_parse(line, &position) || !line_is_ours(benchmark, line, &reason)) {
            g_autofree char *name = complaint_excerpt(line->name, strlen(line->name));
            complaint_add(extraction->complaints, EXTRACTION_COMPLAINTS_MAX, "%s: %s %s", where,
                          name, reason);
            continue;
        }
        if (position_is_left_out(raw, ended_well, position))
            continue;
        for (size_t v = 0; v < line->n_values; v++)
            value_take(extraction, where, &line->values[v], position);
    }
    for (unsigned i = 0; i < extraction->metrics->len; i++) {
        MetricSamples *samples = g_ptr_array_index(extraction->metrics, i);
        if (samples->values->len == 0 && !samples->failure)
            samples_fail(samples, "%s holds no value of metric %s", place, samples->metric->name);
    }
    return extraction;
}

// The values of one position that are still to be written, one of each metric, as one line.
static bool position_line_add(Gobench *gobench, const Benchmark *benchmark,
                              const Extraction *extraction, unsigned *next, int position)
{
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(GobenchValue));
    for (unsigned i = 0; i < extraction->metrics->len; i++) {
        const MetricSamples *samples = g_ptr_array_index(extraction->metrics, i);
        if (next[i] >= samples->values->len ||
            g_array_index(samples->positions, int, next[i]) != position)
            continue;
        GobenchValue value = {samples->metric->name, samples->metric->unit,
                              g_array_index(samples->values, double, next[i]++)};
        g_array_append_val(values, value);
    }
    if (values->len == 0)
        return false;
    gobench_line_add(gobench, benchmark->name, NULL, 0, 1, (GobenchValue *)values->data,
                     values->len);
    return true;
}

static int position_next(const Extraction *extraction, const unsigned *next)
{
    int lowest = G_MAXINT;
    for (unsigned i = 0; i < extraction->metrics->len; i++) {
        const MetricSamples *samples = g_ptr_array_index(extraction->metrics, i);
        if (next[i] < samples->values->len)
            lowest = MIN(lowest, g_array_index(samples->positions, int, next[i]));
    }
    return lowest;
}

char *extraction_format(const Benchmark *benchmark, const Extraction *extraction)
{
    g_autoptr(Gobench) gobench = gobench_new();
    g_autoptr(GString) failures = g_string_new(NULL);
    for (unsigned i = 0; i < extraction->metrics->len; i++) {
        const MetricSamples *samples = g_ptr_array_index(extraction->metrics, i);
        gobench_unit_add(gobench, samples->metric->name, samples->metric->unit,
                         samples->metric->better);
        if (samples->failure)
            g_string_append_printf(failures, "# %s failed: %s\n", samples->metric->name,
                                   samples->failure);
    }
    g_autofree unsigned *next = g_new0(unsigned, extraction->metrics->len + 1);
    for (int position = position_next(extraction, next); position != G_MAXINT;
         position = position_next(extraction, next)) {
        g_autofree char *text = g_strdup_printf("%d", position);
        gobench_config_set(gobench, "iteration", text);
        while (position_line_add(gobench, benchmark, extraction, next, position))
            continue;
    }
    g_autofree char *lines = gobench_format(gobench);
    return g_strconcat(lines, failures->str, NULL);
}
