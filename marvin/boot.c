// One boot of one battery on a leased machine.
#include "marvin/boot.h"

#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "benchmarks/find.h"
#include "common/error.h"
#include "common/text.h"
#include "marvin/fingerprint.h"
#include "marvin/plan.h"
#include "marvin/sample_json.h"
#include "marvin/trial.h"
#include "sql/queries.h"

enum { RETRY_MS = 2000, RESERVE_MS = 30000 };

// A claimed job, and the run that serves it.
typedef struct {
    Rows *claim; // of QUERY_MARVIN_CLAIM_BOOT
    int64_t job_id;
    char *label; // "toy v1.5, boot 3 of 5"
    char *there; // the deployment's folder on the machine
    char *boot_id;
    Plan *plan;
    int64_t run_id;
    int64_t seed;
    int n_failed; // trials of this process that failed
    char **done; // keys of trials that need not run again
    char **packages; // that its benchmarks need on the machine
    char *message; // why it failed
    bool is_ours; // the failure: what is to be brought is not there; not the machine's
    char *console; // its hash in the store; NULL: none
    Finding finding; // what the kernel under test did; NONE: nothing
} Boot;

static void boot_clear(Boot *boot)
{
    rows_free(boot->claim);
    g_free(boot->label);
    g_free(boot->there);
    g_free(boot->boot_id);
    plan_free(boot->plan);
    g_strfreev(boot->done);
    g_strfreev(boot->packages);
    g_free(boot->message);
    g_free(boot->console);
    finding_clear(&boot->finding);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Boot, boot_clear)

// Whether a person has cancelled the job meanwhile.
static bool is_cancelled(BootContext *context, int64_t job_id)
{
    g_autoptr(Rows) rows = NULL;
    return !db_is_lost(context->db) && job_id != 0 &&
           db_row(context->db, &QUERY_MARVIN_JOB_STATE, DB_PARAMS(DB_INT(job_id)), &rows, NULL) &&
           strcmp(rows_text(rows, 0, "state"), "cancelled") == 0;
}

// The other system's grant, with the lease. Where it cannot be renewed work stops: it may be gone.
static bool reserve_keep(BootContext *context, GError **error)
{
    int64_t limit = MIN(lease_left_ms(context->lease) / 2, RESERVE_MS);
    return !context->reserve ||
           reserve_renew(context->reserve, context->lease->seconds, MAX(limit, 1), error);
}

bool boot_tend(void *data)
{
    BootContext *context = data;
    if (context->is_stopped() || lease_left_ms(context->lease) <= 0)
        return true;
    int64_t now_ms = g_get_monotonic_time() / 1000;
    if (!lease_wants_renewal(context->lease) || now_ms < context->retry_ms)
        return false;
    if (db_is_lost(context->db) && !db_reopen(context->db, NULL)) {
        context->retry_ms = now_ms + RETRY_MS;
        return false;
    }
    g_autoptr(GError) error = NULL;
    if (lease_renew(context->db, context->lease, &error) && reserve_keep(context, &error))
        return is_cancelled(context, context->job_id);
    context->retry_ms = now_ms + RETRY_MS;
    return error->code == ERROR_MACHINE;
}

// The same while a trial runs: a dead kernel answers nothing more.
static bool trial_tend(void *data)
{
    BootContext *context = data;
    context->is_dead = context->is_dead || target_is_dead(context->target);
    return context->is_dead || boot_tend(context);
}

static bool fail_stopped(const BootContext *context, GError **error)
{
    if (context->is_dead)
        return error_set(error, ERROR_MACHINE, "%s: its kernel is dead", context->machine->name);
    if (lease_left_ms(context->lease) <= 0)
        return error_set(error, ERROR_INTERRUPTED,
                         "the lease on %s ended before it could be renewed; start the "
                         "runner again to go on",
                         context->machine->name);
    return error_set(error, ERROR_INTERRUPTED, "stopped; start the runner again to go on");
}

// Does something in the database, trying again while the connection is away and the lease runs.
typedef bool (*DatabaseStep)(BootContext *context, Boot *boot, GError **error);

