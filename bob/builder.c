// A builder: its name, its lock, its claims.
#include "bob/builder.h"

#include "bob/builder_spool.h"
#include "bob/disk.h"
#include "bob/toolchain.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/folderid.h"
#include "common/text.h"
#include "sql/queries.h"
#include "sql/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <string.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { NAMES_MAX = 64, RETRY_MS = 2000, RETRIES_MAX = 300, FOLDER_MODE = 0755 };
#define FULL_MS (60 * 60 * 1000) /* how long a builder waits for others' objects to be taken */

struct Builder {
    Site *site; // borrowed
    Store *store; // borrowed; where the database's store is another: spool
    Store *spool; // NULL: what is put into the store is where it belongs
    char *name;
    char *folder;
    char *home; // id of the state folder
    int lock_fd;
    int cores;
};

static int own_cores(void)
{
    cpu_set_t cpus;
    return sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
}

/* This system's name as a word of ours; freed with g_free. */
static char *own_name(void)
{
    char *name = g_strdup(g_get_host_name());
    g_strcanon(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._+-", '-');
    if (strlen(name) > 56)
        name[56] = '\0';
    if (text_is_word(name))
        return name;
    g_free(name);
    return g_strdup("builder");
}

/* -1: another process has it; -2: error. */
static int lock_open(const char *state, const char *name, GError **error)
{
    g_autofree char *folder = g_build_filename(state, "builders", NULL);
    g_autofree char *file = g_strconcat(name, ".lock", NULL);
    g_autofree char *path = g_build_filename(folder, file, NULL);
    g_mkdir_with_parents(folder, FOLDER_MODE);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) {
        error_set(error, ERROR_INPUT, "cannot open the lock %s: %s", path, g_strerror(errno));
        return -2;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return -1;
    }
    g_autofree char *pid = g_strdup_printf("%d\n", (int)getpid());
    if (ftruncate(fd, 0) != 0 || write(fd, pid, strlen(pid)) < 0)
        errno = 0; // for people only: the lock is what counts
    return fd;
}

static bool take_name(Builder *builder, const char *name, bool many, GError **error)
{
    const char *state = builder->site->state;
    for (int i = 1; i <= (many ? NAMES_MAX : 1); i++) {
        g_autofree char *tried = i == 1 ? g_strdup(name) : g_strdup_printf("%s-%d", name, i);
        builder->lock_fd = lock_open(state, tried, error);
        if (builder->lock_fd == -2)
            return false;
        if (builder->lock_fd >= 0) {
            builder->name = g_steal_pointer(&tried);
            return true;
        }
    }
    return error_set(error, ERROR_MACHINE,
                     "a builder of the name %s is at work here already; give this one another name",
                     name);
}

static bool announce(Builder *builder, GError **error)
{
    struct utsname system;
    g_autoptr(GPtrArray) toolchains = toolchains_find(g_getenv("PATH"));
    g_autoptr(Rows) rows = NULL;
    if (uname(&system) != 0)
        return error_set(error, ERROR_MACHINE, "the system does not say its architecture");
    if (!db_row(builder->site->db, &QUERY_BOB_BUILDER_ANNOUNCE,
                DB_PARAMS(DB_TEXT(builder->name), DB_TEXT(system.machine),
                          DB_TEXTS((const char *const *)toolchains->pdata), DB_INT(builder->cores),
                          DB_TEXT(builder->home), DB_REAL(builder_lease_s(builder))),
                &rows, error))
        return false;
    if (rows_is_null(rows, 0, "id"))
        return error_set(error, ERROR_MACHINE,
                         "a builder of the name %s works for this database from another state "
                         "folder; give this one another name: bob builder NAME",
                         builder->name);
    return true;
}

static bool reclaim(Builder *builder, bool counts, int *ret_n, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_row(builder->site->db, &QUERY_BOB_BUILDER_RECLAIM,
                DB_PARAMS(DB_TEXT(builder->name), DB_BOOL(counts)), &rows, error))
        return false;
    *ret_n = (int)rows_int(rows, 0, "n");
    return true;
}

/* A store that is not the database's gets nothing: a spool of this builder's own is emptied. */
static bool find_store(Builder *builder, GError **error)
{
    bool is_home = false;
    if (!transfer_is_home(builder->site->db, builder->store, &is_home, error))
        return false;
    if (is_home)
        return true;
    g_autofree char *path = g_build_filename(builder->site->state, "spool", builder->name, NULL);
    if (!disk_folder_remove(path, error) || !store_open(path, &builder->spool, error))
        return false;
    builder->store = builder->spool;
    return true;
}

