// netperf: PROTOCOL-SIZE.ITERATION, the protocol being the first line of `protocols`; a line of
// numbers carries the throughput in its last column (UDP: six columns sent, four received).
#include <string.h>

#include "benchmarks/formats/mmtests/lists.h"
#include "benchmarks/formats/mmtests/parse.h"

typedef struct {
    Span send;
    Span receive;
} Throughput;

static bool has_letter(Span line)
{
    for (size_t i = 0; i < line.length; i++)
        if (g_ascii_isalpha(line.start[i]))
            return true;
    return false;
}

static Throughput log_throughput(Span text, bool udp)
{
    Throughput found = {{"0", 1}, {"0", 1}};
    for (Span line; span_line(&text, &line);) {
        size_t columns = span_awk_count(line);
        if (columns == 0 || has_letter(line))
            continue;
        if (udp ? columns == 6 : columns > 4)
            found.send = span_awk(line, columns);
        if (udp && columns == 4)
            found.receive = span_awk(line, columns);
    }
    return found;
}

static char *protocol_read(MmtestsLogs *logs)
{
    g_autoptr(GBytes) log = mmtests_logs_read(logs, "protocols");
    Span text = mmtests_bytes_span(log);
    Span line = {"", 0};
    span_line(&text, &line);
    return g_strndup(line.start, line.length);
}

// Once for each file PROTOCOL-SIZE.1, in the order of the numbers.
static GPtrArray *sizes_find(MmtestsLogs *logs, const char *protocol)
{
    g_autofree char *prefix = g_strconcat(protocol, "-", NULL);
    GPtrArray *sizes = list_sort_glob(mmtests_logs_match(logs, prefix, ".1"));
    for (guint i = 0; i < sizes->len; i++) {
        char *name = sizes->pdata[i];
        const char *size = strrchr(name, '-') + 1;
        sizes->pdata[i] = g_strndup(size, strlen(size) - 2);
        g_free(name);
    }
    return list_sort_perl(sizes);
}

// false: MMTests' own parser would have stopped here.
static bool row_add(GString *out, const char *protocol, const char *size, unsigned iteration,
                    Throughput found, bool faithful)
{
    if (strcmp(protocol, "UDP_STREAM") != 0) {
        for (const char *letter = protocol; *letter; letter++)
            if (*letter != '_')
                g_string_append_c(out, g_ascii_tolower(*letter));
        g_string_append_printf(out, "\tsend\t%s\t%u\t%.*s\t_\n", size, iteration, SPAN(found.send));
        return true;
    }
    double send = span_number(found.send);
    double lost = send - span_number(found.receive);
    g_string_append_printf(out, "udpstream\tsend\t%s\t%u\t%.*s\t_\n", size, iteration,
                           SPAN(found.send));
    g_string_append_printf(out, "udpstream\trecv\t%s\t%u\t%.*s\t_\n", size, iteration,
                           SPAN(faithful ? found.send : found.receive));
    if (lost <= send / 10)
        return true;
    if (faithful) {
        g_string_append_printf(out, "udpstream\tloss\t%s\t%u\t%.*s\t_\n", size, iteration,
                               SPAN(found.send));
        return false;
    }
    char buffer[32];
    g_string_append_printf(out, "udpstream\tloss\t%s\t%u\t%s\t_\n", size, iteration,
                           number_perl(lost, buffer));
    return true;
}

static void parse_protocol(MmtestsLogs *logs, GString *out, bool faithful)
{
    g_autofree char *protocol = protocol_read(logs);
    bool udp = strcmp(protocol, "UDP_STREAM") == 0;
    g_autoptr(GPtrArray) sizes = sizes_find(logs, protocol);
    for (guint i = 0; i < sizes->len; i++) {
        const char *size = sizes->pdata[i];
        g_autofree char *prefix = g_strdup_printf("%s-%s.", protocol, size);
        g_autoptr(GPtrArray) names = list_sort_glob(mmtests_logs_match(logs, prefix, ""));
        for (guint j = 0; j < names->len; j++) {
            g_autoptr(GBytes) log = mmtests_logs_read(logs, names->pdata[j]);
            Throughput found = log_throughput(mmtests_bytes_span(log), udp);
            if (!row_add(out, protocol, size, j + 1, found, faithful))
                return;
        }
    }
}

void parse_netperf_faithful(MmtestsLogs *logs, GString *out)
{
    parse_protocol(logs, out, true);
}

void parse_netperf(MmtestsLogs *logs, GString *out)
{
    parse_protocol(logs, out, false);
}
