/*
 * The self-test on boots that were really run: those of one release are dealt into two pretended
 * releases, between which nothing can have changed, and judged as a page. Pure; the Dataset comes
 * from load_db.h. It stores nothing: noise from A/A pairs, which changes margins, is noise.h.
 */
#pragma once

#include "report/history.h"

#include <glib.h>

/* A series with fewer boots of a release cannot be dealt into two sides of two. */
enum { AA_BOOTS_LEAST = 4 };

typedef struct {
    long cells; // judged with a test, or declared deterministic
    long better, worse; // called so
    long tested; // those with a p-value
    long alone_better, alone_worse; // p <= .05 by itself: 5 % of tested are expected
} AaCount;

/* One release of a tree; its pretended pages are not independent of each other. */
typedef struct {
    const char *tree, *release;
    int pages, alarmed; // regroupings, and those with any cell called better or worse
    AaCount count; // over all of them
} AaRelease;

typedef struct {
    const char *benchmark;
    AaCount count;
} AaBenchmark;

/* A series with A/A pairs (history.h), at the last release that it ran. */
typedef struct {
    const char *tree, *series;
    double margin; // a fraction
    SeriesNoise noise;
} AaSeriesNoise;

/* Strings are owned by it. */
typedef struct {
    GArray *noises; // of AaSeriesNoise
    GArray *releases; // of AaRelease
    GArray *benchmarks; // of AaBenchmark, in the order of the datasets
    int pages, alarmed;
    AaCount count;
    GStringChunk *strings;
} AaSplits;

AaSplits *aa_splits_new(void);
void aa_splits_free(AaSplits *splits);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AaSplits, aa_splits_free)

typedef struct {
    int regroupings; // the first keeps the boots' order (drift shows there), the others are drawn
    guint64 seed;
    const char *machine; // only this one; NULL: all
    const AaNoise *noise; // of the dataset
} AaSplitOptions;

/*
 * Adds the release (an index) to splits, where any of its series has enough boots on the latest
 * epoch and mode that it ran on. The boots of a machine are dealt alike for all its series, and
 * which side is called new turns. History is what the page would have had: the releases before.
 */
void aa_split_release(const Dataset *dataset, int release, const AaSplitOptions *options,
                      AaSplits *splits);

/* Adds what is known of the noise of each series, where options->noise has pairs. */
void aa_split_noises(const Dataset *dataset, const AaSplitOptions *options, AaSplits *splits);
