// Variances and A/A noise out of the past of a series.
#include "report/history.h"

#include <math.h>
#include <string.h>

#include "common/stats/noise.h"
#include "common/stats/prior.h"

enum { PAIRS_LEAST = 5, BATCH_LEAST = 2 };

/* One A/A pair with where it was taken. */
typedef struct {
    int release;
    HistoryPlace place;
    AaPair pair;
} PlacedPair;

struct AaNoise {
    GHashTable *by_series; // Series -> GArray of PlacedPair
    GHashTable *by_machine; // its name -> the same of all its series
};

/* The boots of a series that were run together. */
typedef struct {
    int release;
    const char *batch;
    const char *artifact; // NULL: unknown
    HistoryPlace place;
    GArray *values; // of double
} Batch;

static void batch_clear(gpointer data)
{
    g_array_unref(((Batch *)data)->values);
}

static const BootValue *boot_at(const GArray *boots, guint i)
{
    return &g_array_index(boots, BootValue, i);
}

static bool is_same_place(const HistoryPlace *a, const HistoryPlace *b)
{
    return a->epoch_id == b->epoch_id && g_strcmp0(a->mode, b->mode) == 0;
}

static bool is_at(const BootValue *boot, const HistoryPlace *place)
{
    return isfinite(boot->value) && boot->epoch_id == place->epoch_id &&
           g_strcmp0(boot->mode, place->mode) == 0;
}

History history_of(const Series *series, int release, int skip, const HistoryPlace *place)
{
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) releases = g_array_new(FALSE, FALSE, sizeof(int));
    int first = release;
    for (int seen = 0; first > 0 && seen < PRIOR_RELEASES;) {
        first--;
        seen += first != skip && series_boots(series, first) != NULL;
    }
    for (int i = first; i < release; i++) {
        const GArray *boots = i == skip ? NULL : series_boots(series, i);
        for (guint j = 0; boots != NULL && j < boots->len; j++) {
            if (!is_at(boot_at(boots, j), place))
                continue;
            g_array_append_val(values, boot_at(boots, j)->value);
            g_array_append_val(releases, i);
        }
    }
    Prior prior = {0};
    bool is_log = true;
    prior_history((const double *)(const void *)values->data,
                  (const int *)(const void *)releases->data, (int)values->len, &prior, &is_log);
    return (History){.var = prior.var, .df = prior.df, .is_log = is_log};
}

/* --- batches --- */

static Batch *batch_of(GArray *batches, guint first, int release, const BootValue *boot)
{
    HistoryPlace place = {boot->epoch_id, boot->mode};
    for (guint i = first; i < batches->len; i++) {
        Batch *batch = &g_array_index(batches, Batch, i);
        if (strcmp(batch->batch, boot->batch) == 0 && is_same_place(&batch->place, &place))
            return batch;
    }
    Batch made = {.release = release,
                  .batch = boot->batch,
                  .artifact = boot->artifact,
                  .place = place,
                  .values = g_array_new(FALSE, FALSE, sizeof(double))};
    g_array_append_val(batches, made);
    return &g_array_index(batches, Batch, batches->len - 1);
}

/* The batches of a series, oldest release first. */
static GArray *batches_of(const Series *series)
{
    GArray *batches = g_array_new(FALSE, FALSE, sizeof(Batch));
    g_array_set_clear_func(batches, batch_clear);
    for (int release = 0; release < (int)series->points->len; release++) {
        const GArray *boots = series_boots(series, release);
        guint first = batches->len;
        for (guint i = 0; boots != NULL && i < boots->len; i++) {
            const BootValue *boot = boot_at(boots, i);
            if (boot->batch == NULL || !isfinite(boot->value))
                continue;
            Batch *batch = batch_of(batches, first, release, boot);
            g_array_append_val(batch->values, boot->value);
        }
    }
    return batches;
}

/* The batch before `at` that it is an A/A pair with, or NULL: of the same release, else of the
 * release before it in the series. */
static const Batch *partner_of(const GArray *batches, guint at)
{
    const Batch *batch = &g_array_index(batches, Batch, at);
    for (guint i = at; i-- > 0;) {
        const Batch *other = &g_array_index(batches, Batch, i);
        if (!is_same_place(&other->place, &batch->place) || other->values->len < BATCH_LEAST)
            continue;
        bool is_same =
            other->release == batch->release ||
            (batch->artifact != NULL && g_strcmp0(other->artifact, batch->artifact) == 0);
        return is_same ? other : NULL;
    }
    return NULL;
}

