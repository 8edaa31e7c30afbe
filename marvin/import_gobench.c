// A file in the Go benchmark text format into boots: the lines of one run are a boot.
#include <string.h>

#include "benchmarks/formats/gobench.h"
#include "common/cmd.h"
#include "common/error.h"
#include "common/hash.h"
#include "common/text.h"
#include "marvin/import_formats.h"

// Of every metric: what the extraction is.
static const char IDENTITY[] = "gobench-1";

// The lines of one run, in the same place.
typedef struct {
    const Gobench *gobench;
    const GobenchLine *first;
    GPtrArray *lines; // of const GobenchLine *
    GPtrArray *failed; // the same, of what has failed
    GString *content; // what tells it from others
    const char *raw_hash; // of the file
} Boot;

static void boot_free(gpointer data)
{
    Boot *boot = data;
    g_ptr_array_unref(boot->lines);
    g_ptr_array_unref(boot->failed);
    g_string_free(boot->content, TRUE);
    g_free(boot);
}

static const char *config_of(const GobenchLine *line, const char *key)
{
    return gobench_pair_find(line->config, line->n_config, key);
}

// Runs of one id in several places are several boots; a line without a run is one of its own.
static char *boot_name(const GobenchLine *line)
{
    static const char *const PLACE[] = {"tree",   "release", "commit", "machine",
                                        "distro", "plan",    "mode",   NULL};
    g_autoptr(GString) name = g_string_new(NULL);
    for (const char *const *key = PLACE; *key; key++) {
        const char *value = config_of(line, *key);
        g_string_append_printf(name, "%s\n", value ? value : "");
    }
    if (line->run)
        g_string_append_printf(name, "run %s", line->run);
    else
        g_string_append_printf(name, "line %u", line->line);
    return g_string_free(g_steal_pointer(&name), FALSE);
}

static void boot_add_line(Boot *boot, GPtrArray *list, const GobenchLine *line)
{
    g_autofree char *key = gobench_line_key(line);
    g_string_append_printf(boot->content, "\n%s", key);
    for (size_t i = 0; i < line->n_values; i++) {
        g_autofree char *number = text_number_exact(line->values[i].value);
        g_string_append_printf(boot->content, " %s %s:%s", number, line->values[i].metric,
                               line->values[i].unit);
    }
    g_ptr_array_add(list, (gpointer)(guintptr)line);
}

// What the boots of a file are gathered in.
typedef struct {
    const Gobench *gobench;
    const char *raw_hash;
    GPtrArray *boots; // Boot *, in order of appearance
    GHashTable *known; // name -> Boot
} Gathering;

static Boot *boot_get(Gathering *gathering, const GobenchLine *line)
{
    g_autofree char *name = boot_name(line);
    Boot *boot = g_hash_table_lookup(gathering->known, name);
    if (boot)
        return boot;
    boot = g_new0(Boot, 1);
    *boot = (Boot){.gobench = gathering->gobench,
                   .first = line,
                   .lines = g_ptr_array_new(),
                   .failed = g_ptr_array_new(),
                   .content = g_string_new(name),
                   .raw_hash = gathering->raw_hash};
    g_ptr_array_add(gathering->boots, boot);
    g_hash_table_insert(gathering->known, g_steal_pointer(&name), boot);
    return boot;
}

static GPtrArray *boots_of(const Gobench *gobench, const char *raw_hash)
{
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Gathering gathering = {.gobench = gobench,
                           .raw_hash = raw_hash,
                           .boots = g_ptr_array_new_with_free_func(boot_free),
                           .known = known};
    for (size_t i = 0; i < gobench_line_count(gobench); i++) {
        Boot *boot = boot_get(&gathering, gobench_line_get(gobench, i));
        boot_add_line(boot, boot->lines, gobench_line_get(gobench, i));
    }
    for (size_t i = 0; i < gobench_failed_count(gobench); i++) {
        Boot *boot = boot_get(&gathering, gobench_failed_get(gobench, i));
        boot_add_line(boot, boot->failed, gobench_failed_get(gobench, i));
    }
    return gathering.boots;
}

// Trials ----------------------------------------------------------------------------------------

static json_t *trial_new(const Boot *boot, const GobenchLine *line, const char *key)
{
    json_t *params = json_object();
    g_autoptr(GArray) pairs = gobench_line_params(line);
    for (guint i = 0; i < pairs->len; i++) {
        const GobenchPair *pair = &g_array_index(pairs, GobenchPair, i);
        json_object_set_new(params, pair->key, import_text(pair->value));
    }
    return json_pack("{s:o, s:{s:s}, s:o, s:o, s:s, s:s, s:[]}", "benchmark",
                     import_text(line->name), "definition", "format", "gobench", "params", params,
                     "key", import_text(key), "state", "failed", "raw_hash", boot->raw_hash,
                     "samples");
}

// The sample of a value's metric, made where it is not there yet.
static json_t *sample_of(json_t *trial, const Gobench *gobench, const GobenchValue *value,
                         bool *ret_made)
{
    json_t *samples = json_object_get(trial, "samples"), *sample;
    size_t i;
    json_array_foreach(samples, i, sample)
    {
        const json_t *metric = json_object_get(sample, "metric");
        if (strcmp(json_string_value(json_object_get(metric, "name")), value->metric) == 0) {
            *ret_made = false;
            return sample;
        }
    }
    *ret_made = true;
    Better better = gobench_better(gobench, value->metric, value->unit);
    sample = json_pack("{s:{s:o, s:o, s:s, s:s, s:i, s:s}, s:s, s:[], s:[]}", "metric", "name",
                       import_text(value->metric), "unit", import_text(value->unit), "better",
                       better_format(better), "statistic", "mean", "resolution", 0, "identity",
                       IDENTITY, "state", "done", "position", "value");
    json_array_append_new(samples, sample);
    return sample;
}

