// An extraction as the JSON that trial_store() and the spool take.
#include "marvin/sample_json.h"

#include <string.h>

enum { MESSAGE_SENTENCES = 3 };

static json_t *modes_json(ModeFlags modes)
{
    json_t *list = json_array();
    if (modes == MODE_ALL)
        return list;
    g_autofree char *words = modes_format(modes);
    g_auto(GStrv) parts = g_strsplit(words, " ", -1);
    for (char **word = parts; *word; word++)
        json_array_append_new(list, json_string(*word));
    return list;
}

static json_t *metric_json(const Benchmark *benchmark, const Metric *metric)
{
    g_autofree char *statistic = statistic_format(metric->statistic);
    g_autofree char *identity = metric_identity_hash(benchmark, metric);
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s, s:f, s:b, s:o, s:s}", "name", metric->name, "unit",
                  metric->unit, "better", better_format(metric->better), "statistic", statistic,
                  "resolution", metric->resolution, "deterministic", (int)metric->deterministic,
                  "meaningful", modes_json(metric->meaningful), "identity", identity);
    if (metric->margin > 0)
        json_object_set_new(object, "margin", json_real(metric->margin));
    return object;
}

static json_t *sample_json(const Benchmark *benchmark, const MetricSamples *samples,
                           const char *failure)
{
    const char *reason = failure ? failure : samples->failure;
    g_autofree char *why = reason ? g_utf8_make_valid(reason, -1) : NULL;
    json_t *object = json_pack(
        "{s:o, s:i, s:s, s:s?}", "metric", metric_json(benchmark, samples->metric), "extraction",
        EXTRACTION_VERSION, "state", why ? "failed" : "done", "message", why);
    json_t *positions = json_array(), *values = json_array();
    for (guint i = 0; !why && i < samples->values->len; i++) {
        json_array_append_new(positions, json_integer(g_array_index(samples->positions, int, i)));
        json_array_append_new(values, json_real(g_array_index(samples->values, double, i)));
    }
    json_object_set_new(object, "position", positions);
    json_object_set_new(object, "value", values);
    return object;
}

json_t *samples_format(const Benchmark *benchmark, const Extraction *extraction, const char *mode)
{
    json_t *list = json_array();
    ModeFlags here = MODE_ALL;
    modes_parse(mode, &here, NULL);
    for (guint i = 0; i < extraction->metrics->len; i++) {
        const MetricSamples *samples = extraction->metrics->pdata[i];
        if (samples->metric->meaningful & here)
            json_array_append_new(list, sample_json(benchmark, samples, extraction->failure));
    }
    return list;
}

char *samples_left_out(const Benchmark *benchmark, const char *mode)
{
    g_autoptr(GString) names = g_string_new(NULL);
    ModeFlags here = MODE_ALL;
    modes_parse(mode, &here, NULL);
    for (guint i = 0; i < benchmark->metrics->len; i++) {
        const Metric *metric = benchmark->metrics->pdata[i];
        if (!(metric->meaningful & here))
            g_string_append_printf(names, "%s%s", names->len ? ", " : "", metric->name);
    }
    return names->len ? g_string_free(g_steal_pointer(&names), FALSE) : NULL;
}

bool extraction_has_samples(const Extraction *extraction)
{
    for (guint i = 0; !extraction->failure && i < extraction->metrics->len; i++) {
        const MetricSamples *samples = extraction->metrics->pdata[i];
        if (!samples->failure)
            return true;
    }
    return false;
}

// Keeps a sentence (borrowed) that is not there yet.
static void sentence_add(GPtrArray *sentences, const char *sentence)
{
    for (guint i = 0; sentence && i < sentences->len; i++) {
        if (strcmp(sentences->pdata[i], sentence) == 0)
            return;
    }
    if (sentence)
        g_ptr_array_add(sentences, (gpointer)(guintptr)sentence);
}

char *extraction_message(const Extraction *extraction)
{
    g_autoptr(GPtrArray) sentences = g_ptr_array_new();
    g_autoptr(GString) message = g_string_new(NULL);
    sentence_add(sentences, extraction->failure);
    for (guint i = 0; i < extraction->complaints->len; i++)
        sentence_add(sentences, extraction->complaints->pdata[i]);
    for (guint i = 0; !extraction->failure && i < extraction->metrics->len; i++) {
        const MetricSamples *samples = extraction->metrics->pdata[i];
        sentence_add(sentences, samples->failure);
    }
    for (guint i = 0; i < MIN(sentences->len, MESSAGE_SENTENCES); i++)
        g_string_append_printf(message, "%s%s", i ? "; " : "", (char *)sentences->pdata[i]);
    if (sentences->len > MESSAGE_SENTENCES)
        g_string_append_printf(message, "; and %d more", (int)sentences->len - MESSAGE_SENTENCES);
    return message->len ? g_utf8_make_valid(message->str, (gssize)message->len) : NULL;
}
