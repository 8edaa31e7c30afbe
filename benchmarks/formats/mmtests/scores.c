// Benchmarks that end in a score: CoreMark, blogbench, fs_mark, SPECjbb2015, bonnie++.
#include <string.h>

#include "benchmarks/formats/mmtests/lists.h"
#include "benchmarks/formats/mmtests/parse.h"

// The n-th word (0: the last) of the first line that has mark.
static Span word_of(Span text, const char *mark, size_t n)
{
    for (Span line; span_line(&text, &line);)
        if (span_has(line, mark))
            return span_awk(line, n > 0 ? n : span_awk_count(line));
    return (Span){"", 0};
}

// coremark-ITERATION.log: "Parallel PThreads : 8", "CoreMark 1.0 : 160000.5 / GCC..."
void parse_coremark(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GPtrArray) names = list_strip(mmtests_logs_match(logs, "coremark-", ".log"), 0, 4);
    g_autoptr(GPtrArray) iterations = list_sort_numeric(list_cut(names, 2));
    for (guint i = 0; i < iterations->len; i++) {
        g_autoptr(GBytes) log =
            mmtests_logs_read_span(logs, "coremark-", span_of(iterations->pdata[i]), ".log");
        Span text = mmtests_bytes_span(log);
        g_string_append_printf(out, "score\t%.*s\t_\t%s\t%.*s\t_\n",
                               SPAN(word_of(text, "Parallel PThreads", 0)),
                               (char *)iterations->pdata[i], SPAN(word_of(text, "CoreMark 1", 4)));
    }
}

// Word n of a line (0: the last) without its colons.
static char *word_without_colons(Span line, size_t n)
{
    g_autoptr(GString) text = g_string_new_len(line.start, (gssize)line.length);
    g_string_replace(text, ":", "", 0);
    Span all = span_of(text->str);
    Span word = span_awk(all, n > 0 ? n : span_awk_count(all));
    return g_strndup(word.start, word.length);
}

static const SortKey BY_METRIC_AND_INTERVAL[] = {{1, false}, {4, true}, {0}};

// blogbench-ITERATION.log: "Final score for writes: 812"
void parse_blogbench(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GPtrArray) names = list_strip(mmtests_logs_match(logs, "blogbench-", ".log"), 0, 4);
    g_autoptr(GPtrArray) iterations = list_sort_numeric(list_cut(names, 2));
    for (guint i = 0; i < iterations->len; i++) {
        g_autoptr(GBytes) log =
            mmtests_logs_read_span(logs, "blogbench-", span_of(iterations->pdata[i]), ".log");
        Span text = mmtests_bytes_span(log);
        for (Span line; span_line(&text, &line);) {
            if (!span_has(line, "Final score for"))
                continue;
            g_autofree char *metric = word_without_colons(line, 4);
            g_autofree char *value = word_without_colons(line, 0);
            g_string_append_printf(out, "%s\t_\t_\t%s\t%s\t_\n", metric,
                                   (char *)iterations->pdata[i], value);
        }
    }
    lines_sort(out, BY_METRIC_AND_INTERVAL);
}

// fsmark-THREADS.log: a table below "... App Overhead", files a second in column 4
void parse_fsmark(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GPtrArray) names = list_strip(mmtests_logs_match(logs, "fsmark-", ".log"), 0, 4);
    g_autoptr(GPtrArray) threads = list_sort_numeric(list_cut(names, 2));
    for (guint i = 0; i < threads->len; i++) {
        g_autoptr(GBytes) log =
            mmtests_logs_read_span(logs, "fsmark-", span_of(threads->pdata[i]), ".log");
        Span text = mmtests_bytes_span(log);
        bool reading = false;
        unsigned iteration = 0;
        for (Span line; span_line(&text, &line);) {
            bool head = span_has(line, "App Overhead");
            Span value = span_awk(line, 4);
            reading = reading || head;
            if (reading && !head && value.length > 0)
                g_string_append_printf(out, "files_sec\t%s\t_\t%u\t%.*s\t_\n",
                                       (char *)threads->pdata[i], ++iteration, SPAN(value));
        }
    }
    lines_sort(out, BY_METRIC_AND_INTERVAL);
}

// The last word of the last line that begins with "jbb2015.result." and key.
static Span specjbb_value(Span text, const char *key)
{
    g_autofree char *start = g_strconcat("jbb2015.result.", key, NULL);
    Span value = {"", 0};
    for (Span line; span_line(&text, &line);)
        if (span_begins(line, start))
            value = span_awk(line, span_awk_count(line));
    return value;
}

