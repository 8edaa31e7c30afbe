// stress-ng's table of bogo operations, in stressng-CLIENTS-ITERATION.log.
#include <string.h>

#include "benchmarks/formats/mmtests/lists.h"
#include "benchmarks/formats/mmtests/parse.h"

// What stands behind the last "] " of "stress-ng: info:  [25] cpu 100 1.00 0.98 0.00 99.8 101.9".
static Span behind_bracket(Span line)
{
    for (gssize at = span_find(line, "] "); at >= 0; at = span_find(line, "] "))
        line = (Span){line.start + at + 2, line.length - (size_t)at - 2};
    return line;
}

// The rows of a table are those after the line of units; it ends at the first that is none.
static bool is_table_row(Span line)
{
    double number;
    return span_split_count(line) >= 6 && span_is_number(span_split(line, 5), &number) &&
           span_is_number(span_split(line, 1), &number);
}

static void table_read(Span text, const char *clients, const char *iteration, bool faithful,
                       GString *out)
{
    bool reading = false;
    for (Span line; span_line(&text, &line);) {
        if (span_has(line, "(secs)")) {
            reading = true;
            continue;
        }
        line = behind_bracket(line);
        if (!reading || (!faithful && !is_table_row(line)))
            continue;
        g_string_append_printf(out, "bops-%.*s\t%s\t_\t%s\t%.*s\t_\n", SPAN(span_split(line, 0)),
                               clients, iteration, SPAN(span_split(line, 5)));
    }
}

// "4" of stressng-2-4.log: the last part without the first ".log".
static char *iteration_of(const char *name)
{
    const char *last = strrchr(name, '-') + 1;
    for (const char *at = last; *at; at++)
        if (at[0] != '\n' && g_str_has_prefix(at + 1, "log"))
            return g_strdup_printf("%.*s%s", (int)(at - last), last, at + 4);
    return g_strdup(last);
}

static void parse_tables(MmtestsLogs *logs, GString *out, bool faithful)
{
    g_autoptr(GPtrArray) clients = list_sort_glob(mmtests_logs_match(logs, "stressng-", "-1.log"));
    list_sort_perl(list_strip(clients, strlen("stressng-"), strlen("-1.log")));
    for (guint i = 0; i < clients->len; i++) {
        g_autofree char *prefix = g_strdup_printf("stressng-%s-", (char *)clients->pdata[i]);
        g_autoptr(GPtrArray) names = list_sort_glob(mmtests_logs_match(logs, prefix, ""));
        for (guint j = 0; j < names->len; j++) {
            g_autofree char *iteration = iteration_of(names->pdata[j]);
            g_autoptr(GBytes) log = mmtests_logs_read(logs, names->pdata[j]);
            table_read(mmtests_bytes_span(log), clients->pdata[i], iteration, faithful, out);
        }
    }
}

void parse_stressng_faithful(MmtestsLogs *logs, GString *out)
{
    parse_tables(logs, out, true);
}

void parse_stressng(MmtestsLogs *logs, GString *out)
{
    parse_tables(logs, out, false);
}
