// A plan as it is queued: benchmarks with parameters, fixed by content.
#include "bob/plan.h"

#include "benchmarks/find.h"
#include "bob/definition.h"
#include "common/error.h"
#include "common/hash.h"

#include <math.h>
#include <string.h>

/* A benchmark's folder holds scripts and small samples, no data sets. */
#define FOLDER_MAX_BYTES ((guint64)64 << 20)

static const double WIDTH_LEAST = 0.00001, WIDTH_MOST = 0.9;
enum { BOOTS_MOST = 1000 };

typedef struct {
    Benchmark *benchmark;
    GHashTable *parameters; // char * -> char *
    char *trial_key;
    char *hash; // of the benchmark's definition, once stored
} PlanTrial;

struct Plan {
    PlanTerms terms; // borrowed texts
    char *stop; // what terms.stop is, of a section
    GPtrArray *trials; // of PlanTrial *
    char *key;
    char *hash;
};

static void trial_free(gpointer data)
{
    PlanTrial *trial = data;
    benchmark_free(trial->benchmark);
    g_clear_pointer(&trial->parameters, g_hash_table_unref);
    g_free(trial->trial_key);
    g_free(trial->hash);
    g_free(trial);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PlanTrial, trial_free)

static bool trial_read(const char *word, const char *const *search, PlanTrial **ret_trial,
                       GError **error)
{
    g_autoptr(PlanTrial) trial = g_new0(PlanTrial, 1);
    g_autofree char *name = NULL;
    g_autoptr(GHashTable) overrides = NULL;
    if (!benchmark_reference_parse(word, &name, &overrides, error) ||
        !benchmark_get(search, name, &trial->benchmark, error) ||
        !benchmark_parameters(trial->benchmark, overrides, &trial->parameters, error))
        return false;
    g_autofree char *path = parameters_format_path(trial->parameters);
    trial->trial_key = g_strconcat(name, path, NULL);
    *ret_trial = g_steal_pointer(&trial);
    return true;
}

static bool has_trial(const Plan *plan, const char *trial_key)
{
    for (guint i = 0; i < plan->trials->len; i++) {
        const PlanTrial *trial = g_ptr_array_index(plan->trials, i);
        if (strcmp(trial->trial_key, trial_key) == 0)
            return true;
    }
    return false;
}

static bool trials_read(Plan *plan, const char *const *search, GError **error)
{
    const char *origin = plan->terms.origin;
    for (const char *const *word = plan->terms.benchmarks; *word != NULL; word++) {
        PlanTrial *trial = NULL;
        GError *cause = NULL;
        if (!trial_read(*word, search, &trial, &cause))
            return error_pass(error, cause, "%s", origin);
        bool is_twice = has_trial(plan, trial->trial_key);
        g_ptr_array_add(plan->trials, trial);
        if (is_twice)
            return error_set(error, ERROR_INPUT, "%s: the plan has %s twice; leave one out", origin,
                             trial->trial_key);
    }
    if (plan->trials->len == 0)
        return error_set(error, ERROR_INPUT, "%s: the plan has no benchmarks", origin);
    return true;
}

static int text_compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, one a line; freed with g_free. */
static char *lines_sorted(GPtrArray *lines, const char *separator)
{
    g_ptr_array_sort(lines, text_compare);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < lines->len; i++)
        g_string_append_printf(text, "%s%s", (const char *)g_ptr_array_index(lines, i), separator);
    return g_string_free(text, FALSE);
}

/* What is run, and not how its numbers are taken: old trials are extracted again, not run again. */
static char *make_key(const Plan *plan)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < plan->trials->len; i++)
        g_ptr_array_add(
            lines, g_strdup(((const PlanTrial *)g_ptr_array_index(plan->trials, i))->trial_key));
    g_autofree char *sorted = lines_sorted(lines, "\n");
    g_autofree char *text =
        g_strconcat(plan->terms.realm, *plan->terms.realm ? "\n" : "", sorted, NULL);
    return hash_string(text);
}

static bool trial_store(Db *db, Store *store, PlanTrial *trial, GError **error)
{
    const Benchmark *benchmark = trial->benchmark;
    StoreObject folder = {0};
    if (!store_put_dir(store, benchmark->folder, FOLDER_MAX_BYTES, &folder, error))
        return false;
    g_autofree char *manifest = benchmark_format(benchmark);
    g_autoptr(json_t) body =
        json_pack("{s:o, s:s}", "manifest", json_loads(manifest, 0, NULL), "folder", folder.hash);
    if (body == NULL)
        return error_set(error, ERROR_INPUT, "%s/benchmark.ini is not UTF-8", benchmark->folder);
    g_free(trial->hash);
    trial->hash = NULL;
    return definition_store(db, "benchmark", benchmark->name, body, &trial->hash, error);
}

static json_t *number_or_null(double value)
{
    return isnan(value) ? json_null() : json_real(value);
}

