// One build: a clean work tree, the recipe under its limits, the artifact into the store.
#include "bob/build.h"

#include "bob/build_notes.h"
#include "bob/build_record.h"
#include "bob/deb.h"
#include "bob/definition.h"
#include "bob/disk.h"
#include "bob/farm_use.h"
#include "bob/fault.h"
#include "bob/kernel_artifact.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/git.h"
#include "common/proc.h"
#include "common/text.h"
#include "sql/queries.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

/* A file system that is filled up takes the database down with it. */
#define FREE_MIN_BYTES ((guint64)512 << 20)
#define DISK_LOOK_MS 1000
#define DISK_LOOK_SHARE 20 /* looking takes at most one twentieth of the time */
#define DISK_STEPS 8 /* and is done anew when an eighth of the limit has gone from the disk */
#define FILES_MAX 20000

typedef enum { END_NONE, END_STOPPED, END_CLAIM_LOST, END_TOO_BIG, END_DISK_FULL } EndReason;

/* A build at work. */
typedef struct {
    Builder *builder;
    const BuildJob *job;
    bool (*is_stopped)(void *data);
    void *data;
    json_t *tree; // its definition
    json_t *recipe;
    FarmUse *farm;
    char *dir, *source, *build, *out, *home, *tmp, *files, *script, *log, *notes;
    const char *fault; // a constant of bob/fault.h; NULL: none
    char *error_line; // of the log, that says so; NULL: none
    gint64 commit_s;
    guint64 disk_limit_bytes;
    gint64 next_extend_ms, next_look_ms;
    guint64 free_at_look_bytes;
    guint64 disk_bytes; // the most that was seen
    BuildTrace *trace;
    EndReason end;
} Build;

static void build_clear(Build *build)
{
    g_clear_pointer(&build->tree, json_decref);
    g_clear_pointer(&build->recipe, json_decref);
    g_clear_pointer(&build->farm, farm_use_close);
    g_clear_pointer(&build->trace, build_trace_free);
    g_free(build->dir);
    g_free(build->source);
    g_free(build->build);
    g_free(build->out);
    g_free(build->home);
    g_free(build->tmp);
    g_free(build->files);
    g_free(build->script);
    g_free(build->log);
    g_free(build->notes);
    g_free(build->error_line);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Build, build_clear)

static void extend_claim(Build *build)
{
    gint64 third_ms = (gint64)(builder_lease_s(build->builder) * 1000 / 3);
    bool is_held = true;
    build->next_extend_ms = clock_monotonic_ms() + third_ms;
    // A database that is away is no reason to stop: the claim still runs, or nobody can take it.
    if (builder_extend(build->builder, build->job, &is_held, NULL) && !is_held)
        build->end = END_CLAIM_LOST;
}

static void look_at_disk(Build *build, guint64 free_bytes)
{
    gint64 start_ms = clock_monotonic_ms();
    guint64 used = disk_folder_bytes(build->dir, build->disk_limit_bytes);
    gint64 took_ms = clock_monotonic_ms() - start_ms;
    build->disk_bytes = MAX(build->disk_bytes, used);
    build->free_at_look_bytes = free_bytes;
    build->next_look_ms = start_ms + MAX(DISK_LOOK_MS, DISK_LOOK_SHARE * took_ms);
    if (used > build->disk_limit_bytes)
        build->end = END_TOO_BIG;
}

static void watch_disk(Build *build)
{
    guint64 free_bytes = disk_free_bytes(build->dir);
    bool is_going = free_bytes + build->disk_limit_bytes / DISK_STEPS < build->free_at_look_bytes;
    if (is_going || clock_monotonic_ms() >= build->next_look_ms)
        look_at_disk(build, free_bytes);
    if (build->end == END_NONE && free_bytes < FREE_MIN_BYTES)
        build->end = END_DISK_FULL;
}

