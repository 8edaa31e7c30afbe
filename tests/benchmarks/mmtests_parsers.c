// What each parser of MMTests' raw logs takes from them, and what it makes of damaged ones.
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "benchmarks/formats/mmtests.h"
#include "benchmarks/formats/mmtests/inflate.h"

typedef struct {
    const char *name;
    const char *text;
} Log;

// The rows that benchmark makes of logs, which end with a NULL name.
static char *rows_of(const char *benchmark, const char *alternative, const Log *list,
                     MmtestsFidelity fidelity)
{
    g_autoptr(MmtestsLogs) logs = mmtests_logs_new();
    for (; list->name; list++) {
        g_autoptr(GBytes) bytes = g_bytes_new_static(list->text, strlen(list->text));
        mmtests_logs_add(logs, list->name, bytes);
    }
    const MmtestsFamily *family = mmtests_family_find(benchmark, alternative);
    g_assert_nonnull(family);
    return mmtests_rows_extract(family, logs, fidelity);
}

#define ROWS_ARE(benchmark, alternative, expected, ...)                                            \
    do {                                                                                           \
        const Log list[] = {__VA_ARGS__, {NULL, NULL}};                                            \
        g_autofree char *rows = rows_of(benchmark, alternative, list, MMTESTS_SOUND);              \
        g_assert_cmpstr(rows, ==, expected);                                                       \
    } while (0)

static void test_times_are_seconds_whatever_their_hours(void)
{
    ROWS_ARE("kernbench", NULL,
             "Elapsed\t4\t_\t1\t61.5\t_\nElapsed\t4\t_\t2\t3725\t_\n"
             "System\t4\t_\t1\t0.19\t_\nSystem\t4\t_\t2\t2.00\t_\n"
             "User\t4\t_\t1\t0.80\t_\nUser\t4\t_\t2\t1.00\t_\n",
             {"time-4-1", "warning: clock skew\n0.80user 0.19system 1:01.50elapsed 98%CPU (0avg\n"},
             {"time-4-2", "1.00user 2.00system 1:02:05elapsed 98%CPU\n0inputs+0outputs\n"});
}

static void test_a_time_log_without_times_still_names_its_operations(void)
{
    ROWS_ARE("gitsource", NULL, "Elapsed\t1\t_\t1\t\t_\nSystem\t1\t_\t1\t\t_\nUser\t1\t_\t1\t\t_\n",
             {"time-1-1", "Command terminated by signal 9\n"});
}

static void test_hackbench_counts_the_samples_of_a_group(void)
{
    ROWS_ARE("hackbench-thread-sockets", NULL,
             "time\t2\t_\t1\t0.167\t_\ntime\t2\t_\t2\t0.170\t_\ntime\t10\t_\t1\t1.5\t_\n",
             {"hackbench-10", "Total time: 1.5 [sec]\n"},
             {"hackbench-2", "# 20 tasks\n Total time: 0.167 [sec]\nTotal time: 0.170 [sec]\n"});
}

static void test_perf_bench_lines_give_microseconds(void)
{
    ROWS_ARE("perfpipe", NULL, "usecs-op\t_\t_\t1\t8.384750\t_\nusecs-op\t_\t_\t2\t8.1\t_\n",
             {"benchlog-_-_-1", "  Total time: 8.384 [sec]\n\n  8.384750 usecs/op\n 119264 ops\n"},
             {"benchlog-_-_-2", "8.1 usecs/op\n"});
    ROWS_ARE("perfsyscall", NULL, "usecs/syscall\t_\t_\t1\t0.07\t_\n",
             {"benchlog-_-_-1", "0.07 usecs/op"});
}

static void test_stream_has_four_operations(void)
{
    ROWS_ARE("stream", NULL,
             "Copy\t2\t_\t1\t19059.8\t_\nScale\t2\t_\t1\t11.5\t_\n"
             "Add\t2\t_\t1\t12.5\t_\nTriad\t2\t_\t1\t13.5\t_\n",
             {"benchlog-2-_-1", "Function Best Rate MB/s\nCopy: 19059.8 0.1 0.1\nScale: 11.5 0.1\n"
                                "Add: 12.5 1\nTriad:   13.5 2\nSolution Validates\n"});
}

