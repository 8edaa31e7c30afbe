/*
 * A bisection as the database has it: what was asked, what it has asked of the queue, and what the
 * boots gave. Rows in, rows out; what to do next is planner.h's, what is believed search.h's.
 *
 * Everything that a planner knows is read here, anew at every step (promise 7), so that it resumes
 * anywhere and results that were there before are evidence like its own.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/db.h"
#include "marvin/bisect/search.h"

/* What people ask for. Borrowed for queued_begin(). */
typedef struct {
    const char *tree;
    const char *const *good; // full hashes, NULL-terminated
    const char *good_name; // as it was written, for people
    const char *bad; // a full hash
    const char *bad_name;
    const char *benchmark; // NAME or NAME/k=v, as `bob queue --benchmark` takes it
    const char *trial_key; // with all its parameters
    const char *metric; // "": the benchmark's only one
    const char *const *machines; // NULL-terminated
    const char *asked_by;
    int64_t change_id; // that it explains; 0: none in particular
    double stop; // posterior mass at which a commit counts as found
    double budget_s; // 0: none
    double reported; // bad/good - 1, as somebody saw it; 0: nothing was said
    int max_runs; // 0: none
    int iterations; // of a boot
    bool find_fix;
    bool first_parent;
    bool exclusive; // nothing else runs on its machines between its boots
    bool no_layout; // the culprit is not built again with another layout
} QueuedTerms;

bool queued_begin(Db *db, const QueuedTerms *terms, int64_t *ret_id, GError **error);

/* A row. Freed with queued_free(). */
typedef struct {
    int64_t id;
    char *tree;
    char **good; // full hashes; [0] is the endpoint that is measured
    char *good_name;
    char *bad;
    char *bad_name;
    char *benchmark;
    char *metric;
    char **machines;
    int machine_ids[64]; // in the order of machines
    int n_machines;
    double stop, budget_s, reported;
    int max_runs, iterations;
    bool find_fix, first_parent, no_layout;
    char *state; // running, found, not-reproduced, undecided, stopped
    char *why; // or NULL
    double age_s; // since it was asked for, until it ended
} Queued;

void queued_free(Queued *bisection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Queued, queued_free)

/* ERROR_INPUT where there is none of that number. */
bool queued_load(Db *db, int64_t id, Queued **ret_bisection, GError **error);

/* Stores what is known, or how it ended. False with ERROR_INPUT: it has ended otherwise (somebody
 * stopped it). */
bool queued_store(Db *db, int64_t id, const char *state, const char *why, const json_t *answer,
                  GError **error);

/* Boots of one commit on one machine that were asked for in one step. */
typedef struct {
    char *revision;
    int machine; // index into machines
    int first_boot, last_boot;
    char *purpose; // endpoints, search, verify, revert, layout
    int n_open, n_failed, n_done;
    bool is_build_failed;
    char *message; // of the build or the last boot that failed; or NULL
    char *artifact; // content hash of what was built; NULL: not yet
} Request;

/* One boot that gave a value, in the order in which they ran. */
typedef struct {
    char *revision;
    int machine;
    double value; // NAN: the benchmark failed
    char *purpose; // NULL: not asked for by this bisection
    char *artifact; // content hash; may be NULL
} BootValue;

/* What the metric is, once a boot has given it; zeros before. Texts owned by the Rows. */
typedef struct {
    char *name, *unit;
    Better better;
    double resolution; // 0: not known
    bool counts_instructions; // the mode of the boots is icount
} BisectedMetric;

/* The rows of one step. Freed with evidence_rows_free(). */
typedef struct {
    GPtrArray *requests; // of Request *
    GPtrArray *values; // of BootValue *
    BisectedMetric metric;
    double run_s, build_s; // what a boot and a build took lately; 0: not known
} EvidenceRows;

void evidence_rows_free(EvidenceRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EvidenceRows, evidence_rows_free)

/* ERROR_INPUT where the benchmark has several metrics and the bisection names none. */
bool evidence_rows_load(Db *db, const Queued *bisection, EvidenceRows **ret_rows, GError **error);

/* Notes boots first .. last of a battery as asked for. */
bool queued_request(Db *db, int64_t id, int64_t battery_id, int first, int last,
                    const char *purpose, GError **error);
