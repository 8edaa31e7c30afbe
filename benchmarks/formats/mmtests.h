/*
 * MMTests' results: the raw logs of a benchmark, the rows that its `parse-results` makes of them,
 * and how MMTests summarises each benchmark. Formats as of MMTests of 2026-06 (638401e07e70).
 * Pure: logs or text in, rows out; no statistics (report/mmtests.h has MMTests' own) and no whole
 * result directories (benchmarks/formats/mmtests_run.h).
 *
 * A row is a sample: metric, factor A, factor B, interval, value, extra, separated by tabs. Its
 * operation is called METRIC[-A][-B], a factor "_" being none. An extra that starts with R makes it
 * one of the operations that a ratio report is confined to.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "benchmarks/formats/mmtests/logs.h"
#include "common/stats/orient.h"

/* Which statistics MMTests prints of an operation's samples. */
typedef enum {
    MMTESTS_MULTI,
    MMTESTS_NORMALISED,
    MMTESTS_LEFT_SKEW,
    MMTESTS_SINGLE,
    MMTESTS_SUBSELECTION,
} MmtestsSummary;

/* How MMTests reads a benchmark: what its shellpack.yaml comes to. */
typedef struct {
    MmtestsSummary summary;
    bool higher; // as MMTests has it, which is wrong for some (mmtests_better)
    int decimals; // of printed values
} MmtestsReading;

/* A benchmark as MMTests' source tree has it, or an alternative report of one; constant. */
typedef struct MmtestsFamily MmtestsFamily;

/*
 * benchmark as a run names it: "hackbench-process-pipes" is of family "hackbench", by dropping the
 * last -part until a family is found. alternative: "" or NULL for the usual report, "latency", ...
 * NULL if there is none.
 */
const MmtestsFamily *mmtests_family_find(const char *benchmark, const char *alternative);
const char *mmtests_family_name(const MmtestsFamily *family);
/* "aim9, cyclictest, fio, fio latency, ...": those that have a parser; the caller frees. */
char *mmtests_family_list(void);
/* The names of its other reports, ended by NULL; of none for NULL. Static. */
const char *const *mmtests_alternatives(const MmtestsFamily *family);
/* What factor A (0) and B (1) of a family's operations mean: "threads", "size", .. or "a", "b". */
const char *mmtests_factor_name(const MmtestsFamily *family, int factor);
/* False: known, but its logs can only be read by MMTests' own parse-results. */
bool mmtests_family_has_parser(const MmtestsFamily *family);

/* sub_heading, NULL for none: when it is the name of a metric, that may have settings of its own.
 */
MmtestsReading mmtests_reading(const MmtestsFamily *family, const char *sub_heading);

/* Our own table of directions and units, by operation; BETTER_NONE and NULL where unknown. */
Better mmtests_better(const MmtestsFamily *family, const char *operation);
const char *mmtests_unit(const MmtestsFamily *family, const char *operation);

typedef struct {
    const char *metric, *factor_a, *factor_b, *interval, *value, *extra; // "" where missing
    bool numeric; // value and interval are numbers; else the row only names its operation
    double number; // the value; it may be infinite or NaN
} MmtestsRow;

/* Owned by the caller, freed with mmtests_rows_free. */
typedef struct {
    const MmtestsRow *rows;
    size_t n_rows;
    char *text; // private: what the rows point into
    GArray *array; // private
} MmtestsRows;

void mmtests_rows_free(MmtestsRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MmtestsRows, mmtests_rows_free)

/* Rows from their text, as parse-results prints it. Empty lines are skipped; never fails. */
MmtestsRows *mmtests_rows_parse(const char *text, size_t length);

typedef enum {
    MMTESTS_SOUND, // what the logs say
    MMTESTS_FAITHFUL, // with the faults of MMTests' own parsers, for comparison with its reports
} MmtestsFidelity;

/* The rows of one benchmark's logs, as text. NULL where the family has no parser. */
char *mmtests_rows_extract(const MmtestsFamily *family, MmtestsLogs *logs,
                           MmtestsFidelity fidelity);

/* METRIC[-A][-B], replacing what label holds. */
void mmtests_row_label(const MmtestsRow *row, GString *label);
bool mmtests_row_is_ratio(const MmtestsRow *row);
