// One trial: the iterations of one benchmark on a machine, their raw files, and the samples.
#include "marvin/trial.h"

#include <glib/gstdio.h>
#include <string.h>

#include "common/error.h"
#include "marvin/raw_extract.h"
#include "marvin/sample_json.h"

enum { OUTPUT_LIMIT_BYTES = 64 << 20, RAW_LIMIT_BYTES = 1 << 30 };

// The environment of an iteration: nothing of ours but what the benchmark is promised.
static char **iteration_env(const PlanTrial *trial, const TrialPlace *place, const char *raw,
                            int iteration)
{
    g_autoptr(GPtrArray) env = g_ptr_array_new();
    g_ptr_array_add(env,
                    g_strdup("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
    g_ptr_array_add(env, g_strdup("LC_ALL=C"));
    g_ptr_array_add(env, g_strdup("TZ=UTC"));
    g_ptr_array_add(env, g_strdup_printf("HOME=%s", place->there));
    g_ptr_array_add(env, g_strdup_printf("MARVIN_ARTIFACT=%s/artifact", place->there));
    g_ptr_array_add(env, g_strdup_printf("MARVIN_BENCHMARK=%s/benchmarks/%s", place->there,
                                         trial->folder_hash));
    g_ptr_array_add(env, g_strdup_printf("MARVIN_RAW=%s", raw));
    g_ptr_array_add(env, g_strdup_printf("MARVIN_ITERATION=%d", iteration));
    g_ptr_array_add(env, g_strdup_printf("MARVIN_CPUS=%d", place->n_cpus));
    GHashTableIter iter;
    gpointer name, value;
    g_hash_table_iter_init(&iter, trial->params);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        g_autofree char *variable = parameter_variable(name);
        g_ptr_array_add(env, g_strdup_printf("%s=%s", variable, (const char *)value));
    }
    g_ptr_array_add(env, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&env), false);
}

static char *stop_reason(const ProcResult *ran, double deadline_s)
{
    if (ran->timed_out)
        return g_strdup_printf("its deadline of %.0f s has passed", deadline_s);
    if (ran->output_exceeded)
        return g_strdup_printf("it wrote more than %d MiB of output", OUTPUT_LIMIT_BYTES >> 20);
    return NULL;
}

static bool status_write(const char *folder, const ProcResult *ran, const char *reason,
                         GError **error)
{
    g_auto(RunStatus) status = {
        .exit_status = ran->status, .seconds = ran->elapsed_s, .reason = g_strdup(reason)};
    if (ran->status > 128) {
        status.exit_status = -1;
        status.signal = ran->status - 128;
    }
    g_autofree char *text = run_status_format(&status);
    g_autofree char *path = g_build_filename(folder, "status", NULL);
    return g_file_set_contents(path, text, -1, error);
}

// One iteration, its raw files in place->here/name. *ret_stop: another one would not do better.
static bool iteration_run(const PlanTrial *trial, const TrialPlace *place, const char *name,
                          int iteration, bool *ret_stop, GError **error)
{
    g_autofree char *here = g_build_filename(place->here, name, NULL);
    g_autofree char *raw = g_build_filename(place->raw_there, name, NULL);
    g_autofree char *dir = g_build_filename(place->there, "benchmarks", trial->folder_hash, NULL);
    g_autofree char *program = g_build_filename(dir, "run", NULL);
    g_autofree char *out = g_build_filename(here, "stdout", NULL);
    g_autofree char *err = g_build_filename(here, "stderr", NULL);
    g_auto(GStrv) env = iteration_env(trial, place, raw, iteration);
    const char *argv[] = {program, NULL};
    TransportRun what = {.argv = argv,
                         .env = (const char *const *)env,
                         .dir = dir,
                         .stdout_path = out,
                         .stderr_path = err,
                         .output_limit_bytes = OUTPUT_LIMIT_BYTES,
                         .deadline_ms = (int64_t)(trial->benchmark->deadline_s * 1000),
                         .cpus = place->cpus,
                         .is_cancelled = place->is_cancelled,
                         .data = place->data};
    g_auto(ProcResult) ran = {0};
    g_mkdir_with_parents(here, 0755);
    if (!transport_make_folder(place->transport, raw, error) ||
        !transport_run(place->transport, &what, &ran, error))
        return false;
    if (ran.cancelled)
        return error_set(error, ERROR_INTERRUPTED,
                         "stopped in the middle of %s; start the runner again to go on",
                         trial->key);
    g_autofree char *reason = stop_reason(&ran, trial->benchmark->deadline_s);
    *ret_stop = reason != NULL;
    return transport_get(place->transport, raw, here, RAW_LIMIT_BYTES, error) &&
           status_write(here, &ran, reason, error);
}