/* Asked several times a second while the recipe runs. */
static bool must_end(void *data)
{
    Build *build = data;
    build_trace_look(build->trace);
    if (build->end == END_NONE && build->is_stopped != NULL && build->is_stopped(build->data))
        build->end = END_STOPPED;
    if (build->end == END_NONE && clock_monotonic_ms() >= build->next_extend_ms)
        extend_claim(build);
    if (build->end == END_NONE)
        watch_disk(build);
    return build->end != END_NONE;
}

static bool open_definitions(Build *build, GError **error)
{
    build->tree = json_loads(build->job->tree_body, 0, NULL);
    build->recipe = json_loads(build->job->recipe_body, 0, NULL);
    const char *text = NULL;
    if (!definition_text(build->tree, "url", &text, error) ||
        !definition_text(build->recipe, "text", &text, error))
        return false;
    build->disk_limit_bytes =
        (guint64)json_integer_value(json_object_get(build->tree, "build_disk_bytes"));
    return true;
}

static bool make_folders(Build *build, GError **error)
{
    g_autofree char *name = g_strdup_printf("%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT,
                                            build->job->id, build->job->token);
    build->dir = g_build_filename(builder_folder(build->builder), name, NULL);
    build->source = g_build_filename(build->dir, "source", NULL);
    build->build = g_build_filename(build->dir, "build", NULL);
    build->out = g_build_filename(build->dir, "out", NULL);
    build->home = g_build_filename(build->dir, "home", NULL);
    build->tmp = g_build_filename(build->dir, "tmp", NULL);
    build->script = g_build_filename(build->dir, "recipe", NULL);
    build->log = g_build_filename(build->dir, "log", NULL);
    build->trace = build_trace_new(build->log);
    build->files = g_build_filename(build->dir, "files", NULL);
    build->notes = g_build_filename(build->dir, "notes", NULL);
    const char *const folders[] = {build->build, build->out, build->home, build->tmp};
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        if (g_mkdir_with_parents(folders[i], 0755) != 0)
            return error_set(error, ERROR_INPUT, "cannot make the folder %s: %s", folders[i],
                             g_strerror(errno));
    }
    const char *text = json_string_value(json_object_get(build->recipe, "text"));
    return g_file_set_contents_full(build->script, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0755,
                                    error);
}

static bool fetch_go_on(const GitProgress *progress, gpointer data)
{
    (void)progress;
    return !must_end(data);
}

/* The url as the settings have it now (with its password), else as it was queued. */
static const char *tree_url(const Build *build)
{
    const Site *site = builder_site(build->builder);
    const Section *section = settings_find(site->settings, "tree", build->job->tree);
    return section != NULL ? section_text(section, "url")
                           : json_string_value(json_object_get(build->tree, "url"));
}

/* Opens the mirror; fetches when it lacks the commit, as on a builder that watches nothing. */
static bool find_commit(Build *build, GitMirror **ret_mirror, GitCommit **ret_commit,
                        GError **error)
{
    const Site *site = builder_site(build->builder);
    g_autofree char *file = g_strconcat(build->job->tree, ".git", NULL);
    g_autofree char *folder = g_build_filename(site->state, "trees", NULL);
    g_autofree char *path = g_build_filename(folder, file, NULL);
    GitFetchOptions options = {.progress = fetch_go_on, .data = build};
    g_autoptr(GitMirror) mirror = NULL;
    g_mkdir_with_parents(folder, 0755);
    if (!git_mirror_open(path, &mirror, error))
        return false;
    if (!git_mirror_commit(mirror, build->job->revision, ret_commit, NULL) &&
        (!git_mirror_fetch(mirror, tree_url(build), &options, NULL, error) ||
         !git_mirror_commit(mirror, build->job->revision, ret_commit, error)))
        return false;
    *ret_mirror = g_steal_pointer(&mirror);
    return true;
}

