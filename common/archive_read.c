// Unpacking: libarchive reads the tar, and everything is made with openat() from the folder down,
// so that nothing is written through a symbolic link, even one that the tar itself brought.
#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/archive.h"
#include "common/error.h"

#define PIECE_BYTES (128 * 1024)
#define ENTRY_BYTES 512 // what an entry without content takes in a tar
#define PERMISSIONS 0777 // set-id and sticky bits are not unpacked

typedef struct archive Tar;
typedef struct archive_entry Entry;

typedef struct {
    char *path;
    mode_t mode;
} FolderMode;

typedef struct {
    Tar *tar;
    BlobReader *blob; // NULL: libarchive reads the file itself
    const char *name; // of the tar, for messages
    int root_fd;
    guint64 limit, bytes;
    char *buffer;
    GArray *modes; // FolderMode of folders that must stay writable until the end
    GError *failed; // what the blob said inside of a libarchive callback
} Unpacker;

static void folder_mode_clear(gpointer data)
{
    g_free(((FolderMode *)data)->path);
}

static la_ssize_t unpacked_read(Tar *tar, void *data, const void **ret_bytes)
{
    Unpacker *unpacker = data;
    gsize n;
    if (!unpacker->failed && blob_read(unpacker->blob, ret_bytes, &n, &unpacker->failed))
        return (la_ssize_t)n;
    archive_set_error(tar, EIO, "stopped");
    return -1;
}

static bool tar_fail(Unpacker *unpacker, GError **error)
{
    if (unpacker->failed) {
        g_propagate_error(error, g_steal_pointer(&unpacker->failed));
        return false;
    }
    return error_set(error, ERROR_INPUT, "%s: is no tar, or damaged: %s.", unpacker->name,
                     archive_error_string(unpacker->tar));
}

static bool entry_refuse(Unpacker *unpacker, const char *path, const char *why, GError **error)
{
    return error_set(error, ERROR_INPUT, "%s: its entry \"%s\" %s; it is not unpacked.",
                     unpacker->name, path, why);
}

static bool make_fail(Unpacker *unpacker, const char *path, GError **error)
{
    if (errno == EEXIST)
        return entry_refuse(unpacker, path, "comes twice", error);
    return error_set(error, ERROR_INPUT, "%s: its entry \"%s\" cannot be made: %s.", unpacker->name,
                     path, g_strerror(errno));
}

static bool bytes_count(Unpacker *unpacker, guint64 n, GError **error)
{
    unpacker->bytes += n;
    if (!unpacker->limit || unpacker->bytes <= unpacker->limit)
        return true;
    return error_set(error, ERROR_INPUT,
                     "%s: unpacks to more than the %" G_GUINT64_FORMAT " bytes allowed here.",
                     unpacker->name, unpacker->limit);
}

// The names along path, without empty ones and "."; NULL when path leads out.
static char **path_split(const char *path)
{
    if (path[0] == '/')
        return NULL;
    g_auto(GStrv) all = g_strsplit(path, "/", -1);
    g_autoptr(GStrvBuilder) kept = g_strv_builder_new();
    for (char **name = all; *name; name++) {
        if (strcmp(*name, "..") == 0)
            return NULL;
        if (**name && strcmp(*name, ".") != 0)
            g_strv_builder_add(kept, *name);
    }
    return g_strv_builder_end(kept);
}

