/*
 * A person's own git repository, as the program git sees it: what commits lie between two others,
 * and work trees of our own beside theirs.
 *
 * For tools that work in a tree somebody else uses: the program git knows every format, and all
 * settings, of that repository (commit graphs, replaced commits, SHA-256, partial clones), and
 * reads a range faster than libgit2 does. Not for the mirrors that bob keeps (common/git.h), and
 * nothing here fetches or writes a reference. Hooks never run. Names given by people are arguments
 * that stand behind an option end, never options.
 *
 * One GitRepo is used by one thread at a time. Hashes are lower case hexadecimal, in full.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/proc.h"

typedef struct GitRepo GitRepo;

/*
 * Opens the repository that dir lies in. ERROR_INPUT: there is none, it is not ours (git's
 * safe.directory), or git is not installed. Freed with git_repo_close().
 */
bool git_repo_open(const char *dir, GitRepo **ret_repo, GError **error);
void git_repo_close(GitRepo *repo);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GitRepo, git_repo_close)

/* Absolute paths, owned by repo: the top of the work tree (NULL in a bare repository), the folder
 * that all its work trees share (".git"), and the one of this work tree. */
const char *git_repo_top(const GitRepo *repo);
const char *git_repo_common_dir(const GitRepo *repo);
const char *git_repo_own_dir(const GitRepo *repo);
/* Whether its history was cut off by `git clone --depth`. */
bool git_repo_is_shallow(const GitRepo *repo);

/* The environment of git's children and of what is run in work trees: ours without the variables
 * that would send git elsewhere (GIT_DIR ..). Owned by repo; NULL-terminated "K=V". */
const char *const *git_repo_env(const GitRepo *repo);

/*
 * Runs git with arguments (NULL-terminated) in dir (NULL: where the repository was opened), without
 * hooks. True once it ended with a status up to max_status; output and status in *ret_result
 * (g_auto(ProcResult)). False with ERROR_INPUT and git's own last line. Not cut short by signals:
 * what is half done in a work tree helps nobody.
 */
bool git_repo_git(const GitRepo *repo, const char *dir, const char *const *arguments,
                  int max_status, ProcResult *ret_result, GError **error);

/* --- reading ----------------------------------------------------------------------------- */

/* The commit that spec names by git's rules; *ret_hash is freed with g_free. ERROR_INPUT: none, or
 * several. */
bool git_repo_resolve(const GitRepo *repo, const char *spec, char **ret_hash, GError **error);

/* The best common ancestors of a and b; *ret_hashes (g_strfreev) is empty where the two have no
 * history in common. */
bool git_repo_merge_bases(const GitRepo *repo, const char *a, const char *b, char ***ret_hashes,
                          GError **error);

/* What there is to say about a commit on one line each; made UTF-8, no control characters. */
typedef struct {
    char *hash;
    char *subject;
    char *author; // name
    char *mail;
    gint64 author_s; // when written, seconds since 1970
} GitTitle;

void git_title_free(GitTitle *title);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GitTitle, git_title_free)
bool git_repo_title(const GitRepo *repo, const char *hash, GitTitle **ret_title, GError **error);

/* Reads the titles of many commits (full hashes, NULL-terminated) with one git; git_repo_title() of
 * those is free from then on. */
bool git_repo_titles_read(const GitRepo *repo, const char *const *hashes, GError **error);

/* From now on git_repo_title(name) is this subject: for lists in which other things than commits
 * stand. */
void git_repo_title_add(const GitRepo *repo, const char *name, const char *subject);

/* "1234567890ab", 12 or more digits: enough to be the only one today. g_free. */
char *git_repo_short(const GitRepo *repo, const char *hash);

/*
 * The commits between: ancestors of bad, itself included, that are no ancestor of a good one.
 * Parents come before children; the last is bad. Parents outside the range are left out.
 */
typedef struct {
    int n;
    char **hash; // n of them, and NULL
    int *first_parent_at; // n + 1 offsets into parent: those of i begin at first_parent_at[i]
    int *parent; // indices, always smaller than the child's
    GHashTable *index; // hash -> index + 1, as GINT_TO_POINTER
} GitRange;

void git_range_free(GitRange *range);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GitRange, git_range_free)

/* The index of a commit, or -1. */
int git_range_find(const GitRange *range, const char *hash);

/* goods: full hashes, NULL-terminated. first_parent: follow first parents only, as git bisect start
 * --first-parent does. n is 0 where bad is an ancestor of a good one. */
bool git_repo_range(const GitRepo *repo, const char *bad, const char *const *goods,
                    bool first_parent, GitRange **ret_range, GError **error);

/* Parses what `git rev-list --topo-order --parents` printed; for git_repo_range() and its tests. */
bool git_range_parse(const char *text, GitRange **ret_range, GError **error);

/* --- the person's own work tree ------------------------------------------------------------ */

/* Refuses (ERROR_INPUT) a work tree in which something is changed and not committed, that is locked
 * by a running git, or in the middle of a merge, rebase, bisect ..; and a bare repository. Files
 * that git does not track are no hindrance. */
bool git_repo_need_clean(const GitRepo *repo, GError **error);

/* Whether tracked files are changed; only looks. */
bool git_repo_is_dirty(const GitRepo *repo, bool *ret_dirty, GError **error);

/* What HEAD is: "refs/heads/main", or a hash when it is detached; g_free. */
bool git_repo_head(const GitRepo *repo, char **ret_head, GError **error);

/* --- work trees of our own ----------------------------------------------------------------- */

/* Makes dir a work tree of repo (`git worktree`) at commit, detached. What lay there is removed
 * first if it is a work tree of this repository or an empty folder. */
bool git_worktree_add(const GitRepo *repo, const char *dir, const char *commit, GError **error);

/* Puts commit's files into the work tree dir: changes to tracked files are thrown away; with clean
 * everything that the commit does not have is removed as well, ignored files included. */
bool git_worktree_switch(const GitRepo *repo, const char *dir, const char *commit, bool clean,
                         GError **error);

/* Removes dir and git's record of it; what is gone already is no error. */
bool git_worktree_remove(const GitRepo *repo, const char *dir, GError **error);
