// Backups: pg_dump and pg_restore for the database, our own store for the objects.
#include "marvin/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/cmd.h"
#include "common/proc.h"
#include "common/store.h"
#include "marvin/references.h"
#include "sql/cluster.h"
#include "sql/migrate.h"

static const char PART[] = ".part", DUMP[] = "database.dump", MANIFEST[] = "objects";
enum { MANIFEST_LIMIT = 1 << 30, HASH_LENGTH = 64 };

void backup_result_clear(BackupResult *result)
{
    g_clear_pointer(&result->place, g_free);
}

// PostgreSQL's programs ---------------------------------------------------------------------------

// name: pg_dump or pg_restore, of the server's version where it is known.
static bool program_run(const Site *site, const char *name, const char *const *arguments,
                        GError **error)
{
    g_autofree char *folder = NULL, *conninfo = NULL;
    if (site_is_embedded(site)) {
        g_autoptr(Cluster) cluster = cluster_new(site->state);
        if (!cluster_programs(cluster, &folder, error))
            return false;
        conninfo = cluster_conninfo(cluster, "marvin_admin");
    } else {
        folder = cluster_find_programs();
        conninfo = g_strdup(section_text(site->marvin, "database"));
    }
    g_autofree char *path = folder ? g_build_filename(folder, name, NULL) : g_strdup(name);
    g_auto(GStrv) environment = NULL;
    if (!db_environment(conninfo, &environment, error))
        return false;
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_ptr_array_add(argv, path);
    for (; *arguments; arguments++)
        g_ptr_array_add(argv, (gpointer)(guintptr)*arguments);
    g_ptr_array_add(argv, NULL);
    ProcSpec spec = {.argv = (const char *const *)argv->pdata,
                     .env = (const char *const *)environment,
                     .is_cancelled = cmd_stop_requested_by};
    g_auto(ProcResult) result = {0};
    return proc_run_ok(&spec, &result, error);
}

// Objects -----------------------------------------------------------------------------------------

// The next piece of a file; data: its descriptor.
static bool next_piece(gpointer data, GBytes **ret_bytes, GError **error)
{
    enum { PIECE = 1 << 18 };
    g_autofree char *piece = g_malloc(PIECE);
    ssize_t n;
    do
        n = read(*(int *)data, piece, PIECE);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return error_set(error, ERROR_INPUT, "reading an object: %s", g_strerror(errno));
    *ret_bytes = n ? g_bytes_new_take(g_steal_pointer(&piece), (gsize)n) : NULL;
    return true;
}

// from: NULL has nothing. *ret_why: why it cannot be had; an error: why nothing goes on.
static bool object_copy(Store *from, Store *to, const char *hash, char **ret_why, GError **error)
{
    g_autofree char *path = from ? store_find_path(from, hash) : NULL;
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) {
        *ret_why = from ? g_strdup_printf("is not in %s", store_dir(from))
                        : g_strdup("this backup is one without objects");
        return true;
    }
    bool damaged = false;
    g_autoptr(GError) cause = NULL;
    bool ok = store_take(to, hash, next_piece, &fd, 0, &damaged, &cause);
    close(fd);
    if (!ok && !damaged) {
        g_propagate_error(error, g_steal_pointer(&cause));
        return false;
    }
    if (!ok)
        *ret_why = g_strdup(cause->message);
    return true;
}

static bool objects_copy(Store *from, Store *to, const GPtrArray *hashes,
                         const BackupOptions *options, BackupResult *result, GError **error)
{
    for (guint i = 0; i < hashes->len; i++) {
        const char *hash = hashes->pdata[i];
        g_autofree char *why = NULL;
        if (options->on_progress && !options->on_progress(i, hashes->len, options->data))
            return error_set(error, ERROR_INTERRUPTED, "stopped after %u of %u objects", i,
                             hashes->len);
        if (store_has(to, hash))
            continue;
        if (!object_copy(from, to, hash, &why, error))
            return false;
        result->n_copied += why == NULL;
        result->n_missing += why != NULL;
        if (why && options->on_missing)
            options->on_missing(hash, why, options->data);
    }
    return true;
}

