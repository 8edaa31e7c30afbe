// Folders on the disk: what they take, what is left, and their removal.
#include "bob/disk.h"

#include "bob/definition.h"
#include "common/error.h"

#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { BLOCK_BYTES = 512, REMOVE_TRIES = 3 };

static int name_compare(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static FTS *folder_open(const char *dir, bool sorted)
{
    char *const paths[] = {(char *)(guintptr)dir, NULL};
    return fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, sorted ? name_compare : NULL);
}

guint64 disk_folder_bytes(const char *dir, guint64 limit_bytes)
{
    FTS *walk = folder_open(dir, false);
    guint64 bytes = 0;
    FTSENT *entry = NULL;
    while (walk != NULL && (entry = fts_read(walk)) != NULL) {
        bool has_stat = entry->fts_info != FTS_DP && entry->fts_info != FTS_NS &&
                        entry->fts_info != FTS_DNR && entry->fts_info != FTS_ERR;
        if (has_stat)
            bytes += (guint64)entry->fts_statp->st_blocks * BLOCK_BYTES;
        if (limit_bytes > 0 && bytes > limit_bytes)
            break;
    }
    if (walk != NULL)
        fts_close(walk);
    return bytes;
}

guint64 disk_free_bytes(const char *dir)
{
    struct statvfs stat;
    if (statvfs(dir, &stat) != 0)
        return G_MAXUINT64;
    return (guint64)stat.f_bavail * stat.f_frsize;
}

/* One pass; false with errno of the first failure. */
static bool remove_once(const char *dir)
{
    FTS *walk = folder_open(dir, false);
    int failure = 0;
    FTSENT *entry = NULL;
    while (walk != NULL && (entry = fts_read(walk)) != NULL) {
        int done = 0;
        if (entry->fts_info == FTS_D) {
            // As a user: what is in a folder goes only when the folder may be written.
            if ((entry->fts_statp->st_mode & S_IRWXU) != S_IRWXU)
                chmod(entry->fts_accpath, S_IRWXU);
        } else if (entry->fts_info == FTS_DP || entry->fts_info == FTS_DNR) {
            done = rmdir(entry->fts_accpath);
        } else {
            done = unlink(entry->fts_accpath);
        }
        if (done != 0 && errno != ENOENT && failure == 0)
            failure = errno;
    }
    if (walk != NULL)
        fts_close(walk);
    errno = failure;
    return failure == 0;
}

bool disk_folder_remove(const char *dir, GError **error)
{
    struct stat stat;
    for (int i = 0; i < REMOVE_TRIES; i++) {
        if (lstat(dir, &stat) != 0 && errno == ENOENT)
            return true;
        remove_once(dir);
    }
    if (lstat(dir, &stat) != 0 && errno == ENOENT)
        return true;
    remove_once(dir);
    return error_set(error, ERROR_INPUT, "cannot remove %s: %s; remove it by hand", dir,
                     g_strerror(errno));
}

bool disk_folder_is_empty(const char *dir)
{
    FTS *walk = folder_open(dir, false);
    bool is_empty = true;
    FTSENT *entry = NULL;
    while (walk != NULL && is_empty && (entry = fts_read(walk)) != NULL)
        is_empty = entry->fts_info == FTS_D || entry->fts_info == FTS_DP;
    if (walk != NULL)
        fts_close(walk);
    return is_empty;
}

static char *name_utf8(const char *name)
{
    return g_utf8_validate(name, -1, NULL) ? g_strdup(name) : g_strescape(name, NULL);
}

/* NULL for a folder. */
static json_t *entry_describe(const FTSENT *entry, size_t prefix)
{
    if (entry->fts_info != FTS_F && entry->fts_info != FTS_SL && entry->fts_info != FTS_SLNONE)
        return NULL;
    g_autofree char *path = name_utf8(entry->fts_path + prefix);
    json_t *item =
        json_pack("{s:s, s:I, s:i}", "path", path, "bytes", (json_int_t)entry->fts_statp->st_size,
                  "mode", (int)(entry->fts_statp->st_mode & 0777));
    char target[PATH_MAX];
    ssize_t n =
        entry->fts_info == FTS_F ? -1 : readlink(entry->fts_accpath, target, sizeof target - 1);
    if (n >= 0) {
        target[n] = '\0';
        g_autofree char *shown = name_utf8(target);
        json_object_set_new(item, "link", json_string(shown));
    }
    return item;
}

char *disk_folder_list(const char *dir, guint max)
{
    g_autoptr(json_t) list = json_array();
    FTS *walk = folder_open(dir, true);
    FTSENT *entry = NULL;
    while (walk != NULL && json_array_size(list) < max && (entry = fts_read(walk)) != NULL) {
        json_t *item = entry_describe(entry, strlen(dir) + 1);
        if (item != NULL)
            json_array_append_new(list, item);
    }
    if (walk != NULL)
        fts_close(walk);
    return definition_format(list);
}