static bool insist(BootContext *context, Boot *boot, DatabaseStep step, GError **error)
{
    for (;;) {
        g_autoptr(GError) cause = NULL;
        if ((!db_is_lost(context->db) || db_reopen(context->db, &cause)) &&
            step(context, boot, &cause))
            return true;
        if (!db_is_lost(context->db)) {
            g_propagate_error(error, g_steal_pointer(&cause));
            return false;
        }
        if (boot_tend(context))
            return fail_stopped(context, error);
        g_usleep(200000);
    }
}

// Deployment -------------------------------------------------------------------------------------

static bool deploy_program(BootContext *context, const char *folder, const char *name,
                           GError **error)
{
    g_autofree char *path = benchmark_program_find(name);
    g_autofree char *to = g_build_filename(folder, name, NULL);
    if (!path)
        return error_set(error, ERROR_INPUT,
                         "the program %s for targets is not installed beside marvin", name);
    return transport_put_file(context->transport, path, to, error);
}

static bool deploy_benchmarks(BootContext *context, const Boot *boot, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < boot->plan->trials->len; i++) {
        const PlanTrial *trial = boot->plan->trials->pdata[i];
        if (!g_hash_table_add(seen, trial->folder_hash))
            continue;
        g_autofree char *folder =
            g_build_filename(boot->there, "benchmarks", trial->folder_hash, NULL);
        if (!transport_put(context->transport, context->store, trial->folder_hash, folder, error))
            return false;
        for (char **name = trial->benchmark->programs; name && *name; name++) {
            if (!deploy_program(context, folder, *name, error))
                return false;
        }
    }
    return true;
}

// A kernel runs already: only what says which one it is goes there. A program goes as a whole.
static bool deploy_artifact(BootContext *context, const Boot *boot, GError **error)
{
    g_autofree char *artifact = g_build_filename(boot->there, "artifact", NULL);
    const char *hash = rows_text(boot->claim, 0, "artifact_hash");
    if (!hash || target_is_kernel(context->target))
        return transport_make_folder(context->transport, artifact, error);
    return transport_put(context->transport, context->store, hash, artifact, error);
}

// A fresh deployment: everything first, then the file that names the boot.
static bool deploy(BootContext *context, Boot *boot, const char *kernel_boot_id, GError **error)
{
    g_autofree char *mark = g_build_filename(boot->there, "boot-id", NULL);
    g_autofree char *uuid = g_uuid_string_random();
    boot->boot_id = g_strdup_printf("%s@%s", uuid, kernel_boot_id);
    const char *write[] = {
        "sh", "-c", "printf %s \"$1\" >\"$2.new\" && mv \"$2.new\" \"$2\"", "sh", boot->boot_id,
        mark, NULL};
    return transport_remove(context->transport, transport_work(context->transport), error) &&
           transport_make_folder(context->transport, boot->there, error) &&
           deploy_artifact(context, boot, error) && deploy_benchmarks(context, boot, error) &&
           transport_run_ok(context->transport, write, NULL, error);
}

// The deployment that an earlier runner left, where it is whole and of this same boot; else afresh.
// What that runner was measuring ends first: beside it nothing is measured.
static bool deploy_or_resume(BootContext *context, Boot *boot, GError **error)
{
    g_autofree char *name = g_strdup_printf("boot-%" G_GINT64_FORMAT, boot->job_id);
    boot->there = g_build_filename(transport_work(context->transport), name, NULL);
    g_autofree char *mark = g_build_filename(boot->there, "boot-id", NULL);
    g_autofree char *left = transport_find_text(context->transport, mark);
    g_autofree char *kernel_boot_id = NULL;
    if (!transport_end_left(context->transport, error) ||
        !transport_boot_id(context->transport, &kernel_boot_id, error))
        return false;
    if (left && g_str_has_suffix(left, kernel_boot_id)) {
        boot->boot_id = g_steal_pointer(&left);
        return true;
    }
    return deploy(context, boot, kernel_boot_id, error);
}

// The run ----------------------------------------------------------------------------------------