// Writing -----------------------------------------------------------------------------------------

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool sync_path(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);
    int code = errno;
    if (fd >= 0)
        close(fd);
    return ok || error_set(error, ERROR_INPUT, "%s: %s", path, g_strerror(code));
}

// *ret_hashes: char *, owned by kinds; in order.
static bool manifest_write(const char *part, GHashTable *kinds, GPtrArray **ret_hashes,
                           GError **error)
{
    g_autoptr(GPtrArray) hashes = g_ptr_array_new();
    GHashTableIter iter;
    gpointer hash;
    g_hash_table_iter_init(&iter, kinds);
    while (g_hash_table_iter_next(&iter, &hash, NULL))
        g_ptr_array_add(hashes, hash);
    g_ptr_array_sort(hashes, by_text);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < hashes->len; i++)
        g_string_append_printf(text, "%s  %s\n", (char *)hashes->pdata[i],
                               (char *)g_hash_table_lookup(kinds, hashes->pdata[i]));
    g_autofree char *path = g_build_filename(part, MANIFEST, NULL);
    g_autoptr(GError) cause = NULL;
    if (!g_file_set_contents(path, text->str, (gssize)text->len, &cause))
        return error_set(error, ERROR_INPUT, "%s", cause->message);
    *ret_hashes = g_steal_pointer(&hashes);
    return sync_path(path, error);
}

static bool folder_make(const char *path, GError **error)
{
    return g_mkdir_with_parents(path, 0750) == 0 ||
           error_set(error, ERROR_INPUT, "%s: %s", path, g_strerror(errno));
}

static Store *store_beside(const char *folder, GError **error)
{
    g_autofree char *dir = g_build_filename(folder, "store", NULL);
    Store *store = NULL;
    return store_open(dir, &store, error) ? store : NULL;
}

static bool fill(Site *site, const char *folder, const char *part, const BackupOptions *options,
                 BackupResult *result, GError **error)
{
    g_autofree char *dump = g_build_filename(part, DUMP, NULL);
    const char *const arguments[] = {
        "--format=custom", "--schema=marvin", "--role=marvin_admin", "--file", dump, NULL};
    g_autoptr(GHashTable) kinds = NULL;
    g_autoptr(GPtrArray) hashes = NULL;
    if (!program_run(site, "pg_dump", arguments, error) || !sync_path(dump, error) ||
        !references_load(site, &kinds, error) || !manifest_write(part, kinds, &hashes, error))
        return false;
    result->n_objects = hashes->len;
    if (!options->with_objects)
        return true;
    g_autoptr(Store) from = NULL;
    g_autoptr(Store) to = store_beside(folder, error);
    return to && store_open(site->store, &from, error) &&
           objects_copy(from, to, hashes, options, result, error);
}

bool backup_write(Site *site, const char *folder, const BackupOptions *options,
                  BackupResult *ret_result, GError **error)
{
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(clock_unix_s());
    g_autofree char *name = g_date_time_format(now, "%Y%m%dT%H%M%SZ");
    g_autofree char *place = g_build_filename(folder, name, NULL);
    g_autofree char *part = g_strconcat(place, PART, NULL);
    g_auto(BackupResult) result = {0};
    if (g_file_test(place, G_FILE_TEST_EXISTS))
        return error_set(error, ERROR_INPUT, "%s: there is a backup of this second already", place);
    if (!folder_make(part, error) || !fill(site, folder, part, options, &result, error) ||
        !sync_path(part, error))
        return false;
    if (g_rename(part, place) != 0)
        return error_set(error, ERROR_INPUT, "%s: %s", place, g_strerror(errno));
    if (!sync_path(folder, error))
        return false;
    result.place = g_steal_pointer(&place);
    *ret_result = result;
    result = (BackupResult){0};
    return true;
}

// Restoring ---------------------------------------------------------------------------------------

static bool is_backup(const char *folder)
{
    g_autofree char *dump = g_build_filename(folder, DUMP, NULL);
    return !g_str_has_suffix(folder, PART) && g_file_test(dump, G_FILE_TEST_IS_REGULAR);
}

