// A run of MMTests into boots: an iteration is a boot, the parameters of an operation a trial.
#include <glib/gstdio.h>
#include <string.h>

#include "benchmarks/formats/mmtests_run.h"
#include "common/cmd.h"
#include "common/error.h"
#include "common/hash.h"
#include "common/version.h"
#include "marvin/import_formats.h"
#include "marvin/import_mmtests.h"

static const guint64 ITERATION_LIMIT_BYTES = (guint64)4 << 30;
static const guint64 FILE_LIMIT_BYTES = (guint64)64 << 20;
static const unsigned FILES_MAX = 1000;

// An iteration on its way into the database; borrowed.
typedef struct {
    const Import *import;
    const MmtestsRun *run;
    const MmtestsIteration *iteration;
    char raw_hash[HASH_CHARS + 1];
} Boot;

static void put_fact(json_t *object, const char *key, const char *value)
{
    if (value)
        json_object_set_new(object, key, import_text(value));
}

// As marvin/fingerprint.h names them, so that a run of ours on the machine is in the same epoch.
static void put_fingerprint(json_t *boot, const MmtestsRun *run)
{
    json_t *must = json_object(), *note = json_object(), *info = json_object();
    const char *memory = mmtests_run_fact(run, "memory");
    double gib = memory ? g_ascii_strtod(memory, NULL) / (1 << 20) : 0;
    g_autofree char *rounded = gib > 0 && gib < 1e9 ? g_strdup_printf("%.0f GiB", gib) : NULL;
    put_fact(must, "cpu", mmtests_run_fact(run, "cpu"));
    put_fact(must, "cpus", mmtests_run_fact(run, "cpus"));
    put_fact(must, "architecture", mmtests_run_fact(run, "architecture"));
    put_fact(must, "memory", rounded);
    put_fact(note, "system", mmtests_run_fact(run, "os"));
    put_fact(note, "kernel", mmtests_run_fact(run, "kernel"));
    put_fact(info, "node", mmtests_run_fact(run, "hostname"));
    put_fact(info, "uname", mmtests_run_fact(run, "uname"));
    json_object_set_new(boot, "must", must);
    json_object_set_new(boot, "note", note);
    json_object_set_new(boot, "info", info);
}

static json_t *test_facts(const MmtestsTest *test)
{
    json_t *facts = json_object(), *monitors = json_array();
    put_fact(facts, "test", test->name);
    if (test->begin_s > 0)
        json_object_set_new(facts, "begin", import_time(test->begin_s));
    if (test->end_s > 0)
        json_object_set_new(facts, "end", import_time(test->end_s));
    if (test->exit_status >= 0)
        json_object_set_new(facts, "exit", json_integer(test->exit_status));
    if (test->has_time) {
        json_object_set_new(facts, "user_s", json_real(test->user_s));
        json_object_set_new(facts, "system_s", json_real(test->system_s));
        json_object_set_new(facts, "elapsed_s", json_real(test->elapsed_s));
    }
    for (guint i = 0; i < test->monitors->len; i++)
        json_array_append_new(monitors, import_text(test->monitors->pdata[i]));
    json_object_set_new(facts, "monitors", monitors);
    return facts;
}

static json_t *run_facts(const Boot *boot)
{
    json_t *facts = json_object(), *tests = json_array();
    put_fact(facts, "run", boot->run->name);
    json_object_set_new(facts, "iteration", json_integer(boot->iteration->number));
    if (boot->run->exit_status >= 0)
        json_object_set_new(facts, "exit", json_integer(boot->run->exit_status));
    json_object_set_new(facts, "finished", json_boolean(boot->iteration->end_s > 0));
    for (guint i = 0; i < boot->iteration->tests->len; i++)
        json_array_append_new(tests, test_facts(boot->iteration->tests->pdata[i]));
    json_object_set_new(facts, "tests", tests);
    return facts;
}

// Trials ----------------------------------------------------------------------------------------

static json_t *numbers(const GArray *values)
{
    json_t *list = json_array();
    for (guint i = 0; i < values->len; i++)
        json_array_append_new(list, json_real(g_array_index(values, double, i)));
    return list;
}

json_t *mmtests_sample_format(const MmtestsSeries *series, const char *problem)
{
    bool is_empty = series->values->len == 0;
    if (!problem)
        problem = series->damage;
    if (!problem && is_empty)
        problem = "its log has no number";
    json_t *metric =
        json_pack("{s:o, s:s, s:s, s:s, s:i, s:s}", "name", import_text(series->metric), "unit",
                  series->unit ? series->unit : "", "better", better_format(series->better),
                  "statistic", "mean", "resolution", 0, "identity", MMTESTS_IDENTITY);
    json_t *sample = json_pack("{s:o, s:s, s:o}", "metric", metric, "state",
                               problem ? "failed" : "done", "message", import_text(problem));
    if (!is_empty && !problem) {
        json_object_set_new(sample, "position", numbers(series->positions));
        json_object_set_new(sample, "value", numbers(series->values));
    }
    return sample;
}

