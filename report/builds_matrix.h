/*
 * Releases and targets: what became of each, by its latest attempt. Pure: rows in, text out.
 */
#pragma once

#include "report/builds.h"

#include <jansson.h>

/* A line for each release of a tree, a column for each target with its architecture and toolchain;
 * cells have state, time and how many attempts there were. The caller frees. */
char *matrix_text(const Builds *builds);
char *matrix_html(const Builds *builds);
json_t *matrix_json(const Builds *builds);
