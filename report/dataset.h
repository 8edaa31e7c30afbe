/*
 * What a report is made from: the releases of one tree, the series with one number per boot, and
 * the batteries that were asked for. Filled by load_db.h or load_gobench.h; judged by family.h.
 * It decides nothing, and holds no samples of below a boot: those are collapsed (STATISTICS A.3.1)
 * when they are added.
 */
#pragma once

#include "common/stats/orient.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Strings of all types here are owned by the Dataset. */

typedef struct {
    int64_t subject_id; // 0: from a file
    const char *tree; // NULL: unknown
    const char *name;
    const char *revision; // NULL: unknown
    const char *summary; // the commit's subject line, or NULL
    const char *date; // "2026-01-17", or NULL
    bool prerelease;
} Release;

typedef struct {
    int id; // 0: from a file
    const char *benchmark;
    const char *name;
    const char *unit;
    Better better;
    bool is_unsaid; // better is none because nobody said which
    const char *statistic;
    const char *identity;
    double margin; // as a fraction; NAN: the plan's
    double resolution;
    bool deterministic;
    char **meaningful; // machine modes; empty or NULL: all
} Metric;

/* The one number of one boot, with where it came from. */
typedef struct {
    int64_t job_id; // the unit of replication; in files the number of the run
    int64_t run_id;
    int boot;
    int epoch_id; // 0: unknown
    int epoch; // its number on the machine
    const char *mode; // local, metal, kvm, tcg, icount; "" unknown
    const char *fingerprint_hash;
    const char *raw_hash;
    const char *batch; // boots that were run together have the same; NULL: unknown (history.h)
    const char *artifact; // hash, NULL: unknown
    bool is_anchor; // ran to bridge an epoch: counts where a release has nothing else to be
                    // compared by
    double value; // NAN: the trial failed or printed no number
    int n; // samples behind it
    double spread; // standard deviation of those samples, NAN below two; display only
    const char *message; // why there is no value, or NULL
    const char *better; // the direction that its file gives its metric, static, where that
                        // contradicts the metric's; else NULL
} BootValue;

/* One metric of one benchmark with its parameters on a machine and distro. */
typedef struct {
    int machine_id, distro_id;
    const char *machine; // NULL: unknown (files)
    const char *distro;
    const char *benchmark;
    const char *params; // JSON object
    const char *trial_key; // benchmark/k=v/k=v
    const Metric *metric;
    double margin; // the metric's, else the plan's, else .02
    GPtrArray *plans; // const char *: the plans that it was seen in
    GPtrArray *points; // per release a GArray of BootValue in boot order, or NULL
} Series;

/* A trial that failed before it gave a number in any metric. */
typedef struct {
    int release; // index
    Series place; // machine, distro, benchmark, params, trial_key, margin; no metric
    const char *plan; // NULL: unknown
    BootValue value; // without a value
} Failure;

/* What was asked for and how far it is. */
typedef struct {
    int release; // index
    const char *machine, *distro, *plan;
    const char *state; // pending, complete, failed, cancelled
    int boots, done, failed;
    const char *reason; // of a failed boot or build, or NULL
    const char *build; // state of the build job: queued, claimed, done, failed ...; NULL: none
    int anchor; // what of an earlier release bridges to this epoch of the machine; 0: no anchor
} Battery;

typedef struct {
    int tree_id;
    const char *tree;
    const char *machine; // of the series of files that say none; NULL: unknown
    bool is_one_package; // of files: what they say of a package is no parameter
    GPtrArray *releases; // of Release *, in version order
    GPtrArray *series; // of Series *, see dataset_sort
    GPtrArray *batteries; // of Battery *
    GArray *failures; // of Failure, until they are spread
    GHashTable *index; // key of a series, or of one that became another's -> Series *
    GHashTable *alike; // trial_key and unit -> GPtrArray of Series *
    GHashTable *metrics; // key of a metric -> Metric *
    GStringChunk *strings;
} Dataset;

Dataset *dataset_new(const char *tree);
void dataset_free(Dataset *dataset);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dataset, dataset_free)

/* A string owned by the dataset, once each; NULL stays NULL. */
const char *dataset_string(Dataset *dataset, const char *text);

/* Adds a release at the end; the strings are copied. Returns its index. */
int dataset_release_add(Dataset *dataset, const Release *release);
/* -1 when there is none. */
int dataset_release_find(const Dataset *dataset, const char *name);
/* The same, or the release of the same commit that stands first, which has its boots and goes by
 * that name from now on: two tags of one commit are tested once. -1: there is none. */
int dataset_release_alias(Dataset *dataset, const char *name);
const Release *dataset_release(const Dataset *dataset, int index);

/* The metric with this benchmark, name and identity, made from the argument when new. */
const Metric *dataset_metric(Dataset *dataset, const Metric *metric);

/* The series of the argument's machine, distro, trial_key and metric (which is the dataset's), made
 * when new. The other fields of a known one stay. */
Series *dataset_series(Dataset *dataset, const Series *series);

/*
 * The same for a series of a file that says less than the database does: where none is equal, the
 * only one that contradicts nothing and has no value at the release yet. Unknown machines, distros
 * and identities ("") contradict nothing, nor does a metric that goes by its unit alone.
 */
Series *dataset_series_like(Dataset *dataset, const Series *series, int release);

/* Adds one boot's value; one of the same job_id already there is averaged with it. */
void dataset_value_add(Dataset *dataset, Series *series, int release, const BootValue *value);

/* Notes that a series was seen in a plan. */
void dataset_plan_add(Dataset *dataset, Series *series, const char *plan);

/* Copied, with its strings. */
void dataset_failure_add(Dataset *dataset, const Failure *failure);
/*
 * Once all values are there: a failed trial becomes a boot without a number in every metric that
 * its trial_key has, on whatever machine; one of a benchmark without parameters (all of it failed)
 * in every series of the benchmark. Those of what has no number anywhere are left.
 */
void dataset_failures_spread(Dataset *dataset);
/* After that, the last: what is left becomes boots of a series without a metric, so that what has
 * failed everywhere is seen. */
void dataset_failures_end(Dataset *dataset);
/* Of a series that dataset_failures_end() made; its name is "none". */
bool metric_is_none(const Metric *metric);

/* Batteries are copied, with their strings. */
void dataset_battery_add(Dataset *dataset, const Battery *battery);

/* Orders series by benchmark, parameters (numbers as numbers), metric, machine, distro. */
void dataset_sort(Dataset *dataset);

/* The boots of a series at a release; an empty array is NULL. */
const GArray *series_boots(const Series *series, int release);

/* SERIES of the command lines: BENCHMARK[/k=v]:METRIC@MACHINE[%DISTRO]; the caller frees. */
char *series_format(const Series *series, bool with_distro);
