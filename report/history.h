/*
 * What the past of a series knows for a judgement (STATISTICS A.3.5, A.3.8, A.3.9): its variance
 * within a release, and its A/A noise. Pure; it only reads the Dataset.
 *
 * An A/A pair is a comparison of a release with itself: of two batches of boots that were run apart
 * (two batteries, two imported runs of MMTests), or of two releases next to each other in the
 * series that are the same artifact. Each batch has two boots or more, on one epoch and mode.
 */
#pragma once

#include "common/stats/decide.h"
#include "report/dataset.h"

/* Of no use without these: the machine epoch and mode of the boots that count. */
typedef struct {
    int epoch_id;
    const char *mode;
} HistoryPlace;

/* var, df and is_log of the releases before release, the last 20 that the series has; skip is left
 * out (an index; -1: none). tau_a and floor_a are 0. */
History history_of(const Series *series, int release, int skip, const HistoryPlace *place);

/* The A/A pairs of a whole Dataset, made once for many judgements. Borrows the Dataset. */
typedef struct AaNoise AaNoise;

AaNoise *aa_noise_new(const Dataset *dataset);
void aa_noise_free(AaNoise *noise);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AaNoise, aa_noise_free)

/* What is known of a series' noise. */
typedef struct {
    int pairs; // that it was made from
    bool is_machine; // of all series of the machine: the series itself has fewer than 5
    double tau_a, floor_a; // as in History
} SeriesNoise;

/* From the pairs of release and the 20 releases before it, on the same epoch and mode. level: L_A
 * without noise, ln(1 + margin); q as in FamilyOptions. Zeros where fewer than 5 pairs are known,
 * or noise is NULL. */
SeriesNoise aa_noise_of(const AaNoise *noise, const Series *series, int release,
                        const HistoryPlace *place, double level, double q);

/* The ln ratio below which a change is not told from noise: L_A is this or L, the larger. */
double series_noise_level(const SeriesNoise *noise);