static void test_netperf_takes_the_last_column_of_numbers(void)
{
    ROWS_ARE("netperf-ipv4-tcp", NULL,
             "tcpstream\tsend\t64\t1\t941.23\t_\ntcpstream\tsend\t1024\t1\t0\t_\n",
             {"protocols", "TCP_STREAM\n"}, {"TCP_STREAM-1024.1", "netperf: cannot connect\n"},
             {"TCP_STREAM-64.1", "MIGRATED TCP\n\n131072  16384  64    10.00    941.23   \n"});
}

static const Log UDP[] = {
    {"protocols", "UDP_STREAM\n"},
    {"UDP_STREAM-64.1", "212992 64 10.00 1000 0 500.00\n212992 10.00 9 400.5\n"},
    {"UDP_STREAM-64.2", "212992 64 10.00 1000 0 500.00\n212992 10.00 9 499\n"},
    {NULL, NULL}};

static void test_netperf_udp_says_what_was_received_and_lost(void)
{
    g_autofree char *rows = rows_of("netperf-udp", NULL, UDP, MMTESTS_SOUND);
    g_assert_cmpstr(rows, ==,
                    "udpstream\tsend\t64\t1\t500.00\t_\nudpstream\trecv\t64\t1\t400.5\t_\n"
                    "udpstream\tloss\t64\t1\t99.5\t_\nudpstream\tsend\t64\t2\t500.00\t_\n"
                    "udpstream\trecv\t64\t2\t499\t_\n");
}

static void test_netperf_udp_as_mmtests_has_it_copies_and_stops(void)
{
    g_autofree char *rows = rows_of("netperf-udp", NULL, UDP, MMTESTS_FAITHFUL);
    g_assert_cmpstr(rows, ==,
                    "udpstream\tsend\t64\t1\t500.00\t_\nudpstream\trecv\t64\t1\t500.00\t_\n"
                    "udpstream\tloss\t64\t1\t500.00\t_\n");
}

static void test_dbench_has_three_kinds_of_rows(void)
{
    ROWS_ARE("tbench4", NULL,
             "loadfile\t1\t_\t0.5\t35.1\tR\nloadfile\t1\t_\t1.234\t36.2\tR\n"
             "op-Close\t1\t_\t0\t0.012\t_\ntput\t1\t_\t3\t310.5\t_\n",
             {"benchlog-loadfile-1", "0 completed in 36.2 ms at time 1234\n"
                                     "0 completed in 35.1 ms at time 500\n"},
             {"benchlog-op-1", "Close 100 0.012 3.1\n"},
             {"benchlog-tput-1", "1 1000 310.5 MB/sec execute 3 sec\n"});
}

static void test_ebizzy_has_a_total_and_a_row_a_thread(void)
{
    ROWS_ARE("ebizzy", NULL,
             "thread_rsec\t2\t_\t1\t6172\t_\nthread_rsec\t2\t_\t2\t6173\t_\n"
             "total_rsec\t2\t_\t1\t12345\t_\n",
             {"ebizzy-2-1.log", "12345 records/s 6172 6173\nreal 10.00 s\n"});
}

static void test_aim9_has_a_row_a_test(void)
{
    ROWS_ARE("aim9", NULL, "brk_test\t_\t_\t1\t9.5\t_\npage_test\t_\t_\t1\t610000.00\t_\n",
             {"aim9-1", "1 page_test 60.00 10 1.0 610000.00 Pages/second\n"
                        "2 brk_test 60.00 10 1.0 9.5 Breaks/second\n"});
}

