/*
 * What messages and patches say about the same change in several trees: backports, cherry-picks,
 * fixes. Pure: texts in, facts out; the reading of trees is fixes.h's.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/*
 * The upstream commit that a backport's message names: "commit HASH upstream.", "[ Upstream commit
 * HASH ]", "(cherry picked from commit HASH)", "(backported from commit HASH)", "Git-commit: HASH",
 * "Origin: upstream, https://..HASH". The first one, 7 to 64 lower case digits; NULL for none;
 * g_free.
 */
char *backport_upstream(const char *message);

/* The commits that its "Fixes:" lines name, as abbreviated there; of char *, freed with it. */
GPtrArray *backport_fixes(const char *message);

/* Whether the abbreviation (7 digits or more) means this full hash. */
bool backport_names(const char *abbreviation, const char *hash);

/* The lines that a patch adds and removes, without context, place, and white space. */
typedef struct Patch Patch;

/* Of a diff in git's form; text around it (a message, headers) does not count. */
Patch *patch_parse(const char *diff);
void patch_free(Patch *patch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Patch, patch_free)
int patch_lines(const Patch *patch);

/*
 * How much of two patches is the same: 2 common / (lines of a + lines of b), 0 to 1. 1 for a
 * backport whose context alone differs, or whose file has another name; 0 where one of them has no
 * lines.
 */
double patch_similarity(const Patch *a, const Patch *b);