json_t *mmtests_params_format(const MmtestsTest *test, const MmtestsSeries *series)
{
    MmtestsParameter parameters[2];
    int n = mmtests_series_parameters(test, series, parameters);
    json_t *params = json_object();
    for (int i = 0; i < n; i++)
        json_object_set_new(params, parameters[i].name, import_text(parameters[i].value));
    return params;
}

static json_t *trial_new(const Boot *boot, const MmtestsTest *test, const char *key, json_t *params)
{
    const char *family = test->family ? mmtests_family_name(test->family) : test->name;
    return json_pack("{s:o, s:{s:s, s:o}, s:o, s:o, s:s, s:n, s:o, s:o, s:s, s:[]}", "benchmark",
                     import_text(test->name), "definition", "format", "mmtests", "family",
                     import_text(family), "params", params, "key", import_text(key), "state",
                     "failed", "message", "started",
                     import_time(test->begin_s > 0 ? test->begin_s : boot->iteration->begin_s),
                     "ended", import_time(test->end_s), "raw_hash", boot->raw_hash, "samples");
}

const char *mmtests_trial_message(const MmtestsTest *test, const GPtrArray *all,
                                  const GPtrArray *lost, const char *key, const char *problem)
{
    bool is_whole = strcmp(key, test->name) == 0;
    for (guint i = 0; !problem && i < all->len; i++) {
        const MmtestsSeries *series = all->pdata[i];
        g_autofree char *of = mmtests_series_trial_key(test, series);
        if (strcmp(of, key) == 0)
            problem = series->damage;
    }
    return !problem && is_whole && lost->len > 0 ? lost->pdata[0] : problem;
}

// The trials of one test, by their keys in order of appearance.
static void trials_of_test(const Boot *boot, const MmtestsTest *test, const GPtrArray *all,
                           const GPtrArray *lost, const char *problem, json_t *trials)
{
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < all->len; i++) {
        const MmtestsSeries *series = all->pdata[i];
        g_autofree char *key = mmtests_series_trial_key(test, series);
        json_t *trial = g_hash_table_lookup(known, key);
        if (!trial) {
            trial = trial_new(boot, test, key, mmtests_params_format(test, series));
            json_array_append_new(trials, trial);
            g_hash_table_insert(known, g_strdup(key), trial);
            json_object_set_new(trial, "message",
                                import_text(mmtests_trial_message(test, all, lost, key, problem)));
        }
        if (!problem && !series->damage && series->values->len > 0)
            json_object_set_new(trial, "state", json_string("done"));
        json_array_append_new(json_object_get(trial, "samples"),
                              mmtests_sample_format(series, problem));
    }
    bool is_lost = !problem && lost->len > 0 && !g_hash_table_contains(known, test->name);
    if (all->len > 0 && !is_lost)
        return;
    json_t *trial = trial_new(boot, test, test->name, json_object());
    json_object_set_new(trial, "message", import_text(is_lost ? lost->pdata[0] : problem));
    json_array_append_new(trials, trial);
}

char *mmtests_test_problem(const MmtestsTest *test, MmtestsTestState state, const GPtrArray *all,
                           const GPtrArray *lost)
{
    bool is_broken = state == MMTESTS_TEST_FAILED || state == MMTESTS_TEST_UNFINISHED;
    if (state == MMTESTS_TEST_DONE || (!is_broken && all->len > 0))
        return NULL;
    if (!is_broken && lost->len > 0)
        return g_strdup(lost->pdata[0]);
    return mmtests_test_state_format(test, state);
}

static void test_import(const Boot *boot, const MmtestsTest *test, json_t *trials)
{
    g_autoptr(GPtrArray) said = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) lost = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *rows = NULL;
    bool is_ours = test->family && mmtests_family_has_parser(test->family);
    if (!is_ours && boot->import->checkout)
        rows = mmtests_rows_run(boot->import->checkout, test, said);
    g_autoptr(GPtrArray) all = mmtests_test_series_all(test, rows, said, lost);
    MmtestsTestState state = mmtests_test_state(test, all);
    g_autofree char *words = mmtests_test_state_format(test, state);
    g_autofree char *problem = mmtests_test_problem(test, state, all, lost);
    for (guint i = 0; i < said->len; i++)
        cmd_note("%s", (const char *)said->pdata[i]);
    if (state != MMTESTS_TEST_DONE)
        cmd_note("%s: %s: %s", boot->iteration->folder, test->name, words);
    trials_of_test(boot, test, all, lost, problem, trials);
}

static json_t *trials_make(void *data, GError **error)
{
    const Boot *boot = data;
    (void)error;
    json_t *trials = json_array();
    for (guint i = 0; i < boot->iteration->tests->len; i++)
        test_import(boot, boot->iteration->tests->pdata[i], trials);
    return trials;
}

// Runs ------------------------------------------------------------------------------------------

