// Benchmarks with a log benchlog-THREADS-_-ITERATION for each pair: stream, perf bench futex wake.
#include "benchmarks/formats/mmtests/lists.h"
#include "benchmarks/formats/mmtests/parse.h"

typedef void (*LineParse)(Span line, const char *threads, const char *iteration, GString *out);

static void parse_benchlogs(MmtestsLogs *logs, GString *out, LineParse parse)
{
    g_autoptr(GPtrArray) names = mmtests_logs_match(logs, "benchlog-", "");
    g_autoptr(GPtrArray) threads = list_sort_numeric_unique(list_cut(names, 2));
    g_autoptr(GPtrArray) iterations = list_sort_numeric_unique(list_cut(names, 4));
    for (guint i = 0; i < threads->len; i++) {
        for (guint j = 0; j < iterations->len; j++) {
            g_autofree char *name = g_strdup_printf("benchlog-%s-_-%s", (char *)threads->pdata[i],
                                                    (char *)iterations->pdata[j]);
            g_autoptr(GBytes) log = mmtests_logs_read(logs, name);
            Span text = mmtests_bytes_span(log);
            for (Span line; span_line(&text, &line);)
                parse(line, threads->pdata[i], iterations->pdata[j], out);
        }
    }
}

// "Copy:           19059.8     0.008544     0.008394     0.008710"
static void stream_line(Span line, const char *threads, const char *iteration, GString *out)
{
    static const char *const KERNELS[] = {"Copy", "Scale", "Add", "Triad"};
    for (unsigned i = 0; i < G_N_ELEMENTS(KERNELS); i++) {
        g_autofree char *label = g_strconcat(KERNELS[i], ":", NULL);
        if (span_has(line, label))
            g_string_append_printf(out, "%s\t%s\t_\t%s\t%.*s\t_\n", KERNELS[i], threads, iteration,
                                   SPAN(span_awk(line, 2)));
    }
}

void parse_stream(MmtestsLogs *logs, GString *out)
{
    parse_benchlogs(logs, out, stream_line);
}

// "[Run 1]: Wokeup 4 of 4 threads in 0.0870 ms"
static void futexwake_line(Span line, const char *threads, const char *iteration, GString *out)
{
    if (!span_has(line, ": Wokeup"))
        return;
    for (gssize at = span_find(line, "threads in"); at >= 0; at = span_find(line, "threads in"))
        line = (Span){line.start + at + 10, line.length - (size_t)at - 10};
    char buffer[32];
    g_string_append_printf(out, "wake-latency\t%s\t_\t%s\t%s\t_\n", threads, iteration,
                           number_awk(span_number(span_awk(line, 1)) * 1000, buffer));
}

void parse_perffutexwake(MmtestsLogs *logs, GString *out)
{
    parse_benchlogs(logs, out, futexwake_line);
}