static bool run_begin(BootContext *context, Boot *boot, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    int64_t seed = (int64_t)(((guint64)g_random_int() << 31) ^ g_random_int());
    if (!db_row(context->db, &QUERY_MARVIN_RUN_BEGIN,
                DB_PARAMS(DB_INT(context->lease->token), DB_INT(boot->job_id),
                          DB_TEXT(boot->boot_id), DB_TEXT(target_mode(context->target)),
                          DB_INT(seed)),
                &rows, error))
        return false;
    boot->run_id = rows_int(rows, 0, "run_id");
    boot->seed = rows_int(rows, 0, "seed");
    g_strfreev(boot->done);
    boot->done = rows_texts(rows, 0, "done");
    return true;
}

static bool run_fingerprint(BootContext *context, Boot *boot, GError **error)
{
    g_autofree char *cpus = machine_pinned_cpus(context->machine);
    g_auto(Fingerprint) found = {0};
    fingerprint_collect(context->transport, cpus, target_mode(context->target),
                        (const char *const *)boot->packages, &found);
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(context->db, &QUERY_MARVIN_RUN_FINGERPRINT,
                 DB_PARAMS(DB_INT(context->lease->token), DB_INT(boot->run_id), DB_TEXT(found.hash),
                           DB_TEXT(found.must_hash), DB_TEXT(found.must), DB_TEXT(found.note),
                           DB_TEXT(found.info)),
                 &rows, error))
        return false;
    if (rows_count(rows) == 1 && rows_bool(rows, 0, "opened") &&
        rows_int(rows, 0, "epoch_number") > 1)
        context->note("%s: the machine has changed; epoch %d begins", context->machine->name,
                      (int)rows_int(rows, 0, "epoch_number"));
    return true;
}

static bool fail_taken_over(const BootContext *context, const Boot *boot, GError **error)
{
    return error_set(error, ERROR_INTERRUPTED,
                     "another runner has taken over the run %" G_GINT64_FORMAT " on %s",
                     boot->run_id, context->machine->name);
}

static bool run_finish(BootContext *context, const Boot *boot, const char *state,
                       const char *message, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    Symptom symptom = boot->finding.symptom;
    const char *finding = symptom == SYMPTOM_NONE ? NULL : symptom_name(symptom);
    if (!db_row(context->db, &QUERY_MARVIN_RUN_FINISH,
                DB_PARAMS(DB_INT(context->lease->token), DB_INT(boot->run_id), DB_TEXT(state),
                          DB_TEXT(message), DB_TEXT(finding), DB_TEXT(boot->console)),
                &rows, error))
        return false;
    return rows_bool(rows, 0, "finished") || fail_taken_over(context, boot, error);
}

static bool run_accept(BootContext *context, Boot *boot, GError **error)
{
    int refused = 0;
    if (!spool_flush(context->spool, context->db, &refused, error))
        return false;
    return refused == 0 ? run_finish(context, boot, "accepted", boot->finding.sentence, error)
                        : fail_taken_over(context, boot, error);
}

static bool trial_keep(BootContext *context, const Boot *boot, int position, json_t *trial,
                       GError **error)
{
    json_object_set_new(trial, "token", json_integer(context->lease->token));
    json_object_set_new(trial, "run", json_integer(boot->run_id));
    json_object_set_new(trial, "position", json_integer(position));
    if (!spool_add(context->spool, trial, error))
        return false;
    g_autoptr(GError) away = NULL;
    if (db_is_lost(context->db) && !db_reopen(context->db, &away))
        return true; // it is on the disk: the end of the run insists
    int refused = 0;
    if (!spool_flush(context->spool, context->db, &refused, &away) && !db_is_lost(context->db)) {
        g_propagate_error(error, g_steal_pointer(&away));
        return false;
    }
    return refused == 0 || fail_taken_over(context, boot, error);
}

static int count_cpus(const char *cpus)
{
    cpu_set_t set;
    return cpus && proc_parse_cpus(cpus, &set, NULL) ? CPU_COUNT(&set)
                                                     : (int)g_get_num_processors();
}

// ", 12 boots left, about 3m20s" once there is a pace; "" for the last boot.
static char *format_left(const BootContext *context, const Boot *boot)
{
    int64_t left = rows_int(boot->claim, 0, "queued");
    if (left == 0)
        return g_strdup("");
    if (context->boots_done == 0)
        return g_strdup_printf(", %d boot%s left", (int)left, left == 1 ? "" : "s");
    g_autofree char *time = text_seconds((double)left * context->boots_s / context->boots_done);
    return g_strdup_printf(", %d boot%s left, about %s", (int)left, left == 1 ? "" : "s", time);
}

