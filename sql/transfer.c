// Objects that travel to the store through the database, part by part.
#include "sql/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/hash.h"
#include "sql/queries.h"

#define PART_BYTES ((gsize)1 << 20) /* transfer_put() knows it too */

bool transfer_is_home(Db *db, Store *store, bool *ret_home, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    g_autofree char *id = NULL;
    if (!store_id(store, &id, error) ||
        !db_row(db, &QUERY_TRANSFER_HOME_FIND, DB_NO_PARAMS, &rows, error))
        return false;
    *ret_home = g_strcmp0(rows_text(rows, 0, "id"), id) == 0;
    return true;
}

bool transfer_set_home(Db *db, Store *store, guint64 limit_bytes, bool *ret_changed, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    g_autofree char *id = NULL;
    if (!store_id(store, &id, error) ||
        !db_row(db, &QUERY_TRANSFER_HOME_SET, DB_PARAMS(DB_TEXT(id), DB_INT(limit_bytes)), &rows,
                error))
        return false;
    *ret_changed = rows_bool(rows, 0, "changed");
    return true;
}

// Sending ----------------------------------------------------------------------------------------

// A file on its way.
typedef struct {
    Db *db;
    const char *hash;
    gint64 token;
    double lease_s;
    bool (*is_stopped)(void *data);
    void *data;
    char *path;
    int fd;
    guint64 bytes;
} Sending;

static void sending_clear(Sending *sending)
{
    g_free(sending->path);
    if (sending->fd >= 0)
        close(sending->fd);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sending, sending_clear)

