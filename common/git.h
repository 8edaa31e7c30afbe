/*
 * Watching a git tree: a bare mirror of it on the local disk, kept up to date, and read from.
 *
 * One GitMirror is used by one thread at a time; any number of processes may open one mirror.
 * Names of tags and branches are foreign bytes without NUL (git forbids control characters,
 * space and ~^:?*[\ in them, little else, and no encoding): data for argv, parameters and
 * escaping, never for a command string. Commits are 40 hexadecimal digits.
 *
 * Not here: which tags are releases, when to poll, and what was known before (a watcher compares
 * git_mirror_tags() with its own rows: a GitFetchReport is lost when the process is killed).
 * Pushing, and trees that are no git trees, are not supported. git2.h is included in
 * common/git*.c only.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct GitMirror GitMirror;

/*
 * Opens the bare mirror at path, made empty when there is none: ERROR_INPUT when path is
 * something else. An existing one is never cloned again. Freed with git_mirror_close().
 */
bool git_mirror_open(const char *path, GitMirror **ret_mirror, GError **error);
void git_mirror_close(GitMirror *mirror);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GitMirror, git_mirror_close)

/* --- fetching ---------------------------------------------------------------------------- */

/*
 * Whether url names a place that git_mirror_fetch() can go to: a path, file://, http(s)://,
 * git://, ssh:// or [user@]machine:path. ERROR_INPUT says what is wrong with it.
 */
bool git_url_check(const char *url, GError **error);

/* The url without its password, for messages; freed with g_free. */
char *git_url_format(const char *url);

/* How far a fetch is; n_objects is 0 until it is known. */
typedef struct {
    guint n_received, n_indexed, n_objects;
    guint64 bytes;
} GitProgress;

typedef struct {
    guint timeout_ms; // for the whole fetch, waiting for another one included; 0: an hour
    // Called now and then, also while nothing comes; false ends the fetch with
    // ERROR_INTERRUPTED. May be NULL.
    bool (*progress)(const GitProgress *progress, gpointer data);
    gpointer data;
    // Asked with a report's digest before the mirror is read; true: an earlier fetch of these very
    // references ended well, so there is nothing to compare. May be NULL.
    bool (*is_known)(const char *digest, gpointer known_data);
    gpointer known_data;
} GitFetchOptions;

typedef enum {
    GIT_REF_NEW, // was not in the mirror
    GIT_REF_MOVED, // names another object now (for a branch the daily course, for a tag not)
    GIT_REF_GONE, // is no longer in the tree
} GitRefChangeKind;

typedef struct {
    char *name; // in full: "refs/tags/v3.12", "refs/heads/master"
    GitRefChangeKind kind;
    char *old_hash; // what it named: a commit or a tag object; NULL for GIT_REF_NEW
    char *new_hash; // NULL for GIT_REF_GONE
    bool is_rewrite; // of a branch that moved: what it named is not reachable from it any more
} GitRefChange;

typedef struct {
    GPtrArray *changes; // of GitRefChange *, in order of their names; empty: nothing new
    GPtrArray *complaints; // of char *: what the tree offers and the mirror passed over, and why
    guint64 bytes; // received
    char *digest; // of all branches and tags as they are now: equal for equal ones
} GitFetchReport;

void git_fetch_report_free(GitFetchReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GitFetchReport, git_fetch_report_free)

/*
 * Makes the mirror's branches and tags those of the tree at url. The remote's list is read first:
 * when nothing differs, nothing is downloaded and no file of the mirror is written. What a moved
 * or vanished tag or a rewritten branch named stays reachable by refs/marvin/kept/HASH, so that
 * no commit once seen is ever lost. Safe to be killed at any time and to be called by several
 * processes at once (the later ones wait).
 *
 * options may be NULL. A tree by path is read by `git upload-pack` where git is installed and the
 * tree is ours, else by libgit2. ssh runs OpenSSH's ssh (keys, agents, known_hosts and config are
 * the user's; it never asks anything). ERROR_INPUT: one sentence with the url and the cause, within
 * the timeout; ERROR_INTERRUPTED: the progress function said stop. ret_report may be NULL.
 */
bool git_mirror_fetch(GitMirror *mirror, const char *url, const GitFetchOptions *options,
                      GitFetchReport **ret_report, GError **error);

/* --- reading ----------------------------------------------------------------------------- */

typedef struct {
    char *name; // "v3.12", without refs/tags/
    char *tag_hash; // the tag object (annotated) or the commit (light): changes when it moves
    char *commit; // the commit that it names in the end
    bool annotated;
    gint64 time_s; // when tagged, in seconds since 1970; light or without a tagger: when committed
} GitTag;

/*
 * All tags that name a commit, in order of their names (bytes). *ret_tags holds GitTag * and
 * frees them (g_ptr_array_unref). Tags of trees and blobs and broken ones are passed over, with
 * a sentence each in *ret_complaints (char *; may be NULL).
 */
bool git_mirror_tags(GitMirror *mirror, GPtrArray **ret_tags, GPtrArray **ret_complaints,
                     GError **error);

/*
 * The commit that spec names by git's rules: a tag, a branch, a full or unique short hash,
 * HEAD~3 ... *ret_commit is freed with g_free. ERROR_INPUT when there is none, or several.
 */
bool git_mirror_resolve(GitMirror *mirror, const char *spec, char **ret_commit, GError **error);

typedef struct {
    char *hash;
    char *tree_hash;
    char *subject; // first paragraph of the message on one line; foreign bytes made UTF-8
    char *message; // all of it, made UTF-8
    char *author_name; // made UTF-8
    char *author_mail; // made UTF-8
    gint64 author_s; // when written, seconds since 1970
    gint64 commit_s; // when committed, seconds since 1970
    char **parents; // hashes, first parent first, NULL at the end
} GitCommit;

void git_commit_info_free(GitCommit *commit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GitCommit, git_commit_info_free)

/* What there is to say about a commit, by its full hash. ERROR_INPUT when the mirror lacks it. */
bool git_mirror_commit(GitMirror *mirror, const char *hash, GitCommit **ret_commit, GError **error);

/*
 * Writes the files of a commit (full hash) into dir, which is made or must be empty: modes and
 * symbolic links kept, no .git, submodules as empty folders. No path leaves dir. On failure, and
 * when killed, dir holds a part.
 */
bool git_mirror_checkout(GitMirror *mirror, const char *hash, const char *dir, GError **error);

/* --- writing ----------------------------------------------------------------------------- */

/*
 * The commit on top of tip that takes the change of culprit back (both full hashes), as `git
 * revert` makes it: of a merge, back to its first parent. It is kept in the mirror by a reference
 * of ours; equal arguments give the same commit. *ret_commit is NULL, without an error, where the
 * change cannot be taken back without conflicts; else freed with g_free. ERROR_INPUT when the
 * mirror lacks a commit.
 */
bool git_mirror_revert(GitMirror *mirror, const char *tip, const char *culprit, char **ret_commit,
                       GError **error);

/*
 * The commit on top of `commit` (a full hash) that changes no file, dated as it is: the subject of
 * the same source built with another layout, so that no result of it is taken for one of the
 * commit. Kept and repeatable as that of git_mirror_revert(). *ret_commit: g_free. ERROR_INPUT.
 */
bool git_mirror_relayout(GitMirror *mirror, const char *commit, char **ret_commit, GError **error);
