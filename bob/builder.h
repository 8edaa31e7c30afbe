/*
 * A builder: a process with a name that claims build jobs and ends them, one at a time.
 *
 * Its name is its own on this state folder (a lock that dies with the process), and in the database
 * (bound to the state folder's id). So whoever holds the lock knows that an earlier process of the
 * name is dead and takes back at once what that one had claimed; claims of other builders end by
 * the database's clock. How one job is built: bob/build.h.
 */
#pragma once

#include "common/store.h"
#include "sql/site.h"

typedef struct Builder Builder; // freed with builder_close()

/*
 * Takes a name and announces architecture, toolchains and cores. name NULL: that of this system,
 * and with many also its -2, -3 .. up to the first that is free. ERROR_MACHINE: a builder of that
 * name is at work. *ret_reclaimed: how many builds of a dead process are queued again.
 * ERROR_DATABASE.
 */
bool builder_open(Site *site, Store *store, const char *name, bool many, Builder **ret_builder,
                  int *ret_reclaimed, GError **error);
void builder_close(Builder *builder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Builder, builder_close)

const char *builder_name(const Builder *builder);
const char *builder_folder(const Builder *builder); // STATE/build/NAME, for work of one job
Site *builder_site(const Builder *builder);
/* Where log and artifact are put: the database's store where this builder shares its folder; else
 * a spool of its own, and builder_finish() sends them through the database (sql/transfer.h). */
Store *builder_store(const Builder *builder);
bool builder_is_remote(const Builder *builder); // the latter
int builder_cores(const Builder *builder);

/* A claimed job. Owned by the caller; freed with build_job_free(). */
typedef struct {
    gint64 id, build_id, token;
    int attempt;
    char *tree; // its name
    char *revision; // full hash
    char *release; // the release's name; NULL for a commit that is none
    char *tree_body, *recipe_body; // definitions, JSON
    char *toolchain; // "": none in particular
    char *arch;
    gint64 subject_id;
    char *package, *package_hash; // of a package tree, whose revision is the version; else NULL
} BuildJob;

void build_job_free(BuildJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BuildJob, build_job_free)

/* "toy v1.2" or "toy 0123456789ab"; freed with g_free. */
char *build_job_format(const BuildJob *job);

/* The next job for this builder; *ret_job is NULL when there is none. ERROR_DATABASE. */
bool builder_claim(Builder *builder, BuildJob **ret_job, GError **error);

/* How a build ended. Cleared with build_outcome_clear(). */
typedef struct {
    const char *state; // "done", "failed", "deadline" or "too-big": constants
    int exit_status; // -1: it did not run
    double elapsed_s, user_s, system_s;
    char *message; // NULL when done
    char *log_hash; // NULL: none
    char *artifact_hash; // NULL unless done
    guint64 artifact_bytes;
    char *files; // JSON; NULL unless done
    char *facts; // JSON
} BuildOutcome;

void build_outcome_clear(BuildOutcome *outcome);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(BuildOutcome, build_outcome_clear)

/* How long a claim lasts before it must be renewed. */
double builder_lease_s(const Builder *builder);

/* Renews the claim; *ret_held is false when it is another's by now. While the database is away it
 * fails with ERROR_DATABASE, having tried to reach it again; the claim then still runs. */
bool builder_extend(Builder *builder, const BuildJob *job, bool *ret_held, GError **error);

/* One try to end the job. *ret_ended: false where there is no room yet for what is to be sent;
 * *ret_ours as below. ERROR_DATABASE: the database is away. */
bool builder_finish_try(Builder *builder, const BuildJob *job, const BuildOutcome *outcome,
                        bool (*is_stopped)(void *data), void *data, bool *ret_ended, bool *ret_ours,
                        GError **error);

/* Ends the job: what it made is in the store, or on its way there whole, before it counts. Waits
 * for a database that is away, or that holds too much on its way, as long as is_stopped says false;
 * *ret_ours is false when the claim was another's by then, and nothing was changed. */
bool builder_finish(Builder *builder, const BuildJob *job, const BuildOutcome *outcome,
                    bool (*is_stopped)(void *data), void *data, bool *ret_ours, GError **error);

/* Gives back what is claimed: for a builder that is stopped in the middle; no attempt is counted.
 */
bool builder_give_back(Builder *builder, GError **error);
