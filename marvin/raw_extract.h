/*
 * From the raw folder of a trial to its samples, by patterns or by the benchmark's own `extract`.
 * The same for a trial that has just ended and for one that is extracted again years later.
 */
#pragma once

#include <stdbool.h>

#include "benchmarks/extract.h"

/*
 * folder: where the benchmark's `extract` lies; only used where it has one. It is run here, on
 * the raw folder; one that fails is a failed extraction with its last words, not an error.
 * ERROR_INPUT: raw cannot be read.
 */
bool raw_extract(const Benchmark *benchmark, const char *folder, const char *raw,
                 Extraction **ret_extraction, GError **error);
