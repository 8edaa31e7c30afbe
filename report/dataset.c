// The tables of a report in memory: interned strings, series found by key, values by release.
#include "report/dataset.h"

#include <math.h>
#include <string.h>

static void series_free(gpointer data)
{
    Series *series = data;
    for (guint i = 0; i < series->points->len; i++)
        if (series->points->pdata[i] != NULL)
            g_array_unref(series->points->pdata[i]);
    g_ptr_array_unref(series->points);
    g_ptr_array_unref(series->plans);
    g_free(series);
}

static void metric_free(gpointer data)
{
    Metric *metric = data;
    g_strfreev(metric->meaningful);
    g_free(metric);
}

Dataset *dataset_new(const char *tree)
{
    Dataset *dataset = g_new0(Dataset, 1);
    dataset->releases = g_ptr_array_new_with_free_func(g_free);
    dataset->series = g_ptr_array_new_with_free_func(series_free);
    dataset->batteries = g_ptr_array_new_with_free_func(g_free);
    dataset->failures = g_array_new(FALSE, FALSE, sizeof(Failure));
    dataset->index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    dataset->alike =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    dataset->metrics = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, metric_free);
    dataset->strings = g_string_chunk_new(65536);
    dataset->tree = dataset_string(dataset, tree);
    return dataset;
}

void dataset_free(Dataset *dataset)
{
    if (dataset == NULL)
        return;
    g_ptr_array_unref(dataset->releases);
    g_ptr_array_unref(dataset->series);
    g_ptr_array_unref(dataset->batteries);
    g_array_unref(dataset->failures);
    g_hash_table_unref(dataset->index);
    g_hash_table_unref(dataset->alike);
    g_hash_table_unref(dataset->metrics);
    g_string_chunk_free(dataset->strings);
    g_free(dataset);
}

const char *dataset_string(Dataset *dataset, const char *text)
{
    return text == NULL ? NULL : g_string_chunk_insert_const(dataset->strings, text);
}

int dataset_release_add(Dataset *dataset, const Release *release)
{
    Release *copy = g_memdup2(release, sizeof *release);
    copy->tree = dataset_string(dataset, release->tree);
    copy->name = dataset_string(dataset, release->name);
    copy->revision = dataset_string(dataset, release->revision);
    copy->summary = dataset_string(dataset, release->summary);
    copy->date = dataset_string(dataset, release->date);
    g_ptr_array_add(dataset->releases, copy);
    return (int)dataset->releases->len - 1;
}

int dataset_release_find(const Dataset *dataset, const char *name)
{
    for (guint i = 0; i < dataset->releases->len; i++)
        if (g_str_equal(dataset_release(dataset, (int)i)->name, name))
            return (int)i;
    return -1;
}

int dataset_release_alias(Dataset *dataset, const char *name)
{
    int found = dataset_release_find(dataset, name);
    for (int i = 0; i < found; i++) {
        Release *other = dataset->releases->pdata[i];
        if (other->subject_id != 0 &&
            other->subject_id == dataset_release(dataset, found)->subject_id) {
            other->name = dataset_string(dataset, name);
            return i;
        }
    }
    return found;
}

const Release *dataset_release(const Dataset *dataset, int index)
{
    return dataset->releases->pdata[index];
}

const Metric *dataset_metric(Dataset *dataset, const Metric *metric)
{
    g_autofree char *key =
        g_strjoin("\x1f", metric->benchmark, metric->name, metric->identity, NULL);
    Metric *known = g_hash_table_lookup(dataset->metrics, key);
    if (known != NULL)
        return known;
    Metric *copy = g_memdup2(metric, sizeof *metric);
    copy->benchmark = dataset_string(dataset, metric->benchmark);
    copy->name = dataset_string(dataset, metric->name);
    copy->unit = dataset_string(dataset, metric->unit);
    copy->statistic = dataset_string(dataset, metric->statistic);
    copy->identity = dataset_string(dataset, metric->identity);
    copy->meaningful = g_strdupv(metric->meaningful);
    g_hash_table_insert(dataset->metrics, g_steal_pointer(&key), copy);
    return copy;
}

static char *series_key(const Series *series)
{
    return g_strjoin("\x1f", series->machine == NULL ? "" : series->machine,
                     series->distro == NULL ? "" : series->distro, series->trial_key,
                     series->metric->name, series->metric->identity, NULL);
}

static GPtrArray *alike_of(Dataset *dataset, const Series *series)
{
    g_autofree char *key = g_strjoin("\x1f", series->trial_key, series->metric->unit, NULL);
    GPtrArray *list = g_hash_table_lookup(dataset->alike, key);
    if (list == NULL) {
        list = g_ptr_array_new();
        g_hash_table_insert(dataset->alike, g_steal_pointer(&key), list);
    }
    return list;
}