static void line_add(const Boot *boot, const GobenchLine *line, json_t *trial)
{
    bool made = false;
    json_object_set_new(trial, "state", json_string("done"));
    for (size_t i = 0; i < line->n_values; i++) {
        json_t *sample = sample_of(trial, boot->gobench, &line->values[i], &made);
        json_t *values = json_object_get(sample, "value");
        json_array_append_new(json_object_get(sample, "position"),
                              json_real((double)json_array_size(values)));
        json_array_append_new(values, json_real(line->values[i].value));
    }
}

// A metric of which the boot has no number has failed.
static void failed_add(const Boot *boot, const GobenchLine *line, json_t *trial)
{
    g_autofree char *why =
        line->reason ? g_strdup(*line->reason ? line->reason : "no reason given")
                     : g_strdup_printf("line %u: its value is not a finite number", line->line);
    if (line->n_values == 0)
        json_object_set_new(trial, "message", import_text(why));
    for (size_t i = 0; i < line->n_values; i++) {
        bool made = false;
        json_t *sample = sample_of(trial, boot->gobench, &line->values[i], &made);
        if (!made)
            continue;
        json_object_set_new(sample, "state", json_string("failed"));
        json_object_set_new(sample, "message", import_text(why));
    }
}

typedef void (*LineFunc)(const Boot *boot, const GobenchLine *line, json_t *trial);

static void lines_take(const Boot *boot, const GPtrArray *lines, LineFunc take, GHashTable *known,
                       json_t *trials)
{
    for (guint i = 0; i < lines->len; i++) {
        const GobenchLine *line = lines->pdata[i];
        g_autofree char *key = gobench_line_key(line);
        json_t *trial = g_hash_table_lookup(known, key);
        if (!trial) {
            trial = trial_new(boot, line, key);
            json_array_append_new(trials, trial);
            g_hash_table_insert(known, g_strdup(key), trial);
        }
        take(boot, line, trial);
    }
}

static json_t *trials_make(void *data, GError **error)
{
    const Boot *boot = data;
    (void)error;
    json_t *trials = json_array();
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    lines_take(boot, boot->lines, line_add, known, trials);
    lines_take(boot, boot->failed, failed_add, known, trials);
    return trials;
}

// The values of the boot, {"trial key": {"metric": [..]}}, and the name of its run: by these a run
// that has grown since is told from another one of that name.
static json_t *facts_of(Boot *boot)
{
    if (!boot->first->run)
        return json_object();
    json_t *trials = trials_make(boot, NULL), *values = json_object(), *trial, *sample;
    size_t i, k;
    json_array_foreach(trials, i, trial)
    {
        json_t *metrics = json_object();
        json_array_foreach(json_object_get(trial, "samples"), k, sample)
        {
            const json_t *metric = json_object_get(sample, "metric");
            json_object_set(metrics, json_string_value(json_object_get(metric, "name")),
                            json_object_get(sample, "value"));
        }
        json_object_set_new(values, json_string_value(json_object_get(trial, "key")), metrics);
    }
    json_decref(trials);
    return json_pack("{s:o, s:o}", "boot", import_text(boot->first->run), "values", values);
}

// Boots -----------------------------------------------------------------------------------------

static const char *either(const char *option, const Boot *boot, const char *key, const char *preset)
{
    const char *value = option ? option : config_of(boot->first, key);
    return value ? value : preset;
}

static bool boot_import(Import *import, Boot *boot, const char *path, GError **error)
{
    const char *release = either(import->release, boot, "release", NULL);
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *source = boot->first->run
                                  ? g_strdup_printf("%s run %s", name, boot->first->run)
                                  : g_strdup_printf("%s:%u", name, boot->first->line);
    // Equal lines of two files are two measurements, unless a run says that they are one.
    if (!boot->first->run)
        g_string_append_printf(boot->content, "\n%s", name);
    g_autofree char *content = hash_string(boot->content->str);
    json_t *described = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:s, s:o}", "tree",
        import_text(either(import->tree, boot, "tree", "gobench")), "release", import_text(release),
        "revision", import_text(either(NULL, boot, "commit", release)), "machine",
        import_text(either(import->machine, boot, "machine", NULL)), "distro",
        import_text(either(import->distro, boot, "distro", "host")), "plan",
        import_text(either(NULL, boot, "plan", "gobench")), "mode",
        import_text(either(NULL, boot, "mode", "metal")), "format", "gobench", "source",
        import_text(source), "content", content, "facts", facts_of(boot));
    bool good = import_boot(import, described, trials_make, boot, error);
    json_decref(described);
    return good;
}

bool import_gobench(Import *import, const char *path, GError **error)
{
    g_autoptr(Gobench) gobench = NULL;
    StoreObject object = {0};
    if (!gobench_read(path, &gobench, error) ||
        !store_put_file(import->store, path, GOBENCH_FILE_LIMIT_BYTES, &object, error))
        return false;
    for (const char *const *complaint = gobench_complaints(gobench); *complaint; complaint++)
        cmd_note("%s", *complaint);
    g_autoptr(GPtrArray) boots = boots_of(gobench, object.hash);
    for (guint i = 0; i < boots->len; i++)
        if (!boot_import(import, boots->pdata[i], path, error))
            return false;
    return true;
}
