// From raw output to samples: every line of a metric's file against its pattern.
#include "benchmarks/extract.h"

#include <string.h>

#include "benchmarks/complaint.h"
#include "benchmarks/extract_model.h"
#include "benchmarks/number.h"
#include "common/error.h"

// A line is matched in its first 64 KiB: beyond that it is no line that a person wrote.
enum { LINE_LENGTH_MAX = 1 << 16 };

typedef struct {
    Extraction *extraction;
    MetricSamples *samples;
    const char *place; // "iter-0/stdout"
    int position;
    unsigned line;
    unsigned matches; // lines of this file that the pattern matched
} Scan;

static void metric_samples_free(gpointer data)
{
    MetricSamples *samples = data;
    g_array_unref(samples->positions);
    g_array_unref(samples->values);
    g_free(samples->failure);
    g_free(samples);
}

Extraction *extraction_new(const Benchmark *benchmark)
{
    Extraction *extraction = g_new0(Extraction, 1);
    extraction->metrics = g_ptr_array_new_with_free_func(metric_samples_free);
    extraction->complaints = g_ptr_array_new_with_free_func(g_free);
    for (unsigned i = 0; i < benchmark->metrics->len; i++) {
        MetricSamples *samples = g_new0(MetricSamples, 1);
        samples->metric = g_ptr_array_index(benchmark->metrics, i);
        samples->positions = g_array_new(FALSE, FALSE, sizeof(int));
        samples->values = g_array_new(FALSE, FALSE, sizeof(double));
        g_ptr_array_add(extraction->metrics, samples);
    }
    return extraction;
}

void extraction_free(Extraction *extraction)
{
    if (!extraction)
        return;
    g_ptr_array_unref(extraction->metrics);
    g_ptr_array_unref(extraction->complaints);
    g_free(extraction->failure);
    g_free(extraction);
}

void extraction_complain(Extraction *extraction, const char *sentence)
{
    complaint_add(extraction->complaints, EXTRACTION_COMPLAINTS_MAX, "%s", sentence);
}

void samples_fail(MetricSamples *samples, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *reason = g_strdup_vprintf(format, args);
    va_end(args);
    if (!samples->failure)
        samples->failure = g_steal_pointer(&reason);
    g_array_set_size(samples->positions, 0);
    g_array_set_size(samples->values, 0);
}

void samples_add(MetricSamples *samples, const char *place, int position, double value)
{
    const Metric *metric = samples->metric;
    if (samples->failure)
        return;
    if (value < metric->plausible_low || value > metric->plausible_high) {
        g_autofree char *shown = number_format(value);
        g_autofree char *bounds = metric_plausible_format(metric);
        samples_fail(samples, "%s: %s %s is outside the plausible %s", place, shown, metric->unit,
                     bounds);
        return;
    }
    g_array_append_val(samples->positions, position);
    g_array_append_val(samples->values, value);
}

bool iteration_ended_well(const RawFolder *raw, size_t index, char **ret_problem)
{
    const char *reason = NULL;
    unsigned number = raw_iteration_number(raw, index);
    GBytes *bytes = raw_file_get(raw, index, "status", &reason);
    if (!bytes)
        return true;
    size_t length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    g_autofree char *place = g_strdup_printf("iter-%u/status", number);
    g_auto(RunStatus) status = {0};
    g_autoptr(GError) error = NULL;
    if (!run_status_parse(place, text ? text : "", length, &status, &error)) {
        *ret_problem = g_strdup(error->message);
        return false;
    }
    g_autofree char *problem = run_status_problem(&status);
    if (!problem)
        return true;
    *ret_problem = g_strdup_printf("iter-%u %s", number, problem);
    return false;
}

static void match_take(Scan *scan, const GMatchInfo *match)
{
    g_autofree char *text = g_match_info_fetch(match, 1);
    const char *number = text ? g_strstrip(text) : "";
    double value = 0;
    g_autofree char *place = g_strdup_printf("%s:%u", scan->place, scan->line);
    scan->matches++;
    if (number_parse(number, strlen(number), &value)) {
        samples_add(scan->samples, place, scan->position, value);
        return;
    }
    g_autofree char *excerpt = complaint_excerpt(number, strlen(number));
    complaint_add(scan->extraction->complaints, EXTRACTION_COMPLAINTS_MAX,
                  "%s: %s of metric %s is not a finite decimal number", place, excerpt,
                  scan->samples->metric->name);
}

static void line_scan(Scan *scan, const char *line, size_t length)
{
    g_autoptr(GMatchInfo) match = NULL;
    g_autoptr(GError) error = NULL;
    gssize bounded = (gssize)MIN(length, (size_t)LINE_LENGTH_MAX);
    if (g_regex_match_full(scan->samples->metric->regex, line, bounded, 0, 0, &match, &error))
        match_take(scan, match);
    else if (error)
        complaint_add(scan->extraction->complaints, EXTRACTION_COMPLAINTS_MAX,
                      "%s:%u: the pattern of metric %s gave up: %s", scan->place, scan->line,
                      scan->samples->metric->name, error->message);
}

// What the last line with something on it says: the best hint when nothing matched.
static char *last_line_excerpt(const char *text, size_t length)
{
    while (length > 0 && g_ascii_isspace(text[length - 1]))
        length--;
    size_t start = length;
    while (start > 0 && text[start - 1] != '\n')
        start--;
    return complaint_excerpt(text + start, length - start);
}

