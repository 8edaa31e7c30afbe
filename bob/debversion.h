/*
 * Versions of Debian packages: [EPOCH:]UPSTREAM[-REVISION], in dpkg's order (deb-version(7)).
 *
 * Not the order of tags (common/version.h): here ~ comes before the end of a part, letters before
 * other characters, and "1.0-2" has a revision and no pre-release word.
 */
#pragma once

#include <stdbool.h>

/* Below, at or above 0; equal for what dpkg calls equal: 1.0 and 1.00 and 0:1.0-0. */
int deb_version_compare(const char *a, const char *b);

/* A text whose order by bytes (COLLATE "C") is dpkg's; equal where dpkg's is. Freed with g_free. */
char *deb_version_sort_key(const char *version);

/* It announces a version that is still to come: ~rc ~alpha ~beta ~pre ~dev ~git behind a number of
 * upstream's, or ~exp in the revision. A backport (~bpo12+1, ~deb12u1) is none. */
bool deb_version_is_prerelease(const char *version);

/* The version without its epoch, as in the names of files: what a release goes by. Part of it. */
const char *deb_version_name(const char *version);
