/*
 * A whole result directory of MMTests, work/log/RUN, as an import reads it: iterations, the tests
 * in them with times, exit codes and what became of them, their samples, the files of their
 * monitors, and the environment. Every file but the logs is optional; what is bad is complained of,
 * with its place, and the rest is kept. Reads only below the folder; starts no program: the rows of
 * benchmarks without a parser of ours come from MMTests' parse-results (mmtests_rows_parse).
 *
 * One run is one boot: its iterations (iter-0, iter-1, ..) repeat the list of tests without a
 * reboot between them.
 */
#pragma once

#include "benchmarks/formats/mmtests.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    MMTESTS_TEST_DONE, // ended with status 0 and has samples
    MMTESTS_TEST_FAILED, // ended with another status
    MMTESTS_TEST_UNFINISHED, // has begun and not ended: the run was aborted
    MMTESTS_TEST_NO_DATA, // ended well, but its logs have no sample
    MMTESTS_TEST_NO_PARSER, // ended well; its logs are not for us to read
} MmtestsTestState;

typedef struct {
    char *name; // "hackbench-process-pipes"
    char *logs_folder; // .../iter-N/NAME/logs; it need not exist
    const MmtestsFamily *family; // NULL: unknown
    int64_t begin_s, end_s; // seconds since 1970; 0: unknown. Monitors' start and stop included
    int exit_status; // -1: unknown
    bool has_time; // the three below, of the benchmark alone
    double user_s, system_s, elapsed_s;
    GPtrArray *monitors; // char *: file names in the iteration's folder, "mpstat-NAME.gz"
} MmtestsTest;

typedef struct {
    unsigned number; // of iter-N
    char *folder;
    int64_t begin_s, end_s; // 0: unknown; end_s is 0 in an aborted run
    GPtrArray *tests; // MmtestsTest *, in the order in which they ran
} MmtestsIteration;

typedef struct {
    // static: "kernel", "hostname", "architecture", "os", "cpu", "cpus", "uname", "memory" (of
    // /proc/meminfo, "16310 kB"), "hypervisor"
    const char *key;
    char *value;
} MmtestsFact;

/* Owned by the caller, freed with mmtests_run_free. */
typedef struct {
    char *name; // of the folder
    GPtrArray *iterations; // MmtestsIteration *, by number
    GArray *facts; // MmtestsFact: the environment, of the first iteration that says it
    int exit_status; // of the last test; -1: unknown (aborted)
    GPtrArray *complaints; // char *
} MmtestsRun;

/* The folder has an iter-N with a logs folder or a tests-timestamp in it. */
bool mmtests_run_is(const char *folder);

/* ERROR_INPUT when folder is not one of a run. */
bool mmtests_run_read(const char *folder, MmtestsRun **ret_run, GError **error);
void mmtests_run_free(MmtestsRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MmtestsRun, mmtests_run_free)

/* NULL if it is not known. */
const char *mmtests_run_fact(const MmtestsRun *run, const char *key);

/* The samples of one operation in one test. Owned by the list, freed with it. */
typedef struct {
    char *metric; // "Elapsed"
    char *factor_a, *factor_b; // "" where there is none
    char *operation; // "Elapsed-4"
    const char *unit; // static; NULL: unknown
    Better better;
    GArray *positions; // double: iteration number or elapsed time, as the row has it
    GArray *values; // double, finite, as many
    char *damage; // "benchlog-1.xz is damaged, ..": its values are out of a log that is not whole,
                  // and some may be missing; NULL: they are not
} MmtestsSeries;

/*
 * MmtestsSeries *, in the order of the rows; an operation without any number is among them, with
 * no values. alternative: of the family's reports, NULL for the usual one. complaints: sentences
 * are added (char *). Empty where there is no parser.
 */
GPtrArray *mmtests_test_series(const MmtestsTest *test, const char *alternative,
                               GPtrArray *complaints);
/* The same out of rows in text, such as MMTests' own parse-results prints. family may be NULL. */
GPtrArray *mmtests_rows_series(const MmtestsFamily *family, const char *text, size_t length);

/*
 * All samples of a test: those of the usual report, then of the others (fio's latency), whose
 * operations of a name that is there already are left out. lost: clauses are added (char *) about
 * damaged logs that no series shows anything of. rows: what MMTests' own parse-results
 * printed, for a test without a parser here; NULL: none. complaints as above.
 */
GPtrArray *mmtests_test_series_all(const MmtestsTest *test, const char *rows, GPtrArray *complaints,
                                   GPtrArray *lost);

/* The parameters of the trial that a series belongs to, by name; strings are borrowed. */
typedef struct {
    const char *name, *value;
} MmtestsParameter;
/* How many there are, at most two. */
int mmtests_series_parameters(const MmtestsTest *test, const MmtestsSeries *series,
                              MmtestsParameter ret_parameters[2]);
/* "kernbench/threads=4"; the caller frees. */
char *mmtests_series_trial_key(const MmtestsTest *test, const MmtestsSeries *series);

/* series: of mmtests_test_series or mmtests_test_series_all. */
MmtestsTestState mmtests_test_state(const MmtestsTest *test, const GPtrArray *series);
/* "done", "failed with status 3", "unfinished", ...; the caller frees. */
char *mmtests_test_state_format(const MmtestsTest *test, MmtestsTestState state);
