/*
 * Samples of the database in formats of others. What failed is a row, or a key line, of its own:
 * never a number, never left out.
 */
#pragma once

#include <stdio.h>

#include "common/db.h"

/* rows: of QUERY_MARVIN_EXPORT. */

/* The Go benchmark text format: a line a sample, key lines tree, release, machine, distro, plan,
 * epoch, and run for a boot. */
void export_gobench(const Rows *rows, FILE *out);

/* A row a sample, with a heading (RFC 4180). A failed metric: one row with its state and message.
 */
void export_csv(const Rows *rows, FILE *out);

/* {"schema": 1, "samples": [{.., "position": [..], "value": [..]}]}, an object a boot and metric.
 */
void export_json(const Rows *rows, FILE *out);
