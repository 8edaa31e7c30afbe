/*
 * What extract.c and extract_gobench.c share, and nobody else includes.
 */
#pragma once

#include "benchmarks/extract.h"

Extraction *extraction_new(const Benchmark *benchmark);
void extraction_complain(Extraction *extraction, const char *sentence);

/* No samples any more, and the reason unless there is one. */
void samples_fail(MetricSamples *samples, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* One more sample, unless it is implausible: then the metric is failed. place: for the reason. */
void samples_add(MetricSamples *samples, const char *place, int position, double value);

/* False: *ret_problem (the caller frees) says how the iteration ended, "iter-3 exited with ..". */
bool iteration_ended_well(const RawFolder *raw, size_t index, char **ret_problem);

/* That for each iteration, problems as complaints; the extraction is failed when none is left.
 * The caller frees. */
bool *extraction_check(Extraction *extraction, const RawFolder *raw);
