// SHA-256 of bytes and files, by GLib.
#include "common/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"

#define READ_BYTES (128 * 1024)

static bool checksum_read(GChecksum *sum, int fd, const char *path, GError **error)
{
    g_autofree guchar *buffer = g_malloc(READ_BYTES);
    for (;;) {
        ssize_t n = read(fd, buffer, READ_BYTES);
        if (n == 0)
            return true;
        if (n > 0)
            g_checksum_update(sum, buffer, n);
        else if (errno != EINTR)
            return error_set(error, ERROR_INPUT, "%s: cannot be read: %s.", path,
                             g_strerror(errno));
    }
}

char *hash_bytes(const void *data, gsize n_bytes)
{
    const guchar *bytes = n_bytes ? data : (const guchar *)"";
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, n_bytes);
}

char *hash_string(const char *text)
{
    return hash_bytes(text, strlen(text));
}

bool hash_file(const char *path, char **ret_hash, GError **error)
{
    // O_NONBLOCK: a FIFO in the place of a file must not hang us.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return error_set(error, ERROR_INPUT, "%s: cannot be opened: %s.", path, g_strerror(errno));
    struct stat st;
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    bool ok = false;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        error_set(error, ERROR_INPUT, "%s: is no regular file.", path);
    else
        ok = checksum_read(sum, fd, path, error);
    close(fd);
    if (ok)
        *ret_hash = g_strdup(g_checksum_get_string(sum));
    return ok;
}

bool hash_is_valid(const char *text)
{
    return text && strlen(text) == HASH_CHARS && strspn(text, "0123456789abcdef") == HASH_CHARS;
}