Series *dataset_series(Dataset *dataset, const Series *series)
{
    g_autofree char *key = series_key(series);
    Series *known = g_hash_table_lookup(dataset->index, key);
    if (known != NULL)
        return known;
    Series *copy = g_memdup2(series, sizeof *series);
    copy->machine = dataset_string(dataset, series->machine);
    copy->distro = dataset_string(dataset, series->distro);
    copy->benchmark = dataset_string(dataset, series->benchmark);
    copy->params = dataset_string(dataset, series->params);
    copy->trial_key = dataset_string(dataset, series->trial_key);
    copy->plans = g_ptr_array_new();
    copy->points = g_ptr_array_new();
    g_ptr_array_add(dataset->series, copy);
    g_ptr_array_add(alike_of(dataset, copy), copy);
    g_hash_table_insert(dataset->index, g_steal_pointer(&key), copy);
    return copy;
}

static bool is_open_or_equal(const char *a, const char *b)
{
    return a == NULL || b == NULL || *a == '\0' || *b == '\0' || strcmp(a, b) == 0;
}

static bool is_like(const Series *a, const Series *b)
{
    const Metric *x = a->metric, *y = b->metric;
    bool is_bare = strcmp(x->name, x->unit) == 0 || strcmp(y->name, y->unit) == 0;
    return (is_bare || strcmp(x->name, y->name) == 0) && is_open_or_equal(a->machine, b->machine) &&
           is_open_or_equal(a->distro, b->distro) && is_open_or_equal(x->identity, y->identity);
}

Series *dataset_series_like(Dataset *dataset, const Series *said, int release)
{
    Series place = *said;
    const Series *series = &place;
    place.machine = said->machine == NULL ? dataset->machine : said->machine;
    g_autofree char *key = series_key(series);
    Series *found = g_hash_table_lookup(dataset->index, key);
    if (found != NULL)
        return found;
    const GPtrArray *list = alike_of(dataset, series);
    int n = 0;
    for (guint i = 0; i < list->len; i++) {
        Series *other = list->pdata[i];
        if (!is_like(other, series) || series_boots(other, release) != NULL)
            continue;
        found = other;
        n++;
    }
    if (n != 1)
        return dataset_series(dataset, series);
    g_hash_table_insert(dataset->index, g_steal_pointer(&key), found);
    return found;
}

static bool merge_into_job(GArray *boots, const BootValue *value)
{
    for (guint i = boots->len; i-- > 0;) {
        BootValue *known = &g_array_index(boots, BootValue, i);
        if (known->job_id != value->job_id)
            continue;
        if (isnan(known->value)) {
            *known = *value;
        } else if (!isnan(value->value)) {
            int n = known->n + value->n;
            known->value += (value->value - known->value) * value->n / n;
            known->n = n;
        }
        return true;
    }
    return false;
}

void dataset_value_add(Dataset *dataset, Series *series, int release, const BootValue *value)
{
    if (series->points->len < dataset->releases->len)
        g_ptr_array_set_size(series->points, (int)dataset->releases->len);
    GArray *boots = series->points->pdata[release];
    if (boots == NULL) {
        boots = g_array_new(FALSE, FALSE, sizeof(BootValue));
        series->points->pdata[release] = boots;
    }
    BootValue copy = *value;
    copy.mode = dataset_string(dataset, value->mode == NULL ? "" : value->mode);
    copy.fingerprint_hash = dataset_string(dataset, value->fingerprint_hash);
    copy.raw_hash = dataset_string(dataset, value->raw_hash);
    copy.batch = dataset_string(dataset, value->batch);
    copy.artifact = dataset_string(dataset, value->artifact);
    copy.message = dataset_string(dataset, value->message);
    if (!merge_into_job(boots, &copy))
        g_array_append_val(boots, copy);
}

void dataset_plan_add(Dataset *dataset, Series *series, const char *plan)
{
    const char *name = dataset_string(dataset, plan);
    for (guint i = 0; i < series->plans->len; i++)
        if (series->plans->pdata[i] == name)
            return;
    g_ptr_array_add(series->plans, (gpointer)(guintptr)name);
}

void dataset_failure_add(Dataset *dataset, const Failure *failure)
{
    Failure copy = *failure;
    copy.place.machine = dataset_string(dataset, failure->place.machine);
    copy.place.distro = dataset_string(dataset, failure->place.distro);
    copy.place.benchmark = dataset_string(dataset, failure->place.benchmark);
    copy.place.params = dataset_string(dataset, failure->place.params);
    copy.place.trial_key = dataset_string(dataset, failure->place.trial_key);
    copy.plan = dataset_string(dataset, failure->plan);
    copy.value.mode = dataset_string(dataset, failure->value.mode);
    copy.value.message = dataset_string(dataset, failure->value.message);
    copy.value.raw_hash = dataset_string(dataset, failure->value.raw_hash);
    copy.value.batch = dataset_string(dataset, failure->value.batch);
    copy.value.artifact = dataset_string(dataset, failure->value.artifact);
    copy.value.fingerprint_hash = dataset_string(dataset, failure->value.fingerprint_hash);
    copy.value.value = NAN;
    g_array_append_val(dataset->failures, copy);
}

static bool concerns(const Failure *failure, const Series *series)
{
    const Series *place = &failure->place;
    return strcmp(series->trial_key, place->trial_key) == 0 ||
           (strcmp(place->trial_key, place->benchmark) == 0 &&
            strcmp(series->benchmark, place->benchmark) == 0);
}