static bool file_open(Sending *sending, Store *store, GError **error)
{
    struct stat st;
    sending->path = store_find_path(store, sending->hash);
    sending->fd = sending->path ? open(sending->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (sending->fd < 0 || fstat(sending->fd, &st) != 0 || st.st_size <= 0)
        return error_set(error, ERROR_INPUT, "the object %s of %s is not there to be sent",
                         sending->hash, store_dir(store));
    sending->bytes = (guint64)st.st_size;
    return true;
}

// Part n of the file in buffer; its size.
static bool part_read(const Sending *sending, gint64 n, char *buffer, gsize *ret_size,
                      GError **error)
{
    guint64 from = (guint64)n * PART_BYTES;
    gsize size = from < sending->bytes ? (gsize)MIN(PART_BYTES, sending->bytes - from) : 0;
    for (gsize done = 0; done < size;) {
        ssize_t got = pread(sending->fd, buffer + done, size - done, (off_t)(from + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return error_set(error, ERROR_INPUT, "%s: cannot be read: %s", sending->path,
                             got < 0 ? g_strerror(errno) : "it became shorter");
        done += (gsize)got;
    }
    *ret_size = size;
    return true;
}

static bool parts_send(const Sending *sending, gint64 id, gint64 n, TransferEnd *ret_end,
                       GError **error)
{
    g_autofree char *buffer = g_malloc(PART_BYTES);
    for (;;) {
        g_autoptr(Rows) rows = NULL;
        gsize size = 0;
        if (sending->is_stopped && sending->is_stopped(sending->data))
            return error_set(error, ERROR_INTERRUPTED, "stopped while an object was on its way");
        if (!part_read(sending, n, buffer, &size, error))
            return false;
        if (size == 0) {
            *ret_end = TRANSFER_SENT;
            return true;
        }
        g_autofree char *hash = hash_bytes(buffer, size);
        if (!db_row(sending->db, &QUERY_TRANSFER_PUT,
                    DB_PARAMS(DB_INT(sending->token), DB_REAL(sending->lease_s), DB_INT(id),
                              DB_INT(n), DB_BYTES(buffer, size), DB_TEXT(hash)),
                    &rows, error))
            return false;
        if (rows_is_null(rows, 0, "next_part")) {
            *ret_end = TRANSFER_LOST;
            return true;
        }
        n = rows_int(rows, 0, "next_part");
        if (n < 0) {
            *ret_end = TRANSFER_FULL; // another sent the same: it is there, or begins again
            return true;
        }
    }
}

bool transfer_send(Db *db, Store *store, const char *hash, gint64 token, double lease_s,
                   bool (*is_stopped)(void *data), void *data, TransferEnd *ret_end, GError **error)
{
    g_auto(Sending) sending = {.db = db,
                               .hash = hash,
                               .token = token,
                               .lease_s = lease_s,
                               .is_stopped = is_stopped,
                               .data = data,
                               .fd = -1};
    g_autoptr(Rows) rows = NULL;
    g_autofree char *file_hash = NULL;
    if (!file_open(&sending, store, error) || !hash_file(sending.path, &file_hash, error) ||
        !db_row(db, &QUERY_TRANSFER_BEGIN,
                DB_PARAMS(DB_INT(token), DB_REAL(lease_s), DB_TEXT(hash), DB_TEXT(file_hash),
                          DB_INT(sending.bytes)),
                &rows, error))
        return false;
    const char *what = rows_text(rows, 0, "what");
    if (strcmp(what, "go") == 0)
        return parts_send(&sending, rows_int(rows, 0, "id"), rows_int(rows, 0, "next_part"),
                          ret_end, error);
    *ret_end = strcmp(what, "there") == 0  ? TRANSFER_SENT
               : strcmp(what, "full") == 0 ? TRANSFER_FULL
                                           : TRANSFER_LOST;
    return true;
}

// Taking -----------------------------------------------------------------------------------------

typedef struct {
    Db *db;
    gint64 id;
    gint64 n; // the next part
} Taking;

static bool part_next(gpointer data, GBytes **ret_bytes, GError **error)
{
    Taking *taking = data;
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(taking->db, &QUERY_TRANSFER_PART, DB_PARAMS(DB_INT(taking->id), DB_INT(taking->n)),
                 &rows, error))
        return false;
    *ret_bytes = rows_count(rows) > 0 ? rows_bytes(rows, 0, "data") : NULL;
    taking->n++;
    return true;
}

static bool object_take(Db *db, Store *store, gint64 id, const char *hash, guint64 limit_bytes,
                        TransferRefuseFunc on_refuse, gpointer data, guint *taken, GError **error)
{
    Taking taking = {.db = db, .id = id};
    GError *cause = NULL;
    bool damaged = false;
    if (store_take(store, hash, part_next, &taking, limit_bytes, &damaged, &cause)) {
        ++*taken;
        return db_none(db, &QUERY_TRANSFER_DONE, DB_PARAMS(DB_TEXT(hash)), error);
    }
    // Another may have taken it, and its parts away, since it was listed.
    bool is_gone = damaged && taking.n <= 1;
    if (!damaged) {
        g_propagate_error(error, cause);
        return false;
    }
    g_autofree char *why = g_strdup_printf("what its builder sent is damaged: %s", cause->message);
    g_error_free(cause);
    if (is_gone)
        return true;
    if (on_refuse)
        on_refuse(hash, why, data);
    return db_none(db, &QUERY_TRANSFER_REJECT, DB_PARAMS(DB_TEXT(hash), DB_TEXT(why)), error);
}

bool transfer_take(Db *db, Store *store, TransferRefuseFunc on_refuse, gpointer data,
                   guint *ret_taken, GError **error)
{
    g_autoptr(Rows) rows = NULL, cleaned = NULL;
    guint taken = 0;
    if (!db_row(db, &QUERY_TRANSFER_CLEAN, DB_NO_PARAMS, &cleaned, error) ||
        !db_rows(db, &QUERY_TRANSFER_LIST, DB_NO_PARAMS, &rows, error))
        return false;
    for (int i = 0; i < rows_count(rows); i++) {
        const char *hash = rows_text(rows, i, "hash");
        g_autoptr(Rows) lock = NULL;
        if (!db_row(db, &QUERY_TRANSFER_LOCK, DB_PARAMS(DB_TEXT(hash)), &lock, error))
            return false;
        if (!rows_bool(lock, 0, "ours"))
            continue;
        bool ok =
            object_take(db, store, rows_int(rows, i, "id"), hash,
                        (guint64)rows_int(rows, i, "limit_bytes"), on_refuse, data, &taken, error);
        if (!db_none(db, &QUERY_TRANSFER_UNLOCK, DB_PARAMS(DB_TEXT(hash)), ok ? error : NULL) ||
            !ok)
            return false;
    }
    *ret_taken = taken;
    return true;
}