static bool trial_do(BootContext *context, Boot *boot, const PlanTrial *trial, int position,
                     GError **error)
{
    g_autofree char *here = g_build_filename(context->state, "raw", context->machine->name, NULL);
    g_autofree char *cpus = machine_pinned_cpus(context->machine);
    g_autofree char *raw = g_strdup_printf("%s/raw/%d", boot->there, position);
    bool is_local = context->machine->transport == TRANSPORT_LOCAL;
    TrialPlace place = {.transport = context->transport,
                        .store = context->store,
                        .there = boot->there,
                        .raw_there = is_local ? here : raw,
                        .here = here,
                        .cpus = cpus,
                        .n_cpus = count_cpus(cpus),
                        .mode = target_mode(context->target),
                        .iterations = boot->plan->iterations,
                        .is_cancelled = trial_tend,
                        .data = context};
    json_t *described = NULL;
    int64_t begun = g_get_monotonic_time();
    context->doing = trial->key;
    if (!trial_run(trial, &place, &described, error))
        return false;
    const char *message = json_string_value(json_object_get(described, "message"));
    g_autofree char *left = format_left(context, boot);
    double took_s = (double)(g_get_monotonic_time() - begun) / 1e6;
    boot->n_failed +=
        g_strcmp0(json_string_value(json_object_get(described, "state")), "failed") == 0;
    // told when it is stored: one that is done over after a kill is told once
    bool good = trial_keep(context, boot, position, described, error);
    g_autofree char *left_out = samples_left_out(trial->benchmark, place.mode);
    if (good && left_out)
        context->note("%s: %s  %s  in mode %s it says nothing of %s", context->machine->name,
                      boot->label, trial->key, place.mode, left_out);
    if (good)
        context->note("%s: %s  %s  %s%s%s  %.1f s%s", context->machine->name, boot->label,
                      trial->key, json_string_value(json_object_get(described, "state")),
                      message ? ": " : "", message ? message : "", took_s, left);
    json_decref(described);
    return good;
}

static bool trials_run(BootContext *context, Boot *boot, GError **error)
{
    int n = (int)boot->plan->trials->len;
    g_autofree int *order = plan_order(n, boot->seed);
    for (int i = 0; i < n; i++) {
        const PlanTrial *trial = boot->plan->trials->pdata[order[i]];
        if (boot->done && g_strv_contains((const char *const *)boot->done, trial->key))
            continue;
        if (trial_tend(context))
            return fail_stopped(context, error);
        if (!trial_do(context, boot, trial, i, error))
            return false;
    }
    return true;
}

// Ends the run as failed, so that the job is queued again until its attempts are used up.
static bool run_fail(BootContext *context, Boot *boot, DatabaseStep step, GError **error)
{
    g_autoptr(GError) cause = NULL;
    if (!target_keep_console(context->target, &boot->console, &cause))
        context->note("%s: its console is not kept: %s", context->machine->name, cause->message);
    return insist(context, boot, step, error) && target_end(context->target, error);
}

static bool fail_with_message(BootContext *context, Boot *boot, GError **error)
{
    g_autofree char *message = g_utf8_make_valid(boot->message, -1);
    return run_finish(context, boot, boot->is_ours ? "rejected" : "failed", message, error);
}

// The kernel under test has done something that ends its run: a finding, and no fault of ours.
static bool run_find(BootContext *context, Boot *boot, GError **error)
{
    g_free(boot->message);
    boot->message = finding_text(&boot->finding);
    return run_fail(context, boot, fail_with_message, error);
}

static bool run_spoil(BootContext *context, Boot *boot, const GError *cause, GError **error)
{
    context->note("%s: %s failed: %s", context->machine->name, boot->label, cause->message);
    g_free(boot->message);
    boot->message = g_strdup(cause->message);
    // What we have to bring is not there or not sound: that says nothing of the machine.
    boot->is_ours = g_error_matches(cause, MARVIN_ERROR, ERROR_INPUT);
    return run_fail(context, boot, fail_with_message, error);
}

