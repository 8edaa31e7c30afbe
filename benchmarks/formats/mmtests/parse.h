/*
 * The parsers: raw logs in, rows out as the text that MMTests' own parse-results prints, six
 * columns separated by tabs (metric, factor A, factor B, interval, value, extra), in its order,
 * "_" for an empty factor. Written from the formats of the logs; a file per benchmark family.
 * They never fail: a log without the line that is looked for gives no row, or a row without value.
 */
#pragma once

#include <glib.h>

#include "benchmarks/formats/mmtests/logs.h"

typedef void (*MmtestsParse)(MmtestsLogs *logs, GString *out);

// time.c: output of GNU time in time-FACTOR-ITERATION
void parse_time(MmtestsLogs *logs, GString *out);
void parse_time_without_user(MmtestsLogs *logs, GString *out); // xfsrepair

// line.c: one value from each matching line of benchlog-A-B[-ITERATION]
void parse_perfpipe(MmtestsLogs *logs, GString *out);
void parse_perfsyscall(MmtestsLogs *logs, GString *out);
void parse_wis(MmtestsLogs *logs, GString *out);
void parse_sysbenchcpu(MmtestsLogs *logs, GString *out);
void parse_sysbenchmutex(MmtestsLogs *logs, GString *out);
void parse_pedsort(MmtestsLogs *logs, GString *out);
void parse_sembench(MmtestsLogs *logs, GString *out);
void parse_sqlite(MmtestsLogs *logs, GString *out);
void parse_xsbench(MmtestsLogs *logs, GString *out);
void parse_easywave(MmtestsLogs *logs, GString *out);

// memory.c: benchlog-THREADS-_-ITERATION
void parse_stream(MmtestsLogs *logs, GString *out);
void parse_perffutexwake(MmtestsLogs *logs, GString *out);

// scheduler.c
void parse_hackbench(MmtestsLogs *logs, GString *out);
void parse_schbench(MmtestsLogs *logs, GString *out);

// cyclictest.c: MMTests' own parser does not start; this one reads every processor
void parse_cyclictest(MmtestsLogs *logs, GString *out);

// netperf.c: `faithful` has MMTests' faults (recv is a copy of send; a loss ends the rows)
void parse_netperf_faithful(MmtestsLogs *logs, GString *out);
void parse_netperf(MmtestsLogs *logs, GString *out);

// filesystem.c
void parse_dbench(MmtestsLogs *logs, GString *out);
void parse_fio(MmtestsLogs *logs, GString *out);
void parse_fio_latency(MmtestsLogs *logs, GString *out);

// micro.c
void parse_aim9(MmtestsLogs *logs, GString *out);
void parse_ebizzy(MmtestsLogs *logs, GString *out);
void parse_libmicro(MmtestsLogs *logs, GString *out);
void parse_unixbenchd(MmtestsLogs *logs, GString *out);

// stressng.c: `faithful` also names what follows the table
void parse_stressng_faithful(MmtestsLogs *logs, GString *out);
void parse_stressng(MmtestsLogs *logs, GString *out);

// transactions.c
void parse_sysbench(MmtestsLogs *logs, GString *out);
void parse_pgbench(MmtestsLogs *logs, GString *out);
void parse_redis(MmtestsLogs *logs, GString *out);
void parse_redis_memtier(MmtestsLogs *logs, GString *out);

// web.c
void parse_apachebench(MmtestsLogs *logs, GString *out);
void parse_siege(MmtestsLogs *logs, GString *out);
void parse_iperf3(MmtestsLogs *logs, GString *out);

// scores.c
void parse_coremark(MmtestsLogs *logs, GString *out);
void parse_blogbench(MmtestsLogs *logs, GString *out);
void parse_fsmark(MmtestsLogs *logs, GString *out);
void parse_specjbb2015(MmtestsLogs *logs, GString *out);
void parse_bonnie(MmtestsLogs *logs, GString *out);
void parse_bonnie_tput(MmtestsLogs *logs, GString *out);

// latency.c
void parse_futexbench(MmtestsLogs *logs, GString *out);
void parse_pmqtest(MmtestsLogs *logs, GString *out);
void parse_sysjitter(MmtestsLogs *logs, GString *out);
void parse_stutterp(MmtestsLogs *logs, GString *out);
void parse_simoop(MmtestsLogs *logs, GString *out);
void parse_simoop_rates(MmtestsLogs *logs, GString *out);
void parse_io_uring(MmtestsLogs *logs, GString *out);

// numa.c: `faithful` has no ends of lines, so that only the first row counts
void parse_thpchallenge(MmtestsLogs *logs, GString *out);
void parse_thpchallenge_counts(MmtestsLogs *logs, GString *out);
void parse_thpchallenge_locality(MmtestsLogs *logs, GString *out);
void parse_thpchallenge_locality_faithful(MmtestsLogs *logs, GString *out);
void parse_perfnuma(MmtestsLogs *logs, GString *out);
void parse_pistress(MmtestsLogs *logs, GString *out);
