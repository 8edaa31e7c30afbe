// Trees elsewhere: over a real sshd on a loopback port, over http by a small server in a thread,
// and not at all (silent, refusing and unknown machines).
#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "common/git.h"
#include "tests/common/git_tree.h"

#define NEVER_S 20.0 // far from the deadlines below, near to no hang

// A socket that listens on a free port of 127.0.0.1.
static int port_listen(guint *ret_port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, size), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&address, &size), ==, 0);
    g_assert_cmpint(listen(fd, 8), ==, 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

// The fetch must fail with a message that holds `expected`, and soon.
static void fetch_must_fail(const char *url, guint timeout_ms, const char *expected)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    g_autoptr(GError) error = NULL;
    g_autoptr(GTimer) timer = g_timer_new();
    GitFetchOptions options = {.timeout_ms = timeout_ms};
    g_assert_false(git_mirror_fetch(mirror, url, &options, NULL, &error));
    g_assert_cmpfloat(g_timer_elapsed(timer, NULL), <, NEVER_S);
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, expected));
    g_assert_nonnull(strstr(error->message, url));
}

static void a_path_that_is_not_there_is_one_clear_error(void)
{
    fetch_must_fail("/nonexistent/tree.git", 10000, "nonexistent");
    fetch_must_fail("file:///nonexistent/tree.git", 10000, "nonexistent");
}

static void a_machine_that_refuses_is_one_clear_error(void)
{
    guint port;
    close(port_listen(&port));
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%u/x", port);
    fetch_must_fail(url, 10000, "refused");
    g_autofree char *daemon = g_strdup_printf("git://127.0.0.1:%u/x", port);
    fetch_must_fail(daemon, 10000, "refused");
}

static void a_machine_that_is_silent_ends_at_the_deadline(void)
{
    guint port;
    int fd = port_listen(&port); // connects, and nobody ever answers
    static const char *const schemes[] = {"http", "https", "git"};
    for (guint i = 0; i < G_N_ELEMENTS(schemes); i++) {
        g_autofree char *url = g_strdup_printf("%s://127.0.0.1:%u/x", schemes[i], port);
        fetch_must_fail(url, 500, "within 0.5 s");
    }
    close(fd);
}

static void a_machine_that_nobody_knows_is_one_clear_error(void)
{
    // Longer than any name may be: no server is asked, whatever the network is like.
    g_autofree char *name = g_strnfill(70, 'a');
    g_autofree char *url = g_strdup_printf("https://%s.invalid/x", name);
    fetch_must_fail(url, 15000, "cannot be resolved");
}

// --- http ------------------------------------------------------------------------------------

typedef struct {
    int listen_fd;
    const char *answer; // of backend_run(): the folder with the trees
} Server;

static gpointer server_run(gpointer data)
{
    Server *server = data;
    for (int fd; (fd = accept(server->listen_fd, NULL, NULL)) >= 0; close(fd)) {
        char request[4096];
        if (recv(fd, request, sizeof request, 0) > 0)
            send(fd, server->answer, strlen(server->answer), MSG_NOSIGNAL);
    }
    return NULL;
}

static void http_must_fail(const char *answer, const char *expected)
{
    guint port;
    Server server = {port_listen(&port), answer};
    GThread *thread = g_thread_new("http", server_run, &server);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%u/x", port);
    fetch_must_fail(url, 10000, expected);
    shutdown(server.listen_fd, SHUT_RDWR);
    g_thread_join(thread);
    close(server.listen_fd);
}

