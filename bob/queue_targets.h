/*
 * What queueing goes by, made in bob/queue_targets.c and queue_known.c, and used in bob/queue.c.
 * Private to them.
 */
#pragma once

#include "bob/plan.h"
#include "bob/queue.h"

typedef struct {
    const char *name; // the section's
    int id;
} TargetMachine;

/* A distro of a release: host, or the word of a range. */
typedef struct {
    const char *name;
    int id;
} TargetDistro;

/* What is known of one battery of the tree. */
typedef struct {
    gint64 id;
    int boots;
    bool is_cancelled;
    bool has_failed_build; // failed, and its build with it
    bool has_cancelled_build; // none was done, and its build was cancelled
    char *recipe_hash; // of that build, NULL: none
} KnownBattery;

/* What is known of one build job of the tree. */
typedef struct {
    int waits_at; // the priority of one that nobody has taken; 0: it is taken or ended
    bool is_gone; // built, and its artifact removed since
} KnownBuild;

struct QueueTargets {
    const Site *site;
    Tree *tree;
    QueueWish wish;
    GHashTable *recipes; // where a kernel's configuration comes from, "" of others -> hash, owned
    char *arch;
    GArray *machines; // of TargetMachine
    GPtrArray *plans; // of Plan *
    GHashTable *distros; // name -> id (GINT_TO_POINTER)
    GHashTable *known; // battery_key() -> KnownBattery *
    GHashTable *builds; // build_key() -> KnownBuild *; empty where there are batteries to ask for
    bool is_known; // those are loaded
    GHashTable *told; // troubles that were told of a distro
    bool is_open; // a transaction of queueing
    int n_batched; // subjects in it
};

/* The keys of `known` and `builds`; freed with g_free. */
char *battery_key(gint64 subject_id, int machine_id, int distro_id, const char *plan_key);
char *build_key(gint64 subject_id, const char *recipe_hash, const char *toolchain,
                const char *arch);

/* Loads what is known of the tree's batteries, or of its builds where only those are asked for;
 * once. ERROR_DATABASE. (bob/queue_known.c) */
bool targets_load_known(QueueTargets *targets, Db *db, GError **error);
void targets_forget_known(QueueTargets *targets);

/* A hash of all that queueing the tree's releases goes by: what was polled, the settings' ranges,
 * machines, plans, recipe, and the files that a kernel's configuration comes from. NULL where that
 * cannot be said (packages). Freed with g_free. */
char *targets_digest(const QueueTargets *targets);

/* Adds the distros of a release to `distros` (of TargetDistro): two at the boundary of two ranges,
 * none where no range has it (a sentence goes to troubles). */
bool target_distros(QueueTargets *targets, Db *db, const char *release, GArray *distros,
                    GPtrArray *troubles, GError **error);

/* The hash of the recipe's definition for a release on a distro, owned by targets; NULL where there
 * is none: what is wrong goes to troubles, once. */
bool target_recipe(QueueTargets *targets, Db *db, const char *release, const char *distro,
                   const char **ret_hash, GPtrArray *troubles, GError **error);

/* The toolchain for a release, "" for none in particular; NULL where no range has it (a sentence
 * goes to troubles, once for the tree). */
const char *target_toolchain(QueueTargets *targets, const char *release, GPtrArray *troubles);