static void test_databases_give_transactions_a_second(void)
{
    ROWS_ARE("sysbench", NULL, "txn/sec\t4\t_\t0\t1034.51\t_\ntxn/sec\t4\t_\t1\t1000\t_\n",
             {"sysbench-raw-4-1", "    transactions:      10347  (1034.51 per sec.)\n"},
             {"sysbench-raw-4-2", "    transactions:      10000  (1000 per sec.)\n"});
    ROWS_ARE("sysbenchcpu", NULL, "events/sec\t2\t_\t1\t4430.76\t_\n",
             {"benchlog-2-_-1", "    events per second:  4430.76\n"});
    ROWS_ARE("redis", NULL,
             "SET-RPS\t8\t_\t1\t104.167\tR\nSET-lat95\t8\t_\t1\t423\t_\n"
             "SET-lat99\t8\t_\t1\t575\t_\nSET-latAvg\t8\t_\t1\t261\t_\n"
             "SET-latMax\t8\t_\t1\t927\t_\nSET-latMin\t8\t_\t1\t96\t_\n",
             {"redis-8-1.log",
              "\"test\",\"rps\"\n\"SET (10 keys)\",\"104166.66\",\"0.261\",\"0.096\",\"0.255\","
              "\"0.423\",\"0.575\",\"0.927\"\n"});
}

// Seven samples are dropped, then a batch of four; the rate of a batch is from the end of the last.
static void test_pgbench_averages_batches_of_four_seconds(void)
{
    g_autoptr(GString) log = g_string_new(NULL);
    for (int i = 0; i < 20; i++)
        g_string_append_printf(log, "%d %d 0 0 0 0\n", 1000 + i, i < 11 ? 5 : 100 + i);
    ROWS_ARE("pgbench", NULL, "txn\t4\t_\t14\t112.5\t_\ntxn\t4\t_\t18\t116.5\t_\n",
             {"pgbench-4.log", ""}, {"pgbench-transactions-4.log", log->str});
    ROWS_ARE(
        "pgbench", NULL, "", {"pgbench-4.log", ""},
        {"pgbench-transactions-4.log", "1 1\n1 1\n1 1\n1 1\n1 1\n1 1\n1 1\n1 1\n1 1\n1 1\n1 1\n"});
}

static void test_fio_has_bandwidth_and_latency(void)
{
    g_autoptr(GString) terse = g_string_new("3;fio-3.33;job");
    for (int i = 3; i < 100; i++)
        g_string_append_printf(terse, ";%d", i == 46 ? 0 : i);
    ROWS_ARE("fio", NULL, "kb/sec\tjob\tread\t1\t44\tR\n", {"fio.log", terse->str});
    ROWS_ARE("fio", "latency",
             "latency-read\t_\t_\t0.02\t2647\t_\nlatency-write\t_\t_\t0.04\t9\t_\n",
             {"fio_lat.1.log", "20, 2647, 0, 0, 0\n40, 9, 1, 0, 0\n60, 9, 2, 0, 0\n"});
}

static const Log STRESSNG[] = {
    {"stressng-4-1.log",
     "stress-ng: info:  [7] stressor  bogo ops real time usr time sys time bogo ops/s bogo ops/s\n"
     "stress-ng: info:  [7]               (secs)    (secs)   (secs)   (real time) (usr+sys)\n"
     "stress-ng: info:  [7] cpu           1000      1.00     0.98     0.00     995.1      1020.4\n"
     "stress-ng: info:  [7] successful run completed in 1.00s\n"},
    {NULL, NULL}};

static void test_stressng_reads_its_table_only(void)
{
    g_autofree char *rows = rows_of("stressng", NULL, STRESSNG, MMTESTS_SOUND);
    g_assert_cmpstr(rows, ==, "bops-cpu\t4\t_\t1\t995.1\t_\n");
    g_autofree char *faithful = rows_of("stressng", NULL, STRESSNG, MMTESTS_FAITHFUL);
    g_assert_cmpstr(faithful, ==, "bops-cpu\t4\t_\t1\t995.1\t_\nbops-successful\t4\t_\t1\t\t_\n");
}

