/*
 * Queueing: a build job, and a battery for every machine and plan, of a tree's releases.
 *
 * What is queued stays queued once: a battery is known by subject, machine, distro and plan key, so
 * that going through all releases again asks only for what is missing (a new release, machine or
 * plan, more boots, or boots whose build failed by a recipe that has been corrected since).
 */
#pragma once

#include "bob/plan.h"
#include "bob/tree.h"
#include "common/store.h"

enum { PRIORITY_URGENT = 10, PRIORITY_BISECT = 20, PRIORITY_NORMAL = 30, PRIORITY_BACKFILL = 40 };

/* What to queue for a tree, prepared once for all of its releases. */
typedef struct QueueTargets QueueTargets; // freed with queue_targets_free()

/* Chooses among the tree's machines and plans, and says how urgent it is. Zeros: all of them. */
typedef struct {
    const char *const *machines; // NULL: those of the tree; any of the settings may be named
    const char *const *plans; // the same
    const PlanTerms *work; // instead of plans: one that is no section; NULL: none
    int priority; // 0: normal for a new release, backfill for the rest
    const char *asked_by; // NULL: bob
    bool other_layout; // built with another layout of its code: see recipe.h
} QueueWish;

/*
 * Reads and stores the definitions: recipe, plans, benchmarks, machines. What is wrong with one
 * plan or machine goes to troubles (char *), and the others go on. ERROR_INPUT when the tree cannot
 * be built at all; ERROR_DATABASE. The tree must have its row (tree_store).
 */
bool queue_targets_new(const Site *site, Store *store, Tree *tree, const QueueWish *wish,
                       QueueTargets **ret_targets, GPtrArray *troubles, GError **error);
void queue_targets_free(QueueTargets *targets);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QueueTargets, queue_targets_free)

typedef struct {
    int builds; // releases for which a build is wanted now
    int batteries; // new ones
    int extended; // known ones with more boots, or revived
    int again; // known ones, of which something was cancelled and is queued again
    int known; // those that were there already
} QueueCount;

/*
 * Queues one subject. name: the release's, or a text for messages; a release without a distro for
 * it goes to troubles. Adds to *count; after a failure that may count what was rolled back.
 */
bool queue_subject(QueueTargets *targets, Db *db, gint64 subject_id, const char *name, int priority,
                   QueueCount *count, GPtrArray *troubles, GError **error);

/* The batteries of a subject for the wish's machines and plans, as they are now. Columns of
 * QUERY_BOB_BATTERY_FIND. ERROR_DATABASE. */
bool queue_batteries(const QueueTargets *targets, Db *db, gint64 subject_id, Rows **ret_rows,
                     GError **error);

/* Queues all releases that the policy of the tree admits now, a hundred a transaction. */
bool queue_releases(QueueTargets *targets, Db *db, QueueCount *count, GPtrArray *troubles,
                    GError **error);

/* Queues anchors: where a machine has changed (a new epoch), the latest two releases that were
 * complete there before, again and once. *ret_made: how many batteries that are. ERROR_DATABASE. */
bool queue_anchors(const QueueTargets *targets, Db *db, int *ret_made, GError **error);