static bool has_job(const Series *series, int release, int64_t job_id)
{
    const GArray *boots = series_boots(series, release);
    for (guint i = 0; boots != NULL && i < boots->len; i++)
        if (g_array_index(boots, BootValue, i).job_id == job_id)
            return true;
    return false;
}

static void failure_put(Dataset *dataset, const Failure *failure, const Series *place)
{
    Series *series = dataset_series_like(dataset, place, failure->release);
    // What the boot itself says of the series goes before what it says of the whole benchmark.
    if (strcmp(failure->place.trial_key, place->trial_key) != 0 &&
        has_job(series, failure->release, failure->value.job_id))
        return;
    if (failure->plan != NULL)
        dataset_plan_add(dataset, series, failure->plan);
    dataset_value_add(dataset, series, failure->release, &failure->value);
}

/* False: it concerns none of the series. */
static bool failure_spread(Dataset *dataset, const Failure *failure)
{
    guint known = dataset->series->len;
    bool any = false;
    for (guint i = 0; i < known; i++) {
        const Series *other = dataset->series->pdata[i];
        if (!concerns(failure, other))
            continue;
        Series place = failure->place;
        place.trial_key = other->trial_key;
        place.params = other->params;
        place.metric = other->metric;
        failure_put(dataset, failure, &place);
        any = true;
    }
    return any;
}

void dataset_failures_spread(Dataset *dataset)
{
    guint left = 0;
    for (guint i = 0; i < dataset->failures->len; i++) {
        Failure failure = g_array_index(dataset->failures, Failure, i);
        if (!failure_spread(dataset, &failure))
            g_array_index(dataset->failures, Failure, left++) = failure;
    }
    g_array_set_size(dataset->failures, left);
}

static const char NO_METRIC[] = "none";

bool metric_is_none(const Metric *metric)
{
    return strcmp(metric->identity, NO_METRIC) == 0;
}

void dataset_failures_end(Dataset *dataset)
{
    for (guint i = 0; i < dataset->failures->len; i++) {
        const Failure *failure = &g_array_index(dataset->failures, Failure, i);
        Metric none = {.benchmark = failure->place.benchmark,
                       .name = NO_METRIC,
                       .unit = "",
                       .better = BETTER_NONE,
                       .statistic = "mean",
                       .identity = NO_METRIC,
                       .margin = NAN};
        Series place = failure->place;
        place.metric = dataset_metric(dataset, &none);
        failure_put(dataset, failure, &place);
    }
    g_array_set_size(dataset->failures, 0);
}

void dataset_battery_add(Dataset *dataset, const Battery *battery)
{
    Battery *copy = g_memdup2(battery, sizeof *battery);
    copy->machine = dataset_string(dataset, battery->machine);
    copy->distro = dataset_string(dataset, battery->distro);
    copy->plan = dataset_string(dataset, battery->plan);
    copy->state = dataset_string(dataset, battery->state);
    copy->reason = dataset_string(dataset, battery->reason);
    copy->build = dataset_string(dataset, battery->build);
    g_ptr_array_add(dataset->batteries, copy);
}

/* As strcmp, but runs of digits compare as numbers: size=500 comes before size=1000. */
static int compare_natural(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        if (g_ascii_isdigit(*a) && g_ascii_isdigit(*b)) {
            a += strspn(a, "0");
            b += strspn(b, "0");
            size_t la = strspn(a, "0123456789"), lb = strspn(b, "0123456789");
            int order = la != lb ? (la < lb ? -1 : 1) : strncmp(a, b, la);
            if (order != 0)
                return order;
            a += la;
            b += lb;
            continue;
        }
        if (*a != *b)
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        a++;
        b++;
    }
    return (*a != '\0') - (*b != '\0');
}

static int compare_series(gconstpointer left, gconstpointer right)
{
    const Series *a = *(const Series *const *)left, *b = *(const Series *const *)right;
    int order = strcmp(a->benchmark, b->benchmark);
    if (order == 0)
        order = compare_natural(a->trial_key, b->trial_key);
    if (order == 0)
        order = strcmp(a->metric->name, b->metric->name);
    if (order == 0)
        order = g_strcmp0(a->machine, b->machine);
    if (order == 0)
        order = g_strcmp0(a->distro, b->distro);
    return order != 0 ? order : strcmp(a->metric->identity, b->metric->identity);
}

void dataset_sort(Dataset *dataset)
{
    g_ptr_array_sort(dataset->series, compare_series);
}

const GArray *series_boots(const Series *series, int release)
{
    if (release < 0 || release >= (int)series->points->len)
        return NULL;
    return series->points->pdata[release];
}

char *series_format(const Series *series, bool with_distro)
{
    bool distro = with_distro && series->distro != NULL;
    return g_strconcat(series->trial_key, ":", series->metric->name,
                       series->machine == NULL ? "" : "@",
                       series->machine == NULL ? "" : series->machine, distro ? "%" : "",
                       distro ? series->distro : "", NULL);
}
