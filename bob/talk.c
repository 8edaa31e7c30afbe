// One question and its answer over a socket.
#include "bob/talk.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/error.h"

enum { PIECE_BYTES = 65536 };

/* False, with errno, when the descriptor is not ready before the time. */
static bool wait_until(int fd, short events, int64_t until_ms)
{
    for (;;) {
        int64_t left = until_ms - clock_monotonic_ms();
        struct pollfd poller = {.fd = fd, .events = events};
        int ready = left > 0 ? poll(&poller, 1, (int)MIN(left, G_MAXINT)) : 0;
        if (ready > 0)
            return true;
        if (ready == 0)
            errno = ETIMEDOUT;
        if (ready == 0 || errno != EINTR)
            return false;
    }
}

static bool connect_until(int fd, const struct sockaddr *address, socklen_t size, int64_t until_ms)
{
    if (connect(fd, address, size) == 0)
        return true;
    int cause = 0;
    socklen_t cause_size = sizeof cause;
    if (errno != EINPROGRESS || !wait_until(fd, POLLOUT, until_ms))
        return false;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &cause_size);
    errno = cause;
    return cause == 0;
}

/* A connected descriptor, or -1 with errno. */
static int open_one(int family, const struct sockaddr *address, socklen_t size, int64_t until_ms)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect_until(fd, address, size, until_ms))
        return fd;
    int cause = errno;
    close(fd);
    errno = cause;
    return -1;
}

static int open_unix(const char *path, int64_t until_ms)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (g_strlcpy(address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open_one(AF_UNIX, (const struct sockaddr *)&address, sizeof address, until_ms);
}

static int open_host(const char *host, int port, int64_t until_ms, const char **ret_why)
{
    char service[16];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    g_snprintf(service, sizeof service, "%d", port);
    int problem = getaddrinfo(host, service, &hints, &found);
    if (problem != 0) {
        *ret_why = gai_strerror(problem);
        return -1;
    }
    int fd = -1;
    for (struct addrinfo *at = found; at != NULL && fd < 0; at = at->ai_next)
        fd = open_one(at->ai_family, at->ai_addr, at->ai_addrlen, until_ms);
    *ret_why = fd < 0 ? g_strerror(errno) : NULL;
    freeaddrinfo(found);
    return fd;
}

static bool send_all(int fd, const char *data, gsize size, int64_t until_ms)
{
    while (size > 0) {
        ssize_t n = send(fd, data, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EPIPE) // it has closed already: it may have said why
            return true;
        if (n < 0 && errno != EINTR && (errno != EAGAIN || !wait_until(fd, POLLOUT, until_ms)))
            return false;
        data += n > 0 ? n : 0;
        size -= n > 0 ? (gsize)n : 0;
    }
    return true;
}

/* Until the other side closes; ENOBUFS: more than the limit. */
static bool read_all(int fd, GByteArray *into, gsize limit, int64_t until_ms)
{
    g_autofree guint8 *piece = g_malloc(PIECE_BYTES);
    for (;;) {
        if (!wait_until(fd, POLLIN, until_ms))
            return false;
        ssize_t n = recv(fd, piece, PIECE_BYTES, 0);
        if (n == 0 || (n < 0 && errno == ECONNRESET)) // either way it has said all it will
            return true;
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        if (n > 0 && into->len + (gsize)n > limit) {
            errno = ENOBUFS;
            return false;
        }
        if (n > 0)
            g_byte_array_append(into, piece, (guint)n);
    }
}

bool talk(const char *host, int port, const void *question, gsize size, int64_t deadline_ms,
          gsize limit_bytes, GByteArray **ret_answer, GError **error)
{
    int64_t until_ms = clock_monotonic_ms() + deadline_ms;
    const char *why = NULL;
    g_autoptr(GByteArray) answer = g_byte_array_new();
    int fd = port > 0 ? open_host(host, port, until_ms, &why) : open_unix(host, until_ms);
    if (fd < 0)
        return error_set(error, ERROR_MACHINE, "cannot be reached: %s",
                         why != NULL ? why : g_strerror(errno));
    bool ok = send_all(fd, question, size, until_ms) && read_all(fd, answer, limit_bytes, until_ms);
    int cause = errno;
    close(fd);
    if (!ok)
        return error_set(error, ERROR_MACHINE,
                         cause == ETIMEDOUT ? "was silent for %.0f s"
                                            : "the connection broke after %.0f s: %s",
                         (double)deadline_ms / 1000, g_strerror(cause));
    g_byte_array_append(answer, (const guint8 *)"", 1);
    g_byte_array_set_size(answer, answer->len - 1);
    *ret_answer = g_steal_pointer(&answer);
    return true;
}
