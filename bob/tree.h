/*
 * A watched tree as its settings describe it: what to poll, which tags count, how it is built.
 *
 * Not the mirror (common/git.h), nor finding releases (bob/watch.h) or queueing (bob/queue.h).
 */
#pragma once

#include "bob/policy.h"
#include "common/schedule.h"
#include "common/settings.h"
#include "sql/site.h"

/* Freed with tree_free(); borrows its section, which must outlive it. */
typedef struct {
    const Section *section;
    const char *name;
    const char *url;
    bool is_deb; // a package archive
    bool is_kernel;
    char *mirror; // STATE/trees/NAME.git; of packages NAME.apt, the folder of bob/apt.h
    Policy policy;
    Schedule schedule;
    GPtrArray *distros; // of VersionRange *; empty: host
    GPtrArray *toolchains; // of VersionRange *; empty: none in particular
    int id; // the row's, once stored
    char *hash; // its definition's, once stored
    char *polled; // what was looked at when it was last polled to the end; NULL: nothing yet
    char *queued; // what was gone through when it was last queued without trouble; the same
} Tree;

/*
 * Checks the settings of a tree beyond their types. ERROR_INPUT: one sentence with file:line.
 */
bool tree_read(const Site *site, const Section *section, Tree **ret_tree, GError **error);
void tree_free(Tree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tree, tree_free)

/* The row of the tree and its definition, written where they are new or other. ERROR_DATABASE. */
bool tree_store(Db *db, Tree *tree, GError **error);

/* What identifies its release policy; freed with g_free. */
char *tree_policy_format(const Tree *tree);

/* Notes what a poll or a queueing has gone through to its end: NULL leaves one as it is.
 * ERROR_DATABASE. */
bool tree_note(Db *db, Tree *tree, const char *polled, const char *queued, GError **error);

/* The section [tree NAME]; ERROR_INPUT names a near one. */
bool tree_section_get(const Site *site, const char *name, const Section **ret_section,
                      GError **error);
