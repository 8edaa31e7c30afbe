// Any bytes in any benchmark's logs are read without harm, and the rows read back as rows. The
// first byte chooses the benchmark, the second how the rest is cut into logs.
#include "benchmarks/formats/mmtests.h"

#include <string.h>

#include "fuzz.h"

typedef struct {
    const char *benchmark, *alternative;
    const char *names[3]; // of logs; those left over are NULL
} Target;

static const Target TARGETS[] = {
    {"kernbench", NULL, {"time-4-1", "time-4-2", "time-x-1"}},
    {"perfpipe", NULL, {"benchlog-_-_-1", "benchlog-_-_-2", "benchlog-1-2"}},
    {"stream", NULL, {"benchlog-1-_-1", "benchlog-2-_-1", NULL}},
    {"hackbench", NULL, {"hackbench-1", "hackbench-16", NULL}},
    {"schbench", NULL, {"schbench-1.log", "schbench-16.log", NULL}},
    {"cyclictest", NULL, {"cyclictest-histogram.log", NULL, NULL}},
    {"netperf", NULL, {"protocols", "UDP_STREAM-64.1", "UDP_STREAM-64.2"}},
    {"netperf", NULL, {"protocols", "TCP_STREAM-64.1", "TCP_STREAM-64.2"}},
    {"dbench", NULL, {"benchlog-loadfile-1", "benchlog-op-1", "benchlog-tput-1"}},
    {"fio", NULL, {"fio.log", NULL, NULL}},
    {"fio", "latency", {"fio_lat.1.log", "fio_lat.2.log", NULL}},
    {"aim9", NULL, {"aim9-1", "aim9-2", NULL}},
    {"ebizzy", NULL, {"ebizzy-1-1.log", "ebizzy-1-2.log", NULL}},
    {"libmicro", NULL, {"a.log", "b.log", NULL}},
    {"unixbenchd", NULL, {"commands.log", "unixbenchd.log", NULL}},
    {"stressng", NULL, {"stressng-1-1.log", "stressng-1-2.log", NULL}},
    {"sysbench", NULL, {"sysbench-raw-1-1", "sysbench-raw-1-2", NULL}},
    {"pgbench", NULL, {"pgbench-1.log", "pgbench-transactions-1.log", NULL}},
    {"redis", NULL, {"redis-1-1.log", "redis-1-2.log", NULL}},
    {"redis-memtier", NULL, {"benchlog-1-1", "benchlog-1-2", NULL}},
    {"easywave", NULL, {"benchlog-1-1", NULL, NULL}},
    {"perffutexwake", NULL, {"benchlog-1-_-1", NULL, NULL}},
    {"wis", NULL, {"benchlog-a_b-2", "benchlog-a_c-2", NULL}},
    {"xsbench", NULL, {"benchlog-1-2", NULL, NULL}},
    {"apachebench", NULL, {"apachebench-1-1.log", NULL, NULL}},
    {"siege", NULL, {"siege-1-1.log", NULL, NULL}},
    {"iperf3", NULL, {"protocols", "tcp-64-0-2.1", "tcp-64-0-2.2"}},
    {"coremark", NULL, {"coremark-1.log", NULL, NULL}},
    {"blogbench", NULL, {"blogbench-1.log", NULL, NULL}},
    {"fsmark", NULL, {"fsmark-1.log", NULL, NULL}},
    {"specjbb2015", NULL, {"default/specjbb2015.log", NULL, NULL}},
    {"bonniepp", NULL, {"bonnie-detail", NULL, NULL}},
    {"bonniepp", "tput", {"bonnie", NULL, NULL}},
    {"futexbench", NULL, {"workloads", "hash-1.log", "requeue-1.log"}},
    {"pmqtest", NULL, {"pmqtest.log", NULL, NULL}},
    {"sysjitter", NULL, {"sysjitter.log", NULL, NULL}},
    {"stutterp", NULL, {"mmap-latency-1.log", NULL, NULL}},
    {"simoop", NULL, {"simoop.log", NULL, NULL}},
    {"simoop", "rates", {"simoop.log", NULL, NULL}},
    {"io_uring", NULL, {"t-io_uring.log", NULL, NULL}},
    {"thpchallenge", NULL, {"threads-1.log", NULL, NULL}},
    {"thpchallenge", "locality", {"threads-1.log", NULL, NULL}},
    {"perfnuma", NULL, {"x_converge-1.log", NULL, NULL}},
    {"pistress", NULL, {"pistress-1.log", "pistress-1.status", NULL}},
};

static void rows_check(const MmtestsFamily *family, MmtestsLogs *logs, MmtestsFidelity fidelity)
{
    g_autofree char *text = mmtests_rows_extract(family, logs, fidelity);
    g_autoptr(MmtestsRows) rows = mmtests_rows_parse(text, strlen(text));
    g_autoptr(GString) label = g_string_new(NULL);
    for (size_t i = 0; i < rows->n_rows; i++) {
        mmtests_row_label(&rows->rows[i], label);
        mmtests_better(family, label->str);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const Target *target = &TARGETS[data[0] % G_N_ELEMENTS(TARGETS)];
    size_t cut = (size - 2) * (data[1] % 16) / 16;
    const uint8_t *text = data + 2;
    g_autoptr(MmtestsLogs) logs = mmtests_logs_new();
    for (unsigned i = 0; i < G_N_ELEMENTS(target->names) && target->names[i]; i++) {
        size_t start = i == 0 ? 0 : cut;
        size_t end = i == 0 && target->names[1] ? cut : size - 2;
        g_autoptr(GBytes) bytes = g_bytes_new(text + start, end - start);
        mmtests_logs_add(logs, target->names[i], bytes);
    }
    const MmtestsFamily *family = mmtests_family_find(target->benchmark, target->alternative);
    rows_check(family, logs, MMTESTS_FAITHFUL);
    rows_check(family, logs, MMTESTS_SOUND);

    // The input as rows of another's parser.
    g_autoptr(MmtestsRows) rows = mmtests_rows_parse((const char *)text, size - 2);
    g_assert_cmpuint(rows->n_rows, <=, size);
    return 0;
}
