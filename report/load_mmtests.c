// A run of MMTests into a Dataset: an iteration is a boot, an operation a series.
#include "report/load_mmtests.h"

#include "benchmarks/collapse.h"
#include "benchmarks/formats/mmtests_run.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    Dataset *dataset;
    const MmtestsRun *run;
    GPtrArray *complaints;
    double margin;
    int release;
} Loading;

static char *params_json(const MmtestsTest *test, const MmtestsSeries *from)
{
    MmtestsParameter parameters[2];
    int n = mmtests_series_parameters(test, from, parameters);
    json_t *object = json_object();
    for (int i = 0; i < n; i++)
        json_object_set_new(object, parameters[i].name, json_string(parameters[i].value));
    char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(object);
    char *copy = g_strdup(text == NULL ? "{}" : text);
    free(text);
    return copy;
}

static Series *series_of(const Loading *loading, const MmtestsTest *test, const MmtestsSeries *from)
{
    Metric metric = {.benchmark = test->name,
                     .name = from->metric,
                     .unit = from->unit == NULL ? "" : from->unit,
                     .better = from->better,
                     .is_unsaid = from->better == BETTER_NONE,
                     .statistic = "mean",
                     .identity = "",
                     .margin = NAN};
    g_autofree char *params = params_json(test, from);
    g_autofree char *key = mmtests_series_trial_key(test, from);
    Series series = {.machine = mmtests_run_fact(loading->run, "hostname"),
                     .benchmark = test->name,
                     .params = params,
                     .trial_key = key,
                     .metric = dataset_metric(loading->dataset, &metric),
                     .margin = loading->margin};
    return dataset_series_like(loading->dataset, &series, loading->release);
}

static void value_add(const Loading *loading, const MmtestsTest *test, const MmtestsSeries *from,
                      guint boot, const char *problem)
{
    const double *values = (const double *)(const void *)from->values->data;
    int n = (int)from->values->len;
    if (problem == NULL)
        problem = from->damage;
    if (n == 0 && problem == NULL)
        problem = "its log has no number";
    BootValue value = {.job_id = boot,
                       .boot = (int)boot + 1,
                       .mode = "",
                       .value = problem == NULL ? collapse_values("mean", values, n) : NAN,
                       .n = n,
                       .spread = collapse_spread(values, n),
                       .message = problem};
    dataset_value_add(loading->dataset, series_of(loading, test, from), loading->release, &value);
}

// A test without any operation, or with a log that gave none, has failed in all that it has
// elsewhere and not here.
static void failure_add(const Loading *loading, const MmtestsTest *test, guint boot,
                        const char *problem)
{
    Failure failure = {
        .release = loading->release,
        .place = {.machine = mmtests_run_fact(loading->run, "hostname"),
                  .benchmark = test->name,
                  .params = "{}",
                  .trial_key = test->name,
                  .margin = loading->margin},
        .value = {
            .job_id = boot, .boot = (int)boot + 1, .mode = "", .spread = NAN, .message = problem}};
    dataset_failure_add(loading->dataset, &failure);
}

static void test_add(const Loading *loading, const MmtestsIteration *iteration,
                     const MmtestsTest *test, guint boot)
{
    g_autoptr(GPtrArray) lost = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) all = mmtests_test_series_all(test, NULL, loading->complaints, lost);
    MmtestsTestState state = mmtests_test_state(test, all);
    g_autofree char *words = mmtests_test_state_format(test, state);
    bool broken = state == MMTESTS_TEST_FAILED || state == MMTESTS_TEST_UNFINISHED;
    if (state != MMTESTS_TEST_DONE)
        g_ptr_array_add(loading->complaints,
                        g_strdup_printf("%s: %s: %s", iteration->folder, test->name, words));
    bool some_lost = !broken && lost->len > 0;
    if (all->len == 0 || some_lost)
        failure_add(loading, test, boot, some_lost ? lost->pdata[0] : words);
    for (guint i = 0; i < all->len; i++)
        value_add(loading, test, all->pdata[i], boot, broken ? words : NULL);
}

bool load_mmtests(Dataset *dataset, const char *folder, double margin, GPtrArray *complaints,
                  int *ret_release, GError **error)
{
    g_autoptr(MmtestsRun) run = NULL;
    if (!mmtests_run_read(folder, &run, error))
        return false;
    for (guint i = 0; i < run->complaints->len; i++)
        g_ptr_array_add(complaints, g_strdup(run->complaints->pdata[i]));
    Release release = {.name = run->name, .revision = mmtests_run_fact(run, "kernel")};
    Loading loading = {.dataset = dataset,
                       .run = run,
                       .complaints = complaints,
                       .margin = margin,
                       .release = dataset_release_add(dataset, &release)};
    for (guint i = 0; i < run->iterations->len; i++) {
        const MmtestsIteration *iteration = run->iterations->pdata[i];
        for (guint j = 0; j < iteration->tests->len; j++)
            test_add(&loading, iteration, iteration->tests->pdata[j], i);
    }
    if (run->iterations->len > 1)
        g_ptr_array_add(complaints,
                        g_strdup_printf("%s: its %u iterations count as boots, and MMTests does "
                                        "not boot between them: differences are surer here than "
                                        "they are",
                                        folder, run->iterations->len));
    *ret_release = loading.release;
    return true;
}