static bool claim(BootContext *context, Boot *boot, bool *ret_found, GError **error)
{
    if (!db_rows(context->db, &QUERY_MARVIN_CLAIM_BOOT, DB_PARAMS(DB_INT(context->lease->token)),
                 &boot->claim, error))
        return false;
    *ret_found = rows_count(boot->claim) == 1;
    if (!*ret_found)
        return true;
    const char *release = rows_text(boot->claim, 0, "release");
    boot->job_id = rows_int(boot->claim, 0, "job_id");
    context->job_id = boot->job_id;
    boot->label = g_strdup_printf("%s %.40s, boot %d of %d", rows_text(boot->claim, 0, "tree"),
                                  release ? release : rows_text(boot->claim, 0, "revision"),
                                  (int)rows_int(boot->claim, 0, "boot"),
                                  (int)rows_int(boot->claim, 0, "boots"));
    return true;
}

// What is not the boot's fault: its job stays claimed, and the next runner resumes it.
static bool ends_runner(const GError *cause)
{
    return cause->domain == MARVIN_ERROR &&
           (cause->code == ERROR_INTERRUPTED || cause->code == ERROR_MACHINE ||
            cause->code == ERROR_DATABASE);
}

static bool boot_clean(BootContext *context, const Boot *boot, GError **error)
{
    if (target_boots(context->target))
        return target_end(context->target, error);
    return !boot->there || transport_remove(context->transport, boot->there, error);
}

// Accepts the run, clears what was deployed, and keeps the pace. Trials that failed beside a sign
// of trouble are the kernel's: a finding. A sign alone is kept with the run.
static bool boot_end(BootContext *context, Boot *boot, int64_t begun_us, GError **error)
{
    target_look(context->target, &boot->finding);
    if (boot->finding.symptom != SYMPTOM_NONE)
        context->note("%s: %s: %s", context->machine->name, boot->label, boot->finding.sentence);
    if (boot->finding.symptom != SYMPTOM_NONE && boot->n_failed > 0)
        return run_find(context, boot, error);
    if (!target_keep_console(context->target, &boot->console, error) ||
        !insist(context, boot, run_accept, error))
        return false;
    context->boots_done++;
    context->boots_s += (double)(g_get_monotonic_time() - begun_us) / 1e6;
    return target_boots(context->target) ? target_end(context->target, error)
                                         : transport_remove(context->transport, boot->there, error);
}

// Packages that the plan's benchmarks need on the machine, each once.
static char **plan_packages(const Plan *plan)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    for (guint i = 0; i < plan->trials->len; i++) {
        const PlanTrial *trial = plan->trials->pdata[i];
        for (char **word = trial->benchmark->packages; word && *word; word++) {
            if (!g_ptr_array_find_with_equal_func(list, *word, g_str_equal, NULL))
                g_ptr_array_add(list, g_strdup(*word));
        }
    }
    g_ptr_array_add(list, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&list), false);
}

// The plan, and the machine in the system that it runs on.
static bool boot_begin(BootContext *context, Boot *boot, GError **error)
{
    if (!plan_load(context->db, rows_text(boot->claim, 0, "plan_body"), &boot->plan, error))
        return false;
    g_autofree char *mark = g_strdup_printf("boot-%" G_GINT64_FORMAT "/boot-id", boot->job_id);
    boot->packages = plan_packages(boot->plan);
    const TargetJob job = {.label = boot->label,
                           .artifact = rows_text(boot->claim, 0, "artifact_hash"),
                           .distro = rows_text(boot->claim, 0, "distro"),
                           .is_kernel = rows_bool(boot->claim, 0, "is_kernel"),
                           .packages = (const char *const *)boot->packages,
                           .mark = mark};
    context->is_dead = false;
    context->doing = "the deployment";
    context->transport = NULL;
    if (!target_begin(context->target, &job, &boot->finding, error))
        return false;
    context->transport = target_transport(context->target);
    return boot->finding.symptom != SYMPTOM_NONE || deploy_or_resume(context, boot, error);
}

