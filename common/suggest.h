/*
 * "Did you mean": the nearest of some names to one that is unknown.
 */
#pragma once

/* "; did you mean 'x'?", or "; expected one of a, b" for up to 12 names, or "". Freed by the
 * caller. names: n of them; a trailing '*' of a name is left out. */
char *suggest_format(const char *name, const char *const *names, int n);
