// Transactions and requests of databases: sysbench (oltp), pgbench, redis.
#include <string.h>

#include "benchmarks/formats/mmtests/lists.h"
#include "benchmarks/formats/mmtests/parse.h"

// sysbench-raw-CLIENTS-ITERATION: "    transactions:    10347  (1034.51 per sec.)"
void parse_sysbench(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GPtrArray) clients = list_sort_glob(mmtests_logs_match(logs, "sysbench-raw-", "-1"));
    list_sort_perl(list_strip(clients, strlen("sysbench-raw-"), strlen("-1")));
    for (guint i = 0; i < clients->len; i++) {
        g_autofree char *prefix = g_strdup_printf("sysbench-raw-%s-", (char *)clients->pdata[i]);
        g_autoptr(GPtrArray) names = list_sort_glob(mmtests_logs_match(logs, prefix, ""));
        unsigned iteration = 0;
        for (guint j = 0; j < names->len; j++) {
            g_autoptr(GBytes) log = mmtests_logs_read(logs, names->pdata[j]);
            Span text = mmtests_bytes_span(log);
            for (Span line; span_line(&text, &line);) {
                gssize at = span_find(line, "transactions:");
                if (at < 0 ||
                    !span_has((Span){line.start + at, line.length - (size_t)at}, "per sec"))
                    continue;
                Span rate = span_split(line, 3);
                gssize bracket = span_find(rate, "(");
                Span before = {rate.start, bracket < 0 ? rate.length : (size_t)bracket};
                Span after = {rate.start + before.length + 1, 0};
                if (bracket >= 0)
                    after.length = rate.length - before.length - 1;
                g_string_append_printf(out, "txn/sec\t%s\t_\t%u\t%.*s%.*s\t_\n",
                                       (char *)clients->pdata[i], iteration++, SPAN(before),
                                       SPAN(after));
            }
        }
    }
}

enum { BATCH_SAMPLES = 4, SKIPPED_SAMPLES = 7 };

// A line a second, "EPOCH TRANSACTIONS SUM SUM2 MIN MAX". The first samples and the first batch are
// dropped, the others averaged by fours. false: time stood still, where MMTests' parser dies.
static bool pgbench_log(Span text, const char *client, GString *out)
{
    double start = 0;
    double batch_start = 0;
    double transactions = 0;
    unsigned samples = 0;
    unsigned in_batch = 0;
    unsigned batches = 0;
    for (Span line; span_line(&text, &line);) {
        double now = span_number(span_split(line, 0));
        start = start == 0 ? now : start;
        batch_start = batch_start == 0 ? now : batch_start;
        if (++samples <= SKIPPED_SAMPLES)
            continue;
        transactions += span_number(span_split(line, 1));
        if (++in_batch < BATCH_SAMPLES)
            continue;
        if (now == batch_start)
            return false;
        char elapsed[32];
        char rate[32];
        if (batches++ > 0)
            g_string_append_printf(out, "txn\t%s\t_\t%s\t%s\t_\n", client,
                                   number_perl(now - start, elapsed),
                                   number_perl(transactions / (now - batch_start), rate));
        batch_start = now;
        in_batch = 0;
        transactions = 0;
    }
    return true;
}

// pgbench-CLIENTS.log names the clients, pgbench-transactions-CLIENTS.log has the samples.
void parse_pgbench(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GPtrArray) clients = list_sort_glob(mmtests_logs_match(logs, "pgbench-", ".log"));
    list_sort_perl(list_strip(clients, strlen("pgbench-"), strlen(".log")));
    for (guint i = 0; i < clients->len; i++) {
        g_autoptr(GBytes) log = mmtests_logs_read_span(logs, "pgbench-transactions-",
                                                       span_of(clients->pdata[i]), ".log");
        if (!pgbench_log(mmtests_bytes_span(log), clients->pdata[i], out))
            return;
    }
}

typedef struct {
    const char *metric;
    size_t column;
    bool rate; // thousands of requests a second; else microseconds of milliseconds
} RedisColumn;

static const RedisColumn REDIS_COLUMNS[] = {{"RPS", 2, true},     {"latMin", 4, false},
                                            {"latAvg", 3, false}, {"lat95", 6, false},
                                            {"lat99", 7, false},  {"latMax", 8, false}};