// Scans one file; *unmatched gets a reason when no line of it matched.
static void file_scan(Scan *scan, GBytes *bytes, char **unmatched)
{
    size_t length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    for (size_t at = 0; at < length;) {
        const char *end = memchr(text + at, '\n', length - at);
        size_t line = end ? (size_t)(end - text) - at : length - at;
        size_t trimmed = line > 0 && text[at + line - 1] == '\r' ? line - 1 : line;
        scan->line++;
        line_scan(scan, text + at, trimmed);
        at += line + 1;
    }
    if (scan->matches > 0 || *unmatched)
        return;
    g_autofree char *pattern =
        complaint_excerpt(scan->samples->metric->pattern, strlen(scan->samples->metric->pattern));
    g_autofree char *last = length > 0 ? last_line_excerpt(text, length) : NULL;
    *unmatched = last ? g_strdup_printf("no line of %s matches %s; its last line is %s",
                                        scan->place, pattern, last)
                      : g_strdup_printf("%s is empty; expected a line that matches %s", scan->place,
                                        pattern);
}

static void metric_scan(Extraction *extraction, MetricSamples *samples, const RawFolder *raw,
                        const bool *ended_well)
{
    const Metric *metric = samples->metric;
    g_autofree char *unmatched = NULL;
    unsigned complaints_before = extraction->complaints->len;
    for (size_t i = 0; i < raw_iteration_count(raw) && !samples->failure; i++) {
        if (!ended_well[i])
            continue;
        const char *reason = NULL;
        unsigned number = raw_iteration_number(raw, i);
        g_autofree char *place = g_strdup_printf("iter-%u/%s", number, metric->file);
        GBytes *bytes = raw_file_get(raw, i, metric->file, &reason);
        Scan scan = {extraction, samples, place, (int)number, 0, 0};
        if (bytes)
            file_scan(&scan, bytes, &unmatched);
        else if (!g_str_equal(reason, "is missing"))
            samples_fail(samples, "%s %s", place, reason);
        else if (!unmatched)
            unmatched = g_strdup_printf("%s %s", place, reason);
    }
    if (samples->failure)
        return;
    if (samples->values->len > 0) {
        if (unmatched)
            extraction_complain(extraction, unmatched);
        return;
    }
    if (extraction->complaints->len > complaints_before && !unmatched)
        samples_fail(samples, "%s",
                     (char *)g_ptr_array_index(extraction->complaints, complaints_before));
    else
        samples_fail(samples, "%s", unmatched ? unmatched : "nothing to extract from");
}

bool *extraction_check(Extraction *extraction, const RawFolder *raw)
{
    size_t n = raw_iteration_count(raw);
    bool *ended_well = g_new0(bool, n + 1);
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        g_autofree char *problem = NULL;
        ended_well[i] = iteration_ended_well(raw, i, &problem);
        any = any || ended_well[i];
        if (problem)
            extraction_complain(extraction, problem);
    }
    if (n == 0)
        extraction_fail(extraction, "the raw folder holds no iteration");
    else if (!any)
        extraction_fail(extraction, g_ptr_array_index(extraction->complaints, 0));
    return ended_well;
}

const char **extraction_files(const Benchmark *benchmark)
{
    GPtrArray *names = g_ptr_array_new();
    g_ptr_array_add(names, (gpointer)(guintptr) "status");
    for (unsigned i = 0; i < benchmark->metrics->len; i++) {
        const Metric *metric = g_ptr_array_index(benchmark->metrics, i);
        if (metric->pattern &&
            !g_ptr_array_find_with_equal_func(names, metric->file, g_str_equal, NULL))
            g_ptr_array_add(names, metric->file);
    }
    g_ptr_array_add(names, NULL);
    return (const char **)g_ptr_array_free(names, FALSE);
}

Extraction *extraction_from_raw(const Benchmark *benchmark, const RawFolder *raw)
{
    Extraction *extraction = extraction_new(benchmark);
    g_autofree bool *ended_well = extraction_check(extraction, raw);
    if (extraction->failure)
        return extraction;
    for (unsigned i = 0; i < extraction->metrics->len; i++) {
        MetricSamples *samples = g_ptr_array_index(extraction->metrics, i);
        if (samples->metric->regex)
            metric_scan(extraction, samples, raw, ended_well);
        else
            samples_fail(samples, "metric %s has no pattern; expected the output of `extract`",
                         samples->metric->name);
    }
    return extraction;
}

bool extraction_read(const Benchmark *benchmark, const char *folder, Extraction **ret_extraction,
                     GError **error)
{
    g_autofree const char **names = extraction_files(benchmark);
    g_autoptr(RawFolder) raw = NULL;
    if (!raw_folder_read(folder, names, &raw, error))
        return false;
    *ret_extraction = extraction_from_raw(benchmark, raw);
    return true;
}

void extraction_fail(Extraction *extraction, const char *reason)
{
    if (!extraction->failure)
        extraction->failure = g_strdup(reason);
    for (unsigned i = 0; i < extraction->metrics->len; i++)
        samples_fail(g_ptr_array_index(extraction->metrics, i), "%s", reason);
}
