/*
 * An extraction as the JSON that trial_store() and the spool take, and what it says of its trial.
 */
#pragma once

#include <jansson.h>

#include "benchmarks/extract.h"

/* A list with an object for each metric that means something in the mode ("local", "metal" ...; see
 * ModeFlags). The caller owns it. */
json_t *samples_format(const Benchmark *benchmark, const Extraction *extraction, const char *mode);

/* The names of the metrics that mean nothing in the mode, and are left out: "copy, scale"; NULL:
 * none. Freed by the caller. */
char *samples_left_out(const Benchmark *benchmark, const char *mode);

/* True where any metric has a sample: the trial is done, else failed. */
bool extraction_has_samples(const Extraction *extraction);

/* What went wrong, each sentence once, the first few of them; NULL: nothing. Freed by the caller.
 */
char *extraction_message(const Extraction *extraction);