bool builder_open(Site *site, Store *store, const char *name, bool many, Builder **ret_builder,
                  int *ret_reclaimed, GError **error)
{
    g_autoptr(Builder) builder = g_new0(Builder, 1);
    builder->site = site;
    builder->store = store;
    builder->cores = own_cores();
    builder->lock_fd = -1;
    g_autofree char *own = own_name();
    if (name != NULL && !text_is_word(name))
        return error_set(error, ERROR_USAGE,
                         "a builder's name is up to 64 letters, digits and . _ + -");
    if (!folder_id(site->state, &builder->home, error) ||
        !take_name(builder, name ? name : own, many && name == NULL, error))
        return false;
    builder->folder = g_build_filename(site->state, "build", builder->name, NULL);
    // What an earlier process had built is told before its claims are given up.
    int told = 0;
    if (!announce(builder, error) || !find_store(builder, error) ||
        !builder_spool_flush(builder, &told, error) ||
        !reclaim(builder, true, ret_reclaimed, error) ||
        !disk_folder_remove(builder->folder, error))
        return false;
    *ret_builder = g_steal_pointer(&builder);
    return true;
}

void builder_close(Builder *builder)
{
    if (builder == NULL)
        return;
    if (builder->lock_fd >= 0)
        close(builder->lock_fd);
    g_clear_pointer(&builder->spool, store_close);
    g_free(builder->name);
    g_free(builder->folder);
    g_free(builder->home);
    g_free(builder);
}

const char *builder_name(const Builder *builder)
{
    return builder->name;
}

const char *builder_folder(const Builder *builder)
{
    return builder->folder;
}

Site *builder_site(const Builder *builder)
{
    return builder->site;
}

Store *builder_store(const Builder *builder)
{
    return builder->store;
}

bool builder_is_remote(const Builder *builder)
{
    return builder->spool != NULL;
}

int builder_cores(const Builder *builder)
{
    return builder->cores;
}

void build_job_free(BuildJob *job)
{
    if (job == NULL)
        return;
    g_free(job->tree);
    g_free(job->revision);
    g_free(job->release);
    g_free(job->tree_body);
    g_free(job->recipe_body);
    g_free(job->toolchain);
    g_free(job->arch);
    g_free(job->package);
    g_free(job->package_hash);
    g_free(job);
}

char *build_job_format(const BuildJob *job)
{
    return job->release != NULL ? g_strdup_printf("%s %s", job->tree, job->release)
                                : g_strdup_printf("%s %.12s", job->tree, job->revision);
}

/* Which package a job of a package tree is about. */
static bool load_package(Builder *builder, BuildJob *job, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(builder->site->db, &QUERY_BOB_PACKAGE_OF_BUILD, DB_PARAMS(DB_INT(job->id)), &rows,
                 error))
        return false;
    if (rows_count(rows) == 0)
        return true;
    job->subject_id = rows_int(rows, 0, "subject_id");
    job->package = g_strdup(rows_text(rows, 0, "package"));
    job->package_hash = g_strdup(rows_text(rows, 0, "hash"));
    return true;
}

bool builder_claim(Builder *builder, BuildJob **ret_job, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(builder->site->db, &QUERY_BOB_CLAIM_BUILD,
                 DB_PARAMS(DB_TEXT(builder->name), DB_REAL(builder_lease_s(builder))), &rows,
                 error))
        return false;
    g_autoptr(BuildJob) job = NULL;
    if (rows_count(rows) > 0) {
        job = g_new0(BuildJob, 1);
        job->id = rows_int(rows, 0, "job_id");
        job->build_id = rows_int(rows, 0, "build_id");
        job->token = rows_int(rows, 0, "token");
        job->attempt = (int)rows_int(rows, 0, "attempt");
        job->tree = g_strdup(rows_text(rows, 0, "tree"));
        job->revision = g_strdup(rows_text(rows, 0, "revision"));
        job->release = g_strdup(rows_text(rows, 0, "release"));
        job->tree_body = g_strdup(rows_text(rows, 0, "tree_body"));
        job->recipe_body = g_strdup(rows_text(rows, 0, "recipe_body"));
        job->toolchain = g_strdup(rows_text(rows, 0, "toolchain"));
        job->arch = g_strdup(rows_text(rows, 0, "arch"));
        if (!load_package(builder, job, error))
            return false;
    }
    *ret_job = g_steal_pointer(&job);
    return true;
}

void build_outcome_clear(BuildOutcome *outcome)
{
    g_clear_pointer(&outcome->message, g_free);
    g_clear_pointer(&outcome->log_hash, g_free);
    g_clear_pointer(&outcome->artifact_hash, g_free);
    g_clear_pointer(&outcome->files, g_free);
    g_clear_pointer(&outcome->facts, g_free);
}

double builder_lease_s(const Builder *builder)
{
    return section_real(builder->site->marvin, "lease");
}

bool builder_extend(Builder *builder, const BuildJob *job, bool *ret_held, GError **error)
{
    Db *db = builder->site->db;
    g_autoptr(Rows) rows = NULL;
    if ((db_is_lost(db) && !db_reopen(db, error)) ||
        !db_row(db, &QUERY_BOB_CLAIM_EXTEND,
                DB_PARAMS(DB_INT(job->token), DB_REAL(builder_lease_s(builder))), &rows, error))
        return false;
    *ret_held = rows_bool(rows, 0, "held");
    return true;
}