// Opens the folder that names[0..n) lead to, making what is missing; -1 with errno. A symbolic
// link on the way is ENOTDIR or ELOOP.
static int folder_open(int root_fd, char **names, guint n)
{
    int fd = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (guint i = 0; i < n && fd >= 0; i++) {
        int below = -1;
        if (mkdirat(fd, names[i], 0755) == 0 || errno == EEXIST)
            below = openat(fd, names[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int failed = errno;
        close(fd);
        errno = failed;
        fd = below;
    }
    return fd;
}

// What follows the last data up to size is a hole, of which libarchive does not tell.
static bool content_read(Unpacker *unpacker, int fd, const char *path, guint64 size, GError **error)
{
    guint64 done = 0;
    for (;;) {
        la_ssize_t n = archive_read_data(unpacker->tar, unpacker->buffer, PIECE_BYTES);
        if (n < 0)
            return tar_fail(unpacker, error);
        if (n == 0)
            break;
        if (!bytes_count(unpacker, (guint64)n, error) ||
            !blob_write_fd(fd, path, unpacker->buffer, (gsize)n, error))
            return false;
        done += (guint64)n;
    }
    if (done >= size)
        return true;
    return bytes_count(unpacker, size - done, error) &&
           (ftruncate(fd, (off_t)size) == 0 || make_fail(unpacker, path, error));
}

static bool file_make(Unpacker *unpacker, int at_fd, const char *name, Entry *entry, GError **error)
{
    const char *path = archive_entry_pathname(entry);
    int fd = openat(at_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return make_fail(unpacker, path, error);
    bool ok = content_read(unpacker, fd, path, (guint64)archive_entry_size(entry), error);
    if (ok && fchmod(fd, archive_entry_perm(entry) & PERMISSIONS) != 0)
        ok = make_fail(unpacker, path, error);
    if (close(fd) != 0 && ok)
        ok = make_fail(unpacker, path, error);
    return ok;
}

static bool folder_make(Unpacker *unpacker, char **names, Entry *entry, GError **error)
{
    const char *path = archive_entry_pathname(entry);
    mode_t mode = archive_entry_perm(entry) & PERMISSIONS;
    guint n = g_strv_length(names);
    if (n == 0)
        return true; // "./": the folder itself, which is the caller's
    int fd = folder_open(unpacker->root_fd, names, n);
    if (fd < 0)
        return make_fail(unpacker, path, error);
    bool ok = fchmod(fd, mode | 0700) == 0 || make_fail(unpacker, path, error);
    close(fd);
    if (ok && (mode & 0700) != 0700) {
        FolderMode later = {g_strdup(path), mode};
        g_array_append_val(unpacker->modes, later);
    }
    return ok;
}

static bool item_make(Unpacker *unpacker, int at_fd, const char *name, Entry *entry, GError **error)
{
    const char *path = archive_entry_pathname(entry);
    if (archive_entry_hardlink(entry))
        return entry_refuse(unpacker, path, "is a hard link", error);
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
        return file_make(unpacker, at_fd, name, entry, error);
    case AE_IFLNK:
        if (!archive_entry_symlink(entry))
            return entry_refuse(unpacker, path, "is a symbolic link to nothing", error);
        return symlinkat(archive_entry_symlink(entry), at_fd, name) == 0 ||
               make_fail(unpacker, path, error);
    default:
        return entry_refuse(unpacker, path, "is no file, folder or symbolic link", error);
    }
}

static bool entry_make(Unpacker *unpacker, Entry *entry, GError **error)
{
    const char *path = archive_entry_pathname(entry);
    if (!path)
        return error_set(error, ERROR_INPUT, "%s: has an entry without a name.", unpacker->name);
    g_auto(GStrv) names = path_split(path);
    if (!names)
        return entry_refuse(unpacker, path, "leads out of the folder", error);
    if (archive_entry_filetype(entry) == AE_IFDIR && !archive_entry_hardlink(entry))
        return folder_make(unpacker, names, entry, error);
    guint n = g_strv_length(names);
    if (n == 0)
        return entry_refuse(unpacker, path, "has no name", error);
    int fd = folder_open(unpacker->root_fd, names, n - 1);
    if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
        return entry_refuse(unpacker, path, "lies below a file or a symbolic link", error);
    if (fd < 0)
        return make_fail(unpacker, path, error);
    bool ok = item_make(unpacker, fd, names[n - 1], entry, error);
    close(fd);
    return ok;
}

// Last, and inner folders first: a folder without w or x cannot be filled.
static bool modes_set(Unpacker *unpacker, GError **error)
{
    for (guint i = unpacker->modes->len; i-- > 0;) {
        FolderMode *later = &g_array_index(unpacker->modes, FolderMode, i);
        g_auto(GStrv) names = path_split(later->path);
        int fd = folder_open(unpacker->root_fd, names, g_strv_length(names));
        bool ok = fd >= 0 && fchmod(fd, later->mode) == 0;
        if (fd >= 0)
            close(fd);
        if (!ok)
            return make_fail(unpacker, later->path, error);
    }
    return true;
}

static bool tar_read(Unpacker *unpacker, GError **error)
{
    for (;;) {
        Entry *entry;
        int status = archive_read_next_header(unpacker->tar, &entry);
        if (status == ARCHIVE_EOF)
            return modes_set(unpacker, error);
        if (status < ARCHIVE_WARN) // a warning is a name that the locale has no characters for
            return tar_fail(unpacker, error);
        if (!bytes_count(unpacker, ENTRY_BYTES, error) || !entry_make(unpacker, entry, error))
            return false;
    }
}

static bool folder_is_empty(int fd)
{
    int list_fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = list_fd < 0 ? NULL : fdopendir(list_fd);
    if (!stream)
        return false;
    bool empty = true;
    for (struct dirent *item; empty && (item = readdir(stream));)
        empty = strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0;
    closedir(stream);
    return empty;
}

static bool root_open(const char *dir, int *ret_fd, GError **error)
{
    if (mkdir(dir, 0777) != 0 && errno != EEXIST)
        return error_set(error, ERROR_INPUT, "%s: cannot be made: %s.", dir, g_strerror(errno));
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_set(error, ERROR_INPUT, "%s: cannot be opened as a folder: %s.", dir,
                         g_strerror(errno));
    if (!folder_is_empty(fd)) {
        close(fd);
        return error_set(error, ERROR_INPUT, "%s: is not empty; name a new or an empty folder.",
                         dir);
    }
    *ret_fd = fd;
    return true;
}

// A tar of any maker.
static int tar_open(Tar *tar, int fd)
{
    archive_read_support_format_tar(tar);
    archive_read_support_filter_gzip(tar);
    archive_read_support_filter_bzip2(tar);
    archive_read_support_filter_xz(tar);
    archive_read_support_filter_zstd(tar);
    return archive_read_open_fd(tar, fd, PIECE_BYTES);
}

// Unpacks from blob, or, when it is NULL, from whatever tar fd holds.
static bool folder_read(int fd, BlobReader *blob, const char *name, const char *dir,
                        guint64 limit_bytes, GError **error)
{
    int root_fd = -1;
    if (!root_open(dir, &root_fd, error))
        return false;
    g_autofree char *buffer = g_malloc(PIECE_BYTES);
    Unpacker unpacker = {.tar = archive_read_new(),
                         .blob = blob,
                         .name = name,
                         .root_fd = root_fd,
                         .limit = limit_bytes,
                         .buffer = buffer,
                         .modes = g_array_new(FALSE, FALSE, sizeof(FolderMode))};
    g_array_set_clear_func(unpacker.modes, folder_mode_clear);
    int status;
    if (blob) {
        archive_read_support_format_tar(unpacker.tar);
        status = archive_read_open(unpacker.tar, &unpacker, NULL, unpacked_read, NULL);
    } else {
        status = tar_open(unpacker.tar, fd);
    }
    bool ok = status == ARCHIVE_OK ? tar_read(&unpacker, error) : tar_fail(&unpacker, error);
    archive_read_free(unpacker.tar);
    g_array_unref(unpacker.modes);
    g_clear_error(&unpacker.failed);
    close(root_fd);
    return ok;
}

static bool file_open(const char *path, int *ret_fd, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0)
        return error_set(error, ERROR_INPUT, "%s: cannot be opened: %s.", path, g_strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return error_set(error, ERROR_INPUT, "%s: is no regular file.", path);
    }
    *ret_fd = fd;
    return true;
}

bool archive_unpack_fd(int fd, const char *name, const char *dir, guint64 limit_bytes,
                       BlobInfo *ret_info, GError **error)
{
    g_autoptr(BlobReader) blob = blob_reader_new(fd, name, limit_bytes);
    return folder_read(fd, blob, name, dir, limit_bytes, error) &&
           blob_reader_end(blob, ret_info, error);
}

bool archive_unpack(const char *path, const char *dir, guint64 limit_bytes, GError **error)
{
    int fd = -1;
    if (!file_open(path, &fd, error))
        return false;
    bool ok = folder_read(fd, NULL, path, dir, limit_bytes, error);
    close(fd);
    return ok;
}

static bool entry_read(Unpacker *unpacker, GBytes **ret_bytes, GError **error)
{
    g_autoptr(GByteArray) all = g_byte_array_new();
    la_ssize_t n;
    while ((n = archive_read_data(unpacker->tar, unpacker->buffer, PIECE_BYTES)) > 0) {
        if (!bytes_count(unpacker, (guint64)n, error))
            return false;
        g_byte_array_append(all, (const guint8 *)unpacker->buffer, (guint)n);
    }
    if (n < 0)
        return tar_fail(unpacker, error);
    *ret_bytes = g_byte_array_free_to_bytes(g_steal_pointer(&all));
    return true;
}

static bool entry_find(Unpacker *unpacker, const char *name, GBytes **ret_bytes, GError **error)
{
    Entry *entry;
    int status;
    while ((status = archive_read_next_header(unpacker->tar, &entry)) >= ARCHIVE_WARN &&
           status != ARCHIVE_EOF)
        if (archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry) &&
            g_strcmp0(archive_entry_pathname(entry), name) == 0)
            return entry_read(unpacker, ret_bytes, error);
    if (status != ARCHIVE_EOF)
        return tar_fail(unpacker, error);
    return error_set(error, ERROR_INPUT, "%s: holds no file \"%s\".", unpacker->name, name);
}

bool archive_read_file(const char *path, const char *name, guint64 limit_bytes, GBytes **ret_bytes,
                       GError **error)
{
    int fd = -1;
    if (!file_open(path, &fd, error))
        return false;
    g_autofree char *buffer = g_malloc(PIECE_BYTES);
    Unpacker unpacker = {
        .tar = archive_read_new(), .name = path, .limit = limit_bytes, .buffer = buffer};
    bool ok = tar_open(unpacker.tar, fd) == ARCHIVE_OK
                  ? entry_find(&unpacker, name, ret_bytes, error)
                  : tar_fail(&unpacker, error);
    archive_read_free(unpacker.tar);
    close(fd);
    return ok;
}

bool archive_stream(const char *path, int fd, guint64 limit_bytes, GError **error)
{
    int in_fd = -1;
    if (!file_open(path, &in_fd, error))
        return false;
    bool ok = blob_read_to_fd(in_fd, path, fd, limit_bytes, NULL, error);
    close(in_fd);
    return ok;
}