static void test_schbench_keeps_whole_intervals(void)
{
    ROWS_ARE("schbench", NULL,
             "Wakeup\t50.0th\t4\t10\t14\t_\nWakeup\t99.0th\t4\t10\t20\t_\n"
             "RPS\t50.0th\t4\t10\t900\t_\n",
             {"schbench-4.log",
              "Wakeup Latencies percentiles (usec) runtime 10 (s) (9 total samples)\n"
              "\t  50.0th: 14  (3 samples)\n\t* 99.0th: 20 (1 samples)\n"
              "RPS percentiles (requests) runtime 10 (s)\n\t* 50.0th: 900 (1 samples)\n"
              "current rps: 901\n"
              "Wakeup Latencies percentiles (usec) runtime 20 (s)\n\t  50.0th: 15  (3 samples)\n"});
}

static void test_will_it_scale_names_workload_and_model(void)
{
    ROWS_ARE("wis-pf", NULL, "ops\tpf1_threads\t2\t1\t33\t_\nops\tpf1_threads\t2\t2\t34\t_\n",
             {"benchlog-pf1_threads-2", "warmup\nmin:1 max:2 total:33\nmin:1 max:2 total:34\n"});
}

static void test_small_programs_have_one_row_each(void)
{
    ROWS_ARE("unixbenchd", NULL, "syscall\t_\t_\t0\t123456\t_\n",
             {"commands.log", "/opt/unixbench/pgms/syscall 10\n"},
             {"unixbenchd.log", "COUNT|123456|1|lps\nTIME|10.0\n"});
    ROWS_ARE("libmicro-file", NULL, "mean95\tclose\t_\t1\t0.5\t_\nmean95\topen\t_\t1\t\t_\n",
             {"close.log", "#   mean of 95%   0.5\n"}, {"open.log", "failed\n"});
}

static void test_cyclictest_has_a_row_a_processor(void)
{
    ROWS_ARE("cyclictest", NULL,
             "MinLat\t0\t_\t0\t1\t_\nMinLat\t1\t_\t0\t0\t_\nOverflow\t0\t_\t0\t12\t_\n",
             {"cyclictest-histogram.log", "000001 000000\n# Min Latencies: 00001 00000\n"
                                          "# Histogram Overflows: 00012\n"});
}

static void log_write(const char *folder, const char *name, const guint8 *bytes, size_t size)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) error = NULL;
    g_file_set_contents(path, (const char *)bytes, (gssize)size, &error);
    g_assert_no_error(error);
}

static void test_compressed_logs_are_read_and_damaged_ones_complained_of(void)
{
    static const guint8 GZIP[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xb3,
                                  0xd0, 0x33, 0x55, 0x28, 0x2d, 0x4e, 0x4d, 0x2e, 0xd6, 0xcf, 0x2f,
                                  0xe0, 0x02, 0x00, 0x75, 0xa3, 0x29, 0xb0, 0x0d, 0x00, 0x00, 0x00};
    static const guint8 XZ[] = {
        0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x01, 0x69, 0x22, 0xde, 0x36, 0x02, 0x00,
        0x21, 0x01, 0x16, 0x00, 0x00, 0x00, 0x74, 0x2f, 0xe5, 0xa3, 0x01, 0x00, 0x0c, 0x39,
        0x2e, 0x35, 0x20, 0x75, 0x73, 0x65, 0x63, 0x73, 0x2f, 0x6f, 0x70, 0x0a, 0x00, 0x00,
        0x00, 0x00, 0xf0, 0x7a, 0xbf, 0x6d, 0x00, 0x01, 0x21, 0x0d, 0x75, 0xdc, 0xa8, 0xd2,
        0x90, 0x42, 0x99, 0x0d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x59, 0x5a};
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("mmtests-XXXXXX", &error);
    g_assert_no_error(error);
    log_write(folder, "benchlog-_-_-1.gz", GZIP, sizeof GZIP);
    log_write(folder, "benchlog-_-_-2.xz", XZ, sizeof XZ);
    const MmtestsFamily *family = mmtests_family_find("perfpipe", NULL);
    g_autoptr(MmtestsLogs) logs = mmtests_logs_open(folder);
    g_assert_true(mmtests_logs_has(logs, "benchlog-_-_-1"));
    g_autofree char *rows = mmtests_rows_extract(family, logs, MMTESTS_SOUND);
    g_assert_cmpstr(rows, ==, "usecs-op\t_\t_\t1\t8.5\t_\nusecs-op\t_\t_\t2\t9.5\t_\n");
    g_assert_cmpuint(mmtests_logs_complaints(logs)->len, ==, 0);

    // The text is whole, the checksum behind it is missing.
    log_write(folder, "benchlog-_-_-1.gz", GZIP, sizeof GZIP - 8);
    g_autofree char *cut = mmtests_rows_extract(family, logs, MMTESTS_SOUND);
    g_assert_cmpuint(mmtests_logs_complaints(logs)->len, ==, 1);
    g_assert_nonnull(strstr(mmtests_logs_complaints(logs)->pdata[0], "is damaged"));
    g_assert_cmpstr(cut, ==, rows);
    // Of the .xz its index is missing, of the .gz the end of its text too.
    log_write(folder, "benchlog-_-_-1.gz", GZIP, sizeof GZIP - 14);
    log_write(folder, "benchlog-_-_-2.xz", XZ, sizeof XZ - 20);
    g_autoptr(GBytes) start = mmtests_logs_read(logs, "benchlog-_-_-1");
    g_assert_true(span_begins(mmtests_bytes_span(start), "8.5 "));
    g_autoptr(GBytes) whole = mmtests_logs_read(logs, "benchlog-_-_-2");
    g_assert_true(span_equal(mmtests_bytes_span(whole), "9.5 usecs/op\n"));
    g_assert_cmpuint(mmtests_logs_complaints(logs)->len, ==, 2); // one a log
    for (int i = 1; i <= 2; i++) {
        g_autofree char *path =
            g_strdup_printf("%s/benchlog-_-_-%d.%s", folder, i, i == 1 ? "gz" : "xz");
        g_unlink(path);
    }
    g_rmdir(folder);
}

