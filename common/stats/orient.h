/*
 * Direction in one place: the only function of the project that turns a ratio of values into a
 * ratio of goodness. After it, above 1 is always better.
 */
#pragma once

#include <stdbool.h>

typedef enum { BETTER_NONE, BETTER_HIGHER, BETTER_LOWER } Better;

/* new/base -> oriented: itself for higher and none, its reciprocal for lower. */
double orient_ratio(double ratio, Better better);

/* "higher", "lower", "none". */
const char *better_format(Better better);
bool better_parse(const char *text, Better *ret_better);
