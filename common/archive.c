// Packing: a sorted walk with openat(), written in GNU tar format (names as raw bytes, whatever
// the locale) through a blob. archive_read.c unpacks.
#include "common/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"

#define PIECE_BYTES (128 * 1024)
#define DEPTH_MAX 256 // folders in folders
#define PERMISSIONS 0777 // set-id and sticky bits are not packed

typedef struct archive Tar;

typedef struct {
    Tar *tar;
    BlobWriter *blob;
    const char *dir; // as given, for messages
    char *buffer;
    GError *failed; // what the blob said inside of a libarchive callback
    bool stopped; // nothing more is written
} Packer;

static la_ssize_t packed_write(Tar *tar, void *data, const void *bytes, size_t n)
{
    Packer *packer = data;
    if (!packer->stopped &&
        blob_write(packer->blob, bytes, n, packer->failed ? NULL : &packer->failed))
        return (la_ssize_t)n;
    archive_set_error(tar, EIO, "stopped");
    return -1;
}

static bool pack_fail(Packer *packer, const char *path, GError **error)
{
    if (packer->failed) {
        g_propagate_error(error, g_steal_pointer(&packer->failed));
        return false;
    }
    return error_set(error, ERROR_INPUT, "%s/%s: cannot be packed: %s.", packer->dir, path,
                     archive_error_string(packer->tar));
}

static bool path_fail(Packer *packer, const char *path, const char *what, GError **error)
{
    return error_set(error, ERROR_INPUT, "%s/%s: cannot be %s: %s.", packer->dir, path, what,
                     g_strerror(errno));
}

static bool header_write(Packer *packer, const char *path, const struct stat *st, const char *link,
                         GError **error)
{
    struct archive_entry *entry = archive_entry_new();
    archive_entry_copy_pathname(entry, path);
    archive_entry_set_mode(entry, st->st_mode & (S_IFMT | PERMISSIONS));
    archive_entry_set_mtime(entry, 0, 0);
    archive_entry_set_size(entry, S_ISREG(st->st_mode) ? st->st_size : 0);
    if (link)
        archive_entry_copy_symlink(entry, link);
    int status = archive_write_header(packer->tar, entry);
    archive_entry_free(entry);
    return status == ARCHIVE_OK || pack_fail(packer, path, error);
}

static bool content_write(Packer *packer, int fd, const char *path, guint64 left, GError **error)
{
    while (left > 0) {
        ssize_t n = read(fd, packer->buffer, MIN(left, PIECE_BYTES));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return path_fail(packer, path, "read", error);
        if (n == 0)
            return error_set(error, ERROR_INPUT,
                             "%s/%s: became smaller while it was packed; end what writes to it.",
                             packer->dir, path);
        if (archive_write_data(packer->tar, packer->buffer, (size_t)n) != n)
            return pack_fail(packer, path, error);
        left -= (guint64)n;
    }
    return true;
}

static bool file_pack(Packer *packer, int at_fd, const char *name, const char *path, GError **error)
{
    int fd = openat(at_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return path_fail(packer, path, "opened", error);
    struct stat st;
    bool ok = false;
    if (fstat(fd, &st) != 0)
        path_fail(packer, path, "read", error);
    else if (!S_ISREG(st.st_mode))
        error_set(error, ERROR_INPUT, "%s/%s: changed while it was packed.", packer->dir, path);
    else
        ok = blob_writer_check(packer->blob, (guint64)st.st_size, error) &&
             header_write(packer, path, &st, NULL, error) &&
             content_write(packer, fd, path, (guint64)st.st_size, error);
    close(fd);
    return ok;
}

static bool link_pack(Packer *packer, int at_fd, const char *name, const char *path,
                      const struct stat *st, GError **error)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(at_fd, name, target, sizeof target - 1);
    if (n < 0)
        return path_fail(packer, path, "read", error);
    target[n] = 0;
    return header_write(packer, path, st, target, error);
}

