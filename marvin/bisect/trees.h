/*
 * Work trees with the commits that a bisection visits: a few of its own, so that going back to a
 * commit builds nothing, or the owner's one (--in-place). Not for reading history
 * (common/git_repo.h), and it does not build: the caller does, and says when it is done.
 *
 * Own trees lie at FOLDER/t00, t01 ..: paths of equal length, because the length of a path can
 * change what a benchmark prints. At most `keep` of them, and none is added while the file system
 * has less room than twice the largest; then the one that was not used for the longest gives way. A
 * new commit in a tree starts from a clean one: nothing of another commit's build is left.
 *
 * In place, the owner's tree is switched from commit to commit, and ignored files (objects of the
 * last build) stay. Before the first switch its HEAD is noted in its git folder; trees_close() goes
 * back to it, and where we were killed the next trees_restore() does.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/git_repo.h"

typedef struct Trees Trees;

typedef struct {
    char *dir; // of the work tree
    bool is_built; // trees_built() was called for this commit in this tree
} TreePlace;

void tree_place_clear(TreePlace *place);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TreePlace, tree_place_clear)

/* Own trees in folder, which a killed process may have left with trees in it: they are used again.
 * keep: at least 2. hold: the full hash of a commit that git must not prune, with what it reaches,
 * even if its branch is rewritten meanwhile (an empty work tree, FOLDER/hold). Borrows repo, hold.
 */
Trees *trees_new(const GitRepo *repo, const char *folder, int keep, const char *hold);

/* The owner's work tree. ERROR_INPUT: dirty, locked, bare, or in use by another bisection. */
bool trees_new_in_place(const GitRepo *repo, Trees **ret_trees, GError **error);

/*
 * A tree with the files of commit (full hash). Variants other than 0 are trees of their own with
 * the same commit, for what the caller changes in them. ERROR_INPUT: the commit is gone, or files
 * are in the way.
 */
bool trees_get(Trees *trees, const char *commit, int variant, TreePlace *ret_place, GError **error);

/* The build of what trees_get() gave last has ended well. */
void trees_built(Trees *trees);

/* Removes the own trees, or puts the owner's one back to what it was. Frees trees in any case. NULL
 * is fine. */
bool trees_close(Trees *trees, GError **error);

/* Whether the work tree of repo was left switched by a process that was killed: puts it back, with
 * a sentence about it in *ret_note (else NULL; g_free). ERROR_INPUT where it cannot. */
bool trees_restore(const GitRepo *repo, char **ret_note, GError **error);

/* Removes the own trees in folder that a killed process left. */
bool trees_remove(const GitRepo *repo, const char *folder, GError **error);