/* A package is downloaded, and says when it was made. */
static bool fetch_package(Build *build, GError **error)
{
    const BuildJob *job = build->job;
    Site *site = builder_site(build->builder);
    AptPackage package = {
        .name = job->package, .version = job->revision, .sha256 = job->package_hash};
    g_autofree char *file = g_strconcat(job->tree, ".apt", NULL);
    g_autofree char *folder = g_build_filename(site->state, "trees", file, NULL);
    g_mkdir_with_parents(build->source, 0755);
    if (!deb_fetch(folder, tree_url(build), &package, build->source, must_end, build,
                   &build->commit_s, error))
        return false;
    if (build->commit_s != 0)
        db_none(site->db, &QUERY_BOB_PACKAGE_DATED,
                DB_PARAMS(DB_INT(job->subject_id), DB_INT(build->commit_s)), NULL);
    return true;
}

static bool make_source(Build *build, GError **error)
{
    build_trace_step(build->trace, "fetch");
    if (build->job->package != NULL)
        return fetch_package(build, error);
    g_autoptr(GitMirror) mirror = NULL;
    g_autoptr(GitCommit) commit = NULL;
    if (!find_commit(build, &mirror, &commit, error) ||
        !git_mirror_checkout(mirror, build->job->revision, build->source, error))
        return false;
    build->commit_s = commit->commit_s;
    return true;
}

static void __attribute__((format(printf, 3, 4)))
env_add(GPtrArray *env, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *value = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(env, g_strconcat(name, "=", value, NULL));
}

static const char *own_path(void)
{
    const char *path = g_getenv("PATH");
    return path != NULL ? path : "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
}

static bool open_farm(Build *build, GError **error)
{
    g_autofree char *dir = g_build_filename(build->dir, "farm", NULL);
    return farm_use_open(build->builder, build->tree, build->job->toolchain, dir, own_path(),
                         &build->farm, error);
}

/* The compiler cache that all builds of the state folder share. */
static void add_cache(const Build *build, GPtrArray *env)
{
    const Site *site = builder_site(build->builder);
    gint64 bytes = section_int(site->marvin, "build-cache");
    if (bytes == 0)
        return;
    env_add(env, "MARVIN_CACHE", "%s/cache", site->state);
    env_add(env, "MARVIN_CACHE_SIZE", "%" G_GINT64_FORMAT "k", bytes >> 10);
}

static GPtrArray *make_env(const Build *build)
{
    const BuildJob *job = build->job;
    const char *const *of_farm = farm_use_env(build->farm);
    GPtrArray *env = g_ptr_array_new_with_free_func(g_free);
    env_add(env, "MARVIN_SOURCE", "%s", build->source);
    env_add(env, "MARVIN_BUILD", "%s", build->build);
    env_add(env, "MARVIN_OUT", "%s", build->out);
    env_add(env, "MARVIN_TREE", "%s", job->tree);
    env_add(env, "MARVIN_RELEASE", "%s", job->release ? job->release : job->revision);
    env_add(env, "MARVIN_COMMIT", "%s", job->revision);
    if (job->package != NULL)
        env_add(env, "MARVIN_PACKAGE", "%s", job->package);
    env_add(env, "MARVIN_JOBS", "%d", farm_use_jobs(build->farm));
    env_add(env, "MARVIN_LOAD", "%d", builder_cores(build->builder) * (*of_farm != NULL ? 2 : 1));
    env_add(env, "MARVIN_ARCH", "%s", job->arch);
    env_add(env, "MARVIN_TOOLCHAIN", "%s", job->toolchain);
    if (*of_farm == NULL)
        env_add(env, "PATH", "%s", own_path());
    for (; *of_farm != NULL; of_farm++) // PATH is among them
        g_ptr_array_add(env, g_strdup(*of_farm));
    env_add(env, "HOME", "%s", build->home);
    env_add(env, "TMPDIR", "%s", build->tmp);
    env_add(env, "LANG", "C.UTF-8");
    env_add(env, "TZ", "UTC");
    env_add(env, "SOURCE_DATE_EPOCH", "%" G_GINT64_FORMAT, build->commit_s);
    env_add(env, "MARVIN_NOTES", "%s", build->notes);
    add_cache(build, env);
    return env;
}

