/*
 * An extraction as the JSON that trial_store() and the spool take.
 */
#pragma once

#include <jansson.h>

#include "benchmarks/extract.h"

/* A list with an object for each metric that means something in the mode ("local", "metal" ...; see
 * ModeFlags). The caller owns it. */
json_t *samples_format(const Benchmark *benchmark, const Extraction *extraction, const char *mode);