// The operation's name without " (...)".
static char *redis_operation(const char *line)
{
    g_autofree char *name = g_strndup(line, strcspn(line, ","));
    char *open = strstr(name, " (");
    char *close = open ? strrchr(open, ')') : NULL;
    if (close)
        memmove(open, close + 1, strlen(close + 1) + 1);
    return g_steal_pointer(&name);
}

// "SET","104166.66","0.261","0.096","0.255","0.423","0.575","0.927"
static void redis_line(Span line, const char *clients, const char *iteration, GString *out)
{
    if (span_has(line, "test"))
        return;
    g_autoptr(GString) text = g_string_new_len(line.start, (gssize)line.length);
    g_string_replace(text, "\"", "", 0);
    g_autofree char *operation = redis_operation(text->str);
    bool single = strchr(text->str, ',') == NULL;
    for (unsigned i = 0; i < G_N_ELEMENTS(REDIS_COLUMNS); i++) {
        const RedisColumn *column = &REDIS_COLUMNS[i];
        double number = single ? 0 : span_number(span_cut(span_of(text->str), ',', column->column));
        char buffer[32];
        g_string_append_printf(out, "%s-%s\t%s\t_\t%s\t%s\t%s\n", operation, column->metric,
                               clients, iteration,
                               number_awk(column->rate ? number / 1000 : number * 1000, buffer),
                               column->rate ? "R" : "_");
    }
}

// redis-CLIENTS-ITERATION.log
void parse_redis(MmtestsLogs *logs, GString *out)
{
    g_autoptr(GPtrArray) firsts = mmtests_logs_match(logs, "redis-", "-1.log");
    g_autoptr(GPtrArray) clients = list_sort_numeric(list_cut(firsts, 2));
    for (guint i = 0; i < clients->len; i++) {
        g_autofree char *prefix = g_strdup_printf("redis-%s-", (char *)clients->pdata[i]);
        g_autoptr(GPtrArray) names = mmtests_logs_match(logs, prefix, ".log");
        g_autoptr(GPtrArray) iterations = list_cut(list_strip(names, 0, strlen(".log")), 3);
        list_sort_numeric(iterations);
        for (guint j = 0; j < iterations->len; j++) {
            g_autoptr(GBytes) log =
                mmtests_logs_read_span(logs, prefix, span_of(iterations->pdata[j]), ".log");
            Span text = mmtests_bytes_span(log);
            for (Span line; span_line(&text, &line);)
                redis_line(line, clients->pdata[i], iterations->pdata[j], out);
        }
    }
    lines_sort(out, SORT_USUAL);
}

// benchlog-CLIENTS-ITERATION: "Totals  OPS/SEC HITS/SEC MISSES/SEC LATENCY KB/SEC..."; the rest of
// the line is the last column.
void parse_redis_memtier(MmtestsLogs *logs, GString *out)
{
    static const char *const METRICS[] = {"ops/sec", "hits/sec", "misses/sec", "latency", "kb/sec"};
    g_autoptr(GPtrArray) all = mmtests_logs_match(logs, "benchlog-", "");
    g_autoptr(GPtrArray) clients = list_sort_numeric_unique(list_cut(all, 2));
    for (guint i = 0; i < clients->len; i++) {
        g_autofree char *prefix = g_strdup_printf("benchlog-%s-", (char *)clients->pdata[i]);
        g_autoptr(GPtrArray) names = mmtests_logs_match(logs, prefix, "");
        g_autoptr(GPtrArray) iterations = list_sort_numeric_unique(list_cut(names, 3));
        for (guint j = 0; j < iterations->len; j++) {
            g_autoptr(GBytes) log =
                mmtests_logs_read_span(logs, prefix, span_of(iterations->pdata[j]), "");
            Span text = mmtests_bytes_span(log);
            Span totals = {"", 0};
            for (Span line; totals.length == 0 && span_line(&text, &line);)
                if (span_begins(line, "Totals"))
                    totals = line;
            for (unsigned k = 0; k < G_N_ELEMENTS(METRICS); k++) {
                Span value = span_awk(totals, k + 2);
                if (k == 4 && value.length > 0)
                    value.length = (size_t)(totals.start + totals.length - value.start);
                g_string_append_printf(out, "%s\t%s\t_\t%s\t%.*s\t%s\n", METRICS[k],
                                       (char *)clients->pdata[i], (char *)iterations->pdata[j],
                                       SPAN(span_trim(value)), k == 0 ? "R" : "_");
            }
        }
    }
}
