// Benchmarks whose logs, benchlog-A-B or benchlog-A-B-ITERATION, have one value on certain lines.
#include <string.h>

#include "benchmarks/formats/mmtests/lists.h"
#include "benchmarks/formats/mmtests/parse.h"

enum { FROM_END = 1000 }; // FROM_END: the last word; FROM_END - 1: the one before it

typedef struct {
    const char *metric;
    const char *pattern; // what a line must contain; "^..." what it must begin with
    size_t position; // of the value among the line's words, from 1
    const char *delete_first; // dropped from the row once
    char delete_all; // a character dropped wherever it stands
} LineFormat;

static bool line_matches(Span line, const char *pattern)
{
    return pattern[0] == '^' ? span_begins(line, pattern + 1) : span_has(line, pattern);
}

static Span line_value(Span line, size_t position)
{
    if (position < FROM_END - 1)
        return span_awk(line, position);
    size_t from_end = FROM_END - position;
    size_t count = span_awk_count(line);
    return count > from_end ? span_awk(line, count - from_end) : (Span){line.start, 0};
}

static void row_add(GString *out, const LineFormat *format, const char *a, const char *b,
                    unsigned iteration, Span value)
{
    g_autoptr(GString) row = g_string_new(NULL);
    g_string_printf(row, "%s\t%s\t%s\t%u\t%.*s\t_\n", format->metric, a, b, iteration, SPAN(value));
    if (format->delete_first)
        g_string_replace(row, format->delete_first, "", 1);
    for (gsize i = row->len; format->delete_all && i > 0; i--)
        if (row->str[i - 1] == format->delete_all)
            g_string_erase(row, (gssize)i - 1, 1);
    g_string_append_len(out, row->str, (gssize)row->len);
}

static void log_values(MmtestsLogs *logs, GString *out, const LineFormat *format, const char *name,
                       const char *a, const char *b, unsigned *iteration)
{
    g_autoptr(GBytes) log = mmtests_logs_read(logs, name);
    Span text = mmtests_bytes_span(log);
    for (Span line; span_line(&text, &line);) {
        if (!line_matches(line, format->pattern))
            continue;
        Span value = line_value(line, format->position);
        if (value.length > 0)
            row_add(out, format, a, b, ++*iteration, value);
    }
}

static void pair_values(MmtestsLogs *logs, GString *out, const LineFormat *format, const char *a,
                        const char *b)
{
    unsigned iteration = 0;
    g_autofree char *name = g_strdup_printf("benchlog-%s-%s", a, b);
    if (mmtests_logs_has(logs, name)) {
        log_values(logs, out, format, name, a, b, &iteration);
        return;
    }
    g_autofree char *prefix = g_strconcat(name, "-", NULL);
    g_autoptr(GPtrArray) names = mmtests_logs_match(logs, prefix, "");
    g_autoptr(GPtrArray) numbers = list_sort_numeric(list_cut(names, 4));
    for (guint i = 0; i < numbers->len; i++) {
        g_autofree char *log = g_strconcat(prefix, numbers->pdata[i], NULL);
        log_values(logs, out, format, log, a, b, &iteration);
    }
}

static void parse_lines(MmtestsLogs *logs, GString *out, const LineFormat *format)
{
    static const SortKey KEYS[] = {{1, false}, {2, true}, {3, true}, {4, true}};
    g_autoptr(GPtrArray) all = mmtests_logs_match(logs, "benchlog-", "");
    g_autoptr(GPtrArray) first = list_sort_unique(list_cut(all, 2));
    for (guint i = 0; i < first->len; i++) {
        g_autofree char *prefix = g_strdup_printf("benchlog-%s-", (char *)first->pdata[i]);
        g_autoptr(GPtrArray) names = mmtests_logs_match(logs, prefix, "");
        g_autoptr(GPtrArray) second = list_sort_unique(list_cut(names, 3));
        for (guint j = 0; j < second->len; j++)
            pair_values(logs, out, format, first->pdata[i], second->pdata[j]);
    }
    lines_sort(out, KEYS);
}

void parse_perfpipe(MmtestsLogs *logs, GString *out)
{
    parse_lines(logs, out, &(LineFormat){"usecs-op", "usecs/op", 1, NULL, 0});
}

void parse_perfsyscall(MmtestsLogs *logs, GString *out)
{
    parse_lines(logs, out, &(LineFormat){"usecs/syscall", "usecs/op", 1, NULL, 0});
}

void parse_wis(MmtestsLogs *logs, GString *out)
{
    parse_lines(logs, out, &(LineFormat){"ops", "total:", 3, "total:", 0});
}

void parse_sysbenchcpu(MmtestsLogs *logs, GString *out)
{
    parse_lines(logs, out, &(LineFormat){"events/sec", "events per second", FROM_END, NULL, 0});
}

void parse_sysbenchmutex(MmtestsLogs *logs, GString *out)
{
    parse_lines(logs, out, &(LineFormat){"latency", "95th percentile:", 3, NULL, 0});
}

void parse_pedsort(MmtestsLogs *logs, GString *out)
{
    parse_lines(logs, out, &(LineFormat){"jobs/core", "jobs/hour/core", FROM_END - 1, NULL, 0});
}

void parse_sembench(MmtestsLogs *logs, GString *out)
{
    parse_lines(logs, out, &(LineFormat){"burns/sec", "^run time", 5, NULL, 0});
}

void parse_sqlite(MmtestsLogs *logs, GString *out)
{
    parse_lines(logs, out, &(LineFormat){"txn/sec", "^execute", 5, NULL, 0});
}

void parse_xsbench(MmtestsLogs *logs, GString *out)
{
    parse_lines(logs, out, &(LineFormat){"lookups/sec", "^Lookups/s:", 2, NULL, ','});
}

void parse_easywave(MmtestsLogs *logs, GString *out)
{
    static const SortKey KEYS[] = {{2, true}, {0}};
    g_autoptr(GPtrArray) all = mmtests_logs_match(logs, "benchlog-", "");
    g_autoptr(GPtrArray) threads = list_sort_unique(list_cut(all, 2));
    for (guint i = 0; i < threads->len; i++) {
        g_autofree char *prefix = g_strdup_printf("benchlog-%s-", (char *)threads->pdata[i]);
        g_autoptr(GPtrArray) names = mmtests_logs_match(logs, prefix, "");
        g_autoptr(GPtrArray) iterations = list_sort_numeric(list_cut(names, 3));
        for (guint j = 0; j < iterations->len; j++) {
            g_autoptr(GBytes) log =
                mmtests_logs_read_span(logs, prefix, span_of(iterations->pdata[j]), "");
            Span text = mmtests_bytes_span(log);
            Span value = {"", 0};
            for (Span line; span_line(&text, &line);)
                if (span_has(line, "elapsed:"))
                    value = span_awk(line, 6);
            g_string_append_printf(out, "exectime\t%s\t_\t%s\t%.*s\t_\n", (char *)threads->pdata[i],
                                   (char *)iterations->pdata[j], SPAN(value));
        }
    }
    lines_sort(out, KEYS);
}