static void test_gzip_members_follow_one_another(void)
{
    static const guint8 GZIP[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xb3,
                                  0xd0, 0x33, 0x55, 0x28, 0x2d, 0x4e, 0x4d, 0x2e, 0xd6, 0xcf, 0x2f,
                                  0xe0, 0x02, 0x00, 0x75, 0xa3, 0x29, 0xb0, 0x0d, 0x00, 0x00, 0x00};
    g_autoptr(GByteArray) both = g_byte_array_new();
    g_byte_array_append(both, GZIP, sizeof GZIP);
    g_byte_array_append(both, GZIP, sizeof GZIP);
    g_byte_array_append(both, (const guint8 *)"\0\0junk", 6);
    g_autoptr(GBytes) packed = g_bytes_new(both->data, both->len);
    g_autofree char *damage = NULL, *no_xz = NULL, *empty = NULL;
    g_autoptr(GBytes) plain = inflate_bytes(INFLATE_GZIP, packed, 1 << 20, &damage);
    g_assert_null(damage);
    g_assert_true(span_equal(mmtests_bytes_span(plain), "8.5 usecs/op\n8.5 usecs/op\n"));
    g_autoptr(GBytes) none = inflate_bytes(INFLATE_XZ, packed, 1 << 20, &no_xz);
    g_assert_cmpstr(no_xz, ==, "it is no xz file");
    g_autoptr(GBytes) nothing = g_bytes_new_static("", 0);
    g_autoptr(GBytes) also_none = inflate_bytes(INFLATE_GZIP, nothing, 1 << 20, &empty);
    g_assert_cmpstr(empty, ==, "it is empty");
    g_assert_cmpuint(g_bytes_get_size(none) + g_bytes_get_size(also_none), ==, 0);
}

