// A file's bytes, with a bound.
#include "benchmarks/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"

static void descriptor_close(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
}

static bool too_large(const char *path, size_t limit, GError **error)
{
    return error_set(error, ERROR_INPUT, "%s: is larger than %zu MiB, which is all that is read",
                     path, limit >> 20);
}

static bool all_read(int descriptor, const char *path, size_t limit, GByteArray *all,
                     GError **error)
{
    g_autofree guint8 *piece = g_malloc(1 << 16);
    for (;;) {
        ssize_t n = read(descriptor, piece, 1 << 16);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(error, ERROR_INPUT, "%s: cannot be read: %s", path, g_strerror(errno));
        if (n == 0)
            return true;
        if (all->len + (size_t)n > limit)
            return too_large(path, limit, error);
        g_byte_array_append(all, piece, (guint)n);
    }
}

bool bytes_read(const char *path, size_t limit, BytesFlags flags, GBytes **ret_bytes,
                GError **error)
{
    int extra = flags & BYTES_REGULAR ? O_NOFOLLOW | O_NONBLOCK : 0;
    __attribute__((cleanup(descriptor_close))) int descriptor =
        open(path, O_RDONLY | O_CLOEXEC | extra);
    struct stat status;
    if (descriptor < 0 || fstat(descriptor, &status) != 0)
        return error_set(error, ERROR_INPUT, "%s: cannot be read: %s", path, g_strerror(errno));
    if ((flags & BYTES_REGULAR) && !S_ISREG(status.st_mode))
        return error_set(error, ERROR_INPUT, "%s: is not a regular file", path);
    if (S_ISREG(status.st_mode) && (guint64)status.st_size > limit)
        return too_large(path, limit, error);
    g_autoptr(GByteArray) all = g_byte_array_new();
    if (!all_read(descriptor, path, limit, all, error))
        return false;
    *ret_bytes = g_byte_array_free_to_bytes(g_steal_pointer(&all));
    return true;
}
