// Small programs with one number or a few in each log: aim9, ebizzy, libMicro, UnixBench.
#include <string.h>

#include "benchmarks/formats/mmtests/lists.h"
#include "benchmarks/formats/mmtests/parse.h"

// aim9-ITERATION: "1 page_test  60.00  10166  169.43  288036.67 System Allocations & Pages/second"
void parse_aim9(MmtestsLogs *logs, GString *out)
{
    static const SortKey KEYS[] = {{1, false}, {4, true}, {0}};
    g_autoptr(GPtrArray) iterations = mmtests_logs_match(logs, "aim9-", "");
    list_sort_numeric(list_strip(iterations, strlen("aim9-"), 0));
    for (guint i = 0; i < iterations->len; i++) {
        g_autoptr(GBytes) log =
            mmtests_logs_read_span(logs, "aim9-", span_of(iterations->pdata[i]), "");
        Span text = mmtests_bytes_span(log);
        for (Span line; span_line(&text, &line);)
            if (span_has(line, "_test"))
                g_string_append_printf(out, "%.*s\t_\t_\t%s\t%.*s\t_\n", SPAN(span_awk(line, 2)),
                                       (char *)iterations->pdata[i], SPAN(span_awk(line, 6)));
    }
    lines_sort(out, KEYS);
}

// The part of line behind its last "records/s ", or line.
static Span behind_records(Span line)
{
    static const char MARK[] = " records/s ";
    for (gssize at = span_find(line, MARK); at >= 0; at = span_find(line, MARK)) {
        size_t skip = (size_t)at + strlen(MARK);
        line = (Span){line.start + skip, line.length - skip};
    }
    return line;
}

// ebizzy-THREADS-ITERATION.log, line 1: "12345 records/s 6172 6173"
void parse_ebizzy(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GPtrArray) names = mmtests_logs_match(logs, "ebizzy-", ".log");
    list_strip(names, 0, strlen(".log"));
    g_autoptr(GPtrArray) workers = list_sort_numeric_unique(list_cut(names, 2));
    g_autoptr(GPtrArray) iterations = list_sort_numeric_unique(list_cut(names, 3));
    for (guint i = 0; i < workers->len; i++) {
        const char *threads = workers->pdata[i];
        unsigned sample = 0;
        for (guint j = 0; j < iterations->len; j++) {
            g_autofree char *name =
                g_strdup_printf("ebizzy-%s-%s.log", threads, (char *)iterations->pdata[j]);
            g_autoptr(GBytes) log = mmtests_logs_read(logs, name);
            Span text = mmtests_bytes_span(log);
            Span line = {"", 0};
            span_line(&text, &line);
            g_string_append_printf(out, "total_rsec\t%s\t_\t%s\t%.*s\t_\n", threads,
                                   (char *)iterations->pdata[j], SPAN(span_awk(line, 1)));
            line = behind_records(line);
            for (Span word; span_word(&line, &word);)
                g_string_append_printf(out, "thread_rsec\t%s\t_\t%u\t%.*s\t_\n", threads, ++sample,
                                       SPAN(word));
        }
    }
    lines_sort(out, SORT_USUAL);
}

// TEST.log: "#         mean of 95%     0.00456"
void parse_libmicro(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GPtrArray) names = mmtests_logs_match(logs, "", ".log");
    for (guint i = 0; i < names->len; i++) {
        g_autoptr(GBytes) log = mmtests_logs_read(logs, names->pdata[i]);
        Span text = mmtests_bytes_span(log);
        Span value = {"", 0};
        for (Span line; span_line(&text, &line);)
            if (span_has(line, "mean of 95%") && value.length == 0)
                value = span_awk(line, span_awk_count(line));
        const char *name = names->pdata[i];
        g_string_append_printf(out, "mean95\t%.*s\t_\t1\t%.*s\t_\n",
                               (int)(strlen(name) - strlen(".log")), name, SPAN(value));
    }
}

// The program's name: of the first word with "pgms" in its line of commands.log.
static char *unixbench_program(MmtestsLogs *logs)
{
    g_autoptr(GBytes) log = mmtests_logs_read(logs, "commands.log");
    Span text = mmtests_bytes_span(log);
    for (Span line; span_line(&text, &line);) {
        if (!span_has(line, "pgms"))
            continue;
        g_autofree char *path = g_strndup(span_awk(line, 1).start, span_awk(line, 1).length);
        const char *slash = strrchr(path, '/');
        return g_strdup(slash ? slash + 1 : path);
    }
    return g_strdup("");
}

// unixbenchd.log: "COUNT|123456|1|lps"; every row has iteration 0, as MMTests prints it.
void parse_unixbenchd(MmtestsLogs *logs, GString *out)
{
    g_autofree char *program = unixbench_program(logs);
    g_autoptr(GBytes) log = mmtests_logs_read(logs, "unixbenchd.log");
    Span text = mmtests_bytes_span(log);
    for (Span line; span_line(&text, &line);) {
        if (!span_has(line, "COUNT"))
            continue;
        Span count = span_cut(line, '|', 2);
        for (Span word; span_word(&count, &word);)
            g_string_append_printf(out, "%s\t_\t_\t0\t%.*s\t_\n", program, SPAN(word));
    }
}
