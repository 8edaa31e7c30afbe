/*
 * "Fixed upstream by X, absent here": the commits upstream that fix one, and whether another branch
 * (a stable or a distribution tree in the same repository) has them.
 */
#pragma once

#include "common/git_repo.h"

typedef enum {
    FIX_ABSENT,
    FIX_NOT_NEEDED, // it is absent, and so is the commit that was asked for
    FIX_ANCESTOR, // the very commit is in the branch
    FIX_NAMED, // a commit of the branch says that it is its backport
    FIX_ALIKE, // a commit of the branch changes the same lines, more or less
} FixPresence;

typedef struct {
    GitTitle *title; // of the fix upstream
    char *fixes; // full hash of what it fixes: the commit asked for, or an earlier fix of it;
                 // NULL: it is the commit asked for
    FixPresence presence;
    char *as; // full hash in the branch, where it is NAMED or ALIKE
    double confidence; // 1 for ANCESTOR and NAMED; ALIKE: share of the lines that are the same
} Fix;

void fix_free(gpointer fix);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fix, fix_free)

/*
 * commit: what did it, upstream or a backport of that. upstream, branch: names of commits. Fixes
 * are commits between commit and upstream with a "Fixes:" line that names it, and those that fix
 * these; *ret_fixes holds Fix *, oldest first. *ret_commit (fix_free): commit itself upstream, and
 * its presence in the branch by the same signs; where that is FIX_ABSENT the branch needs no fix.
 * ERROR_INPUT: an unknown name; the commit, or what its message names, is not upstream.
 */
bool fixes_find(const GitRepo *repo, const char *commit, const char *upstream, const char *branch,
                Fix **ret_commit, GPtrArray **ret_fixes, GError **error);