// folder itself, or the newest backup below it.
static bool backup_find(const char *folder, char **ret_place, GError **error)
{
    g_autofree char *whole = g_canonicalize_filename(folder, NULL); // paths of one form compare
    g_autoptr(GDir) dir = g_dir_open(whole, 0, NULL);
    bool is_itself = is_backup(whole);
    g_autofree char *newest = is_itself ? g_strdup(whole) : NULL;
    for (const char *name; dir && !is_itself && (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(whole, name, NULL);
        if (is_backup(path) && (!newest || strcmp(path, newest) > 0)) {
            g_free(newest);
            newest = g_steal_pointer(&path);
        }
    }
    if (!newest)
        return error_set(error, ERROR_INPUT,
                         "%s holds no backup: expected the folder that `marvin db backup` was "
                         "given, or one backup in it (with a file %s)",
                         folder, DUMP);
    *ret_place = g_steal_pointer(&newest);
    return true;
}

// *ret_hashes: char *, freed with the array.
static bool manifest_read(const char *place, GPtrArray **ret_hashes, GError **error)
{
    g_autoptr(GPtrArray) hashes = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *path = g_build_filename(place, MANIFEST, NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) cause = NULL;
    GStatBuf st;
    if (g_stat(path, &st) == 0 && st.st_size > MANIFEST_LIMIT)
        return error_set(error, ERROR_INPUT, "%s: more than %d bytes, no manifest", path,
                         MANIFEST_LIMIT);
    if (!g_file_get_contents(path, &text, NULL, &cause))
        return error_set(error, ERROR_INPUT, "%s", cause->message);
    int number = 1;
    for (char *line = text, *end; *line; line = end, number++) {
        end = line + strcspn(line, "\n");
        if (strspn(line, "0123456789abcdef") != HASH_LENGTH || line[HASH_LENGTH] != ' ')
            return error_set(error, ERROR_INPUT, "%s:%d: expected `HASH  KIND`", path, number);
        g_ptr_array_add(hashes, g_strndup(line, HASH_LENGTH));
        end += *end == '\n';
    }
    *ret_hashes = g_steal_pointer(&hashes);
    return true;
}

// The database, as its owner; there must be no schema in it.
static bool database_open(const Site *site, Db **ret_db, GError **error)
{
    g_autoptr(Db) db = NULL;
    int version = 0;
    if (!site_open_admin(site, &db, error) || !schema_version(db, &version, error))
        return false;
    if (version >= 0)
        return error_set(error, ERROR_INPUT,
                         "the database holds something already (schema %d): restore into a new "
                         "one, with another state folder or `database`",
                         version);
    *ret_db = g_steal_pointer(&db);
    return true;
}

// The store beside the backups; NULL without an error where they have none.
static bool store_find(const char *place, Store **ret_store, GError **error)
{
    g_autofree char *above = g_path_get_dirname(place);
    g_autofree char *beside = g_build_filename(above, "store", NULL);
    return !g_file_test(beside, G_FILE_TEST_IS_DIR) || store_open(beside, ret_store, error);
}

bool backup_restore(Site *site, const char *folder, const BackupOptions *options,
                    BackupResult *ret_result, GError **error)
{
    g_auto(BackupResult) result = {0};
    g_autoptr(GPtrArray) hashes = NULL;
    g_autoptr(Db) db = NULL;
    int applied = 0;
    if (!backup_find(folder, &result.place, error) ||
        !manifest_read(result.place, &hashes, error) || !database_open(site, &db, error))
        return false;
    g_autofree char *dump = g_build_filename(result.place, DUMP, NULL);
    const char *const arguments[] = {
        "--exit-on-error", "--single-transaction", "--role=marvin_admin", "--dbname=", dump, NULL};
    if (!program_run(site, "pg_restore", arguments, error) || !schema_migrate(db, &applied, error))
        return false;
    result.n_objects = hashes->len;
    g_autoptr(Store) from = NULL;
    g_autoptr(Store) to = NULL;
    if (!store_find(result.place, &from, error) || !store_open(site->store, &to, error) ||
        !objects_copy(from, to, hashes, options, &result, error))
        return false;
    *ret_result = result;
    result = (BackupResult){0};
    return true;
}