// default/specjbb2015.log: "jbb2015.result.metric.max-jOPS = 12345"; percentages are of that.
void parse_specjbb2015(MmtestsLogs *logs, GString *out)
{
    static const char *const LIMITS[] = {"10000", "25000", "50000", "75000", "100000"};
    g_autoptr(GBytes) log = mmtests_logs_read_below(logs, "default", "specjbb2015.log");
    Span text = mmtests_bytes_span(log);
    Span most = specjbb_value(text, "metric.max-jOPS");
    double all = span_number(most);
    if (all == 0)
        return;
    g_string_append_printf(out, "JOPS-Max\t_\t_\t1\t%.*s\t_\n", SPAN(most));
    g_string_append_printf(out, "JOPS-Critical\t_\t_\t1\t%.*s\tR\n",
                           SPAN(specjbb_value(text, "metric.critical-jOPS")));
    g_autoptr(GString) percentages = g_string_new(NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(LIMITS); i++) {
        g_autofree char *key = g_strdup_printf("SLA-%s-jOPS", LIMITS[i]);
        Span value = specjbb_value(text, key);
        char buffer[32];
        g_string_append_printf(out, "JOPS-%sus\t_\t_\t1\t%.*s\t_\n", LIMITS[i], SPAN(value));
        g_string_append_printf(percentages, "pctMax-%sus\t_\t_\t1\t%s\t_\n", LIMITS[i],
                               number_awk(span_number(value) / all * 100, buffer));
    }
    g_string_append_len(out, percentages->str, (gssize)percentages->len);
}

// bonnie-detail: "pc 1234", an operation and its microseconds
void parse_bonnie(MmtestsLogs *logs, GString *out)
{
    static const struct {
        const char *code, *operation;
    } OPERATIONS[] = {
        {"pc", "SeqOut:char"},       {"wr", "SeqOut:block"},    {"rw", "SeqOut:rewrite"},
        {"gc", "SeqIn:char"},        {"rd", "SeqIn:block"},     {"sk", "Random:seeks"},
        {"cs", "SeqCreate:create"},  {"ss", "SeqCreate:read"},  {"ds", "SeqCreate:del"},
        {"cr", "RandCreate:create"}, {"sr", "RandCreate:read"}, {"dr", "RandCreate:del"}};
    unsigned samples[G_N_ELEMENTS(OPERATIONS)] = {0};
    g_autoptr(GBytes) log = mmtests_logs_read(logs, "bonnie-detail");
    Span text = mmtests_bytes_span(log);
    for (Span line; span_line(&text, &line);)
        for (unsigned i = 0; i < G_N_ELEMENTS(OPERATIONS); i++)
            if (line.length > 2 && line.start[2] == ' ' && span_begins(line, OPERATIONS[i].code))
                g_string_append_printf(out, "latency-%s\t_\t_\t%u\t%.*s\t_\n",
                                       OPERATIONS[i].operation, ++samples[i],
                                       SPAN(span_cut(line, ' ', 2)));
}

// bonnie: lines of comma separated values; "+++++" marks one that was too fast to tell
void parse_bonnie_tput(MmtestsLogs *logs, GString *out)
{
    static const struct {
        size_t column;
        const char *operation;
    } COLUMNS[] = {{9, "SeqOut char"},     {11, "SeqOut block"},    {13, "SeqOut rewrite"},
                   {15, "SeqIn char"},     {17, "SeqIn block"},     {19, "Random seeks"},
                   {26, "SeqCreate ops"},  {28, "SeqCreate read"},  {30, "SeqCreate del"},
                   {32, "RandCreate ops"}, {34, "RandCreate read"}, {36, "RandCreate del"}};
    g_autoptr(GBytes) log = mmtests_logs_read(logs, "bonnie");
    Span text = mmtests_bytes_span(log);
    for (Span line; span_line(&text, &line);) {
        Span first = span_cut(line, ',', 1);
        bool is_data = first.length > 0 && first.length < line.length;
        for (size_t i = 0; i < first.length; i++)
            is_data = is_data && (g_ascii_islower(first.start[i]) ||
                                  g_ascii_isdigit(first.start[i]) || strchr(".-", first.start[i]));
        for (unsigned i = 0; is_data && i < G_N_ELEMENTS(COLUMNS); i++) {
            Span value = span_cut(line, ',', COLUMNS[i].column + 1);
            if (!span_begins(value, "+") && span_number(value) > 0)
                g_string_append_printf(out, "%s\t_\t_\t1\t%.*s\t%s\n", COLUMNS[i].operation,
                                       SPAN(value), COLUMNS[i].column == 11 ? "R" : "_");
        }
    }
}