static void test_directions_are_ours_where_mmtests_is_wrong(void)
{
    static const struct {
        const char *benchmark, *sub_heading, *operation;
        bool mmtests_higher;
        Better truth;
    } ROWS[] = {{"stressng", NULL, "bops-cpu-4", false, BETTER_HIGHER},
                {"sysbenchcpu", NULL, "events/sec-2", false, BETTER_HIGHER},
                {"redis", NULL, "SET-RPS-8", false, BETTER_HIGHER},
                {"redis", NULL, "SET-lat99-8", false, BETTER_LOWER},
                {"schbench", "RPS-50.0th", "RPS-50.0th-4", false, BETTER_HIGHER},
                {"schbench", "RPS", "RPS-50.0th-4", true, BETTER_HIGHER},
                {"tbench", "tput", "tput-1", true, BETTER_HIGHER},
                {"tbench", NULL, "tput-1", false, BETTER_HIGHER},
                {"kernbench", NULL, "Elapsed-4", false, BETTER_LOWER}};
    for (unsigned i = 0; i < G_N_ELEMENTS(ROWS); i++) {
        const MmtestsFamily *family = mmtests_family_find(ROWS[i].benchmark, NULL);
        g_assert_true(mmtests_reading(family, ROWS[i].sub_heading).higher ==
                      ROWS[i].mmtests_higher);
        g_assert_cmpint(mmtests_better(family, ROWS[i].operation), ==, ROWS[i].truth);
    }
}

static void test_a_benchmark_is_found_by_dropping_parts_of_its_name(void)
{
    g_assert_cmpstr(mmtests_family_name(mmtests_family_find("hackbench-process-pipes", NULL)), ==,
                    "hackbench");
    g_assert_cmpstr(mmtests_family_name(mmtests_family_find("redis-memtier", "")), ==,
                    "redis-memtier");
    g_assert_null(mmtests_family_find("nosuch-thing", NULL));
    g_assert_null(mmtests_family_find("kernbench", "latency"));
}

static void test_rows_with_missing_columns_are_read(void)
{
    static const char TEXT[] = "a\t_\t2\t1\t3.5\tR\n\nb\nc\t1\t_\tx\t3\t_\nd\t\t\t1\t inf \n";
    g_autoptr(MmtestsRows) rows = mmtests_rows_parse(TEXT, strlen(TEXT));
    g_autoptr(GString) label = g_string_new(NULL);
    g_assert_cmpuint(rows->n_rows, ==, 4);
    mmtests_row_label(&rows->rows[0], label);
    g_assert_cmpstr(label->str, ==, "a-2");
    g_assert_true(rows->rows[0].numeric && mmtests_row_is_ratio(&rows->rows[0]));
    g_assert_cmpfloat(rows->rows[0].number, ==, 3.5);
    g_assert_cmpstr(rows->rows[1].value, ==, "");
    g_assert_false(rows->rows[1].numeric);
    g_assert_false(rows->rows[2].numeric);
    mmtests_row_label(&rows->rows[3], label);
    g_assert_cmpstr(label->str, ==, "d");
    g_assert_true(rows->rows[3].numeric);
}

#define TEST(function) g_test_add_func("/mmtests/" #function, test_##function)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST(times_are_seconds_whatever_their_hours);
    TEST(a_time_log_without_times_still_names_its_operations);
    TEST(hackbench_counts_the_samples_of_a_group);
    TEST(perf_bench_lines_give_microseconds);
    TEST(stream_has_four_operations);
    TEST(netperf_takes_the_last_column_of_numbers);
    TEST(netperf_udp_says_what_was_received_and_lost);
    TEST(netperf_udp_as_mmtests_has_it_copies_and_stops);
    TEST(dbench_has_three_kinds_of_rows);
    TEST(ebizzy_has_a_total_and_a_row_a_thread);
    TEST(aim9_has_a_row_a_test);
    TEST(databases_give_transactions_a_second);
    TEST(pgbench_averages_batches_of_four_seconds);
    TEST(fio_has_bandwidth_and_latency);
    TEST(stressng_reads_its_table_only);
    TEST(schbench_keeps_whole_intervals);
    TEST(will_it_scale_names_workload_and_model);
    TEST(small_programs_have_one_row_each);
    TEST(cyclictest_has_a_row_a_processor);
    TEST(compressed_logs_are_read_and_damaged_ones_complained_of);
    TEST(gzip_members_follow_one_another);
    TEST(directions_are_ours_where_mmtests_is_wrong);
    TEST(a_benchmark_is_found_by_dropping_parts_of_its_name);
    TEST(rows_with_missing_columns_are_read);
    return g_test_run();
}
