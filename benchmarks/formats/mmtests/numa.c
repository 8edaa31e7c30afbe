// Memory placement and priorities: thpchallenge, perf bench numa, pi_stress.
#include <string.h>

#include "benchmarks/formats/mmtests/lists.h"
#include "benchmarks/formats/mmtests/parse.h"

static GPtrArray *clients_find(MmtestsLogs *logs, const char *prefix)
{
    GPtrArray *clients = list_sort_glob(mmtests_logs_match(logs, prefix, ".log"));
    return list_sort_perl(list_strip(clients, strlen(prefix), strlen(".log")));
}

static GBytes *thp_log(MmtestsLogs *logs, const char *client)
{
    return mmtests_logs_read_span(logs, "threads-", span_of(client), ".log");
}

// threads-CLIENTS.log: "fault THREAD SIZE LATENCY NODE LOCAL", SIZE being base or huge
void parse_thpchallenge(MmtestsLogs *logs, GString *out)
{
    static const char *const SIZES[] = {"base", "huge"};
    g_autoptr(GPtrArray) clients = clients_find(logs, "threads-");
    for (guint i = 0; i < clients->len; i++) {
        const char *client = clients->pdata[i];
        g_autoptr(GBytes) log = thp_log(logs, client);
        Span text = mmtests_bytes_span(log);
        unsigned faults = 0;
        bool seen[G_N_ELEMENTS(SIZES)] = {false, false};
        for (Span line; span_line(&text, &line);) {
            if (!span_begins(line, "fault"))
                continue;
            Span size = span_split(line, 2);
            Span latency = span_split(line, 3);
            faults++;
            g_string_append_printf(out, "fault-%.*s\t%s\t_\t%u\t%.*s\t_\n", SPAN(size), client,
                                   faults, SPAN(latency));
            g_string_append_printf(out, "fault-both\t%s\t_\t%u\t%.*s\t_\n", client, faults,
                                   SPAN(latency));
            for (unsigned j = 0; j < G_N_ELEMENTS(SIZES); j++)
                seen[j] = seen[j] || span_equal(size, SIZES[j]);
        }
        for (unsigned j = 0; j < G_N_ELEMENTS(SIZES); j++)
            if (!seen[j])
                g_string_append_printf(out, "fault-%s\t%s\t_\t1\t0\t_\n", SIZES[j], client);
    }
}

typedef struct {
    double faults, local, remote;
} ThpCounts;

// Of base pages in counts[0], of huge ones in counts[1].
static void thp_count(Span text, ThpCounts *counts)
{
    for (Span line; span_line(&text, &line);) {
        if (!span_begins(line, "fault"))
            continue;
        ThpCounts *of_size = &counts[span_equal(span_split(line, 2), "base") ? 0 : 1];
        double place = span_number(span_split(line, 5));
        of_size->faults++;
        of_size->local += place == 1;
        of_size->remote += place == 0;
    }
}

void parse_thpchallenge_counts(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GPtrArray) clients = clients_find(logs, "threads-");
    for (guint i = 0; i < clients->len; i++) {
        ThpCounts counts[2] = {{0, 0, 0}, {0, 0, 0}};
        g_autoptr(GBytes) log = thp_log(logs, clients->pdata[i]);
        thp_count(mmtests_bytes_span(log), counts);
        double all = counts[0].faults + counts[1].faults;
        char buffer[32];
        g_string_append_printf(out, "huge\t%s\t_\t1\t%s\t_\n", (char *)clients->pdata[i],
                               number_perl(all > 0 ? counts[1].faults * 100 / all : -1, buffer));
    }
}

static void thp_localities(MmtestsLogs *logs, GString *out, const char *newline)
{
    g_autoptr(GPtrArray) clients = clients_find(logs, "threads-");
    for (guint i = 0; i < clients->len; i++) {
        ThpCounts counts[2] = {{0, 0, 0}, {0, 0, 0}};
        g_autoptr(GBytes) log = thp_log(logs, clients->pdata[i]);
        thp_count(mmtests_bytes_span(log), counts);
        if (counts[0].faults + counts[1].faults == 0)
            return; // where MMTests' parser dies
        for (int row = 0; row < 4; row++) {
            const ThpCounts *of_size = &counts[row % 2];
            double part = row < 2 ? of_size->local : of_size->remote;
            char buffer[32];
            double share = of_size->faults > 0 ? part * 100 / of_size->faults : 0;
            g_string_append_printf(out, "%s-%s\t%s\t_\t1\t%s\t_%s", row < 2 ? "local" : "remote",
                                   row % 2 ? "huge" : "base", (char *)clients->pdata[i],
                                   number_perl(share, buffer), newline);
        }
    }
}

