/*
 * A comparison written out: text for people, JSON, CSV, a page and gobench for programs. Pure:
 * families in, text out. The fields of JSON and CSV are a contract (DESIGN 9).
 */
#pragma once

#include "report/family.h"

#include <jansson.h>

/* Family *, one for each new release, of one dataset. All return text that the caller frees. */
char *compare_text(const GPtrArray *families, bool colour);
char *compare_json(const GPtrArray *families);
char *compare_csv(const GPtrArray *families);
char *compare_html(const GPtrArray *families);
/* The values of base and new releases: a line a boot, so that benchstat reads them. */
char *compare_gobench(const GPtrArray *families);

/* One row: the fields of the contract, then failed_base and failed_new; a new reference. */
json_t *compare_row_json(const Family *family, const FamilyRow *row);

/* The header line of the CSV, and one row, with their line ends. */
void compare_csv_header(GString *out);
void compare_csv_row(const Family *family, const FamilyRow *row, GString *out);

/* A JSON value as text: two spaces of indent, keys in the order they were set, a final newline. */
char *compare_json_text(const json_t *value);
/* {size, q}. */
json_t *compare_family_json(const Family *family);

/* A flat JSON object as a line of CSV: its keys, its values. */
void compare_csv_keys(json_t *object, GString *out);
void compare_csv_values(json_t *object, GString *out);
