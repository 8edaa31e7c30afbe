/*
 * How states and numbers are written, on pages and on the terminal alike: a symbol and a word for
 * each state, ratios, probabilities and values with their units. Pure.
 */
#pragma once

#include "common/stats/state.h"

#include <stdbool.h>

/* "▼" for regressed ...; "" for STATE_NONE. Static. */
const char *state_symbol(State state);

/* The word: as state_format(), and "" for STATE_NONE. Static. */
const char *state_word(State state);

/* One sentence for a legend. Static. */
const char *state_meaning(State state);

/* "0.920", "1.00", "12.4"; "–" for NAN. The caller frees, here and below. */
char *ratio_format(double ratio);

/* "−8.0 %", "+24 %", of an oriented ratio; "–" for NAN. */
char *percent_format(double ratio);

/* "0.918 to 0.922"; "–" where an end is NAN. */
char *interval_format(double low, double high);

/* "0.021", "< 0.001"; "–" for NAN. */
char *probability_format(double p);

/* Four digits or as many as stand before the point: "52340", "8.438M", "0.01235"; "–" for NAN. */
char *value_format(double value);

/* What a number that was measured in this machine mode is not: "instructions, not time" for icount;
 * NULL: nothing to say. Static. */
const char *mode_caveat(const char *mode);

/* The same with what such numbers cannot see, for the head of a page. Static. */
const char *mode_explanation(const char *mode);

/* "3 boots", "1 boot". */
char *count_format(int n, const char *noun);
