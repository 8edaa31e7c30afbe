// Requests and streams over a network: ApacheBench, siege, iperf3.
#include <string.h>

#include "benchmarks/formats/mmtests/lists.h"
#include "benchmarks/formats/mmtests/parse.h"

// apachebench-CLIENTS-ITERATION.log: "Time per request:       0.163 [ms] (mean)"
void parse_apachebench(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GPtrArray) all = list_strip(mmtests_logs_match(logs, "apachebench", ".log"), 0, 4);
    g_autoptr(GPtrArray) clients = list_sort_numeric_unique(list_cut(all, 2));
    for (guint i = 0; i < clients->len; i++) {
        g_autofree char *prefix = g_strdup_printf("apachebench-%s-", (char *)clients->pdata[i]);
        g_autoptr(GPtrArray) names = list_strip(mmtests_logs_match(logs, prefix, ".log"), 0, 4);
        g_autoptr(GPtrArray) iterations = list_sort_numeric(list_cut(names, 3));
        for (guint j = 0; j < iterations->len; j++) {
            const char *iteration = iterations->pdata[j];
            g_autoptr(GBytes) log =
                mmtests_logs_read_span(logs, prefix, span_of(iteration), ".log");
            Span text = mmtests_bytes_span(log);
            for (Span line; span_line(&text, &line);) {
                if (!span_has(line, "Time per request"))
                    continue;
                g_string_append_printf(out, "mean-request\t%s\t_\t%s\t%.*s\t_\n",
                                       (char *)clients->pdata[i], iteration,
                                       SPAN(span_awk(line, 4)));
                break;
            }
        }
    }
}

// siege-CLIENTS-ITERATION.log: "Transaction rate:   5.22 trans/sec"
void parse_siege(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GPtrArray) clients = list_sort_glob(mmtests_logs_match(logs, "siege-", "-1.log"));
    list_sort_perl(list_strip(clients, strlen("siege-"), strlen("-1.log")));
    for (guint i = 0; i < clients->len; i++) {
        g_autofree char *prefix = g_strdup_printf("siege-%s-", (char *)clients->pdata[i]);
        g_autoptr(GPtrArray) names = list_sort_glob(mmtests_logs_match(logs, prefix, ".log"));
        unsigned iteration = 0;
        for (guint j = 0; j < names->len; j++) {
            g_autoptr(GBytes) log = mmtests_logs_read(logs, names->pdata[j]);
            Span text = mmtests_bytes_span(log);
            for (Span line; span_line(&text, &line);)
                if (span_has(line, "Transaction rate:"))
                    g_string_append_printf(out, "txn/sec\t%s\t_\t%u\t%.*s\t_\n",
                                           (char *)clients->pdata[i], ++iteration,
                                           SPAN(span_awk(line, span_awk_count(line) - 1)));
        }
    }
}

// What follows "[  5] " or "[SUM] ": only numbered streams count. Empty if the line is another.
static Span behind_stream(Span line)
{
    size_t at = 1;
    if (line.length == 0 || line.start[0] != '[')
        return (Span){line.start, 0};
    while (at < line.length && line.start[at] == ' ')
        at++;
    size_t number = at;
    while (at < line.length && g_ascii_isdigit(line.start[at]))
        at++;
    if (at == number || at + 1 >= line.length || line.start[at] != ']' || line.start[at + 1] != ' ')
        return (Span){line.start, 0};
    return span_trim((Span){line.start + at + 1, line.length - at - 1});
}

// The sums of both directions over the streams below "Summary Results:".
static void iperf3_log(Span text, unsigned streams, double *ret_sent, double *ret_received)
{
    unsigned left = 0;
    for (Span line; span_line(&text, &line);) {
        if (span_has(line, "Summary Results:"))
            left = 2 * streams;
        Span row = behind_stream(line);
        if (left == 0 || row.length == 0)
            continue;
        double *sum = span_has(row, "sender")     ? ret_sent
                      : span_has(row, "receiver") ? ret_received
                                                  : NULL;
        if (!sum)
            continue;
        *sum += span_number(span_split(row, 4));
        if (--left == 0)
            return;
    }
}

static void iperf3_files(MmtestsLogs *logs, GString *out, const char *protocol, const char *size,
                         const char *rate, const char *streams)
{
    g_autofree char *prefix = g_strdup_printf("%s-%s-%s-%s.", protocol, size, rate, streams);
    g_autoptr(GPtrArray) names = list_sort_glob(mmtests_logs_match(logs, prefix, ""));
    for (guint i = 0; i < names->len; i++) {
        g_autoptr(GBytes) log = mmtests_logs_read(logs, names->pdata[i]);
        double sent = 0;
        double received = 0;
        double count = span_number(span_of(streams));
        iperf3_log(mmtests_bytes_span(log), count > 0 && count < 1e6 ? (unsigned)count : 0, &sent,
                   &received);
        char buffer[32];
        g_string_append_printf(out, "send\t%s\t%s-%s\t%u\t%s\t_\n", size, rate, streams, i + 1,
                               number_perl(sent, buffer));
        g_string_append_printf(out, "recv\t%s\t%s-%s\t%u\t%s\t_\n", size, rate, streams, i + 1,
                               number_perl(received, buffer));
    }
}

// PROTOCOL-SIZE-RATE-STREAMS.ITERATION; all combinations of what the names have.
void parse_iperf3(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GBytes) protocols = mmtests_logs_read(logs, "protocols");
    Span text = mmtests_bytes_span(protocols);
    Span line = {"", 0};
    span_line(&text, &line);
    g_autofree char *protocol = g_strndup(line.start, line.length);
    g_autofree char *prefix = g_strconcat(protocol, "-", NULL);
    g_autoptr(GPtrArray) names = list_strip(mmtests_logs_match(logs, prefix, ".1"), 0, 2);
    g_autoptr(GPtrArray) sizes = list_sort_perl(list_sort_unique(list_cut(names, 2)));
    g_autoptr(GPtrArray) rates = list_sort_perl(list_sort_unique(list_cut(names, 3)));
    g_autoptr(GPtrArray) streams = list_sort_perl(list_sort_unique(list_cut(names, 4)));
    for (guint i = 0; i < sizes->len; i++)
        for (guint j = 0; j < rates->len; j++)
            for (guint k = 0; k < streams->len; k++)
                iperf3_files(logs, out, protocol, sizes->pdata[i], rates->pdata[j],
                             streams->pdata[k]);
}