/* Sets the state, and a message with the log's own words behind it. */
static void __attribute__((format(printf, 4, 5)))
conclude(Build *build, BuildOutcome *outcome, const char *state, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    bool has_words = strcmp(state, "too-big") != 0; // a flood explains nothing
    g_auto(Fault) fault = {0};
    if (has_words)
        fault_find(build->log, &fault);
    outcome->state = state;
    build->fault = build->end == END_DISK_FULL ? "no-space" : fault.kind;
    g_free(outcome->message);
    outcome->message = g_strconcat(what, fault.line ? ": " : "", fault.line, NULL);
    g_free(build->error_line);
    build->error_line = g_steal_pointer(&fault.line);
}

/* What the end of the recipe means; true when its artifact counts. */
static bool judge(Build *build, const ProcResult *ran, BuildOutcome *outcome)
{
    json_t *tree = build->tree;
    g_autofree char *disk = text_bytes((int64_t)build->disk_limit_bytes);
    g_autofree char *log = text_bytes(json_integer_value(json_object_get(tree, "build_log_bytes")));
    g_autofree char *deadline =
        text_seconds(json_number_value(json_object_get(tree, "build_deadline_s")));
    outcome->exit_status = ran->status;
    outcome->elapsed_s = ran->elapsed_s;
    outcome->user_s = ran->user_s;
    outcome->system_s = ran->system_s;
    if (build->end == END_TOO_BIG)
        conclude(build, outcome, "too-big", "the recipe wrote more than %s (build-disk)", disk);
    else if (build->end == END_DISK_FULL)
        conclude(build, outcome, "too-big",
                 "the file system of %s was nearly full, so the recipe was stopped",
                 builder_folder(build->builder));
    else if (ran->output_exceeded)
        conclude(build, outcome, "too-big", "the recipe printed more than %s (build-log)", log);
    else if (ran->timed_out)
        conclude(build, outcome, "deadline",
                 "the recipe was not done after %s (build-deadline) and was stopped", deadline);
    else if (ran->status != 0)
        conclude(build, outcome, "failed", "the recipe ended with status %d", ran->status);
    else if (disk_folder_is_empty(build->out))
        conclude(build, outcome, "failed",
                 "the recipe ended with status 0 and put nothing into MARVIN_OUT");
    else
        return true;
    return false;
}

static bool store_artifact(const Build *build, BuildOutcome *outcome, GError **error)
{
    StoreObject object = {0};
    build_trace_step(build->trace, "store");
    if (!kernel_artifact_complete(build->out, error) ||
        !store_put_dir(builder_store(build->builder), build->out, build->disk_limit_bytes, &object,
                       error))
        return false;
    outcome->state = "done";
    outcome->artifact_hash = g_strdup(object.hash);
    outcome->artifact_bytes = object.bytes;
    outcome->files = disk_folder_list(build->out, FILES_MAX);
    return true;
}

/* The log of a failure is always kept, that of a success unless success-logs is 0. */
static bool store_log(const Build *build, bool succeeded, BuildOutcome *outcome, GError **error)
{
    StoreObject object = {0};
    const Section *site = builder_site(build->builder)->marvin;
    if (!g_file_test(build->log, G_FILE_TEST_IS_REGULAR) ||
        (succeeded && section_real(site, "success-logs") <= 0))
        return true;
    if (!store_put_file(builder_store(build->builder), build->log, 0, &object, error))
        return false;
    outcome->log_hash = g_strdup(object.hash);
    return true;
}

