// TCP for libgit2's http and git transports (and below their TLS), where its own sockets would
// wait for a silent machine for ever. libgit2 hands a stream no context: hence the GPrivate.
#include <errno.h>
#include <fcntl.h>
#include <git2/sys/stream.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/git_internal.h"

#define CONNECT_MS 15000 // per address: the next one may be the one that works
#define IDLE_MS 300000 // servers send a sign of life every few seconds

typedef struct {
    git_stream parent;
    GitLimits *limits;
    char *machine, *port;
    int fd;
} Socket;

static GPrivate limits_of_thread;

void git_socket_use(GitLimits *limits)
{
    g_private_set(&limits_of_thread, limits);
}

// Connects to one address; -1 with errno, or with limits->cause when time is up.
static int address_connect(Socket *sock, const struct addrinfo *address)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    int failed = 0;
    socklen_t size = sizeof failed;
    if (connect(fd, address->ai_addr, address->ai_addrlen) != 0) {
        failed = errno;
        if (failed == EINPROGRESS) {
            if (git_limits_wait(sock->limits, fd, POLLOUT, CONNECT_MS, sock->machine) != 0)
                failed = ETIMEDOUT;
            else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size) != 0)
                failed = errno;
        }
    }
    if (failed) {
        close(fd);
        errno = failed;
        return -1;
    }
    return fd;
}

static int socket_connect(git_stream *stream)
{
    Socket *sock = (Socket *)stream;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *addresses = NULL;
    int code = getaddrinfo(sock->machine, sock->port, &hints, &addresses);
    if (code != 0)
        return git_limits_fail(sock->limits, "%s cannot be resolved: %s", sock->machine,
                               gai_strerror(code));
    int failed = 0;
    for (struct addrinfo *at = addresses; at && sock->fd < 0; at = at->ai_next) {
        if (failed) // the last address' complaint is worth no more than the next one's
            g_clear_pointer(&sock->limits->cause, g_free);
        sock->fd = address_connect(sock, at);
        failed = sock->fd < 0 ? errno : 0;
        if (!git_limits_go_on(sock->limits))
            break;
    }
    freeaddrinfo(addresses);
    if (sock->fd >= 0 && !failed)
        return 0;
    return git_limits_fail(sock->limits, "%s port %s cannot be reached: %s", sock->machine,
                           sock->port, g_strerror(failed));
}

static ssize_t socket_read(git_stream *stream, void *data, size_t n_bytes)
{
    Socket *sock = (Socket *)stream;
    for (;;) {
        ssize_t n = recv(sock->fd, data, n_bytes, 0);
        if (n >= 0)
            return n;
        if (errno == EAGAIN) {
            if (git_limits_wait(sock->limits, sock->fd, POLLIN, IDLE_MS, sock->machine) != 0)
                return -1;
        } else if (errno != EINTR) {
            return git_limits_fail(sock->limits, "reading from %s failed: %s", sock->machine,
                                   g_strerror(errno));
        }
    }
}

static ssize_t socket_write(git_stream *stream, const char *data, size_t n_bytes, int flags)
{
    Socket *sock = (Socket *)stream;
    (void)flags;
    for (;;) {
        ssize_t n = send(sock->fd, data, n_bytes, MSG_NOSIGNAL);
        if (n >= 0)
            return n;
        if (errno == EAGAIN) {
            if (git_limits_wait(sock->limits, sock->fd, POLLOUT, IDLE_MS, sock->machine) != 0)
                return -1;
        } else if (errno != EINTR) {
            return git_limits_fail(sock->limits, "writing to %s failed: %s", sock->machine,
                                   g_strerror(errno));
        }
    }
}

static int socket_close(git_stream *stream)
{
    Socket *sock = (Socket *)stream;
    if (sock->fd >= 0)
        close(sock->fd);
    sock->fd = -1;
    return 0;
}

static void socket_free(git_stream *stream)
{
    Socket *sock = (Socket *)stream;
    socket_close(stream);
    g_free(sock->machine);
    g_free(sock->port);
    g_free(sock);
}

static int socket_new(git_stream **ret_stream, const char *machine, const char *port)
{
    GitLimits *limits = g_private_get(&limits_of_thread);
    if (!limits) {
        git_error_set_str(GIT_ERROR_NET, "no fetch is going on in this thread");
        return -1;
    }
    Socket *sock = g_new0(Socket, 1);
    sock->parent = (git_stream){.version = GIT_STREAM_VERSION,
                                .connect = socket_connect,
                                .read = socket_read,
                                .write = socket_write,
                                .close = socket_close,
                                .free = socket_free};
    sock->limits = limits;
    sock->machine = g_strdup(machine);
    sock->port = g_strdup(port);
    sock->fd = -1;
    *ret_stream = &sock->parent;
    return 0;
}

void git_socket_register(void)
{
    git_stream_registration registration = {.version = GIT_STREAM_VERSION, .init = socket_new};
    git_stream_register(GIT_STREAM_STANDARD, &registration);
}
