// A gobench file into a Dataset: lines of one run are averaged to one value.
#include "report/load_gobench.h"

#include "benchmarks/collapse.h"
#include "benchmarks/formats/gobench.h"
#include "common/error.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const SERIES_KEYS[] = {"machine", "distro", "epoch", "mode", "pkg", NULL};

static const char *config_of(const GobenchLine *line, const char *key)
{
    return gobench_pair_find(line->config, line->n_config, key);
}

/* The lines, and behind them those of values that have failed. */
static const GobenchLine *line_at(const Gobench *gobench, size_t index)
{
    size_t n = gobench_line_count(gobench);
    return index < n ? gobench_line_get(gobench, index) : gobench_failed_get(gobench, index - n);
}

/* The value of a key line that is the same all through the file; else NULL. */
static const char *config_of_all(const Gobench *gobench, const char *key)
{
    const char *value = config_of(line_at(gobench, 0), key);
    for (size_t i = 1; i < gobench_line_count(gobench) + gobench_failed_count(gobench); i++)
        if (g_strcmp0(config_of(line_at(gobench, i), key), value) != 0)
            return NULL;
    return value;
}

static char *params_json(const GobenchLine *line)
{
    json_t *object = json_object();
    g_autoptr(GArray) params = gobench_line_params(line);
    for (guint i = 0; i < params->len; i++) {
        const GobenchPair *pair = &g_array_index(params, GobenchPair, i);
        json_object_set_new(object, pair->key, json_string(pair->value));
    }
    char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(object);
    char *copy = g_strdup(text == NULL ? "{}" : text);
    free(text);
    return copy;
}

/* The line as it names its benchmark: without its package where all files are of the same one. */
static GobenchLine line_shown(const Dataset *dataset, const GobenchLine *line)
{
    GobenchLine shown = *line;
    if (dataset->is_one_package)
        shown.n_config = 0;
    return shown;
}

static Series *series_of(Dataset *dataset, const Gobench *gobench, const GobenchSeries *from,
                         int release, double margin)
{
    Better better = BETTER_NONE;
    bool is_said = gobench_better_find(gobench, from->metric, from->unit, &better);
    Metric metric = {.benchmark = from->first->name,
                     .name = from->metric,
                     .unit = from->unit,
                     .better = better,
                     .is_unsaid = !is_said,
                     .statistic = "mean",
                     .identity = "",
                     .margin = NAN};
    const GobenchLine shown = line_shown(dataset, from->first);
    g_autofree char *params = params_json(&shown);
    g_autofree char *key = gobench_line_key(&shown);
    Series series = {.machine = config_of(from->first, "machine"),
                     .distro = config_of(from->first, "distro"),
                     .benchmark = from->first->name,
                     .params = params,
                     .trial_key = key,
                     .metric = dataset_metric(dataset, &metric),
                     .margin = margin};
    return dataset_series_like(dataset, &series, release);
}

/* The direction that a file gives to a metric, where another gave it another; else NULL. */
static const char *direction_apart(const Gobench *gobench, const GobenchSeries *from,
                                   const Metric *metric)
{
    Better better = BETTER_NONE;
    if (!gobench_better_find(gobench, from->metric, from->unit, &better) || metric->is_unsaid ||
        better == metric->better)
        return NULL;
    return better_format(better);
}

static BootValue value_of(const GobenchSeries *from, const char *statistic, size_t run)
{
    const char *epoch = config_of(from->first, "epoch");
    size_t first = from->run_start[run], n = from->run_start[run + 1] - first;
    double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        mean += (from->values[first + i] - mean) / (double)(i + 1);
    for (size_t i = 0; i < n; i++)
        squares += (from->values[first + i] - mean) * (from->values[first + i] - mean);
    if (strcmp(statistic, "mean") != 0)
        mean = collapse_values(statistic, from->values + first, (int)n);
    int number = epoch == NULL ? 0 : atoi(epoch);
    return (BootValue){.job_id = (int64_t)run,
                       .boot = (int)run + 1,
                       .epoch_id = number,
                       .epoch = number,
                       .mode = config_of(from->first, "mode"),
                       .value = mean,
                       .n = (int)n,
                       .spread = n < 2 ? NAN : sqrt(squares / (double)(n - 1))};
}

/* --- failures --- */

static char *run_key(const Series *series, const GobenchLine *line)
{
    if (line->run == NULL)
        return g_strdup_printf("%p line %u", (const void *)series, line->line);
    return g_strdup_printf("%p run %s", (const void *)series, line->run);
}

static Series *series_of_value(Dataset *dataset, const Gobench *gobench, const GobenchLine *line,
                               const GobenchValue *value, int release, double margin)
{
    GobenchSeries from = {.first = line, .metric = value->metric, .unit = value->unit};
    return series_of(dataset, gobench, &from, release, margin);
}

static char *failure_message(const GobenchLine *line, const char *path)
{
    if (line->reason != NULL && *line->reason != '\0')
        return g_strdup(line->reason);
    return g_strdup_printf("%s:%u: %s", path, line->line,
                           line->reason == NULL ? "its value is not a finite number"
                                                : "it failed, without a reason");
}

