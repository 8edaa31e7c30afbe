// Objects are blobs, put by: write to tmp/, fsync, rename, fsync of the folder. rename() is the
// only thing that concurrent writers need from the file system.
#include "common/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/archive.h"
#include "common/error.h"
#include "common/folderid.h"
#include "common/hash.h"

#define FOLDER_CHARS 2 // objects/ab/cdef...
#define TMP_AGE_S (24 * 60 * 60)

struct Store {
    char *dir;
};

static bool folder_need(const char *path, GError **error)
{
    if (g_mkdir_with_parents(path, 0777) == 0)
        return true;
    return error_set(error, ERROR_INPUT, "%s: this folder of the store cannot be made: %s.", path,
                     g_strerror(errno));
}

bool store_open(const char *dir, Store **ret_store, GError **error)
{
    g_autofree char *objects = g_build_filename(dir, "objects", NULL);
    g_autofree char *tmp = g_build_filename(dir, "tmp", NULL);
    if (!folder_need(objects, error) || !folder_need(tmp, error))
        return false;
    Store *store = g_new0(Store, 1);
    store->dir = g_strdup(dir);
    *ret_store = store;
    return true;
}

void store_close(Store *store)
{
    if (!store)
        return;
    g_free(store->dir);
    g_free(store);
}

const char *store_dir(const Store *store)
{
    return store->dir;
}

bool store_id(const Store *store, char **ret_id, GError **error)
{
    return folder_id(store->dir, ret_id, error);
}

static char *object_folder(Store *store, const char *hash)
{
    char first[FOLDER_CHARS + 1];
    g_strlcpy(first, hash, sizeof first);
    return g_build_filename(store->dir, "objects", first, NULL);
}

static char *object_path(Store *store, const char *hash)
{
    g_autofree char *folder = object_folder(store, hash);
    return g_build_filename(folder, hash + FOLDER_CHARS, NULL);
}

static bool folder_sync(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    // Some network file systems cannot sync a folder (EINVAL): they write through.
    bool ok = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);
    if (!ok)
        error_set(error, ERROR_INPUT, "%s: cannot be synced: %s.", path, g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return ok;
}

// Makes the folder of an object; a new one is synced into its parent.
static bool object_folder_need(Store *store, const char *hash, char **ret_folder, GError **error)
{
    g_autofree char *folder = object_folder(store, hash);
    if (mkdir(folder, 0777) == 0) {
        g_autofree char *objects = g_build_filename(store->dir, "objects", NULL);
        if (!folder_sync(objects, error))
            return false;
    } else if (errno != EEXIST) {
        return error_set(error, ERROR_INPUT, "%s: cannot be made: %s.", folder, g_strerror(errno));
    }
    *ret_folder = g_steal_pointer(&folder);
    return true;
}

// Whether the object is there and sound, and could be given the time of now.
static bool object_renew(Store *store, const char *hash)
{
    g_autofree char *path = object_path(store, hash);
    return access(path, F_OK) == 0 && store_verify_object(store, hash, NULL) &&
           utimensat(AT_FDCWD, path, NULL, 0) == 0;
}

// Gives the finished file tmp its place. A damaged object, or one of another user whose time
// stamp is not ours to renew, is replaced: the content is the same.
static bool object_place(Store *store, const char *tmp, const char *hash, GError **error)
{
    if (object_renew(store, hash)) {
        unlink(tmp);
        return true;
    }
    g_autofree char *folder = NULL;
    g_autofree char *path = object_path(store, hash);
    if (!object_folder_need(store, hash, &folder, error))
        return false;
    if (rename(tmp, path) != 0)
        return error_set(error, ERROR_INPUT, "%s: cannot be made: %s.", path, g_strerror(errno));
    return folder_sync(folder, error);
}

// What is put: bytes, or what lies at path.
typedef struct {
    const void *data;
    gsize n_bytes;
    const char *file, *folder;
    guint64 limit;
    StoreNextFunc next; // pieces of an object's file ...
    gpointer next_data;
    const char *hash; // ... of this content
    bool damaged;
} Content;

static bool hash_check(const char *hash, const BlobInfo *info, GError **error)
{
    if (strcmp(hash, info->hash) == 0)
        return true;
    return error_set(error, ERROR_INPUT,
                     "The object %s of the store is damaged: its content has the hash %s.", hash,
                     info->hash);
}

// Writes the pieces as they come, then reads all of it again.
static bool pieces_write(Content *content, int fd, StoreObject *ret_object, GError **error)
{
    for (;;) {
        g_autoptr(GBytes) piece = NULL;
        gsize size = 0;
        if (!content->next(content->next_data, &piece, error))
            return false;
        if (!piece)
            break;
        gconstpointer data = g_bytes_get_data(piece, &size);
        if (!blob_write_fd(fd, content->hash, data, size, error))
            return false;
    }
    if (lseek(fd, 0, SEEK_SET) != 0)
        return error_set(error, ERROR_INPUT, "%s: cannot be read again: %s.", content->hash,
                         g_strerror(errno));
    content->damaged = !blob_read_to_fd(fd, content->hash, -1, content->limit, ret_object, error) ||
                       !hash_check(content->hash, ret_object, error);
    return !content->damaged;
}

