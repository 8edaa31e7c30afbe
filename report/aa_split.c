// Boots of one release dealt into two sides, many times, and the states that come of it counted.
#include "report/aa_split.h"

#include "common/stats/decide.h"
#include "common/stats/worlds.h"

#include <math.h>
#include <string.h>

static const double ALONE = 0.05; // level of a p-value by itself

/* The boots of one series at the release. */
typedef struct {
    const Series *series;
    double *values; // n, in boot order; owned
    double *dealt; // the same, base side first; owned
    int n;
    History history;
} Dealt;

static void dealt_clear(gpointer data)
{
    Dealt *dealt = data;
    g_free(dealt->values);
    g_free(dealt->dealt);
}

/* --- boots --- */

static const BootValue *boot_at(const GArray *boots, guint i)
{
    return &g_array_index(boots, BootValue, i);
}

/* A boot of the latest epoch: its epoch and mode are those that count. */
static const BootValue *latest_of(const GArray *boots)
{
    const BootValue *latest = boot_at(boots, 0);
    for (guint i = 1; i < boots->len; i++)
        if (boot_at(boots, i)->epoch >= latest->epoch)
            latest = boot_at(boots, i);
    return latest;
}

static bool is_with(const BootValue *boot, const BootValue *latest)
{
    return isfinite(boot->value) && boot->epoch_id == latest->epoch_id &&
           g_strcmp0(boot->mode, latest->mode) == 0;
}

static bool is_meaningful(const Metric *metric, const char *mode)
{
    if (metric->meaningful == NULL || metric->meaningful[0] == NULL || mode == NULL || *mode == 0)
        return true;
    return g_strv_contains((const char *const *)metric->meaningful, mode);
}

static void take_series(const Series *series, int release, const AaNoise *noise, GArray *taken)
{
    const GArray *boots = series_boots(series, release);
    if (boots == NULL)
        return;
    const BootValue *latest = latest_of(boots);
    if (!is_meaningful(series->metric, latest->mode))
        return;
    Dealt dealt = {.series = series, .values = g_new(double, boots->len)};
    for (guint i = 0; i < boots->len; i++)
        if (is_with(boot_at(boots, i), latest))
            dealt.values[dealt.n++] = boot_at(boots, i)->value;
    if (dealt.n < AA_BOOTS_LEAST) {
        dealt_clear(&dealt);
        return;
    }
    dealt.dealt = g_new(double, dealt.n);
    HistoryPlace place = {latest->epoch_id, latest->mode};
    dealt.history = history_of(series, release, -1, &place);
    SeriesNoise known = aa_noise_of(noise, series, release, &place, log1p(series->margin), ALONE);
    dealt.history.tau_a = known.tau_a;
    dealt.history.floor_a = known.floor_a;
    g_array_append_val(taken, dealt);
}

/* --- dealing --- */

/* The same for all series with as many boots on the machine, so that what a boot does to all of
 * them stays together. */
static guint64 seed_of(const Dataset *dataset, int release, const Series *series, int regrouping,
                       guint64 seed)
{
    g_autofree char *name = g_strdup_printf(
        "%s\n%s\n%s\n%s\n%d", dataset->tree == NULL ? "" : dataset->tree,
        dataset_release(dataset, release)->name, series->machine == NULL ? "" : series->machine,
        series->distro == NULL ? "" : series->distro, regrouping);
    return seed * 0x9e3779b97f4a7c15u + g_str_hash(name);
}

static void deal(Dealt *dealt, guint64 seed, bool keep_order)
{
    memcpy(dealt->dealt, dealt->values, (size_t)dealt->n * sizeof *dealt->values);
    Random random;
    random_init(&random, seed);
    for (int i = dealt->n - 1; i > 0 && !keep_order; i--) {
        int j = (int)(random_uniform(&random) * (i + 1));
        double value = dealt->dealt[i];
        dealt->dealt[i] = dealt->dealt[j];
        dealt->dealt[j] = value;
    }
}

/* turned: the second half is the base. */
static Member member_of(const Dealt *dealt, bool turned)
{
    int half = dealt->n / 2, rest = dealt->n - half;
    const Metric *metric = dealt->series->metric;
    return (Member){.base = turned ? dealt->dealt + half : dealt->dealt,
                    .n_base = turned ? rest : half,
                    .new_ = turned ? dealt->dealt : dealt->dealt + half,
                    .n_new = turned ? half : rest,
                    .better = metric->better,
                    .margin = dealt->series->margin,
                    .resolution = metric->resolution,
                    .deterministic = metric->deterministic,
                    .history = dealt->history};
}

/* --- counting --- */

static void count_add(AaCount *sum, const AaCount *one)
{
    sum->cells += one->cells;
    sum->better += one->better;
    sum->worse += one->worse;
    sum->tested += one->tested;
    sum->alone_better += one->alone_better;
    sum->alone_worse += one->alone_worse;
}

/* Where neither direction is better a change counts as worse when it is upwards. */
static AaCount count_of(const Judged *judged, Better better)
{
    bool changed = judged->state == STATE_NONE && g_strcmp0(judged->reason, "changed") == 0;
    bool is_worse = better == BETTER_HIGHER ? judged->effect < 0 : judged->effect > 0;
    bool alone = judged->in_m && judged->p <= ALONE;
    return (AaCount){.cells = 1,
                     .better = judged->state == STATE_IMPROVED || (changed && !is_worse),
                     .worse = judged->state == STATE_REGRESSED || (changed && is_worse),
                     .tested = judged->in_m,
                     .alone_better = alone && !is_worse,
                     .alone_worse = alone && is_worse};
}

