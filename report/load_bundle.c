// A release out of a bundle into a Dataset: values collapsed as those of the database are.
#include "report/load_bundle.h"

#include "benchmarks/collapse.h"
#include "benchmarks/formats/bundle.h"
#include "common/error.h"
#include "common/settings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

char *bundle_argument_parse(const char *argument, const char **ret_release)
{
    *ret_release = NULL;
    if (bundle_is(argument))
        return g_strdup(argument);
    const char *colon = strrchr(argument, ':');
    if (colon == NULL)
        return NULL;
    g_autofree char *path = g_strndup(argument, (gsize)(colon - argument));
    if (!bundle_is(path))
        return NULL;
    *ret_release = colon + 1;
    return g_steal_pointer(&path);
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static double real_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static const char *release_of(const json_t *boot)
{
    const char *release = text_of(boot, "release");
    return release == NULL ? text_of(boot, "revision") : release;
}

/* --- which release --- */

static GPtrArray *releases_of(const json_t *boots)
{
    GPtrArray *releases = g_ptr_array_new();
    size_t i;
    json_t *boot;
    json_array_foreach(boots, i, boot)
    {
        const char *release = release_of(boot);
        if (!g_ptr_array_find_with_equal_func(releases, release, g_str_equal, NULL))
            g_ptr_array_add(releases, (gpointer)(guintptr)release);
    }
    return releases;
}

static bool release_choose(const json_t *boots, const char *path, const char *named,
                           const char **ret_release, GError **error)
{
    g_autoptr(GPtrArray) releases = releases_of(boots);
    if (releases->len == 0)
        return error_set(error, ERROR_INPUT, "%s: holds no boot", path);
    if (named != NULL) {
        *ret_release = named;
        return g_ptr_array_find_with_equal_func(releases, named, g_str_equal, NULL) ||
               error_set(error, ERROR_INPUT, "%s: has no release %s", path, named);
    }
    *ret_release = releases->pdata[0];
    if (releases->len == 1)
        return true;
    g_ptr_array_add(releases, NULL);
    g_autofree char *list = g_strjoinv(", ", (char **)releases->pdata);
    return error_set(error, ERROR_INPUT, "%s: holds several releases (%s); write %s:%s", path, list,
                     path, *ret_release);
}

/* --- values --- */

typedef struct {
    Dataset *dataset;
    const json_t *boot;
    double margin;
    int release;
    int64_t job; // of the boot: its number in the bundle
} Loading;

static double margin_of(const Loading *loading, double metric_margin)
{
    const char *text = text_of(loading->boot, "margin");
    double margin = loading->margin;
    if (isfinite(metric_margin))
        return metric_margin;
    if (text == NULL && g_strcmp0(text_of(loading->boot, "mode"), "icount") == 0)
        return loading->margin / 10;
    if (text != NULL && !setting_parse_number(SETTING_PERCENT, text, &margin))
        setting_parse_number(SETTING_REAL, text, &margin);
    return margin;
}

static const Metric *metric_of(const Loading *loading, const json_t *trial, const json_t *from)
{
    g_autoptr(GPtrArray) modes = g_ptr_array_new();
    Better better = BETTER_NONE;
    size_t i;
    json_t *mode;
    json_array_foreach(json_object_get(from, "meaningful"), i, mode)
        g_ptr_array_add(modes, (gpointer)(guintptr)json_string_value(mode));
    g_ptr_array_add(modes, NULL);
    better_parse(text_of(from, "better"), &better);
    const char *identity = text_of(from, "identity");
    double resolution = real_of(from, "resolution");
    Metric metric = {.benchmark = text_of(trial, "benchmark"),
                     .name = text_of(from, "name"),
                     .unit = text_of(from, "unit"),
                     .better = better,
                     .is_unsaid = better == BETTER_NONE,
                     .statistic = text_of(from, "statistic"),
                     .identity = identity == NULL ? "" : identity,
                     .margin = real_of(from, "margin"),
                     .resolution = isfinite(resolution) ? resolution : 0,
                     .deterministic = json_is_true(json_object_get(from, "deterministic")),
                     .meaningful = (char **)modes->pdata};
    return dataset_metric(loading->dataset, &metric);
}

static BootValue value_of(const Loading *loading, const json_t *trial, const char *message)
{
    int epoch = (int)json_integer_value(json_object_get(loading->boot, "epoch"));
    const char *mode = text_of(loading->boot, "mode");
    return (BootValue){.job_id = loading->job,
                       .boot = (int)json_integer_value(json_object_get(loading->boot, "boot")),
                       .epoch_id = epoch,
                       .epoch = epoch,
                       .mode = mode == NULL ? "" : mode,
                       .raw_hash = text_of(trial, "raw_hash"),
                       .value = NAN,
                       .spread = NAN,
                       .message = message == NULL ? text_of(trial, "message") : message};
}

static Series place_of(const Loading *loading, const json_t *trial, const char *params)
{
    return (Series){.machine = text_of(loading->boot, "machine"),
                    .distro = text_of(loading->boot, "distro"),
                    .benchmark = text_of(trial, "benchmark"),
                    .params = params,
                    .trial_key = text_of(trial, "key"),
                    .margin = loading->margin};
}

static void sample_add(const Loading *loading, const json_t *trial, const char *params,
                       const json_t *sample)
{
    const json_t *list = json_object_get(sample, "value"),
                 *from = json_object_get(sample, "metric");
    int n = (int)json_array_size(list);
    g_autofree double *values = g_new(double, (gsize)n + 1);
    for (int i = 0; i < n; i++)
        values[i] = json_number_value(json_array_get(list, (size_t)i));
    Series place = place_of(loading, trial, params);
    place.metric = metric_of(loading, trial, from);
    place.margin = margin_of(loading, place.metric->margin);
    Series *series = dataset_series_like(loading->dataset, &place, loading->release);
    BootValue value = value_of(loading, trial, text_of(sample, "message"));
    if (g_strcmp0(text_of(sample, "state"), "done") == 0) {
        value.value = collapse_values(place.metric->statistic, values, n);
        value.n = n;
        value.spread = collapse_spread(values, n);
    }
    if (!isfinite(value.value) && value.message == NULL)
        value.message = "the trial failed";
    if (text_of(loading->boot, "plan") != NULL)
        dataset_plan_add(loading->dataset, series, text_of(loading->boot, "plan"));
    dataset_value_add(loading->dataset, series, loading->release, &value);
}

static void trial_add(const Loading *loading, const json_t *trial)
{
    const json_t *samples = json_object_get(trial, "samples");
    char *text = json_dumps(json_object_get(trial, "params"), JSON_COMPACT | JSON_SORT_KEYS);
    const char *params = text == NULL ? "{}" : text;
    size_t i;
    json_t *sample;
    json_array_foreach(samples, i, sample) sample_add(loading, trial, params, sample);
    if (json_array_size(samples) == 0) {
        Failure failure = {.release = loading->release,
                           .place = place_of(loading, trial, params),
                           .plan = text_of(loading->boot, "plan"),
                           .value = value_of(loading, trial, NULL)};
        if (failure.value.message == NULL)
            failure.value.message = "the trial failed";
        dataset_failure_add(loading->dataset, &failure);
    }
    free(text);
}

static void boot_add(Loading *loading)
{
    size_t i;
    json_t *trial;
    json_array_foreach(json_object_get(loading->boot, "trials"), i, trial)
        trial_add(loading, trial);
}

static int boots_add(Dataset *dataset, const json_t *boots, const char *name, double margin)
{
    Loading loading = {.dataset = dataset, .margin = margin, .release = -1};
    size_t i;
    json_t *boot;
    json_array_foreach(boots, i, boot)
    {
        if (strcmp(release_of(boot), name) != 0)
            continue;
        if (loading.release < 0) {
            Release release = {
                .tree = text_of(boot, "tree"), .name = name, .revision = text_of(boot, "revision")};
            loading.release = dataset_release_add(dataset, &release);
        }
        loading.boot = boot;
        loading.job = (int64_t)i + 1;
        boot_add(&loading);
    }
    return loading.release;
}

bool load_bundle(Dataset *dataset, const char *argument, double margin, int *ret_release,
                 GError **error)
{
    const char *named = NULL, *chosen = NULL;
    g_autofree char *path = bundle_argument_parse(argument, &named);
    json_t *boots = NULL;
    if (path == NULL)
        return error_set(error, ERROR_INPUT, "%s: is no bundle", argument);
    if (!bundle_read(path, &boots, error))
        return false;
    bool good = release_choose(boots, path, named, &chosen, error);
    if (good)
        *ret_release = boots_add(dataset, boots, chosen, margin);
    json_decref(boots);
    return good;
}
