// A battery's plan as it was stored when the battery was asked for.
#include "marvin/plan.h"

#include <jansson.h>

#include "common/error.h"
#include "sql/queries.h"

static void trial_free(void *data)
{
    PlanTrial *trial = data;
    g_free(trial->key);
    g_free(trial->benchmark_hash);
    g_free(trial->folder_hash);
    g_free(trial->params_json);
    g_clear_pointer(&trial->params, g_hash_table_unref);
    benchmark_free(trial->benchmark);
    g_free(trial);
}

void plan_free(Plan *plan)
{
    if (!plan)
        return;
    g_free(plan->name);
    g_ptr_array_unref(plan->trials);
    g_free(plan);
}

static char *dump(const json_t *value)
{
    char *text = json_dumps(value, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);
    char *owned = g_strdup(text);
    free(text);
    return owned;
}

// The benchmark's definition: {"manifest": {...}, "folder": hash of its folder in the store}.
static bool definition_load(Db *db, PlanTrial *trial, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_row(db, &QUERY_MARVIN_DEFINITION, DB_PARAMS(DB_TEXT(trial->benchmark_hash)), &rows,
                error))
        return false;
    json_t *body = json_loads(rows_text(rows, 0, "body"), 0, NULL);
    trial->folder_hash = g_strdup(json_string_value(json_object_get(body, "folder")));
    g_autofree char *manifest = dump(json_object_get(body, "manifest"));
    g_autofree char *place = g_strdup_printf("the definition of %s", trial->key);
    bool good = trial->folder_hash && manifest
                    ? benchmark_parse(place, manifest, &trial->benchmark, error)
                    : error_set(error, ERROR_INPUT, "%s lacks its manifest or folder", place);
    json_decref(body);
    return good;
}

static PlanTrial *trial_parse(const json_t *entry)
{
    PlanTrial *trial = g_new0(PlanTrial, 1);
    json_t *params = json_object_get(entry, "params");
    const char *name;
    json_t *value;
    trial->key = g_strdup(json_string_value(json_object_get(entry, "trial_key")));
    trial->benchmark_hash = g_strdup(json_string_value(json_object_get(entry, "hash")));
    trial->params_json = params ? dump(params) : g_strdup("{}");
    trial->params = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    json_object_foreach(params, name, value)
    {
        if (json_is_string(value))
            g_hash_table_insert(trial->params, g_strdup(name), g_strdup(json_string_value(value)));
    }
    return trial;
}

static bool trials_load(Db *db, Plan *plan, const json_t *entries, GError **error)
{
    size_t i;
    json_t *entry;
    json_array_foreach(entries, i, entry)
    {
        PlanTrial *trial = trial_parse(entry);
        g_ptr_array_add(plan->trials, trial);
        if (!trial->key || !trial->benchmark_hash)
            return error_set(error, ERROR_INPUT,
                             "the stored plan lacks the key or the hash of its trial %zu", i);
        if (!definition_load(db, trial, error))
            return false;
    }
    return plan->trials->len > 0 || error_set(error, ERROR_INPUT, "the stored plan has no trials");
}

bool plan_load(Db *db, const char *body, Plan **ret_plan, GError **error)
{
    json_t *root = json_loads(body, 0, NULL);
    g_autoptr(Plan) plan = g_new0(Plan, 1);
    plan->trials = g_ptr_array_new_with_free_func(trial_free);
    plan->name = g_strdup(json_string_value(json_object_get(root, "plan")));
    plan->iterations = (int)json_integer_value(json_object_get(root, "iterations"));
    bool good = plan->iterations > 0
                    ? trials_load(db, plan, json_object_get(root, "benchmarks"), error)
                    : error_set(error, ERROR_INPUT, "the stored plan has no number of iterations");
    json_decref(root);
    if (good)
        *ret_plan = g_steal_pointer(&plan);
    return good;
}

int *plan_order(int n, int64_t seed)
{
    int *order = g_new(int, n);
    for (int i = 0; i < n; i++)
        order[i] = i;
    guint32 words[] = {(guint32)seed, (guint32)((guint64)seed >> 32)};
    GRand *rand = g_rand_new_with_seed_array(words, G_N_ELEMENTS(words));
    for (int i = n - 1; i > 0; i--) {
        int k = g_rand_int_range(rand, 0, i + 1);
        int swap = order[i];
        order[i] = order[k];
        order[k] = swap;
    }
    g_rand_free(rand);
    return order;
}