// What ended the trials was the kernel under test: it answers no more, or its console shows its
// end.
static bool is_of_kernel(const BootContext *context, const GError *cause)
{
    return context->transport && target_boots(context->target) && !context->is_stopped() &&
           lease_left_ms(context->lease) > 0 &&
           (context->is_dead || g_error_matches(cause, MARVIN_ERROR, ERROR_MACHINE));
}

// A person has cancelled it. What is cleared up now is no part of the job any more.
static bool boot_cancel(BootContext *context, const Boot *boot, GError **error)
{
    context->note("%s: %s: cancelled", context->machine->name, boot->label);
    context->job_id = 0;
    return boot_clean(context, boot, error);
}

void boot_note_trouble(Db *db, const char *machine, const char *what, const GError *cause)
{
    g_autoptr(GError) ignored = NULL;
    g_autoptr(Rows) rows = NULL;
    if (!g_error_matches(cause, MARVIN_ERROR, ERROR_MACHINE))
        return;
    g_autofree char *source = g_strdup_printf("machine %s", machine);
    g_autofree char *message = g_strdup_printf("its runner left %s: %s", what, cause->message);
    if (!db_rows(db, &QUERY_INVENTORY_NOTICE_STORE, DB_PARAMS(DB_TEXT(source), DB_TEXT(message)),
                 &rows, &ignored))
        g_debug("%s, ignoring", ignored->message);
}

static void note_leaving(const BootContext *context, const Boot *boot, const GError *cause)
{
    if (!context->is_stopped() && lease_left_ms(context->lease) > 0)
        boot_note_trouble(context->db, context->machine->name, boot->label, cause);
}

// A boot that did not come to its end: cancelled by a person; the kernel's fault (finding, console,
// next job); a failed run; or no fault of the boot's, which ends the runner.
static bool boot_break(BootContext *context, Boot *boot, GError *cause, GError **error)
{
    g_autoptr(GError) owned = cause;
    if (is_cancelled(context, boot->job_id))
        return boot_cancel(context, boot, error);
    if (is_of_kernel(context, cause)) {
        context->is_dead = false; // the lease is tended while the machine is asked
        context->transport = NULL; // the target opens another one
        g_autofree char *what = g_strdup_printf("it stopped answering in %s", context->doing);
        if (!target_diagnose(context->target, what, &boot->finding, error))
            return false;
        g_autofree char *found = finding_text(&boot->finding);
        context->note("%s: %s: %s", context->machine->name, boot->label, found);
        return run_find(context, boot, error);
    }
    if (!ends_runner(cause))
        return run_spoil(context, boot, cause, error);
    note_leaving(context, boot, cause);
    g_propagate_error(error, g_steal_pointer(&owned));
    return false;
}

bool boot_run_next(BootContext *context, bool *ret_found, GError **error)
{
    g_auto(Boot) boot = {0};
    int64_t begun = g_get_monotonic_time();
    if (!spool_flush(context->spool, context->db, NULL, error) ||
        !claim(context, &boot, ret_found, error))
        return false;
    if (!*ret_found)
        return true;
    GError *cause = NULL;
    bool ready = boot_begin(context, &boot, &cause);
    if (!ready && ends_runner(cause) && !is_of_kernel(context, cause))
        return boot_break(context, &boot, cause, error);
    if (!boot.boot_id)
        boot.boot_id = g_strdup("none");
    g_autoptr(GError) refused = NULL;
    if (!insist(context, &boot, run_begin, &refused)) {
        g_clear_error(&cause);
        if (is_cancelled(context, boot.job_id)) // while the machine was made ready
            return boot_cancel(context, &boot, error);
        g_propagate_error(error, g_steal_pointer(&refused));
        return false;
    }
    if (ready && boot.finding.symptom != SYMPTOM_NONE)
        return run_find(context, &boot, error);
    if (ready && insist(context, &boot, run_fingerprint, &cause) &&
        trials_run(context, &boot, &cause)) {
        if (boot_end(context, &boot, begun, &cause))
            return true;
        note_leaving(context, &boot, cause);
        g_propagate_error(error, cause);
        return false;
    }
    return boot_break(context, &boot, cause, error);
}