/* A run that has failed in every metric: which those are is known when all files are read. */
static void failure_add_whole(Dataset *dataset, int release, const GobenchLine *line,
                              const char *path, double margin)
{
    enum { BEHIND_ALL = 1 << 24 }; // the numbers of runs that gave values
    const GobenchLine shown = line_shown(dataset, line);
    g_autofree char *params = params_json(&shown);
    g_autofree char *key = gobench_line_key(&shown);
    g_autofree char *message = failure_message(line, path);
    const char *epoch = config_of(line, "epoch"), *machine = config_of(line, "machine");
    int number = epoch == NULL ? 0 : atoi(epoch);
    Failure failure = {.release = release,
                       .place = {.machine = machine == NULL ? dataset->machine : machine,
                                 .distro = config_of(line, "distro"),
                                 .benchmark = line->name,
                                 .params = params,
                                 .trial_key = key,
                                 .margin = margin},
                       .value = {.job_id = BEHIND_ALL + (int64_t)line->line,
                                 .boot = BEHIND_ALL + (int)line->line,
                                 .epoch_id = number,
                                 .epoch = number,
                                 .mode = config_of(line, "mode"),
                                 .value = NAN,
                                 .spread = NAN,
                                 .message = message}};
    dataset_failure_add(dataset, &failure);
}

static void failure_add(Dataset *dataset, Series *series, int release, const GobenchLine *line,
                        const char *path)
{
    const char *epoch = config_of(line, "epoch");
    const GArray *known = series_boots(series, release);
    int number = epoch == NULL ? 0 : atoi(epoch), n = known == NULL ? 0 : (int)known->len;
    g_autofree char *message = failure_message(line, path);
    BootValue value = {.job_id = n,
                       .boot = n + 1,
                       .epoch_id = number,
                       .epoch = number,
                       .mode = config_of(line, "mode"),
                       .value = NAN,
                       .spread = NAN,
                       .message = message};
    dataset_value_add(dataset, series, release, &value);
}

/* Runs that have no number in a metric, only NaN, infinities or a failure, are failed boots. */
static void failures_add(Dataset *dataset, const Gobench *gobench, int release, const char *path,
                         double margin)
{
    g_autoptr(GHashTable) runs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    size_t n_failed = gobench_failed_count(gobench);
    for (size_t i = 0; n_failed > 0 && i < gobench_line_count(gobench); i++) {
        const GobenchLine *line = gobench_line_get(gobench, i);
        for (size_t v = 0; v < line->n_values; v++)
            g_hash_table_add(runs, run_key(series_of_value(dataset, gobench, line, &line->values[v],
                                                           release, margin),
                                           line));
    }
    for (size_t i = 0; i < n_failed; i++) {
        const GobenchLine *line = gobench_failed_get(gobench, i);
        if (line->n_values == 0)
            failure_add_whole(dataset, release, line, path, margin);
        for (size_t v = 0; v < line->n_values; v++) {
            Series *series =
                series_of_value(dataset, gobench, line, &line->values[v], release, margin);
            if (g_hash_table_add(runs, run_key(series, line)))
                failure_add(dataset, series, release, line, path);
        }
    }
}

bool gobench_is_one_package(const char *const *paths)
{
    g_autofree char *known = NULL;
    bool is_one = true;
    for (; is_one && *paths != NULL; paths++) {
        char line[4096];
        FILE *file = fopen(*paths, "re");
        while (is_one && file != NULL && fgets(line, sizeof line, file) != NULL) {
            if (!g_str_has_prefix(line, "pkg:"))
                continue;
            const char *package = g_strstrip(line + strlen("pkg:"));
            is_one = known == NULL || strcmp(known, package) == 0;
            known = known == NULL ? g_strdup(package) : known;
        }
        if (file != NULL)
            fclose(file);
    }
    return is_one;
}

bool load_gobench(Dataset *dataset, const char *path, double margin, GPtrArray *complaints,
                  int *ret_release, GError **error)
{
    g_autoptr(Gobench) gobench = NULL;
    if (!gobench_read(path, &gobench, error))
        return false;
    for (const char *const *at = gobench_complaints(gobench); *at != NULL; at++)
        g_ptr_array_add(complaints, g_strdup(*at));
    const char *name = config_of_all(gobench, "release");
    const char *first = config_of(line_at(gobench, 0), "release");
    if (name == NULL && first != NULL)
        return error_set(error, ERROR_INPUT,
                         "%s holds several releases (%s and others), whose numbers are not one "
                         "side of a comparison; write one alone: marvin export gobench release=%s",
                         path, first, first);
    Release release = {.tree = config_of_all(gobench, "tree"), .name = name == NULL ? path : name};
    int index = dataset_release_add(dataset, &release);
    g_autoptr(GPtrArray) all = gobench_series(gobench, SERIES_KEYS);
    for (guint i = 0; i < all->len; i++) {
        const GobenchSeries *from = all->pdata[i];
        Series *series = series_of(dataset, gobench, from, index, margin);
        guint64 offset = 0;
        const GArray *known = series_boots(series, index);
        offset = known == NULL ? 0 : known->len; // the same series under another epoch or mode
        for (size_t run = 0; run < from->n_runs; run++) {
            BootValue value = value_of(from, series->metric->statistic, run);
            value.job_id += (int64_t)offset;
            value.better = direction_apart(gobench, from, series->metric);
            dataset_value_add(dataset, series, index, &value);
        }
    }
    failures_add(dataset, gobench, index, path, margin);
    *ret_release = index;
    return true;
}
