/*
 * What the import of MMTests' runs and a later extraction of their trials share.
 */
#pragma once

#include <jansson.h>

#include "benchmarks/formats/mmtests_run.h"

/* Of every metric: the statistic is the mean, the extraction that of our parsers. */
#define MMTESTS_IDENTITY "mmtests-1"

/* A sample of marvin/import.h. problem: why its values do not count; NULL: they do. */
json_t *mmtests_sample_format(const MmtestsSeries *series, const char *problem);
json_t *mmtests_params_format(const MmtestsTest *test, const MmtestsSeries *series);

/* Why nothing of the test counts, or NULL: each of its samples speaks for itself. Freed by the
 * caller. */
char *mmtests_test_problem(const MmtestsTest *test, MmtestsTestState state, const GPtrArray *all,
                           const GPtrArray *lost);
/* What is to be said of the trial called key: problem, or which of its logs is damaged, or NULL.
 * What is lost of a test as a whole is said of the trial that is called as the test is. Borrowed.
 */
const char *mmtests_trial_message(const MmtestsTest *test, const GPtrArray *all,
                                  const GPtrArray *lost, const char *key, const char *problem);

/*
 * The rows that MMTests' own parse-results prints for the test's logs, with those of its other
 * reports, or NULL and a sentence more in complaints (char *). checkout: a source tree of MMTests,
 * whose programs are run, with a deadline and a limit of output.
 */
char *mmtests_rows_run(const char *checkout, const MmtestsTest *test, GPtrArray *complaints);
