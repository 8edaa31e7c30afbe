// Latencies and interruptions: futexbench, pmqtest, sysjitter, stutterp, simoop; and io_uring.
#include <math.h>
#include <string.h>

#include "benchmarks/formats/mmtests/lists.h"
#include "benchmarks/formats/mmtests/parse.h"

// Rows that a log of counted samples may become; few where a fuzzer would be kept busy by them.
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
static const double REPEATS_MAX = 2e3;
#else
static const double REPEATS_MAX = 2e5;
#endif

static bool is_number_letter(char c)
{
    return g_ascii_isdigit(c) || c == '.';
}

// The number of digits (and points) in line that stands between before and behind, the last such.
static Span number_between(Span line, const char *before, const char *behind)
{
    Span found = {line.start, 0};
    for (gssize at = span_find(line, before); at >= 0; at = span_find(line, before)) {
        size_t skip = (size_t)at + strlen(before);
        line = (Span){line.start + skip, line.length - skip};
        size_t length = 0;
        while (length < line.length && is_number_letter(line.start[length]))
            length++;
        if (length > 0 && span_begins((Span){line.start + length, line.length - length}, behind))
            found = (Span){line.start, length};
    }
    return found;
}

// The figure of a line of perf bench futex; a latency in milliseconds becomes microseconds.
static bool futex_value(Span line, char *buffer, size_t size)
{
    static const struct {
        const char *mark, *before, *behind;
        double factor;
    } FORMS[] = {
        {"futexes:", " [ ", " ops/sec", 0}, {"futex:", " [ ", " ops/sec", 0},
        {": Requeued", " in ", " ms", 0},   {": Awoke and Requeued", " in ", " ms", 0},
        {": Wokeup", " in ", " ms", 0},     {": Avg per-thread latency", " in ", " ms", 1000}};
    for (unsigned i = 0; i < G_N_ELEMENTS(FORMS); i++) {
        gssize at = span_find(line, FORMS[i].mark);
        Span rest = {line.start + MAX(at, 0), line.length - (size_t)MAX(at, 0)};
        Span value = number_between(rest, FORMS[i].before, FORMS[i].behind);
        if (at < 0 || value.length == 0 || value.length >= size)
            continue;
        if (FORMS[i].factor > 0)
            number_perl(span_number(value) * FORMS[i].factor, buffer);
        else
            g_snprintf(buffer, (gulong)size, "%.*s", SPAN(value));
        return true;
    }
    return false;
}

static void futex_log(Span text, const char *workload, const char *threads, GString *out)
{
    const char *type = "private";
    unsigned sample = 0;
    for (Span line; span_line(&text, &line);) {
        char value[32];
        if (span_has(line, "shared"))
            type = "shared";
        if (futex_value(line, value, sizeof value))
            g_string_append_printf(out, "%s\t%s\t%s\t%u\t%s\t_\n", workload, type, threads,
                                   ++sample, value);
    }
}

// WORKLOAD-THREADS.log for the workloads on the first line of `workloads`
void parse_futexbench(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GBytes) file = mmtests_logs_read(logs, "workloads");
    Span text = mmtests_bytes_span(file);
    Span line = {"", 0};
    span_line(&text, &line);
    g_autoptr(GPtrArray) workloads = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) threads = g_ptr_array_new_with_free_func(g_free);
    for (Span word; span_word(&line, &word);) {
        g_ptr_array_add(workloads, g_strndup(word.start, word.length));
        g_autofree char *prefix = g_strdup_printf("%.*s-", SPAN(word));
        g_autoptr(GPtrArray) names = list_sort_glob(mmtests_logs_match(logs, prefix, ".log"));
        list_strip(names, 0, strlen(".log"));
        for (guint i = 0; i < names->len; i++)
            g_ptr_array_add(threads, g_strdup(strrchr(names->pdata[i], '-') + 1));
    }
    list_sort_perl(list_sort_unique(threads));
    for (guint i = 0; i < threads->len; i++) {
        for (guint j = 0; j < workloads->len; j++) {
            const char *workload = workloads->pdata[j];
            g_autofree char *prefix = g_strconcat(workload, "-", NULL);
            g_autoptr(GBytes) log =
                mmtests_logs_read_span(logs, prefix, span_of(threads->pdata[i]), ".log");
            futex_log(mmtests_bytes_span(log), workload, threads->pdata[i], out);
        }
    }
}

