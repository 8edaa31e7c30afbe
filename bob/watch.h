/*
 * Watching: a tree is fetched, and the tags that its policy admits become releases.
 *
 * Polling again changes nothing but the mirror's and the tree's own news: what is known is compared
 * first, and only what is new is written. A release stays what it was when it was found, though its
 * tag moves or goes. Not here: when to poll (common/schedule.h) and what follows (bob/queue.h).
 */
#pragma once

#include "bob/tree.h"
#include "common/git.h"

/* What a poll found. Cleared with watch_clear(). */
typedef struct {
    GPtrArray *found; // char *: names of the new releases in version order
    GPtrArray *troubles; // char *: refused tags, moved ones, odd references: a sentence each
} Watch;

void watch_clear(Watch *watch);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Watch, watch_clear)

/*
 * Polls a tree: stores its row, fetches it into its mirror and stores new releases, all of them in
 * one transaction. on_fetch (may be NULL) is told how far the fetch is, and ends it by returning
 * false: ERROR_INTERRUPTED. ERROR_INPUT when the remote is gone; ERROR_DATABASE.
 */
bool tree_watch(Db *db, Tree *tree, bool (*on_fetch)(const GitProgress *progress, gpointer data),
                gpointer data, Watch *ret_watch, GError **error);

/*
 * Stores a commit of the mirror (full hash) as a subject, or finds it. *ret_id: the row's.
 */
bool subject_store(Db *db, const Tree *tree, GitMirror *mirror, const char *commit, gint64 *ret_id,
                   GError **error);

/* Stores a tag as a release, or finds it; *ret_what: "new", "known" or "moved" (a constant). */
bool release_store(Db *db, const Tree *tree, GitMirror *mirror, const GitTag *tag,
                   const char **ret_what, GError **error);
