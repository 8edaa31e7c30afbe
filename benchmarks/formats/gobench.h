/*
 * The Go benchmark text format (golang.org/design/14313-benchmark-format), read as benchstat's
 * reader does and written so that benchstat reads it. Pure: text in, values out. No statistics.
 *
 *     machine: here                                     a key line: holds for the lines after it,
 *     run: boot-1                                       `key:` alone ends it; `run` groups lines
 *     Unit ops/s better=higher                          as iterations of one run
 *     Unit MB/s better=higher metric=rate               values in MB/s are of the metric `rate`
 *     Benchmarktoybench/size=1000 1 52341.5 ops/s       name, parameters, iterations, value unit ..
 *     Benchmarkmemory-4 1 11.2 copy:GB/s 9.8 add:GB/s   `metric:unit` where metrics share a unit
 *     failed: memory-4 copy:GB/s killed by signal 9     a run gave no value, and why; the unit `-`:
 *                                                       of no metric. `failed:` alone says nothing
 *
 * As in benchstat: other lines are skipped in silence; -4 at the end of a name is Go's GOMAXPROCS
 * and becomes the parameter `gomaxprocs`; parts of a name without `=` belong to the name. Units
 * are kept as written; benchstat's tidying (ns/op = sec/op) is used to look up their direction.
 * A character that a name cannot hold (a blank, '/', a '-' before final digits) is written
 * %XX, and read back.
 *
 * What is bad is complained of, "FILE:LINE: what, expectation", and left out; the rest is kept.
 */
#pragma once

#include "common/stats/orient.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *key;
    const char *value;
} GobenchPair;

typedef struct {
    const char *metric; // "copy" of "copy:GB/s"; a unit that stands alone: as its Unit line names
                        // it, else the unit itself
    const char *unit; // "GB/s"
    double value; // finite
} GobenchValue;

/* One Benchmark line. Strings and arrays are owned by the Gobench. */
typedef struct {
    const char *name; // without "Benchmark", parameters and -P: "toybench", "Foo/sub"
    const GobenchPair *params; // sorted by key, keys once
    size_t n_params;
    int64_t iterations; // as written, >= 0
    const GobenchValue *values;
    size_t n_values; // >= 1; 0: a `failed` line of every metric
    const GobenchPair *config; // key lines that hold here, sorted by key; `run` is not among them
    size_t n_config;
    const char *run; // ID; NULL: a run of its own
    const char *reason; // of a `failed` line, at most GOBENCH_REASON_MAX bytes; else NULL
    unsigned line; // in the file, from 1; 0 when not from a file
} GobenchLine;

/* Owned by the caller, freed with gobench_free. */
typedef struct Gobench Gobench;

Gobench *gobench_new(void);
void gobench_free(Gobench *gobench);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Gobench, gobench_free)

/* Never fails: what could not be read is among the complaints. text: length bytes, any. */
Gobench *gobench_parse(const char *place, const char *text, size_t length);

/* At most GOBENCH_FILE_LIMIT_BYTES. ERROR_INPUT when it cannot be read, is larger, or holds no
 * benchmark line at all, not even a failed one (the first complaint is then in the message). */
#define GOBENCH_FILE_LIMIT_BYTES ((size_t)256 << 20)
bool gobench_read(const char *path, Gobench **ret_gobench, GError **error);

size_t gobench_line_count(const Gobench *gobench);
const GobenchLine *gobench_line_get(const Gobench *gobench, size_t index);

/*
 * The `failed` lines, and the values that are NaN or infinite, which are complained of and in no
 * line: as lines of such values alone, each NAN. A run that has only these has failed (STATISTICS
 * A.3.2).
 */
#define GOBENCH_REASON_MAX 1000
size_t gobench_failed_count(const Gobench *gobench);
const GobenchLine *gobench_failed_get(const Gobench *gobench, size_t index);

/* "FILE:LINE: ..." in order; NULL-terminated, owned by gobench. */
const char *const *gobench_complaints(const Gobench *gobench);

/*
 * Direction of a value: the Unit line of "metric:unit", else that of the unit, else what benchstat
 * knows (ns/op, sec/op, B/op, allocs/op: lower; MB/s, B/s: higher), else none.
 */
Better gobench_better(const Gobench *gobench, const char *metric, const char *unit);
/* The same; false where neither a Unit line nor benchstat says it (`better=none` does). */
bool gobench_better_find(const Gobench *gobench, const char *metric, const char *unit,
                         Better *ret_better);

/* A pair's value by key; NULL when absent. */
const char *gobench_pair_find(const GobenchPair *pairs, size_t n, const char *key);

/*
 * What tells a benchmark from others: the parameters of its name and, where a key line `pkg` holds,
 * that package as the parameter `pkg` (`package` where the name has another pkg of its own). Sorted
 * by key; of GobenchPair, whose strings are the Gobench's. Unreferenced by the caller.
 */
GArray *gobench_line_params(const GobenchLine *line);
/* "NAME/key=value/key=value" of these; the caller frees. */
char *gobench_line_key(const GobenchLine *line);

/*
 * One metric of one benchmark with its parameters and configuration, over the runs of a file.
 * Runs are in order of first appearance; the values of run i are
 * values[run_start[i] .. run_start[i + 1] - 1]. Strings are the Gobench's.
 */
typedef struct {
    const GobenchLine *first; // name, params, config
    const char *metric, *unit;
    Better better;
    size_t n_runs;
    size_t *run_start; // n_runs + 1
    double *values;
} GobenchSeries;

/*
 * Groups lines of equal name, parameters and values of config_keys (NULL-terminated; other
 * configuration does not tell lines apart). GobenchSeries * in order of first appearance.
 * The array owns them, not their strings: it must not outlive gobench.
 */
GPtrArray *gobench_series(const Gobench *gobench, const char *const *config_keys);

/* --- writing --- */

/* The direction of a metric; metric NULL or equal to unit: of the bare unit. Once each. */
void gobench_unit_add(Gobench *gobench, const char *metric, const char *unit, Better better);
/* Values of this metric are written with the unit alone, and its Unit line names the metric, which
 * other readers skip: for a unit that no other metric has. Once each, before gobench_format. */
void gobench_unit_name(Gobench *gobench, const char *metric, const char *unit);
/* A key line for the lines added after it; value NULL or "": ends it. `run` is an ordinary key.
 * The key is [a-z][^ A-Z:]*; line ends within the value become spaces. */
void gobench_config_set(Gobench *gobench, const char *key, const char *value);
/* A line; params sorted or not. metric NULL or equal to unit: the unit stands alone. Copies all.
 * At least one value, all finite. */
void gobench_line_add(Gobench *gobench, const char *name, const GobenchPair *params,
                      size_t n_params, int64_t iterations, const GobenchValue *values,
                      size_t n_values);
/* A `failed` line. unit NULL: of every metric. reason NULL: none is known. */
void gobench_failed_add(Gobench *gobench, const char *name, const GobenchPair *params,
                        size_t n_params, const char *metric, const char *unit, const char *reason);
/* Unit lines, then the lines with key lines where something changes, then the failed ones, each
 * ended by `failed:` so that it holds for no line after it. Numbers are the shortest that read back
 * equal. The caller frees. */
char *gobench_format(const Gobench *gobench);
