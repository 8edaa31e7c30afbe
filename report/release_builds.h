/*
 * The attempts at building the releases of a tree, for its pages: which of them count, and what
 * each was configured by. Builds of commits that are no releases are left out; `marvin-report
 * search` finds those.
 */
#pragma once

#include "report/builds.h"
#include "report/dataset.h"

typedef struct {
    Builds all; // of the tree, in order of release and start
    Rows *configs; // of QUERY_REPORT_BUILD_CONFIGS
    GHashTable *config_rows; // key -> its row and one
    GHashTable *last; // job id -> const BuildRow *, its last attempt
    GPtrArray *of_release; // by index: GPtrArray of const BuildRow * in order of start; NULL: none
} ReleaseBuilds;

/* ERROR_DATABASE. */
bool release_builds_load(Db *db, const Dataset *dataset, ReleaseBuilds **ret_builds,
                         GError **error);
void release_builds_free(ReleaseBuilds *builds);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReleaseBuilds, release_builds_free)

/* The attempts at a release (index of the dataset), the oldest first; NULL: none. */
const GPtrArray *release_builds_of(const ReleaseBuilds *builds, int release);

/* Whether an attempt is the last of its job, which then stands for it. */
bool release_build_counts(const ReleaseBuilds *builds, const BuildRow *build);
/* Whether it counts, and its job has failed. */
bool release_build_failed(const ReleaseBuilds *builds, const BuildRow *build);
/* Whether a job of the release has failed. */
bool release_has_failed_build(const ReleaseBuilds *builds, int release);

/* What a kernel was configured by, against the release before. Borrows. */
typedef struct {
    const char *hash; // of the text; NULL: no kernel, or not known
    const char *previous; // the release it is compared with; NULL: there was none yet
    const char *difference; // lines -CONFIG_A=y, +CONFIG_A=m
    int added, removed; // lines of it
} BuildConfig;

BuildConfig release_build_config(const ReleaseBuilds *builds, const BuildRow *build);
