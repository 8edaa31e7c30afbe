// ssh for libgit2 by OpenSSH's own program, which knows the user's keys, agents, configuration
// and known machines. Its stdin and stdout are one socket, so that its death is no SIGPIPE; its
// stderr is a small memory file that tells why it failed.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/git_internal.h"

#define CONNECT_S 30
#define IDLE_MS 300000
#define END_MS 2000 // ssh gets this long to end before it is killed
#define STDERR_BYTES 16384

typedef struct {
    git_smart_subtransport_stream parent;
    GitConnection *connection;
    GPid pid;
    int fd; // its stdin and stdout
    int stderr_fd; // a memory file
} SshStream;

typedef struct {
    git_smart_subtransport parent;
    GitConnection *connection;
    SshStream *stream; // owned by libgit2
} SshTransport;

// As git itself does it: in single quotes, with ' and ! outside of them.
static char *remote_quote(const char *path)
{
    g_autoptr(GString) quoted = g_string_new("'");
    for (const char *c = path; *c; c++) {
        if (*c == '\'' || *c == '!')
            g_string_append_printf(quoted, "'\\%c'", *c);
        else
            g_string_append_c(quoted, *c);
    }
    g_string_append_c(quoted, '\'');
    return g_string_free(g_steal_pointer(&quoted), FALSE);
}

static char **argv_make(const GitUrl *url)
{
    g_autoptr(GStrvBuilder) argv = g_strv_builder_new();
    g_autofree char *timeout = g_strdup_printf("ConnectTimeout=%d", CONNECT_S);
    g_strv_builder_add_many(argv, "ssh", "-x", "-T", "-o", "BatchMode=yes", "-o", timeout, NULL);
    if (url->port)
        g_strv_builder_add_many(argv, "-p", url->port, NULL);
    g_autofree char *target =
        url->user ? g_strconcat(url->user, "@", url->machine, NULL) : g_strdup(url->machine);
    g_autofree char *path = remote_quote(url->path);
    g_autofree char *command = g_strconcat("git-upload-pack ", path, NULL);
    g_strv_builder_add_many(argv, "--", target, command, NULL);
    return g_strv_builder_end(argv);
}