static json_t *plan_definition(const Plan *plan)
{
    const PlanTerms *terms = &plan->terms;
    json_t *list = json_array();
    for (guint i = 0; i < plan->trials->len; i++) {
        const PlanTrial *trial = g_ptr_array_index(plan->trials, i);
        g_autofree char *parameters = parameters_format(trial->parameters);
        json_array_append_new(list,
                              json_pack("{s:s, s:o, s:s, s:s}", "benchmark", trial->benchmark->name,
                                        "params", json_loads(parameters, 0, NULL), "trial_key",
                                        trial->trial_key, "hash", trial->hash));
    }
    json_t *body =
        json_pack("{s:s, s:i, s:i, s:b, s:o, s:o, s:s?, s:o}", "plan", terms->name, "boots",
                  terms->boots, "iterations", terms->iterations, "interleave",
                  (int)terms->interleave, "margin", number_or_null(terms->margin), "margin_icount",
                  number_or_null(terms->margin_icount), "stop", terms->stop, "benchmarks", list);
    if (body != NULL && *terms->realm != '\0')
        json_object_set_new(body, "realm", json_string(terms->realm));
    return body;
}

bool plan_new(const PlanTerms *terms, const char *const *search, Plan **ret_plan, GError **error)
{
    g_autoptr(Plan) plan = g_new0(Plan, 1);
    plan->terms = *terms;
    plan->trials = g_ptr_array_new_with_free_func(trial_free);
    if (!trials_read(plan, search, error))
        return false;
    plan->key = make_key(plan);
    *ret_plan = g_steal_pointer(&plan);
    return true;
}

static bool stop_parse(const char *const *words, double *ret_width, double *ret_most)
{
    return g_strv_length((char **)(guintptr)words) == 4 && strcmp(words[0], "ci") == 0 &&
           strcmp(words[2], "max") == 0 &&
           setting_parse_number(SETTING_PERCENT, words[1], ret_width) &&
           setting_parse_number(SETTING_INT, words[3], ret_most) && *ret_width >= WIDTH_LEAST &&
           *ret_width <= WIDTH_MOST && *ret_most >= 1 && *ret_most <= BOOTS_MOST;
}

/* In one spelling: sql/replace/42_adaptive.sql takes it apart. NULL: none. */
static bool stop_read(const Section *section, char **ret_stop, GError **error)
{
    const char *const *words = section_words(section, "stop");
    const char *origin = section_origin(section, "stop");
    int boots = (int)section_int(section, "boots");
    double width = 0, most = 0;
    *ret_stop = NULL;
    if (*words == NULL)
        return true;
    if (!stop_parse(words, &width, &most))
        return error_set(
            error, ERROR_INPUT,
            "%s: stop is '%.80s'; expected 'ci WIDTH max BOOTS' as in 'ci 1%% max 20', "
            "with a WIDTH of 0.001%% to 90%% and at most %d BOOTS; without the line "
            "every battery has its boots and no more",
            origin, section_text(section, "stop"), BOOTS_MOST);
    if (boots < 2)
        return error_set(error, ERROR_INPUT,
                         "%s: stop needs the interval of two boots at least, and the plan has "
                         "boots = 1; write boots = 2 or more, or leave stop out",
                         origin);
    if (most < boots)
        return error_set(error, ERROR_INPUT,
                         "%s: stop allows %.0f boots at most, and the plan begins with boots = %d; "
                         "write max %d or more, or fewer boots",
                         origin, most, boots, boots);
    char percent[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd(percent, sizeof percent, "%.10g", width * 100);
    *ret_stop = g_strdup_printf("ci %s%% max %.0f", percent, most);
    return true;
}

bool plan_read(const Section *section, const char *const *search, Plan **ret_plan, GError **error)
{
    g_autofree char *stop = NULL;
    if (!stop_read(section, &stop, error))
        return false;
    PlanTerms terms = {.name = section_name(section),
                       .realm = "",
                       .origin = section_origin(section, "benchmarks"),
                       .benchmarks = section_words(section, "benchmarks"),
                       .boots = (int)section_int(section, "boots"),
                       .iterations = (int)section_int(section, "iterations"),
                       .interleave = section_bool(section, "interleave"),
                       .margin = section_real(section, "margin"),
                       .margin_icount = section_real(section, "margin.icount"),
                       .stop = stop};
    if (!plan_new(&terms, search, ret_plan, error))
        return false;
    (*ret_plan)->stop = g_steal_pointer(&stop);
    return true;
}

void plan_free(Plan *plan)
{
    if (plan == NULL)
        return;
    g_ptr_array_unref(plan->trials);
    g_free(plan->key);
    g_free(plan->hash);
    g_free(plan->stop);
    g_free(plan);
}

bool plan_store(Db *db, Store *store, Plan *plan, GError **error)
{
    for (guint i = 0; i < plan->trials->len; i++) {
        if (!trial_store(db, store, g_ptr_array_index(plan->trials, i), error))
            return false;
    }
    g_autoptr(json_t) body = plan_definition(plan);
    if (body == NULL)
        return error_set(error, ERROR_INPUT, "%s: the plan is not UTF-8", plan->terms.origin);
    g_free(plan->hash);
    plan->hash = NULL;
    return definition_store(db, "plan", plan_name(plan), body, &plan->hash, error);
}

const char *plan_name(const Plan *plan)
{
    return plan->terms.name;
}

const char *plan_key(const Plan *plan)
{
    return plan->key;
}

const char *plan_hash(const Plan *plan)
{
    return plan->hash;
}

int plan_boots(const Plan *plan)
{
    return plan->terms.boots;
}
