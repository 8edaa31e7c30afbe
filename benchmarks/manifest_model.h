/*
 * What manifest.c, manifest_json.c and definition.c share, and nobody else includes.
 */
#pragma once

#include "benchmarks/manifest.h"

/* Empty: all pointers but the two arrays are NULL. */
Benchmark *benchmark_new(void);

/* A word of letters, digits, '.', '_', '-' that begins with a letter or a digit. */
bool benchmark_name_is_valid(const char *name);

/* By name, for g_ptr_array_sort. */
int parameter_compare(const void *a, const void *b);

/* Sets regex from pattern. ERROR_INPUT, with place, when it does not compile or has not one
 * group.*/
bool metric_pattern_compile(const char *place, Metric *metric, GError **error);