/* Without the series' history: that is within releases, and so of several batteries. */
static bool pair_judge(const Series *series, const Batch *base, const Batch *new_, AaPair *ret_pair)
{
    Member member = {.base = (const double *)(const void *)base->values->data,
                     .n_base = (int)base->values->len,
                     .new_ = (const double *)(const void *)new_->values->data,
                     .n_new = (int)new_->values->len,
                     .better = series->metric->better,
                     .margin = series->margin,
                     .resolution = series->metric->resolution};
    Judged judged = {0};
    family_decide(&member, 1, NULL, &judged, NULL);
    if (!judged.is_log || !isfinite(judged.effect) || !isfinite(judged.se) || !isfinite(judged.p))
        return false;
    *ret_pair = (AaPair){.effect = judged.effect, .se = judged.se, .p = judged.p};
    return true;
}

static void pairs_add(GHashTable *table, gconstpointer key, const PlacedPair *pair)
{
    GArray *list = g_hash_table_lookup(table, key);
    if (list == NULL) {
        list = g_array_new(FALSE, FALSE, sizeof(PlacedPair));
        g_hash_table_insert(table, (gpointer)(guintptr)key, list);
    }
    g_array_append_val(list, *pair);
}

static void series_add(AaNoise *noise, const Series *series)
{
    g_autoptr(GArray) batches = batches_of(series);
    for (guint i = 1; i < batches->len; i++) {
        const Batch *batch = &g_array_index(batches, Batch, i);
        const Batch *base = batch->values->len < BATCH_LEAST ? NULL : partner_of(batches, i);
        PlacedPair pair = {.release = batch->release, .place = batch->place};
        if (base == NULL || !pair_judge(series, base, batch, &pair.pair))
            continue;
        pairs_add(noise->by_series, series, &pair);
        if (series->machine != NULL)
            pairs_add(noise->by_machine, series->machine, &pair);
    }
}

AaNoise *aa_noise_new(const Dataset *dataset)
{
    AaNoise *noise = g_new0(AaNoise, 1);
    noise->by_series = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
    noise->by_machine =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_array_unref);
    for (guint i = 0; i < dataset->series->len; i++) {
        const Series *series = dataset->series->pdata[i];
        if (!series->metric->deterministic)
            series_add(noise, series);
    }
    return noise;
}

void aa_noise_free(AaNoise *noise)
{
    if (noise == NULL)
        return;
    g_hash_table_unref(noise->by_series);
    g_hash_table_unref(noise->by_machine);
    g_free(noise);
}

/* --- noise --- */

double series_noise_level(const SeriesNoise *noise)
{
    return noise->floor_a > 0 ? noise->floor_a : 2 * noise->tau_a;
}

/* The pairs of a list in the window before release, at the place. */
static GArray *pairs_take(const GArray *list, int release, const HistoryPlace *place)
{
    GArray *taken = g_array_new(FALSE, FALSE, sizeof(AaPair));
    for (guint i = 0; list != NULL && i < list->len; i++) {
        const PlacedPair *pair = &g_array_index(list, PlacedPair, i);
        if (pair->release <= release && pair->release >= release - PRIOR_RELEASES &&
            is_same_place(&pair->place, place))
            g_array_append_val(taken, pair->pair);
    }
    return taken;
}

SeriesNoise aa_noise_of(const AaNoise *noise, const Series *series, int release,
                        const HistoryPlace *place, double level, double q)
{
    if (noise == NULL)
        return (SeriesNoise){0};
    g_autoptr(GArray) pairs =
        pairs_take(g_hash_table_lookup(noise->by_series, series), release, place);
    SeriesNoise found = {.pairs = (int)pairs->len};
    if (pairs->len < PAIRS_LEAST && series->machine != NULL) {
        g_array_unref(pairs);
        pairs = pairs_take(g_hash_table_lookup(noise->by_machine, series->machine), release, place);
        found.is_machine = true;
        found.pairs = (int)pairs->len;
    }
    const AaPair *all = (const AaPair *)(const void *)pairs->data;
    found.tau_a = noise_tau(all, (int)pairs->len);
    if (!found.is_machine)
        found.floor_a = noise_floor(all, (int)pairs->len, fmax(level, 2 * found.tau_a), q);
    return found;
}