static void what_http_servers_say_is_one_clear_error(void)
{
    http_must_fail("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "404");
    http_must_fail("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
                   "Content-Length: 0\r\n\r\n",
                   "asks for a password");
    http_must_fail("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello",
                   "content-type");
    http_must_fail("HTTP/1.1 200 OK\r\nContent-Type: "
                   "application/x-git-upload-pack-advertisement\r\nContent-Length: "
                   "9\r\n\r\nzzzzhello",
                   "could not be fetched");
    http_must_fail("\033[2Jnonsense", "could not be fetched");
}

// Reads a request up to the end of its body; false when the other side is gone.
static bool request_read(int fd, GString *request, gsize *ret_head)
{
    char piece[8192];
    const char *end;
    while (!(end = strstr(request->str, "\r\n\r\n"))) {
        ssize_t n = recv(fd, piece, sizeof piece, 0);
        if (n <= 0)
            return false;
        g_string_append_len(request, piece, n);
    }
    *ret_head = (gsize)(end - request->str) + 4;
    g_autofree char *head = g_ascii_strdown(request->str, (gssize)*ret_head);
    const char *length = strstr(head, "\r\ncontent-length: ");
    gsize body = length ? g_ascii_strtoull(length + 18, NULL, 10) : 0;
    while (request->len < *ret_head + body) {
        ssize_t n = recv(fd, piece, sizeof piece, 0);
        if (n <= 0)
            return false;
        g_string_append_len(request, piece, n);
    }
    return true;
}

// Runs git's own CGI program on one request, its body from a file.
static void backend_answer(int fd, const char *root, const GString *request, gsize head)
{
    g_auto(GStrv) words = g_strsplit_set(request->str, " \r", 3);
    g_auto(GStrv) target = g_strsplit(words[1], "?", 2);
    g_autofree char *body = g_build_filename(root, "body", NULL);
    g_assert_true(
        g_file_set_contents(body, request->str + head, (gssize)(request->len - head), NULL));
    g_autofree char *length = g_strdup_printf("%" G_GSIZE_FORMAT, request->len - head);
    g_auto(GStrv) env = g_get_environ();
    env = g_environ_setenv(env, "GIT_PROJECT_ROOT", root, TRUE);
    env = g_environ_setenv(env, "GIT_HTTP_EXPORT_ALL", "1", TRUE);
    env = g_environ_setenv(env, "REQUEST_METHOD", words[0], TRUE);
    env = g_environ_setenv(env, "PATH_INFO", target[0], TRUE);
    env = g_environ_setenv(env, "QUERY_STRING", target[1] ? target[1] : "", TRUE);
    env = g_environ_setenv(env, "CONTENT_TYPE", "application/x-git-upload-pack-request", TRUE);
    env = g_environ_setenv(env, "CONTENT_LENGTH", length, TRUE);
    const char *script = "printf 'HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n'; "
                         "exec git http-backend < \"$0\"";
    const char *argv[] = {"sh", "-c", script, body, NULL};
    g_autoptr(GError) error = NULL;
    GPid pid;
    g_spawn_async_with_fds(NULL, (char **)(guintptr)argv, env,
                           G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, -1,
                           fd, -1, &error);
    g_assert_no_error(error);
    waitpid(pid, NULL, 0);
}

static gpointer backend_run(gpointer data)
{
    Server *server = data;
    for (int fd; (fd = accept(server->listen_fd, NULL, NULL)) >= 0; close(fd)) {
        g_autoptr(GString) request = g_string_new(NULL);
        gsize head;
        if (request_read(fd, request, &head))
            backend_answer(fd, server->answer, request, head);
    }
    return NULL;
}

static void a_tree_comes_over_http(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    for (int i = 0; i < 3; i++) {
        // Bytes that do not compress, and more of them than a socket's buffer takes.
        g_autoptr(GString) text = g_string_new(NULL);
        for (int c = 0; c < 60000; c++)
            g_string_append_c(text, (char)g_rand_int_range(rand, 33, 126));
        g_free(tree_commit(scratch, "up", "big", text->str));
    }
    g_autofree char *last = tree_commit(scratch, "up", "f", "last");
    guint port;
    Server server = {port_listen(&port), scratch_path(scratch, "")};
    GThread *thread = g_thread_new("http", backend_run, &server);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%u/up/.git", port);
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    g_autoptr(GitFetchReport) report = mirror_fetch(mirror, url);
    g_assert_cmpstr(change_find(report, "refs/heads/main")->new_hash, ==, last);
    g_assert_cmpuint(report->bytes, >, 100000);
    g_autoptr(GitFetchReport) again = mirror_fetch(mirror, url);
    g_assert_cmpuint(again->changes->len, ==, 0);
    g_free(tree_git(scratch, "mirror", "fsck", "--strict", NULL));
    shutdown(server.listen_fd, SHUT_RDWR);
    g_thread_join(thread);
    close(server.listen_fd);
}

// --- ssh -------------------------------------------------------------------------------------

typedef struct {
    Scratch *scratch;
    GPid pid;
    guint port;
    char *path; // the PATH to restore
} Sshd;

static bool port_is_open(guint port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((guint16)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bool open = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return open;
}

// An `ssh` in front of the real one brings the test's own configuration, and writes down what it
// was given.
static void client_make(Sshd *sshd, const char *ssh)
{
    Scratch *s = sshd->scratch;
    g_autofree char *config = g_strdup_printf(
        "IdentityFile %s\nIdentitiesOnly yes\nIdentityAgent none\nUserKnownHostsFile %s\n"
        "GlobalKnownHostsFile /dev/null\n",
        scratch_path(s, "user_key"), scratch_path(s, "known"));
    g_autofree char *script =
        g_strdup_printf("#!/bin/sh\nfor a; do echo \"$a\"; done > %s\nexec %s -F %s \"$@\"\n",
                        scratch_path(s, "args"), ssh, scratch_path(s, "ssh_config"));
    scratch_write(s, "ssh_config", config);
    scratch_write(s, "bin/ssh", script);
    g_chmod(scratch_path(s, "bin/ssh"), 0755);
    sshd->path = g_strdup(g_getenv("PATH"));
    g_autofree char *path = g_strdup_printf("%s:%s", scratch_path(s, "bin"), sshd->path);
    g_setenv("PATH", path, TRUE);
}

static void server_configure(Sshd *sshd)
{
    Scratch *s = sshd->scratch;
    g_free(
        scratch_run(s, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "machine_key", NULL));
    // RSA as well: a key of the kind that many sites still use.
    g_free(scratch_run(s, "ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", "user_key",
                       NULL));
    close(port_listen(&sshd->port));
    g_autofree char *config = g_strdup_printf(
        "Port %u\nListenAddress 127.0.0.1\nHostKey %s\nAuthorizedKeysFile %s\nStrictModes no\n"
        "PidFile none\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        "PermitRootLogin yes\nAcceptEnv *\n",
        sshd->port, scratch_path(s, "machine_key"), scratch_path(s, "user_key.pub"));
    scratch_write(s, "sshd_config", config);
    g_autofree char *key = scratch_read(s, "machine_key.pub");
    g_autofree char *known = g_strdup_printf("[127.0.0.1]:%u %s", sshd->port, key);
    scratch_write(s, "known", known);
}

// A test that aborts takes its sshd along.
static void die_with_parent(gpointer data)
{
    (void)data;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static void sshd_stop(Sshd *sshd)
{
    g_setenv("PATH", sshd->path, TRUE);
    kill(sshd->pid, SIGTERM);
    waitpid(sshd->pid, NULL, 0);
    scratch_free(sshd->scratch);
    g_free(sshd->path);
    g_free(sshd);
}

// Whether the user of this test can log in at all: an sshd that is not root's may not let him.
static bool login_works(Sshd *sshd)
{
    g_autofree char *port = g_strdup_printf("%u", sshd->port);
    const char *argv[] = {"ssh", "-o", "BatchMode=yes", "-p", port, "127.0.0.1", "true", NULL};
    int status = -1;
    g_spawn_sync(NULL, (char **)(guintptr)argv, NULL,
                 G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                 NULL, NULL, NULL, NULL, &status, NULL);
    return status == 0;
}

// NULL when this machine has no sshd; says so.
static Sshd *sshd_start(void)
{
    g_autofree char *ssh = g_find_program_in_path("ssh");
    const char *program = "/usr/sbin/sshd";
    if (!ssh || access(program, X_OK) != 0) {
        g_test_skip("OpenSSH's ssh and sshd are not installed: fetching over ssh is NOT tested");
        return NULL;
    }
    if (geteuid() == 0 && g_mkdir_with_parents("/run/sshd", 0755) != 0) {
        g_test_skip("/run/sshd cannot be made: fetching over ssh is NOT tested");
        return NULL;
    }
    Sshd *sshd = g_new0(Sshd, 1);
    sshd->scratch = scratch_new();
    server_configure(sshd);
    client_make(sshd, ssh);
    const char *argv[] = {program, "-D", "-e", "-f", scratch_path(sshd->scratch, "sshd_config"),
                          NULL};
    g_autoptr(GError) error = NULL;
    g_spawn_async(NULL, (char **)(guintptr)argv, NULL,
                  G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL |
                      G_SPAWN_STDERR_TO_DEV_NULL,
                  die_with_parent, NULL, &sshd->pid, &error);
    g_assert_no_error(error);
    for (int i = 0; i < 500 && !port_is_open(sshd->port); i++)
        g_usleep(20000);
    g_assert_true(port_is_open(sshd->port));
    if (login_works(sshd))
        return sshd;
    g_test_skip("this user cannot log in to an sshd of its own: fetching over ssh is NOT tested");
    sshd_stop(sshd);
    return NULL;
}

static char *ssh_url(Sshd *sshd, const char *name)
{
    g_autofree char *path = g_uri_escape_string(scratch_path(sshd->scratch, name), "/", FALSE);
    return g_strdup_printf("ssh://127.0.0.1:%u%s", sshd->port, path);
}

static void a_tree_comes_over_ssh(void)
{
    Sshd *sshd = sshd_start();
    if (!sshd)
        return;
    // The name would do harm if a shell saw it unquoted, and it has a quote of its own.
    const char *name = "it's;touch pwned $(touch pwned) ! x";
    tree_new(sshd->scratch, name);
    g_autofree char *big = g_strnfill(100000, 'x');
    g_free(tree_commit(sshd->scratch, name, "big", big));
    g_autofree char *second = tree_commit(sshd->scratch, name, "f", "second");
    g_free(tree_git(sshd->scratch, name, "tag", "-a", "-m", "x", "v1", NULL));
    g_autofree char *url = ssh_url(sshd, name);
    g_autoptr(GitMirror) mirror = mirror_need(sshd->scratch, "mirror");
    g_autoptr(GitFetchReport) report = mirror_fetch(mirror, url);
    g_assert_cmpuint(report->changes->len, ==, 2);
    g_assert_cmpuint(report->bytes, >, 0);
    g_autoptr(GitCommit) commit = NULL;
    g_assert_true(git_mirror_commit(mirror, second, &commit, NULL));
    g_assert_false(scratch_exists(sshd->scratch, "pwned"));
    g_autoptr(GitFetchReport) again = mirror_fetch(mirror, url);
    g_assert_cmpuint(again->changes->len, ==, 0);

    g_autofree char *third = tree_commit(sshd->scratch, name, "f", "third");
    g_autofree char *user = scratch_run(sshd->scratch, "id", "-un", NULL);
    g_autofree char *scp = g_strdup_printf("%s@[127.0.0.1:%u]:%s", user, sshd->port,
                                           scratch_path(sshd->scratch, name));
    g_autoptr(GitFetchReport) more = mirror_fetch(mirror, scp);
    g_assert_cmpstr(change_find(more, "refs/heads/main")->new_hash, ==, third);
    g_autofree char *args = scratch_read(sshd->scratch, "args");
    g_assert_nonnull(strstr(args, "\nBatchMode=yes\n"));
    g_assert_nonnull(strstr(args, "\n--\n"));
    g_free(tree_git(sshd->scratch, "mirror", "fsck", "--strict", NULL));
    sshd_stop(sshd);
}

static void what_ssh_says_is_one_clear_error(void)
{
    Sshd *sshd = sshd_start();
    if (!sshd)
        return;
    g_autofree char *url = ssh_url(sshd, "absent");
    fetch_must_fail(url, 15000, "does not appear to be a git repository");
    scratch_write(sshd->scratch, "known", "");
    fetch_must_fail(url, 15000, "Host key verification failed");
    sshd_stop(sshd);
}

static void an_ssh_that_hangs_is_ended_at_the_deadline(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    // Deaf to SIGTERM, too; it writes its process id down first.
    g_autofree char *script = g_strdup_printf(
        "#!/bin/sh\ntrap '' TERM\necho $$ > %s\nexec sleep 1000\n", scratch_path(scratch, "pid"));
    scratch_write(scratch, "bin/ssh", script);
    g_chmod(scratch_path(scratch, "bin/ssh"), 0755);
    g_autofree char *path = g_strdup(g_getenv("PATH"));
    g_autofree char *with = g_strdup_printf("%s:%s", scratch_path(scratch, "bin"), path);
    g_setenv("PATH", with, TRUE);
    fetch_must_fail("ssh://machine/x", 500, "within 0.5 s");
    g_setenv("PATH", path, TRUE);
    g_autofree char *pid = scratch_read(scratch, "pid");
    g_assert_cmpint(kill((pid_t)g_ascii_strtoll(pid, NULL, 10), 0), !=, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/git-remote/no-path", a_path_that_is_not_there_is_one_clear_error);
    g_test_add_func("/git-remote/refused", a_machine_that_refuses_is_one_clear_error);
    g_test_add_func("/git-remote/silent", a_machine_that_is_silent_ends_at_the_deadline);
    g_test_add_func("/git-remote/unknown", a_machine_that_nobody_knows_is_one_clear_error);
    g_test_add_func("/git-remote/http", what_http_servers_say_is_one_clear_error);
    g_test_add_func("/git-remote/http-fetch", a_tree_comes_over_http);
    g_test_add_func("/git-remote/ssh", a_tree_comes_over_ssh);
    g_test_add_func("/git-remote/ssh-fails", what_ssh_says_is_one_clear_error);
    g_test_add_func("/git-remote/ssh-hangs", an_ssh_that_hangs_is_ended_at_the_deadline);
    return g_test_run();
}
