/*
 * The line of a build's log that says what went wrong. Pure but for reading the file.
 */
#pragma once

#include <glib.h>

/*
 * The first line that names an error as compilers, linkers and scripts write them, else the last
 * line that is not empty; at most 200 characters, safe for a terminal; NULL for an empty log or
 * none. Freed with g_free.
 */
char *buildlog_find_error(const char *path);