/* Sends log and artifact where the store is another's. */
static bool deliver(Builder *builder, const BuildJob *job, const BuildOutcome *outcome,
                    bool (*is_stopped)(void *data), void *data, TransferEnd *ret_end,
                    GError **error)
{
    const char *const hashes[] = {outcome->artifact_hash, outcome->log_hash};
    *ret_end = TRANSFER_SENT;
    for (size_t i = 0; i < G_N_ELEMENTS(hashes) && *ret_end == TRANSFER_SENT; i++) {
        if (builder->spool != NULL && hashes[i] != NULL &&
            !transfer_send(builder->site->db, builder->spool, hashes[i], job->token,
                           builder_lease_s(builder), is_stopped, data, ret_end, error))
            return false;
    }
    return true;
}

/* What has been delivered need not lie here any longer. */
static void empty_spool(Builder *builder, const BuildOutcome *outcome)
{
    if (builder->spool == NULL)
        return;
    if (outcome->log_hash != NULL)
        store_remove(builder->spool, outcome->log_hash, NULL);
    if (outcome->artifact_hash != NULL)
        store_remove(builder->spool, outcome->artifact_hash, NULL);
}

/* One try. *ret_end: TRANSFER_FULL is no end, the others are. */
static bool finish_once(Builder *builder, const BuildJob *job, const BuildOutcome *outcome,
                        bool (*is_stopped)(void *data), void *data, TransferEnd *ret_end,
                        GError **error)
{
    Db *db = builder->site->db;
    g_autoptr(Rows) rows = NULL;
    DbParam status = outcome->exit_status < 0 ? DB_NULL : DB_INT(outcome->exit_status);
    // A compiler may quote its source, in whatever encoding that is.
    g_autofree char *message = outcome->message ? g_utf8_make_valid(outcome->message, -1) : NULL;
    if ((db_is_lost(db) && !db_reopen(db, error)) ||
        !deliver(builder, job, outcome, is_stopped, data, ret_end, error))
        return false;
    if (*ret_end == TRANSFER_LOST)
        empty_spool(builder, outcome);
    if (*ret_end != TRANSFER_SENT)
        return true;
    if (!db_row(db, &QUERY_BOB_FINISH_BUILD,
                DB_PARAMS(DB_INT(job->token), DB_TEXT(outcome->state), status,
                          DB_REAL(outcome->elapsed_s), DB_REAL(outcome->user_s),
                          DB_REAL(outcome->system_s), DB_TEXT(message), DB_TEXT(outcome->log_hash),
                          DB_TEXT(outcome->artifact_hash), DB_INT(outcome->artifact_bytes),
                          DB_TEXT(outcome->files), DB_TEXT(outcome->facts)),
                &rows, error))
        return false;
    *ret_end = rows_bool(rows, 0, "ours") ? TRANSFER_SENT : TRANSFER_LOST;
    empty_spool(builder, outcome);
    return true;
}

bool builder_finish_try(Builder *builder, const BuildJob *job, const BuildOutcome *outcome,
                        bool (*is_stopped)(void *data), void *data, bool *ret_ended, bool *ret_ours,
                        GError **error)
{
    TransferEnd end = TRANSFER_FULL;
    if (!finish_once(builder, job, outcome, is_stopped, data, &end, error))
        return false;
    *ret_ended = end != TRANSFER_FULL;
    *ret_ours = end == TRANSFER_SENT;
    return true;
}

bool builder_finish(Builder *builder, const BuildJob *job, const BuildOutcome *outcome,
                    bool (*is_stopped)(void *data), void *data, bool *ret_ours, GError **error)
{
    gint64 full_until_ms = clock_monotonic_ms() + FULL_MS;
    for (int failures = 0;;) {
        GError *cause = NULL;
        TransferEnd end = TRANSFER_FULL;
        bool answered = finish_once(builder, job, outcome, is_stopped, data, &end, &cause);
        if (answered && end != TRANSFER_FULL) {
            *ret_ours = end == TRANSFER_SENT;
            return true;
        }
        if (answered && clock_monotonic_ms() > full_until_ms)
            return error_set(
                error, ERROR_DATABASE,
                "the database holds as much as `transfers` allows, and nobody takes it "
                "into the store: run `bob` where the store is");
        bool is_last = !answered && (!db_is_lost(builder->site->db) || ++failures == RETRIES_MAX);
        if (!is_last && clock_sleep(RETRY_MS, is_stopped, data)) {
            g_clear_error(&cause);
            continue;
        }
        if (cause == NULL)
            cause = g_error_new(MARVIN_ERROR, ERROR_INTERRUPTED,
                                "stopped while an object waited to be sent");
        g_propagate_error(error, cause);
        return false;
    }
}

bool builder_give_back(Builder *builder, GError **error)
{
    int n = 0;
    Db *db = builder->site->db;
    return (!db_is_lost(db) || db_reopen(db, error)) && reclaim(builder, false, &n, error);
}