// The files beside the iterations (mmtests-activity) into the store: [{path, hash}].
static bool files_keep(const Import *import, const char *folder, json_t *files, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; dir && (name = g_dir_read_name(dir)) && names->len < FILES_MAX;)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, version_compare_names);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
        g_autoptr(GError) cause = NULL;
        StoreObject object = {0};
        if (!g_file_test(path, G_FILE_TEST_IS_REGULAR) || g_file_test(path, G_FILE_TEST_IS_SYMLINK))
            continue;
        if (store_put_file(import->store, path, FILE_LIMIT_BYTES, &object, &cause))
            json_array_append_new(
                files,
                json_pack("{s:o, s:s}", "path", import_text(names->pdata[i]), "hash", object.hash));
        else if (g_error_matches(cause, MARVIN_ERROR, ERROR_INPUT))
            cmd_note("%s; it is left out", cause->message);
        else {
            g_propagate_error(error, g_steal_pointer(&cause));
            return false;
        }
    }
    return true;
}

static json_t *boot_describe(const Boot *boot, const json_t *files)
{
    const Import *import = boot->import;
    const char *machine =
        import->machine ? import->machine : mmtests_run_fact(boot->run, "hostname");
    const char *release = import->release ? import->release : boot->run->name;
    const char *under = mmtests_run_fact(boot->run, "hypervisor");
    g_autofree char *source =
        g_strdup_printf("%s/iter-%u", boot->run->name, boot->iteration->number);
    g_autofree char *what = g_strdup_printf("%s %u", boot->raw_hash, boot->iteration->number);
    g_autofree char *content = hash_string(what); // iterations may be equal to the last byte
    json_t *text = import_text(release);
    json_t *described = json_pack(
        "{s:s, s:s, s:O, s:o, s:o, s:o, s:s, s:s, s:s, s:o, s:o, s:s, s:o, s:s, s:O}", "tree",
        import->tree ? import->tree : "mmtests", "kind", "kernel", "release", text, "revision",
        text, "released", import_time(boot->iteration->begin_s), "machine", import_text(machine),
        "distro", import->distro ? import->distro : "host", "plan", "mmtests", "mode",
        under && strcmp(under, "KVM") == 0 ? "kvm" : "metal", "started",
        import_time(boot->iteration->begin_s), "ended", import_time(boot->iteration->end_s),
        "format", "mmtests", "source", import_text(source), "content", content, "files", files);
    put_fingerprint(described, boot->run);
    json_object_set_new(described, "facts", run_facts(boot));
    return described;
}

static bool iteration_import(Import *import, const MmtestsRun *run,
                             const MmtestsIteration *iteration, const json_t *files, GError **error)
{
    Boot boot = {.import = import, .run = run, .iteration = iteration};
    g_autoptr(GError) cause = NULL;
    StoreObject object = {0};
    if (!store_put_dir(import->store, iteration->folder, ITERATION_LIMIT_BYTES, &object, &cause)) {
        if (!g_error_matches(cause, MARVIN_ERROR, ERROR_INPUT)) {
            g_propagate_error(error, g_steal_pointer(&cause));
            return false;
        }
        cmd_note("%s; the iteration is left out", cause->message);
        import->n_refused++;
        return true;
    }
    g_strlcpy(boot.raw_hash, object.hash, sizeof boot.raw_hash);
    json_t *described = boot_describe(&boot, files);
    bool good = import_boot(import, described, trials_make, &boot, error);
    json_decref(described);
    return good;
}

static bool run_import(Import *import, const char *folder, GError **error)
{
    g_autoptr(MmtestsRun) run = NULL;
    if (!mmtests_run_read(folder, &run, error))
        return false;
    for (guint i = 0; i < run->complaints->len; i++)
        cmd_note("%s", (const char *)run->complaints->pdata[i]);
    json_t *files = json_array();
    bool good = files_keep(import, folder, files, error);
    for (guint i = 0; good && i < run->iterations->len; i++)
        good = iteration_import(import, run, run->iterations->pdata[i], files, error);
    json_decref(files);
    return good;
}

// The runs in a folder (work/log), by name.
static GPtrArray *runs_find(const char *folder)
{
    GPtrArray *runs = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (mmtests_run_is(path))
            g_ptr_array_add(runs, g_steal_pointer(&path));
    }
    g_ptr_array_sort(runs, version_compare_names);
    return runs;
}

bool import_mmtests(Import *import, const char *path, GError **error)
{
    g_autofree char *folder = g_canonicalize_filename(path, NULL);
    if (mmtests_run_is(folder))
        return run_import(import, folder, error);
    g_autoptr(GPtrArray) runs = runs_find(folder);
    if (runs->len == 0)
        return error_set(error, ERROR_INPUT,
                         "%s: is neither a run of MMTests, with iter-0 in it, nor a folder of such "
                         "runs, as work/log is",
                         path);
    if (runs->len > 1 && import->release)
        return error_set(error, ERROR_USAGE,
                         "%s holds %u runs, and --release names one; import them one by one", path,
                         runs->len);
    for (guint i = 0; i < runs->len; i++)
        if (!run_import(import, runs->pdata[i], error))
            return false;
    return true;
}