// The size is fixed: whatever the other side says, no more than this is kept.
static int stderr_file_new(void)
{
    int fd = memfd_create("ssh-stderr", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -1;
    if (ftruncate(fd, STDERR_BYTES) != 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

// The last line that ssh wrote to its stderr that says something; "" when there is none.
static char *stderr_line(int fd)
{
    g_autofree char *text = g_malloc0(STDERR_BYTES + 1);
    if (pread(fd, text, STDERR_BYTES, 0) < 0)
        return g_strdup("");
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = g_strv_length(lines); i-- > 0;) {
        g_strstrip(lines[i]);
        // git's own epilogue, which stands below the cause.
        if (*lines[i] && !strstr(lines[i], "and the repository exists") &&
            !strstr(lines[i], "make sure you have the correct access"))
            return git_line(lines[i]);
    }
    return g_strdup("");
}

// Waits for the child to end, at most wait_ms.
static bool child_has_ended(GPid pid, int wait_ms)
{
    int pid_fd = pidfd_open(pid, 0);
    if (pid_fd < 0)
        return waitpid(pid, NULL, WNOHANG) != 0;
    struct pollfd item = {pid_fd, POLLIN, 0};
    int n;
    do
        n = poll(&item, 1, wait_ms);
    while (n < 0 && errno == EINTR);
    close(pid_fd);
    return n > 0;
}

static void child_end(SshStream *stream)
{
    if (stream->fd >= 0)
        close(stream->fd);
    stream->fd = -1;
    if (stream->pid <= 0)
        return;
    kill(stream->pid, SIGTERM);
    if (!child_has_ended(stream->pid, END_MS))
        kill(stream->pid, SIGKILL);
    while (waitpid(stream->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    stream->pid = 0;
}

// The other side has closed: says why.
static int closed_fail(SshStream *stream)
{
    const GitUrl *url = stream->connection->url;
    if (stream->pid > 0)
        child_has_ended(stream->pid, END_MS); // so that its last words are written
    g_autofree char *line = stderr_line(stream->stderr_fd);
    return git_limits_fail(&stream->connection->limits, "ssh to %s ended: %s", url->machine,
                           *line ? line : "without a word");
}

static int ssh_read(git_smart_subtransport_stream *parent, char *buffer, size_t n_bytes,
                    size_t *ret_bytes)
{
    SshStream *stream = (SshStream *)parent;
    GitLimits *limits = &stream->connection->limits;
    while (stream->fd >= 0) {
        if (git_limits_wait(limits, stream->fd, POLLIN, IDLE_MS, stream->connection->url->machine))
            return -1;
        ssize_t n = recv(stream->fd, buffer, n_bytes, MSG_DONTWAIT);
        if (n > 0) {
            *ret_bytes = (size_t)n;
            return 0;
        }
        if (n == 0 || (errno != EINTR && errno != EAGAIN))
            break;
    }
    return closed_fail(stream);
}

static int ssh_write(git_smart_subtransport_stream *parent, const char *data, size_t n_bytes)
{
    SshStream *stream = (SshStream *)parent;
    GitLimits *limits = &stream->connection->limits;
    while (n_bytes > 0) {
        if (stream->fd < 0)
            return closed_fail(stream);
        if (git_limits_wait(limits, stream->fd, POLLOUT, IDLE_MS, stream->connection->url->machine))
            return -1;
        ssize_t n = send(stream->fd, data, n_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            data += n;
            n_bytes -= (size_t)n;
        } else if (errno != EINTR && errno != EAGAIN) {
            return closed_fail(stream);
        }
    }
    return 0;
}

static void ssh_stream_free(git_smart_subtransport_stream *parent)
{
    SshStream *stream = (SshStream *)parent;
    SshTransport *transport = (SshTransport *)parent->subtransport;
    child_end(stream);
    if (stream->stderr_fd >= 0)
        close(stream->stderr_fd);
    if (transport->stream == stream)
        transport->stream = NULL;
    g_free(stream);
}

static int child_start(SshStream *stream)
{
    GitLimits *limits = &stream->connection->limits;
    int pair[2] = {-1, -1};
    stream->stderr_fd = stderr_file_new();
    if (stream->stderr_fd < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return git_limits_fail(limits, "ssh cannot be started: %s", g_strerror(errno));
    stream->fd = pair[0];
    g_auto(GStrv) argv = argv_make(stream->connection->url);
    g_autoptr(GError) error = NULL;
    gboolean ok = g_spawn_async_with_pipes_and_fds(
        NULL, (const char *const *)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD,
        NULL, NULL, pair[1], pair[1], stream->stderr_fd, NULL, NULL, 0, &stream->pid, NULL, NULL,
        NULL, &error);
    close(pair[1]);
    return ok ? 0 : git_limits_fail(limits, "ssh cannot be started: %s", error->message);
}

static int ssh_action(git_smart_subtransport_stream **ret_stream, git_smart_subtransport *parent,
                      const char *url, git_smart_service_t action)
{
    SshTransport *transport = (SshTransport *)parent;
    (void)url; // the connection has it parsed
    if (action == GIT_SERVICE_UPLOADPACK && transport->stream) {
        *ret_stream = &transport->stream->parent;
        return 0;
    }
    if (action != GIT_SERVICE_UPLOADPACK_LS)
        return git_limits_fail(&transport->connection->limits, "only fetching is supported");
    SshStream *stream = g_new0(SshStream, 1);
    stream->parent = (git_smart_subtransport_stream){
        .subtransport = parent, .read = ssh_read, .write = ssh_write, .free = ssh_stream_free};
    stream->connection = transport->connection;
    stream->fd = stream->stderr_fd = -1;
    if (child_start(stream) != 0) {
        ssh_stream_free(&stream->parent);
        return -1;
    }
    transport->stream = stream;
    *ret_stream = &stream->parent;
    return 0;
}

static int ssh_close(git_smart_subtransport *parent)
{
    SshTransport *transport = (SshTransport *)parent;
    if (transport->stream)
        child_end(transport->stream);
    return 0;
}

static void ssh_free(git_smart_subtransport *parent)
{
    g_free(parent);
}

int git_ssh_subtransport(git_smart_subtransport **ret_transport, git_transport *owner, void *param)
{
    (void)owner;
    SshTransport *transport = g_new0(SshTransport, 1);
    transport->parent =
        (git_smart_subtransport){.action = ssh_action, .close = ssh_close, .free = ssh_free};
    transport->connection = param;
    *ret_transport = &transport->parent;
    return 0;
}