// pmqtest.log: "#1 -> #0, Min    2, Cur    4, Avg    5, Max   63"
void parse_pmqtest(MmtestsLogs *logs, GString *out)
{
    static const char PATTERN[] = "#+([0-9]+) -> #+([0-9]+), Min\\s+([0-9]+), Cur\\s+[0-9]+, "
                                  "Avg\\s+([0-9]+), Max\\s+([0-9]+)";
    static const char *const METRICS[] = {"Min", "Avg", "Max"};
    g_autoptr(GRegex) regex = g_regex_new(PATTERN, G_REGEX_RAW, 0, NULL);
    g_autoptr(GBytes) log = mmtests_logs_read(logs, "pmqtest.log");
    Span text = mmtests_bytes_span(log);
    for (Span line; span_line(&text, &line);) {
        g_autoptr(GMatchInfo) match = NULL;
        if (line.length > 4096 ||
            !g_regex_match_full(regex, line.start, (gssize)line.length, 0, 0, &match, NULL))
            continue;
        g_autofree char *from = g_match_info_fetch(match, 1);
        g_autofree char *to = g_match_info_fetch(match, 2);
        for (int i = 0; i < 3; i++) {
            g_autofree char *value = g_match_info_fetch(match, 3 + i);
            g_string_append_printf(out, "%s-%s->%s\t_\t_\t1\t%s\t_\n", METRICS[i], from, to, value);
        }
    }
}

// "int_total(%):" -> "int_total_%age"
static char *sysjitter_metric(Span word)
{
    GString *metric = g_string_new_len(word.start, (gssize)word.length);
    g_string_replace(metric, "):", "", 1);
    g_string_replace(metric, ":", "", 1);
    g_string_replace(metric, "(", "_", 1);
    g_string_replace(metric, "%", "%age", 1);
    return g_string_free(metric, FALSE);
}

// sysjitter.log: "core_i: 1 2 3", then "int_n: 10 11 12" and more, a column a processor
void parse_sysjitter(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GBytes) log = mmtests_logs_read(logs, "sysjitter.log");
    Span text = mmtests_bytes_span(log);
    Span cores = {"", 0};
    for (Span line; span_line(&text, &line);) {
        gssize core = span_find(line, "core_i:");
        if (core >= 0)
            cores = (Span){line.start + core + 7, line.length - (size_t)core - 7};
        if (!span_begins(line, "int_") || !span_has(line, ":"))
            continue;
        g_autofree char *metric = sysjitter_metric(span_awk(line, 1));
        const char *extra = strcmp(metric, "int_n_per_sec") == 0 ? "R" : "_";
        for (gssize at = span_find(line, ": "); at >= 0; at = span_find(line, ": "))
            line = (Span){line.start + at + 2, line.length - (size_t)at - 2};
        size_t column = 1;
        for (Span word; span_word(&line, &word); column++)
            g_string_append_printf(out, "%s\tcpu%.*s\t_\t1\t%.*s\t%s\n", metric,
                                   SPAN(span_awk(cores, column)), SPAN(word), extra);
    }
}

// mmap-latency-WORKERS.log: "COUNT NANOSECONDS", a row for each of COUNT
void parse_stutterp(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GPtrArray) names = mmtests_logs_match(logs, "mmap-latency-", ".log");
    g_autoptr(GPtrArray) workers = list_cut(list_strip(names, 0, strlen(".log")), 3);
    for (guint i = 0; i < workers->len; i++) {
        g_autoptr(GBytes) log =
            mmtests_logs_read_span(logs, "mmap-latency-", span_of(workers->pdata[i]), ".log");
        Span text = mmtests_bytes_span(log);
        double sample = 0;
        for (Span line; span_line(&text, &line);) {
            double count = span_number(span_awk(line, 1));
            double latency = span_number(span_awk(line, 2));
            for (; count > 0 && sample < REPEATS_MAX; count--) {
                char number[32];
                char value[32];
                g_string_append_printf(out, "mmap\t%s\t_\t%s\t%s\t_\n", (char *)workers->pdata[i],
                                       number_awk(++sample, number),
                                       number_awk(trunc(latency / 1000), value));
            }
        }
    }
    lines_sort(out, SORT_USUAL);
}