static AaCount *benchmark_of(AaSplits *splits, const char *name)
{
    for (guint i = 0; i < splits->benchmarks->len; i++) {
        AaBenchmark *known = &g_array_index(splits->benchmarks, AaBenchmark, i);
        if (strcmp(known->benchmark, name) == 0)
            return &known->count;
    }
    AaBenchmark made = {.benchmark = g_string_chunk_insert_const(splits->strings, name)};
    g_array_append_val(splits->benchmarks, made);
    return &g_array_index(splits->benchmarks, AaBenchmark, splits->benchmarks->len - 1).count;
}

/* One pretended page; its count is added to that of its benchmarks and given back. */
static AaCount judge_page(const GArray *taken, bool turned, AaSplits *splits)
{
    g_autofree Member *members = g_new(Member, taken->len);
    g_autofree Judged *judged = g_new0(Judged, taken->len);
    for (guint i = 0; i < taken->len; i++)
        members[i] = member_of(&g_array_index(taken, Dealt, i), turned);
    family_decide(members, (int)taken->len, NULL, judged, NULL);
    AaCount page = {0};
    for (guint i = 0; i < taken->len; i++) {
        const Metric *metric = g_array_index(taken, Dealt, i).series->metric;
        AaCount one = count_of(&judged[i], metric->better);
        count_add(&page, &one);
        count_add(benchmark_of(splits, metric->benchmark), &one);
    }
    return page;
}

static void split_taken(const Dataset *dataset, int release, GArray *taken,
                        const AaSplitOptions *options, AaSplits *splits)
{
    const char *tree = dataset->tree == NULL ? "" : dataset->tree;
    AaRelease made = {.tree = g_string_chunk_insert_const(splits->strings, tree),
                      .release = g_string_chunk_insert_const(
                          splits->strings, dataset_release(dataset, release)->name)};
    for (int k = 0; k < options->regroupings; k++) {
        for (guint i = 0; i < taken->len; i++) {
            Dealt *dealt = &g_array_index(taken, Dealt, i);
            deal(dealt, seed_of(dataset, release, dealt->series, k, options->seed), k == 0);
        }
        AaCount page = judge_page(taken, k % 2 == 1, splits);
        made.pages++;
        made.alarmed += page.better + page.worse > 0;
        count_add(&made.count, &page);
    }
    splits->pages += made.pages;
    splits->alarmed += made.alarmed;
    count_add(&splits->count, &made.count);
    g_array_append_val(splits->releases, made);
}

/* --- public --- */

AaSplits *aa_splits_new(void)
{
    AaSplits *splits = g_new0(AaSplits, 1);
    splits->noises = g_array_new(FALSE, FALSE, sizeof(AaSeriesNoise));
    splits->releases = g_array_new(FALSE, FALSE, sizeof(AaRelease));
    splits->benchmarks = g_array_new(FALSE, FALSE, sizeof(AaBenchmark));
    splits->strings = g_string_chunk_new(1024);
    return splits;
}

void aa_splits_free(AaSplits *splits)
{
    if (splits == NULL)
        return;
    g_array_unref(splits->noises);
    g_array_unref(splits->releases);
    g_array_unref(splits->benchmarks);
    g_string_chunk_free(splits->strings);
    g_free(splits);
}

void aa_split_release(const Dataset *dataset, int release, const AaSplitOptions *options,
                      AaSplits *splits)
{
    g_autoptr(GArray) taken = g_array_new(FALSE, FALSE, sizeof(Dealt));
    g_array_set_clear_func(taken, dealt_clear);
    for (guint i = 0; i < dataset->series->len; i++) {
        const Series *series = dataset->series->pdata[i];
        if (options->machine == NULL || g_strcmp0(options->machine, series->machine) == 0)
            take_series(series, release, options->noise, taken);
    }
    if (taken->len > 0)
        split_taken(dataset, release, taken, options, splits);
}

static const BootValue *last_boot(const Series *series, int *ret_release)
{
    for (int i = (int)series->points->len; i-- > 0;) {
        const GArray *boots = series_boots(series, i);
        if (boots == NULL)
            continue;
        *ret_release = i;
        return latest_of(boots);
    }
    return NULL;
}

void aa_split_noises(const Dataset *dataset, const AaSplitOptions *options, AaSplits *splits)
{
    for (guint i = 0; i < dataset->series->len; i++) {
        const Series *series = dataset->series->pdata[i];
        int release = -1;
        const BootValue *latest = last_boot(series, &release);
        if (latest == NULL ||
            (options->machine != NULL && g_strcmp0(options->machine, series->machine) != 0))
            continue;
        HistoryPlace place = {latest->epoch_id, latest->mode};
        g_autofree char *name = series_format(series, true);
        AaSeriesNoise made = {.tree = g_string_chunk_insert_const(
                                  splits->strings, dataset->tree == NULL ? "" : dataset->tree),
                              .series = g_string_chunk_insert_const(splits->strings, name),
                              .margin = series->margin,
                              .noise = aa_noise_of(options->noise, series, release, &place,
                                                   log1p(series->margin), ALONE)};
        if (made.noise.pairs > 0)
            g_array_append_val(splits->noises, made);
    }
}
