/*
 * The notation of settings' values: checked, split, parsed. The types are common/settings.h's.
 */
#pragma once

#include "common/settings.h"

/* What is wrong with a text as the value of a row; NULL: nothing. Freed by the caller. */
char *setting_check(const SettingRow *row, const char *text);

/* The words of a text, separated by white space; freed with g_strfreev. */
char **setting_split(const char *text);

/* LOW..HIGH; an end that is left out stays as it was. */
bool setting_parse_range(const char *text, double *ret_low, double *ret_high);