// The digits behind "(NAME: " without their commas; the caller frees.
static char *simoop_figure(Span line, const char *name)
{
    g_autofree char *mark = g_strdup_printf("(%s: ", name);
    gssize at = span_find(line, mark);
    GString *digits = g_string_new(NULL);
    size_t i = (size_t)MAX(at, 0) + strlen(mark);
    for (; at >= 0 && i < line.length && line.start[i] != ')'; i++)
        if (line.start[i] != ',')
            g_string_append_c(digits, line.start[i]);
    return g_string_free(digits, FALSE);
}

// The letters before mark.
static Span letters_before(Span line, const char *mark, bool with_blanks)
{
    gssize end = span_find(line, mark);
    size_t start = (size_t)MAX(end, 0);
    while (start > 0 && (g_ascii_isalpha(line.start[start - 1]) ||
                         (with_blanks && line.start[start - 1] == ' ')))
        start--;
    return (Span){line.start + start, (size_t)MAX(end, 0) - start};
}

// simoop.log: "Read latency usec: (p50: 1,234) (p95: ..) (p99: ..) (max: ..)"; the last is dropped
void parse_simoop(MmtestsLogs *logs, GString *out)
{
    static const char *const FIGURES[] = {"p50", "p95", "p99", "max"};
    g_autoptr(GBytes) log = mmtests_logs_read(logs, "simoop.log");
    Span text = mmtests_bytes_span(log);
    Span time = {"", 0};
    bool reading = false;
    g_autoptr(GString) pending = g_string_new(NULL);
    for (Span line; span_line(&text, &line);) {
        reading =
            (reading || span_begins(line, "Warmup complete")) && !span_begins(line, "Final stats");
        if (!reading)
            continue;
        Span now = number_between(line, "Run time: ", " seconds");
        if (now.length > 0)
            time = now;
        Span operation = letters_before(line, " latency usec: ", false);
        if (!span_equal(operation, "Read") && !span_equal(operation, "Write") &&
            !span_equal(operation, "Allocation"))
            continue;
        g_string_append_len(out, pending->str, (gssize)pending->len);
        g_string_truncate(pending, 0);
        for (unsigned i = 0; i < G_N_ELEMENTS(FIGURES); i++) {
            g_autofree char *figure = simoop_figure(line, FIGURES[i]);
            g_string_append_printf(pending, "%s-%.*s\t_\t_\t%.*s\t%s\t%s\n", FIGURES[i],
                                   SPAN(operation), SPAN(time), figure, i == 1 ? "R" : "_");
        }
    }
}

// simoop.log: "work rate = 12.34/sec (avg ...)", "alloc stall rate = ..."
void parse_simoop_rates(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GBytes) log = mmtests_logs_read(logs, "simoop.log");
    Span text = mmtests_bytes_span(log);
    Span time = {"", 0};
    bool reading = false;
    for (Span line; span_line(&text, &line);) {
        reading = reading || span_begins(line, "Warmup complete");
        Span now = number_between(line, "Run time: ", " seconds");
        if (reading && now.length > 0)
            time = now;
        Span value = number_between(line, " rate = ", "/sec");
        if (!reading || now.length > 0 || span_number(value) <= 0)
            continue;
        Span operation = letters_before(line, " rate = ", true);
        g_autofree char *name = g_strndup(operation.start, operation.length);
        g_autoptr(GString) metric = g_string_new(name);
        g_string_replace(metric, "alloc stall", "stall", 1);
        g_string_append_printf(out, "%s\t_\t_\t%.*s\t%.*s\t_\n", metric->str, SPAN(time),
                               SPAN(value));
    }
}

// t-io_uring.log: "IOPS=1.23M, BW=4.8GiB/s", in thousands
void parse_io_uring(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GBytes) log = mmtests_logs_read(logs, "t-io_uring.log");
    Span text = mmtests_bytes_span(log);
    unsigned sample = 0;
    for (Span line; span_line(&text, &line);) {
        if (!span_has(line, "IOPS="))
            continue;
        double value = 0;
        for (size_t i = 0; i < line.length; i++) {
            size_t end = i + 1;
            while (line.start[i] == '=' && end < line.length && is_number_letter(line.start[end]))
                end++;
            if (end == i + 1 || end == line.length || !g_ascii_isupper(line.start[end]))
                continue;
            double factor = line.start[end] == 'K' ? 1 : line.start[end] == 'M' ? 1000 : 0;
            value = span_number((Span){line.start + i + 1, end - i - 1}) * factor;
            break;
        }
        char buffer[32];
        g_string_append_printf(out, "IOops\t1\t_\t%u\t%s\t_\n", ++sample,
                               number_awk(value, buffer));
    }
}
