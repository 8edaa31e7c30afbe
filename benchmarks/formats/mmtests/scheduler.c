// hackbench and schbench.
#include <string.h>

#include "benchmarks/formats/mmtests/lists.h"
#include "benchmarks/formats/mmtests/parse.h"

// hackbench-GROUPS, all samples appended: "Total time: 0.167 [sec]"
void parse_hackbench(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GPtrArray) names = mmtests_logs_match(logs, "hackbench-", "");
    g_autoptr(GPtrArray) groups = list_sort_numeric(list_cut(names, 2));
    for (guint i = 0; i < groups->len; i++) {
        g_autoptr(GBytes) log =
            mmtests_logs_read_span(logs, "hackbench-", span_of(groups->pdata[i]), "");
        Span text = mmtests_bytes_span(log);
        unsigned iteration = 0;
        for (Span line; span_line(&text, &line);) {
            Span value = span_awk(line, 3);
            if (span_has(line, "Total time:") && value.length > 0)
                g_string_append_printf(out, "time\t%s\t_\t%u\t%.*s\t_\n", (char *)groups->pdata[i],
                                       ++iteration, SPAN(value));
        }
    }
    lines_sort(out, SORT_USUAL);
}

typedef struct {
    Span metric; // "Wakeup", "Request", "RPS"
    Span runtime;
    GString *pending; // rows of one interval, kept only once "current rps" ends it
} Schbench;

static const char *const PERCENTILES[] = {"20.0th:", "50.0th:", "90.0th:", "99.0th:", "99.9th:"};

// "  99.0th: 14 (1180 samples)", or "* 99.0th: ..." with the star as a word of its own.
static void percentile_add(Schbench *state, Span line, const char *workers)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(PERCENTILES); i++) {
        for (unsigned starred = 0; starred < 2; starred++) {
            g_autofree char *mark = g_strconcat(starred ? "* " : "  ", PERCENTILES[i], NULL);
            if (!span_has(line, mark))
                continue;
            Span name = span_awk(line, 1 + starred);
            name.length -= span_has(name, "th:") ? 1 : 0;
            g_string_append_printf(state->pending, "%.*s\t%.*s\t%s\t%.*s\t%.*s\t_\n",
                                   SPAN(state->metric), SPAN(name), workers, SPAN(state->runtime),
                                   SPAN(span_awk(line, 2 + starred)));
            return;
        }
    }
}

static void schbench_line(Schbench *state, Span line, const char *workers, GString *out)
{
    if (span_has(line, "percentile"))
        state->metric = span_awk(line, 1);
    gssize wakeup = span_find(line, "Wakeup Latencies");
    if (wakeup >= 0 && span_find(line, "runtime") > wakeup)
        state->runtime = span_awk(line, 6);
    if (span_has(line, "current rps")) {
        g_string_append_len(out, state->pending->str, (gssize)state->pending->len);
        g_string_truncate(state->pending, 0);
    }
    percentile_add(state, line, workers);
}

void parse_schbench(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GPtrArray) workers = mmtests_logs_match(logs, "schbench-", ".log");
    list_sort_numeric(list_strip(workers, strlen("schbench-"), strlen(".log")));
    for (guint i = 0; i < workers->len; i++) {
        g_autoptr(GBytes) log =
            mmtests_logs_read_span(logs, "schbench-", span_of(workers->pdata[i]), ".log");
        Span text = mmtests_bytes_span(log);
        Schbench state = {{"", 0}, {"1", 1}, g_string_new(NULL)};
        for (Span line; span_line(&text, &line);)
            schbench_line(&state, line, workers->pdata[i], out);
        g_string_free(state.pending, TRUE);
    }
}