static bool content_write(Content *content, int fd, StoreObject *ret_object, GError **error)
{
    if (content->next)
        return pieces_write(content, fd, ret_object, error);
    if (content->folder)
        return archive_pack_fd(fd, content->folder, content->limit, ret_object, error);
    if (content->file)
        return blob_write_file(fd, content->file, content->limit, ret_object, error);
    return blob_write_bytes(fd, content->data, content->n_bytes, ret_object, error);
}

static bool object_put(Store *store, Content *content, StoreObject *ret_object, GError **error)
{
    g_autofree char *tmp = g_build_filename(store->dir, "tmp", "put-XXXXXX", NULL);
    int fd = g_mkstemp_full(tmp, O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set(error, ERROR_INPUT, "%s: cannot be made in the store: %s.", tmp,
                         g_strerror(errno));
    StoreObject object;
    bool ok = content_write(content, fd, &object, error);
    if (ok && (fchmod(fd, 0444) != 0 || fsync(fd) != 0))
        ok = error_set(error, ERROR_INPUT, "%s: cannot be written: %s.", tmp, g_strerror(errno));
    if (close(fd) != 0 && ok) // a network file system may say only now that it is full
        ok = error_set(error, ERROR_INPUT, "%s: cannot be written: %s.", tmp, g_strerror(errno));
    ok = ok && object_place(store, tmp, object.hash, error);
    if (!ok)
        unlink(tmp);
    else if (ret_object)
        *ret_object = object;
    return ok;
}

bool store_put_bytes(Store *store, const void *data, gsize n_bytes, StoreObject *ret_object,
                     GError **error)
{
    return object_put(store, &(Content){.data = data, .n_bytes = n_bytes}, ret_object, error);
}

bool store_put_file(Store *store, const char *path, guint64 limit_bytes, StoreObject *ret_object,
                    GError **error)
{
    return object_put(store, &(Content){.file = path, .limit = limit_bytes}, ret_object, error);
}

bool store_put_dir(Store *store, const char *dir, guint64 limit_bytes, StoreObject *ret_object,
                   GError **error)
{
    return object_put(store, &(Content){.folder = dir, .limit = limit_bytes}, ret_object, error);
}

bool store_take(Store *store, const char *hash, StoreNextFunc next, gpointer data,
                guint64 limit_bytes, bool *ret_damaged, GError **error)
{
    Content content = {.next = next, .next_data = data, .hash = hash, .limit = limit_bytes};
    *ret_damaged = !hash_is_valid(hash);
    if (*ret_damaged)
        return error_set(error, ERROR_INPUT, "\"%s\" is no hash of the store.", hash ? hash : "");
    bool ok = object_put(store, &content, NULL, error);
    *ret_damaged = content.damaged;
    return ok;
}

char *store_find_path(Store *store, const char *hash)
{
    if (!hash_is_valid(hash))
        return NULL;
    g_autofree char *path = object_path(store, hash);
    return access(path, F_OK) == 0 ? g_steal_pointer(&path) : NULL;
}

bool store_has(Store *store, const char *hash)
{
    g_autofree char *path = store_find_path(store, hash);
    return path != NULL;
}

static bool object_open(Store *store, const char *hash, int *ret_fd, GError **error)
{
    if (!hash_is_valid(hash))
        return error_set(error, ERROR_INPUT, "\"%s\" is no hash of the store.", hash ? hash : "");
    g_autofree char *path = object_path(store, hash);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return error_set(error, ERROR_INPUT, "%s: cannot be opened: %s.", path, g_strerror(errno));
    *ret_fd = fd;
    return true;
}

bool store_read(Store *store, const char *hash, guint64 limit_bytes, GBytes **ret_bytes,
                GError **error)
{
    int fd = -1;
    if (!object_open(store, hash, &fd, error))
        return false;
    BlobInfo info;
    g_autoptr(GBytes) bytes = NULL;
    bool ok = blob_read_to_bytes(fd, hash, limit_bytes, &bytes, &info, error) &&
              hash_check(hash, &info, error);
    close(fd);
    if (ok)
        *ret_bytes = g_steal_pointer(&bytes);
    return ok;
}

bool store_stream(Store *store, const char *hash, int fd, guint64 limit_bytes, GError **error)
{
    int in_fd = -1;
    if (!object_open(store, hash, &in_fd, error))
        return false;
    BlobInfo info;
    bool ok = blob_read_to_fd(in_fd, hash, fd, limit_bytes, &info, error) &&
              hash_check(hash, &info, error);
    close(in_fd);
    return ok;
}

bool store_unpack(Store *store, const char *hash, const char *dir, guint64 limit_bytes,
                  GError **error)
{
    int fd = -1;
    if (!object_open(store, hash, &fd, error))
        return false;
    BlobInfo info;
    bool ok = archive_unpack_fd(fd, hash, dir, limit_bytes, &info, error) &&
              hash_check(hash, &info, error);
    close(fd);
    return ok;
}

bool store_verify_object(Store *store, const char *hash, GError **error)
{
    return store_stream(store, hash, -1, 0, error);
}

static int name_compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// The names in a folder, sorted; a folder that is not there has none.
static bool names_read(const char *path, GPtrArray **ret_names, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    DIR *stream = opendir(path);
    if (!stream && errno != ENOENT && errno != ENOTDIR)
        return error_set(error, ERROR_INPUT, "%s: cannot be listed: %s.", path, g_strerror(errno));
    errno = 0;
    for (struct dirent *item; stream && (item = readdir(stream)); errno = 0)
        if (item->d_name[0] != '.')
            g_ptr_array_add(names, g_strdup(item->d_name));
    int failed = errno;
    if (stream)
        closedir(stream);
    else
        failed = 0;
    if (failed)
        return error_set(error, ERROR_INPUT, "%s: cannot be listed: %s.", path, g_strerror(failed));
    g_ptr_array_sort(names, name_compare);
    *ret_names = g_steal_pointer(&names);
    return true;
}

// Tells of the objects in one folder; *ret_go_on is false once func has said so.
static bool folder_list(Store *store, const char *first, StoreListFunc func, gpointer data,
                        bool *ret_go_on, GError **error)
{
    g_autofree char *folder = g_build_filename(store->dir, "objects", first, NULL);
    g_autoptr(GPtrArray) names = NULL;
    if (!names_read(folder, &names, error))
        return false;
    bool go_on = true;
    for (guint i = 0; go_on && i < names->len; i++) {
        g_autofree char *hash = g_strconcat(first, names->pdata[i], NULL);
        g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
        struct stat st;
        // One that another process has just removed is no object any more.
        if (hash_is_valid(hash) && lstat(path, &st) == 0 && S_ISREG(st.st_mode))
            go_on = func(hash, (guint64)st.st_size, st.st_mtime, data);
    }
    *ret_go_on = go_on;
    return true;
}

bool store_list(Store *store, StoreListFunc func, gpointer data, GError **error)
{
    g_autofree char *objects = g_build_filename(store->dir, "objects", NULL);
    g_autoptr(GPtrArray) firsts = NULL;
    if (!names_read(objects, &firsts, error))
        return false;
    bool go_on = true;
    for (guint i = 0; go_on && i < firsts->len; i++) {
        const char *first = firsts->pdata[i];
        if (strlen(first) == FOLDER_CHARS && !folder_list(store, first, func, data, &go_on, error))
            return false;
    }
    return true;
}

static bool hash_collect(const char *hash, guint64 stored_bytes, gint64 mtime_s, gpointer data)
{
    (void)stored_bytes;
    (void)mtime_s;
    g_ptr_array_add(data, g_strdup(hash));
    return true;
}

bool store_verify(Store *store, StoreDamageFunc on_damage, StoreProgressFunc on_progress,
                  gpointer data, guint64 *ret_damaged, GError **error)
{
    g_autoptr(GPtrArray) hashes = g_ptr_array_new_with_free_func(g_free);
    if (!store_list(store, hash_collect, hashes, error))
        return false;
    guint64 damaged = 0;
    for (guint i = 0; i < hashes->len; i++) {
        const char *hash = hashes->pdata[i];
        g_autoptr(GError) why = NULL;
        if (on_progress && !on_progress(i, hashes->len, data))
            return error_set(error, ERROR_INTERRUPTED,
                             "The verification of %s was stopped after %u of %u objects.",
                             store->dir, i, hashes->len);
        if (store_verify_object(store, hash, &why) || !store_has(store, hash))
            continue;
        damaged++;
        if (on_damage)
            on_damage(hash, why->message, data);
    }
    *ret_damaged = damaged;
    return true;
}

bool store_remove(Store *store, const char *hash, GError **error)
{
    if (!hash_is_valid(hash))
        return error_set(error, ERROR_INPUT, "\"%s\" is no hash of the store.", hash ? hash : "");
    g_autofree char *path = object_path(store, hash);
    if (unlink(path) == 0 || errno == ENOENT)
        return true;
    return error_set(error, ERROR_INPUT, "%s: cannot be removed: %s.", path, g_strerror(errno));
}

bool store_clean_tmp(Store *store, guint *ret_removed, GError **error)
{
    g_autofree char *tmp = g_build_filename(store->dir, "tmp", NULL);
    g_autoptr(GPtrArray) names = NULL;
    if (!names_read(tmp, &names, error))
        return false;
    guint removed = 0;
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(tmp, names->pdata[i], NULL);
        struct stat st;
        if (g_str_has_prefix(names->pdata[i], "put-") && lstat(path, &st) == 0 &&
            S_ISREG(st.st_mode) && st.st_mtime < time(NULL) - TMP_AGE_S && unlink(path) == 0)
            removed++;
    }
    if (ret_removed)
        *ret_removed = removed;
    return true;
}
