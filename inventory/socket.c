// Connecting to a Unix socket, wherever it lies.
#include "inventory/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"

enum { RETRY_MS = 20 };

static bool connect_address(int fd, const char *path, const char *address, int64_t deadline_ms,
                            GError **error)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int64_t until = clock_monotonic_ms() + deadline_ms;
    if (g_strlcpy(name.sun_path, address, sizeof(name.sun_path)) >= sizeof(name.sun_path))
        return error_set(error, ERROR_INPUT, "the name of the socket %s is too long", path);
    // EAGAIN: its queue is full, somebody else talks to it just now.
    while (connect(fd, (struct sockaddr *)&name, sizeof(name)) != 0) {
        if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR)
            return error_set(error, ERROR_NO, "nobody listens at %s", path);
        if (errno != EAGAIN || clock_monotonic_ms() >= until)
            return error_set(error, ERROR_MACHINE, "%s takes no connection: %s", path,
                             g_strerror(errno));
        g_usleep(RETRY_MS * 1000);
    }
    return true;
}

bool socket_connect(const char *path, int64_t deadline_ms, int *ret_fd, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path), *name = g_path_get_basename(path);
    int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return error_set(error, ERROR_NO, "nobody listens at %s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    g_autofree char *address = g_strdup_printf("/proc/self/fd/%d/%s", dir, name);
    bool good =
        fd >= 0 ? connect_address(fd, path, address, deadline_ms, error)
                : error_set(error, ERROR_MACHINE, "cannot make a socket: %s", g_strerror(errno));
    close(dir);
    if (good)
        *ret_fd = fd;
    else if (fd >= 0)
        close(fd);
    return good;
}