static int name_compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// The names in a folder, sorted by bytes. Takes over fd.
static GPtrArray *names_read(int fd)
{
    DIR *stream = fdopendir(fd);
    if (!stream) {
        close(fd);
        return NULL;
    }
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    errno = 0;
    for (struct dirent *item; (item = readdir(stream)); errno = 0)
        if (strcmp(item->d_name, ".") != 0 && strcmp(item->d_name, "..") != 0)
            g_ptr_array_add(names, g_strdup(item->d_name));
    int failed = errno;
    closedir(stream);
    if (failed) {
        g_ptr_array_unref(names);
        errno = failed;
        return NULL;
    }
    g_ptr_array_sort(names, name_compare);
    return names;
}

// A socket, a FIFO or a device has no content and is passed over.
static bool item_pack(Packer *packer, int at_fd, const char *name, const char *path,
                      const struct stat *st, GError **error)
{
    if (S_ISREG(st->st_mode))
        return file_pack(packer, at_fd, name, path, error);
    if (S_ISLNK(st->st_mode))
        return link_pack(packer, at_fd, name, path, st, error);
    return true;
}

// What lies in the folder fd, whose path below packer->dir is "" or ends with a slash.
static bool folder_pack(Packer *packer, int fd, const char *path, int depth, GError **error)
{
    int list_fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_autoptr(GPtrArray) names = list_fd < 0 ? NULL : names_read(list_fd);
    if (!names)
        return path_fail(packer, path, "listed", error);
    if (depth > DEPTH_MAX)
        return error_set(error, ERROR_INPUT, "%s/%s: lies deeper than %d folders.", packer->dir,
                         path, DEPTH_MAX);
    bool ok = true;
    for (guint i = 0; ok && i < names->len; i++) {
        const char *name = names->pdata[i];
        g_autofree char *below = g_strconcat(path, name, NULL);
        struct stat st;
        if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            return path_fail(packer, below, "read", error);
        if (!S_ISDIR(st.st_mode)) {
            ok = item_pack(packer, fd, name, below, &st, error);
            continue;
        }
        int below_fd = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (below_fd < 0)
            return path_fail(packer, below, "opened", error);
        g_autofree char *slashed = g_strconcat(below, "/", NULL);
        ok = header_write(packer, slashed, &st, NULL, error) &&
             folder_pack(packer, below_fd, slashed, depth + 1, error);
        close(below_fd);
    }
    return ok;
}

static bool tar_write(Packer *packer, int dir_fd, GError **error)
{
    archive_write_set_format_gnutar(packer->tar);
    archive_write_add_filter_none(packer->tar);
    archive_write_set_bytes_per_block(packer->tar, 10240);
    if (archive_write_open(packer->tar, packer, NULL, packed_write, NULL) != ARCHIVE_OK)
        return pack_fail(packer, "", error);
    if (!folder_pack(packer, dir_fd, "", 0, error))
        return false;
    return archive_write_close(packer->tar) == ARCHIVE_OK || pack_fail(packer, "", error);
}

bool archive_pack_fd(int fd, const char *dir, guint64 limit_bytes, BlobInfo *ret_info,
                     GError **error)
{
    int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0)
        return error_set(error, ERROR_INPUT, "%s: cannot be opened as a folder: %s.", dir,
                         g_strerror(errno));
    g_autoptr(BlobWriter) blob = blob_writer_new(fd, dir, limit_bytes);
    g_autofree char *buffer = g_malloc(PIECE_BYTES);
    Packer packer = {.tar = archive_write_new(), .blob = blob, .dir = dir, .buffer = buffer};
    bool ok = tar_write(&packer, dir_fd, error) && blob_writer_end(blob, ret_info, error);
    packer.stopped = true; // freed as it is: archive_write_fail() leaks what was not written yet
    archive_write_free(packer.tar);
    g_clear_error(&packer.failed);
    close(dir_fd);
    return ok;
}

bool archive_pack(const char *dir, const char *out_path, guint64 limit_bytes, GError **error)
{
    int fd = open(out_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return error_set(error, ERROR_INPUT, "%s: cannot be made: %s.", out_path,
                         g_strerror(errno));
    bool ok = archive_pack_fd(fd, dir, limit_bytes, NULL, error);
    if (close(fd) != 0 && ok)
        ok = error_set(error, ERROR_INPUT, "%s: cannot be written: %s.", out_path,
                       g_strerror(errno));
    if (!ok)
        unlink(out_path);
    return ok;
}
