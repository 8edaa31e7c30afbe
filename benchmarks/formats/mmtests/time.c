// Output of GNU time: "0.80user 0.19system 0:01.01elapsed 98%CPU ..." in time-FACTOR-ITERATION.
#include "benchmarks/formats/mmtests/lists.h"
#include "benchmarks/formats/mmtests/parse.h"

// Seconds of [[h:]m:]s, as awk prints them.
static void append_clock(GString *out, Span clock)
{
    double seconds = 0;
    size_t parts = 1;
    for (size_t i = 0; i < clock.length; i++)
        parts += clock.start[i] == ':';
    static const double WEIGHTS[] = {3600, 60, 1};
    size_t first = parts < 3 ? 3 - parts : 0;
    for (size_t i = 0; i < 3 - first; i++)
        seconds +=
            WEIGHTS[first + i] * span_number(parts == 1 ? clock : span_cut(clock, ':', i + 1));
    char buffer[32];
    g_string_append(out, number_awk(seconds, buffer));
}

// "USER SYSTEM ELAPSED" of the last line of time's in the log; words, some may be missing.
static char *time_words(Span text)
{
    g_autoptr(GString) words = g_string_new(NULL);
    for (Span line; span_line(&text, &line);) {
        if (!span_has(line, "elapsed"))
            continue;
        for (Span word; span_word(&line, &word);) {
            Span stem = word;
            if (word.length >= 4 && span_equal((Span){word.start + word.length - 4, 4}, "user")) {
                stem.length -= 4;
                g_string_truncate(words, 0);
                g_string_append_printf(words, "%.*s ", SPAN(stem));
            }
            if (word.length >= 6 && span_equal((Span){word.start + word.length - 6, 6}, "system")) {
                stem.length -= 6;
                g_string_append_printf(words, "%.*s ", SPAN(stem));
            }
            gssize at = span_find(word, "elapsed");
            if (at >= 0) {
                if ((size_t)at + 7 == word.length)
                    stem.length = (size_t)at;
                append_clock(words, stem);
            }
        }
    }
    return g_string_free(g_steal_pointer(&words), FALSE);
}

static void parse_times(MmtestsLogs *logs, GString *out, bool with_user)
{
    static const char *const METRICS[] = {"User", "System", "Elapsed"};
    g_autoptr(GPtrArray) firsts = mmtests_logs_match(logs, "time-", "-1");
    g_autoptr(GPtrArray) factors = list_cut(firsts, 2);
    for (guint i = 0; i < factors->len; i++) {
        const char *factor = factors->pdata[i];
        g_autofree char *prefix = g_strdup_printf("time-%s-", factor);
        g_autoptr(GPtrArray) names = mmtests_logs_match(logs, prefix, "");
        g_autoptr(GPtrArray) iterations = list_sort_numeric(list_cut(names, 3));
        for (guint j = 0; j < iterations->len; j++) {
            const char *iteration = iterations->pdata[j];
            g_autoptr(GBytes) log = mmtests_logs_read_span(logs, prefix, span_of(iteration), "");
            g_autofree char *words = time_words(mmtests_bytes_span(log));
            bool single = span_awk_count(span_of(words)) == 1;
            for (unsigned k = with_user ? 0 : 1; k < G_N_ELEMENTS(METRICS); k++) {
                Span word = span_awk(span_of(words), single ? 1 : k + 1);
                g_string_append_printf(out, "%s\t%s\t_\t%s\t%.*s\t_\n", METRICS[k], factor,
                                       iteration, SPAN(word));
            }
        }
    }
    lines_sort(out, SORT_USUAL);
}

void parse_time(MmtestsLogs *logs, GString *out)
{
    parse_times(logs, out, true);
}

void parse_time_without_user(MmtestsLogs *logs, GString *out)
{
    parse_times(logs, out, false);
}