static void note_facts(const Build *build, BuildOutcome *outcome)
{
    json_t *farm = build->farm != NULL ? farm_use_facts(build->farm) : NULL;
    g_autoptr(json_t) facts =
        json_pack("{s:s, s:s, s:i, s:I}", "builder", builder_name(build->builder), "recipe",
                  json_string_value(json_object_get(build->recipe, "name")), "jobs",
                  build->farm != NULL ? farm_use_jobs(build->farm) : builder_cores(build->builder),
                  "disk_bytes", (json_int_t)build->disk_bytes);
    if (farm != NULL)
        json_object_set_new(facts, "farm", farm);
    const char *const roots[] = {build->source, build->build, NULL};
    if (build->source != NULL && build->end != END_STOPPED && build->end != END_CLAIM_LOST)
        build_record_add(facts, build->job, build->trace, strcmp(outcome->state, "done") == 0,
                         roots);
    g_autoptr(json_t) notes = build_notes_read(build->notes);
    bool is_kernel =
        g_strcmp0(json_string_value(json_object_get(build->tree, "kind")), "kernel") == 0;
    g_autofree char *config = is_kernel ? build_config_read(build->build) : NULL;
    if (json_object_size(notes) > 0)
        json_object_set(facts, "notes", notes);
    if (config != NULL)
        json_object_set_new(facts, "config_text", json_string(config));
    if (build->fault != NULL)
        json_object_set_new(facts, "fault", json_string(build->fault));
    if (build->error_line != NULL)
        json_object_set_new(facts, "error", json_string(build->error_line));
    outcome->facts = definition_format(facts);
}

static bool run_recipe(Build *build, BuildOutcome *outcome, GError **error)
{
    const char *const argv[] = {build->script, NULL};
    g_autoptr(GPtrArray) env = make_env(build);
    json_t *tree = build->tree;
    if (!build_inputs_write(build->recipe, build->files, env, error))
        return false;
    g_ptr_array_add(env, NULL);
    ProcSpec spec = {
        .argv = argv,
        .env = (const char *const *)env->pdata,
        .dir = build->build,
        .stdout_path = build->log,
        .stderr_path = build->log,
        .output_limit_bytes = (size_t)json_integer_value(json_object_get(tree, "build_log_bytes")),
        .deadline_ms =
            (int64_t)(json_number_value(json_object_get(tree, "build_deadline_s")) * 1000),
        .is_cancelled = must_end,
        .data = build,
    };
    g_auto(ProcResult) ran = {0};
    build_trace_step(build->trace, "recipe");
    if (!proc_run(&spec, &ran, error))
        return false;
    if (build->end == END_NONE)
        look_at_disk(build, disk_free_bytes(build->dir));
    bool counts = judge(build, &ran, outcome);
    return store_log(build, counts, outcome, error) &&
           (!counts || store_artifact(build, outcome, error));
}

static bool build_steps(Build *build, BuildOutcome *outcome, GError **error)
{
    return open_definitions(build, error) && make_folders(build, error) &&
           make_source(build, error) && open_farm(build, error) &&
           run_recipe(build, outcome, error);
}

bool build_run(Builder *builder, const BuildJob *job, bool (*is_stopped)(void *data), void *data,
               BuildOutcome *ret_outcome, GError **error)
{
    g_auto(Build) build = {.builder = builder,
                           .job = job,
                           .is_stopped = is_stopped,
                           .data = data,
                           .disk_limit_bytes = G_MAXUINT64,
                           .free_at_look_bytes = 0};
    g_auto(BuildOutcome) outcome = {.state = "failed", .exit_status = -1};
    g_autoptr(GError) cause = NULL;
    build.next_extend_ms = clock_monotonic_ms() + (gint64)(builder_lease_s(builder) * 1000 / 3);
    bool ended = build_steps(&build, &outcome, &cause);
    if (!ended && strstr(cause->message, g_strerror(ENOSPC)) != NULL)
        build.fault = "no-space";
    note_facts(&build, &outcome); // some lie in its folder
    if (build.dir != NULL)
        disk_folder_remove(build.dir, NULL); // else the next builder of the name does it
    if (build.end == END_STOPPED || build.end == END_CLAIM_LOST)
        return error_set(error, ERROR_INTERRUPTED,
                         build.end == END_STOPPED
                             ? "stopped in the middle of a build, which is queued again"
                             : "the claim on the build had ended and is another builder's now");
    if (!ended) {
        outcome.state = "failed";
        g_free(outcome.message);
        outcome.message = g_strdup(cause->message);
    }
    *ret_outcome = outcome;
    outcome = (BuildOutcome){0};
    return true;
}