static bool iterations_run(const PlanTrial *trial, const TrialPlace *place, GError **error)
{
    bool stop = false;
    for (int i = 0; i < (int)trial->benchmark->warmup && !stop; i++) {
        g_autofree char *name = g_strdup_printf("warmup-%d", i);
        if (!iteration_run(trial, place, name, i, &stop, error))
            return false;
    }
    stop = false;
    for (int i = 0; i < place->iterations && !stop; i++) {
        g_autofree char *name = g_strdup_printf("iter-%d", i);
        if (!iteration_run(trial, place, name, i, &stop, error))
            return false;
    }
    return true;
}

// The folder of the benchmark is unpacked only where it has an `extract` of its own.
static bool samples_extract(const PlanTrial *trial, const TrialPlace *place,
                            Extraction **ret_extraction, GError **error)
{
    if (!trial->benchmark->extract_sha256)
        return raw_extract(trial->benchmark, NULL, place->here, ret_extraction, error);
    g_autofree char *folder = g_strconcat(place->here, ".extract", NULL);
    const char *clean[] = {"rm", "-rf", "--", folder, NULL};
    g_auto(ProcResult) cleaned = {0}, cleaned_after = {0};
    bool good = proc_run_ok(&(ProcSpec){.argv = clean}, &cleaned, error) &&
                store_unpack(place->store, trial->folder_hash, folder, 0, error) &&
                raw_extract(trial->benchmark, folder, place->here, ret_extraction, error);
    proc_run(&(ProcSpec){.argv = clean}, &cleaned_after, NULL);
    return good;
}

static char *utc_now(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    return g_date_time_format(now, "%Y-%m-%d %H:%M:%S.%fZ");
}

static json_t *trial_describe(const PlanTrial *trial, const TrialPlace *place,
                              const Extraction *extraction, const char *started,
                              const char *raw_hash)
{
    g_autofree char *ended = utc_now();
    g_autofree char *message = extraction_message(extraction);
    return json_pack("{s:s, s:s, s:o, s:s, s:i, s:s, s:s?, s:s, s:s, s:s?, s:o}", "benchmark",
                     trial->benchmark->name, "benchmark_hash", trial->benchmark_hash, "params",
                     json_loads(trial->params_json, 0, NULL), "key", trial->key, "iterations",
                     place->iterations, "state",
                     extraction_has_samples(extraction) ? "done" : "failed", "message", message,
                     "started", started, "ended", ended, "raw_hash", raw_hash, "samples",
                     samples_format(trial->benchmark, extraction, place->mode));
}

// Keeps the raw folder. What the store refuses (too large) is a failure of the trial, not of the
// run.
static bool raw_keep(const TrialPlace *place, Extraction *extraction, StoreObject *ret_raw,
                     GError **error)
{
    GError *cause = NULL;
    if (store_put_dir(place->store, place->here, RAW_LIMIT_BYTES, ret_raw, &cause))
        return true;
    if (!g_error_matches(cause, MARVIN_ERROR, ERROR_INPUT)) {
        g_propagate_error(error, cause);
        return false;
    }
    extraction_fail(extraction, cause->message);
    g_error_free(cause);
    *ret_raw = (StoreObject){0};
    return true;
}

static bool folders_clear(const TrialPlace *place, GError **error)
{
    const char *clean[] = {"rm", "-rf", "--", place->here, NULL};
    g_auto(ProcResult) cleaned = {0};
    if (!proc_run_ok(&(ProcSpec){.argv = clean}, &cleaned, error))
        return false;
    return strcmp(place->raw_there, place->here) == 0 ||
           transport_remove(place->transport, place->raw_there, error);
}

bool trial_run(const PlanTrial *trial, const TrialPlace *place, json_t **ret_trial, GError **error)
{
    g_autofree char *started = utc_now();
    g_autoptr(Extraction) extraction = NULL;
    g_autoptr(GError) spoilt = NULL;
    StoreObject raw = {0};
    if (!folders_clear(place, error))
        return false;
    g_mkdir_with_parents(place->here, 0755);
    bool good = iterations_run(trial, place, &spoilt);
    if (!good && !g_error_matches(spoilt, MARVIN_ERROR, ERROR_INPUT)) {
        g_propagate_error(error, g_steal_pointer(&spoilt));
        return false;
    }
    if (!samples_extract(trial, place, &extraction, error))
        return false;
    if (!good)
        extraction_fail(extraction, spoilt->message);
    if (!raw_keep(place, extraction, &raw, error) || !folders_clear(place, error))
        return false;
    *ret_trial = trial_describe(trial, place, extraction, started, *raw.hash ? raw.hash : NULL);
    return true;
}
