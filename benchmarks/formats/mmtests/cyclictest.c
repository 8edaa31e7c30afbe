// cyclictest-histogram.log: "# Avg Latencies: 00005 00006", a word for each processor.
#include "benchmarks/formats/mmtests/parse.h"

static void cyclictest_line(Span line, GString *out)
{
    Span metric = {"Overflow", strlen("Overflow")};
    Span values;
    if (line.length > 5 && span_begins(line, "# ") &&
        span_begins((Span){line.start + 5, line.length - 5}, " Latencies: ")) {
        metric = (Span){line.start + 2, 3};
        values = (Span){line.start + 17, line.length - 17};
    } else if (span_begins(line, "# Histogram Overflows: ")) {
        values = (Span){line.start + 23, line.length - 23};
    } else {
        return;
    }
    const char *suffix = metric.length == 3 ? "Lat" : "";
    unsigned cpu = 0;
    for (Span word; span_word(&values, &word); cpu++) {
        while (word.length > 1 && word.start[0] == '0')
            word = (Span){word.start + 1, word.length - 1};
        g_string_append_printf(out, "%.*s%s\t%u\t_\t0\t%.*s\t_\n", SPAN(metric), suffix, cpu,
                               SPAN(word));
    }
}

void parse_cyclictest(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GBytes) log = mmtests_logs_read(logs, "cyclictest-histogram.log");
    Span text = mmtests_bytes_span(log);
    for (Span line; span_line(&text, &line);)
        cyclictest_line(line, out);
}
