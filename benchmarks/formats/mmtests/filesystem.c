// dbench and tbench, fio.
#include <string.h>

#include "benchmarks/formats/mmtests/lists.h"
#include "benchmarks/formats/mmtests/parse.h"

static void dbench_line(Span line, const char *heading, const char *clients, GString *out)
{
    char buffer[32];
    if (strcmp(heading, "loadfile") == 0) // "0 completed in 35.1 ms at time 1234"
        g_string_append_printf(out, "loadfile\t%s\t_\t%s\t%.*s\tR\n", clients,
                               number_awk(span_number(span_awk(line, 8)) / 1000, buffer),
                               SPAN(span_awk(line, 4)));
    else if (strcmp(heading, "tput") == 0)
        g_string_append_printf(out, "tput\t%s\t_\t%.*s\t%.*s\t_\n", clients,
                               SPAN(span_awk(line, 6)), SPAN(span_awk(line, 3)));
    else if (strcmp(heading, "op") == 0) // name, count, mean, largest
        g_string_append_printf(out, "op-%.*s\t%s\t_\t0\t%.*s\t_\n", SPAN(span_awk(line, 1)),
                               clients, SPAN(span_awk(line, 3)));
}

// benchlog-HEADING-CLIENTS.xz
void parse_dbench(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GPtrArray) all = mmtests_logs_match(logs, "benchlog-", "");
    g_autoptr(GPtrArray) headings = list_sort_unique(list_cut(all, 2));
    for (guint i = 0; i < headings->len; i++) {
        g_autofree char *prefix = g_strdup_printf("benchlog-%s-", (char *)headings->pdata[i]);
        g_autoptr(GPtrArray) names = mmtests_logs_match(logs, prefix, "");
        g_autoptr(GPtrArray) clients = list_sort_numeric(list_cut(names, 3));
        for (guint j = 0; j < clients->len; j++) {
            g_autoptr(GBytes) log =
                mmtests_logs_read_span(logs, prefix, span_of(clients->pdata[j]), "");
            Span text = mmtests_bytes_span(log);
            for (Span line; span_line(&text, &line);)
                dbench_line(line, headings->pdata[i], clients->pdata[j], out);
        }
    }
    lines_sort(out, SORT_USUAL);
}

// fio's terse version 3: job in field 2, KB and mean bandwidth read in 5 and 44, written in 46, 85.
void parse_fio(MmtestsLogs *logs, GString *out)
{
    static const struct {
        const char *direction;
        size_t total, bandwidth;
    } DIRECTIONS[] = {{"read", 5, 44}, {"write", 46, 85}};
    g_autoptr(GBytes) log = mmtests_logs_read(logs, "fio.log");
    Span text = mmtests_bytes_span(log);
    for (Span line; span_line(&text, &line);) {
        if (line.length == 0 || !memchr(line.start, ';', line.length))
            continue;
        for (unsigned i = 0; i < G_N_ELEMENTS(DIRECTIONS); i++)
            if (span_number(span_cut(line, ';', DIRECTIONS[i].total + 1)) > 0)
                g_string_append_printf(out, "kb/sec\t%.*s\t%s\t1\t%.*s\tR\n",
                                       SPAN(span_cut(line, ';', 3)), DIRECTIONS[i].direction,
                                       SPAN(span_cut(line, ';', DIRECTIONS[i].bandwidth + 1)));
    }
}

// The n-th part, from 0, of a line "ms, ns, direction, size".
static Span latency_part(Span line, unsigned n)
{
    for (; n > 0; n--) {
        gssize at = span_find(line, ", ");
        if (at < 0)
            return (Span){line.start, 0};
        line = (Span){line.start + at + 2, line.length - (size_t)at - 2};
    }
    gssize end = span_find(line, ", ");
    return (Span){line.start, end < 0 ? line.length : (size_t)end};
}

// fio_lat.N.log
void parse_fio_latency(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GPtrArray) names = list_sort_glob(mmtests_logs_match(logs, "fio_lat.", ""));
    for (guint i = 0; i < names->len; i++) {
        if (!strstr((char *)names->pdata[i] + strlen("fio_lat."), ".log"))
            continue;
        g_autoptr(GBytes) log = mmtests_logs_read(logs, names->pdata[i]);
        Span text = mmtests_bytes_span(log);
        for (Span line; span_line(&text, &line);) {
            double direction = span_number(latency_part(line, 2));
            if (direction != 0 && direction != 1)
                continue;
            char buffer[32];
            g_string_append_printf(out, "latency-%s\t_\t_\t%s\t%.*s\t_\n",
                                   direction == 0 ? "read" : "write",
                                   number_perl(span_number(latency_part(line, 0)) / 1000, buffer),
                                   SPAN(latency_part(line, 1)));
        }
    }
}