void parse_thpchallenge_locality(MmtestsLogs *logs, GString *out)
{
    thp_localities(logs, out, "\n");
}

void parse_thpchallenge_locality_faithful(MmtestsLogs *logs, GString *out)
{
    thp_localities(logs, out, "");
}

// "name" of "name-12.log"; NULL if it does not end in a number.
static char *numbered_stem(const char *name)
{
    size_t end = strlen(name) - strlen(".log");
    size_t digit = end;
    while (digit > 0 && g_ascii_isdigit(name[digit - 1]))
        digit--;
    return digit > 0 && digit < end && name[digit - 1] == '-' ? g_strndup(name, digit - 1) : NULL;
}

// " 3.141, secs,           NUMA-convergence-latency"
static void numa_line(Span line, const char *label, unsigned *iteration, GString *out)
{
    static const struct {
        const char *metric, *unit, *what, *extra;
    } FORMS[] = {{"converged", "secs,", "NUMA-convergence-latency", "R"},
                 {"threadspeed", "GB/sec,", "thread-speed", "_"},
                 {"totalspeed", "GB/sec,", "total-speed", "_"}};
    for (size_t word = 1; word <= span_awk_count(line); word++) {
        Span value = span_awk(line, word);
        if (value.length < 2 || value.start[value.length - 1] != ',' || value.start == line.start)
            continue;
        value.length--;
        while (value.length > 0 && !g_ascii_isdigit(value.start[0]) && value.start[0] != '.')
            value = (Span){value.start, 0};
        for (unsigned i = 0; value.length > 0 && i < G_N_ELEMENTS(FORMS); i++)
            if (span_equal(span_awk(line, word + 1), FORMS[i].unit) &&
                span_begins(span_awk(line, word + 2), FORMS[i].what))
                g_string_append_printf(out, "%s-%s\t_\t_\t%u\t%.*s\t%s\n", FORMS[i].metric, label,
                                       ++*iteration, SPAN(value), FORMS[i].extra);
    }
}

// NAME-ITERATION.log; "_converge" is dropped from the name
void parse_perfnuma(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GPtrArray) firsts = mmtests_logs_match(logs, "", "-1.log");
    for (guint i = 0; i < firsts->len; i++) {
        g_autofree char *stem = numbered_stem(firsts->pdata[i]);
        if (!stem)
            continue;
        g_autofree char *prefix = g_strconcat(stem, "-", NULL);
        g_autoptr(GString) label = g_string_new(stem);
        g_string_replace(label, "_converge", "", 1);
        g_autoptr(GPtrArray) names = list_sort_glob(mmtests_logs_match(logs, prefix, ""));
        unsigned iteration = 0;
        for (guint j = 0; j < names->len; j++, iteration++) {
            g_autoptr(GBytes) log = mmtests_logs_read(logs, names->pdata[j]);
            Span text = mmtests_bytes_span(log);
            for (Span line; span_line(&text, &line);)
                numa_line(line, label->str, &iteration, out);
        }
    }
}

// pistress-CLIENTS.status: an exit status a line; without the file one failure
void parse_pistress(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GPtrArray) clients = clients_find(logs, "pistress-");
    unsigned sample = 0;
    for (guint i = 0; i < clients->len; i++) {
        const char *client = clients->pdata[i];
        g_autofree char *name = g_strdup_printf("pistress-%s.status", client);
        g_autoptr(GBytes) log = mmtests_logs_read(logs, name);
        Span text = mmtests_bytes_span(log);
        if (!mmtests_logs_has(logs, name))
            g_string_append_printf(out, "failures\t%s\t\t%u\t1\t_\n", client, ++sample);
        for (Span line; span_line(&text, &line);)
            g_string_append_printf(out, "failures\t%s\t\t%u\t%.*s\t_\n", client, ++sample,
                                   SPAN(line));
    }
}
