/*
 * From the raw output of a trial to its samples. Pure: bytes in, values out; the same raw output
 * and definition give the same samples for ever, so old trials can be extracted again (promise 1).
 *
 * A pattern is matched against every line of its file in every iteration; each match is a sample
 * whose position is the number of its iteration (several matches: several samples with one
 * position). A line that matches and holds no finite number is a complaint, and the rest is kept.
 * So is an iteration that ended badly: its samples are left out. A metric is failed, with a
 * reason and no samples, where nothing is left, where a value is outside the plausible bounds, or
 * where its file is too large.
 */
#pragma once

#include "benchmarks/manifest.h"
#include "benchmarks/raw.h"

#include <glib.h>
#include <stdbool.h>

/* Goes up when the same raw output and definition would give other samples. */
#define EXTRACTION_VERSION 1

/* A trial says no more than this about bad lines; the last complaint then counts the others. */
#define EXTRACTION_COMPLAINTS_MAX 20

typedef struct {
    const Metric *metric; // of the Benchmark, which must live as long
    GArray *positions; // of int: the iteration of each value, ascending
    GArray *values; // of double, finite, as many; empty when failed
    char *failure; // NULL, or the reason, one sentence
} MetricSamples;

/* Owned by the caller, freed with extraction_free. */
typedef struct {
    GPtrArray *metrics; // of MetricSamples *, one per metric of the benchmark, in its order
    GPtrArray *complaints; // of char *: "iter-0/stdout:12: ...", in order
    char *failure; // NULL, or why there is no sample at all in this trial
} Extraction;

void extraction_free(Extraction *extraction);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Extraction, extraction_free)

/* The raw files that the patterns of a benchmark look into, and status: what to read. The strings
 * are the benchmark's; free the array alone (g_free). */
const char **extraction_files(const Benchmark *benchmark);

/* By the patterns. Never fails as a whole: what went wrong is in the Extraction. */
Extraction *extraction_from_raw(const Benchmark *benchmark, const RawFolder *raw);

/* extraction_files, raw_folder_read and extraction_from_raw in one. */
bool extraction_read(const Benchmark *benchmark, const char *folder, Extraction **ret_extraction,
                     GError **error);

/*
 * From what the folder's `extract` printed: gobench text; place stands in messages for it. Its
 * lines are named after the benchmark; a value belongs to the metric that it names
 * (`metric:unit`), else to the only metric of its unit. A key line `iteration: N` gives the
 * position of the lines after it; without one each value's position is its ordinal.
 * raw may be NULL; else iterations that ended badly are complained of and left out.
 */
Extraction *extraction_from_gobench(const Benchmark *benchmark, const RawFolder *raw,
                                    const char *place, const char *text, size_t length);

/* One more reason for the whole trial: a failed `extract`, a machine that died. */
void extraction_fail(Extraction *extraction, const char *reason);

/*
 * As gobench text, a line per sample in order of metric and position, `metric:unit` throughout:
 * the form of sample/expected.txt. Failed metrics are comment lines `# METRIC failed: REASON`.
 */
char *extraction_format(const Benchmark *benchmark, const Extraction *extraction);
