/*
 * Between which commits a bisection in a git tree searches: what people wrote, checked and resolved
 * as git bisect does it. Reads the repository; runs nothing of the user's.
 *
 * The old side is where the searched change is not yet in, the new one where it is: good and bad,
 * or with find_fix bad and good.
 */
#pragma once

#include "common/git_repo.h"
#include "marvin/bisect/graph.h"

typedef struct {
    char *old_commit; // the one that is run; full hash
    char *old_name; // for people: as it was written, or "merge base 0123456789ab"
    char **olds; // all of the old side, the first is old_commit; NULL-terminated
    char *new_commit;
    char *new_name;
    char *note; // one sentence for people, or NULL
    GitRange *range; // the suspects; the last is new_commit
    Graph *graph; // of range, the same numbers
} Between;

void between_free(Between *between);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Between, between_free)

/* What people wrote where it is not what is resolved: names of releases, whose tags may move. */
typedef struct {
    const char *const *goods; // as many as goods
    const char *bad;
} BetweenNames;

/*
 * goods: NULL-terminated, at least one; with find_fix exactly one. An old commit that is no
 * ancestor of the new one is replaced by their merge bases, as git tests those first; the note says
 * so. names: what the messages call them; NULL: as they stand. ERROR_INPUT, one sentence each: a
 * shallow clone; a name that is unknown or ambiguous; both sides equal, unrelated, or swapped.
 */
bool between_resolve(const GitRepo *repo, const char *const *goods, const char *bad,
                     const BetweenNames *names, bool find_fix, bool first_parent,
                     Between **ret_between, GError **error);
