// Smart transports over a child: OpenSSH's own ssh, which knows the user's keys, agents,
// configuration and known machines; and git upload-pack for a tree by path. Its stdin and stdout
// are one socket, so that its death is no SIGPIPE; its stderr a small memory file that says why.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/git_internal.h"

#define CONNECT_S 30
#define IDLE_MS 300000
#define END_MS 2000 // the child gets this long to end before it is killed
#define STDERR_BYTES 16384

typedef struct {
    git_smart_subtransport_stream parent;
    GitConnection *connection;
    GPid pid;
    int fd; // its stdin and stdout
    int stderr_fd; // a memory file
} ProgramStream;

typedef struct {
    git_smart_subtransport parent;
    GitConnection *connection;
    ProgramStream *stream; // owned by libgit2
} ProgramTransport;

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

static char **ssh_argv(const GitUrl *url)
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

static char **local_argv(const GitUrl *url)
{
    g_autoptr(GStrvBuilder) argv = g_strv_builder_new();
    g_autofree char *path = g_canonicalize_filename(url->path, NULL);
    g_strv_builder_add_many(argv, "git", "upload-pack", path, NULL);
    return g_strv_builder_end(argv);
}

// What would send git upload-pack to another tree than the one it is given, or let it speak
// another protocol than libgit2 does.
static char **environment_make(void)
{
    static const char *const misleading[] = {
        "GIT_DIR",       "GIT_WORK_TREE",        "GIT_COMMON_DIR",
        "GIT_NAMESPACE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_PROTOCOL"};
    char **env = g_get_environ();
    for (guint i = 0; i < G_N_ELEMENTS(misleading); i++)
        env = g_environ_unsetenv(env, misleading[i]);
    return env;
}

// The size is fixed: whatever the other side says, no more than this is kept.
static int stderr_file_new(void)
{
    int fd = memfd_create("marvin-stderr", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -1;
    if (ftruncate(fd, STDERR_BYTES) != 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

// The last line that the child wrote to its stderr that says something; "" when there is none.
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

static void child_end(ProgramStream *stream)
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

static const char *stream_name(const ProgramStream *stream)
{
    const char *machine = stream->connection->url->machine;
    return machine ? machine : "git upload-pack";
}

// The other side has closed: says why.
static int closed_fail(ProgramStream *stream)
{
    if (stream->pid > 0)
        child_has_ended(stream->pid, END_MS); // so that its last words are written
    if (!git_limits_go_on(&stream->connection->limits)) // Ctrl-C reaches the child as well as us
        return -1;
    g_autofree char *line = stderr_line(stream->stderr_fd);
    const char *machine = stream->connection->url->machine;
    return git_limits_fail(&stream->connection->limits, "%s%s ended: %s",
                           machine ? "ssh to " : "git upload-pack", machine ? machine : "",
                           *line ? line : "without a word");
}

static int program_read(git_smart_subtransport_stream *parent, char *buffer, size_t n_bytes,
                        size_t *ret_bytes)
{
    ProgramStream *stream = (ProgramStream *)parent;
    GitLimits *limits = &stream->connection->limits;
    while (stream->fd >= 0) {
        if (git_limits_wait(limits, stream->fd, POLLIN, IDLE_MS, stream_name(stream)))
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

static int program_write(git_smart_subtransport_stream *parent, const char *data, size_t n_bytes)
{
    ProgramStream *stream = (ProgramStream *)parent;
    GitLimits *limits = &stream->connection->limits;
    while (n_bytes > 0) {
        if (stream->fd < 0)
            return closed_fail(stream);
        if (git_limits_wait(limits, stream->fd, POLLOUT, IDLE_MS, stream_name(stream)))
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

static void program_stream_free(git_smart_subtransport_stream *parent)
{
    ProgramStream *stream = (ProgramStream *)parent;
    ProgramTransport *transport = (ProgramTransport *)parent->subtransport;
    child_end(stream);
    if (stream->stderr_fd >= 0)
        close(stream->stderr_fd);
    if (transport->stream == stream)
        transport->stream = NULL;
    g_free(stream);
}

static int child_start(ProgramStream *stream)
{
    GitLimits *limits = &stream->connection->limits;
    const GitUrl *url = stream->connection->url;
    int pair[2] = {-1, -1};
    stream->stderr_fd = stderr_file_new();
    if (stream->stderr_fd < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return git_limits_fail(limits, "no child can be started: %s", g_strerror(errno));
    stream->fd = pair[0];
    g_auto(GStrv) argv = url->kind == GIT_URL_SSH ? ssh_argv(url) : local_argv(url);
    g_auto(GStrv) env = environment_make();
    g_autoptr(GError) error = NULL;
    gboolean ok = g_spawn_async_with_pipes_and_fds(
        NULL, (const char *const *)argv, (const char *const *)env,
        G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, pair[1], pair[1],
        stream->stderr_fd, NULL, NULL, 0, &stream->pid, NULL, NULL, NULL, &error);
    close(pair[1]);
    return ok ? 0 : git_limits_fail(limits, "%s cannot be started: %s", argv[0], error->message);
}

static int program_action(git_smart_subtransport_stream **ret_stream,
                          git_smart_subtransport *parent, const char *url,
                          git_smart_service_t action)
{
    ProgramTransport *transport = (ProgramTransport *)parent;
    (void)url; // the connection has it parsed
    if (action == GIT_SERVICE_UPLOADPACK && transport->stream) {
        *ret_stream = &transport->stream->parent;
        return 0;
    }
    if (action != GIT_SERVICE_UPLOADPACK_LS)
        return git_limits_fail(&transport->connection->limits, "only fetching is supported");
    ProgramStream *stream = g_new0(ProgramStream, 1);
    stream->parent = (git_smart_subtransport_stream){.subtransport = parent,
                                                     .read = program_read,
                                                     .write = program_write,
                                                     .free = program_stream_free};
    stream->connection = transport->connection;
    stream->fd = stream->stderr_fd = -1;
    if (child_start(stream) != 0) {
        program_stream_free(&stream->parent);
        return -1;
    }
    transport->stream = stream;
    *ret_stream = &stream->parent;
    return 0;
}

static int program_close(git_smart_subtransport *parent)
{
    ProgramTransport *transport = (ProgramTransport *)parent;
    if (transport->stream)
        child_end(transport->stream);
    return 0;
}

static void program_free(git_smart_subtransport *parent)
{
    g_free(parent);
}

int git_program_subtransport(git_smart_subtransport **ret_transport, git_transport *owner,
                             void *param)
{
    (void)owner;
    ProgramTransport *transport = g_new0(ProgramTransport, 1);
    transport->parent = (git_smart_subtransport){
        .action = program_action, .close = program_close, .free = program_free};
    transport->connection = param;
    *ret_transport = &transport->parent;
    return 0;
}

bool git_program_is_fit(const GitUrl *url)
{
    if (url->kind == GIT_URL_SSH)
        return true;
    g_autofree char *git = g_find_program_in_path("git");
    g_autofree char *inner = g_build_filename(url->path, ".git", NULL);
    struct stat st;
    return git && stat(url->path, &st) == 0 && st.st_uid == geteuid() &&
           (stat(inner, &st) != 0 || st.st_uid == geteuid());
}
