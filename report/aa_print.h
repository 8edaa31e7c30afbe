/*
 * What the self-test found, as text for people and as JSON for scripts (the fields: `marvin-report
 * aa --help`). Strings are new and freed by the caller.
 */
#pragma once

#include "report/aa_simulate.h"
#include "report/aa_split.h"

#include <jansson.h>

/* One simulated world; errors has AA_RULES. The JSON is new. */
char *aa_world_format_text(const AaWorld *world, const AaErrors *errors);
json_t *aa_world_format_json(const AaWorld *world, const AaErrors *errors);

/* The boots of the database. */
char *aa_splits_format_text(const AaSplits *splits, const AaSplitOptions *options);
json_t *aa_splits_format_json(const AaSplits *splits, const AaSplitOptions *options);

/* 5 % and two standard errors of a share over so many independent pages; a fraction. */
double aa_limit(int pages);
