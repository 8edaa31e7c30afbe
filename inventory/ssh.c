// The transport over OpenSSH, run as a program. One connection for all commands: a master that runs
// beside us and dies with us; without it each command connects by itself. A remote command is one
// shell string by ssh's nature: every word of it is quoted here.
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/archive.h"
#include "common/error.h"
#include "inventory/transport.h"
#include "inventory/vm.h"

enum {
    CONNECT_MS = 30000,
    POLL_MS = 50,
    COPY_MS = 1800000,
    KILL_AFTER_S = 5,
    SSH_FAILED = 255,
    TIMEOUT_STATUS = 124,
    FOREVER_S = 30 * 86400
};

typedef struct {
    char *control; // the master's socket
    Proc *master;
} Ssh;

// ssh's own options, before those of the settings and the destination.
static GPtrArray *ssh_options(const Transport *transport, const char *role)
{
    const Ssh *ssh = transport->data;
    GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
    const char *fixed[] = {"ssh", "-T",
                           "-o",  "BatchMode=yes",
                           "-o",  "ConnectTimeout=10",
                           "-o",  "ServerAliveInterval=15",
                           "-o",  "ServerAliveCountMax=4",
                           "-o",  role,
                           "-o",  "ControlPersist=no"};
    for (size_t i = 0; i < G_N_ELEMENTS(fixed); i++)
        g_ptr_array_add(argv, g_strdup(fixed[i]));
    g_ptr_array_add(argv, g_strdup("-o"));
    g_ptr_array_add(argv, g_strdup_printf("ControlPath=%s", ssh->control));
    return argv;
}

static void add_destination(const Transport *transport, GPtrArray *argv)
{
    for (char **word = transport->ssh; *word; word++)
        g_ptr_array_add(argv, g_strdup(*word));
}

// Starts the master where none runs. Commands do not wait for it: they connect by themselves until
// it is there.
static void master_keep(Transport *transport)
{
    Ssh *ssh = transport->data;
    if (ssh->master && !proc_poll(ssh->master, 0))
        return;
    g_clear_pointer(&ssh->master, proc_free);
    g_unlink(ssh->control);
    g_autoptr(GPtrArray) argv = ssh_options(transport, "ControlMaster=yes");
    g_ptr_array_add(argv, g_strdup("-N"));
    add_destination(transport, argv);
    g_ptr_array_add(argv, NULL);
    ssh->master = proc_start(&(ProcSpec){.argv = (const char *const *)argv->pdata}, NULL);
}

static GPtrArray *ssh_argv(Transport *transport)
{
    master_keep(transport);
    GPtrArray *argv = ssh_options(transport, "ControlMaster=no");
    add_destination(transport, argv);
    return argv;
}

// Where the remote side keeps the process group of what runs: to end it when we must.
static char *group_file(const Transport *transport)
{
    return g_strconcat(transport->work, ".group", NULL);
}

// The command for the remote shell: environment, folder, CPUs, a deadline that holds there too.
// timeout(1) makes a process group of its own, whose number is that of the shell it replaces.
static char *remote_command(const Transport *transport, const TransportRun *what)
{
    g_autofree char *dir = g_shell_quote(what->dir ? what->dir : transport->work);
    g_autofree char *group = group_file(transport);
    g_autofree char *quoted_group = g_shell_quote(group);
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, "cd %s || exit; ", dir);
    if (what->is_cancelled)
        g_string_append_printf(text, "{ echo $$ >%s; } 2>/dev/null; ", quoted_group);
    g_string_append(text, "exec env -i");
    for (const char *const *word = what->env; word && *word; word++) {
        g_autofree char *quoted = g_shell_quote(*word);
        g_string_append_printf(text, " %s", quoted);
    }
    double limit_s = what->deadline_ms ? (double)what->deadline_ms / 1000 : FOREVER_S;
    g_string_append_printf(text, " timeout -k %d %.3f", KILL_AFTER_S, limit_s);
    if (what->cpus)
        g_string_append_printf(text, " taskset -c '%s'", what->cpus);
    for (const char *const *word = what->argv; *word; word++) {
        g_autofree char *quoted = g_shell_quote(*word);
        g_string_append_printf(text, " %s", quoted);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static bool fail_cancelled(const Transport *transport, GError **error)
{
    return error_set(error, ERROR_INTERRUPTED, "stopped while files went from or to %s",
                     transport->machine->name);
}

// Runs a fixed text there and wants status 0.
static bool ssh_command(Transport *transport, const char *command, const char *input_path,
                        ProcResult *ret_result, GError **error)
{
    g_autoptr(GPtrArray) argv = ssh_argv(transport);
    g_ptr_array_add(argv, g_strdup(command));
    g_ptr_array_add(argv, NULL);
    ProcSpec spec = {.argv = (const char *const *)argv->pdata,
                     .input_path = input_path,
                     .deadline_ms = input_path ? COPY_MS : CONNECT_MS,
                     .is_cancelled = input_path ? transport->is_cancelled : NULL,
                     .data = transport->tend_data};
    if (!proc_run(&spec, ret_result, error))
        return false;
    if (ret_result->cancelled)
        return fail_cancelled(transport, error);
    if (ret_result->status == 0 && !ret_result->timed_out)
        return true;
    g_autofree char *why = g_strstrip(
        g_strdup(ret_result->err && *ret_result->err ? ret_result->err : "no reason given"));
    bool gone = ret_result->status == SSH_FAILED || ret_result->timed_out;
    return error_set(error, gone ? ERROR_MACHINE : ERROR_INPUT, "%s %s: %s",
                     transport->machine->name,
                     gone ? "does not answer over ssh" : "could not do what it was told", why);
}

// Ends what still runs there after our end of the connection is gone.
static void end_remote(Transport *transport)
{
    g_autofree char *group = group_file(transport);
    g_autofree char *quoted = g_shell_quote(group);
    g_autofree char *command = g_strdup_printf(
        "g=$(cat %s) && kill -TERM -- -$g && sleep 1; kill -KILL -- -$g; true", quoted);
    g_auto(ProcResult) ran = {0};
    ssh_command(transport, command, NULL, &ran, NULL);
}

// The same of what an earlier process started. The file outlives boots, so that the number may be
// another's by now: only a group whose first process was started from our folder is ended.
static bool ssh_end_left(Transport *transport, GError **error)
{
    g_autofree char *group = group_file(transport);
    g_autofree char *quoted = g_shell_quote(group), *work = g_shell_quote(transport->work);
    g_autofree char *command =
        g_strdup_printf("g=$(cat %s 2>/dev/null) && grep -qF -- %s \"/proc/$g/cmdline\" "
                        "2>/dev/null && kill -TERM -- \"-$g\" && sleep 1 && "
                        "kill -KILL -- \"-$g\" 2>/dev/null; true",
                        quoted, work);
    g_auto(ProcResult) ran = {0};
    return ssh_command(transport, command, NULL, &ran, error);
}

// A status of 255 is ssh's word for a broken connection, or the program's own.
static bool check_answer(Transport *transport, const ProcResult *ran, GError **error)
{
    g_auto(ProcResult) alive = {0};
    return ran->status != SSH_FAILED || ssh_command(transport, "true", NULL, &alive, error);
}

static bool ssh_run(Transport *transport, const TransportRun *what, ProcResult *ret_result,
                    GError **error)
{
    g_autoptr(GPtrArray) argv = ssh_argv(transport);
    g_ptr_array_add(argv, remote_command(transport, what));
    g_ptr_array_add(argv, NULL);
    ProcSpec spec = {
        .argv = (const char *const *)argv->pdata,
        .input_path = what->input_path,
        .stdout_path = what->stdout_path,
        .stderr_path = what->stderr_path,
        .pass_output = what->pass_output,
        .output_limit_bytes = what->output_limit_bytes,
        .deadline_ms = what->deadline_ms ? what->deadline_ms + KILL_AFTER_S * 1000 + CONNECT_MS : 0,
        .is_cancelled = what->is_cancelled,
        .data = what->data};
    g_auto(ProcResult) ran = {0};
    if (!proc_run(&spec, &ran, error))
        return false;
    bool is_over = ran.cancelled || ran.output_exceeded || ran.timed_out;
    if (!is_over && !check_answer(transport, &ran, error))
        return false;
    // Behind a connection that broke for a while the program goes on. Others have no group's file.
    if ((is_over || ran.status == SSH_FAILED) && what->is_cancelled)
        end_remote(transport);
    bool late = what->deadline_ms && ran.elapsed_s * 1000 >= (double)what->deadline_ms;
    if (late && (ran.status == TIMEOUT_STATUS || ran.status == 128 + 9)) {
        ran.timed_out = true;
        ran.status = 128 + 15;
    }
    *ret_result = ran;
    ran = (ProcResult){0};
    return true;
}

// Feeds a local file to a command there.
static bool feed(Transport *transport, const char *path, const char *command, GError **error)
{
    g_auto(ProcResult) ran = {0};
    return ssh_command(transport, command, path, &ran, error);
}

static bool ssh_put(Transport *transport, Store *store, const char *hash, const char *folder,
                    GError **error)
{
    g_autofree char *path = g_build_filename(transport->state, "tmp-XXXXXX", NULL);
    int fd = g_mkstemp(path);
    if (fd < 0)
        return error_set(error, ERROR_INPUT, "cannot write in %s: %s", transport->state,
                         g_strerror(errno));
    g_autofree char *quoted = g_shell_quote(folder);
    g_autofree char *command = g_strdup_printf("exec tar -x -m -C %s", quoted);
    bool good = store_stream(store, hash, fd, 0, error);
    close(fd);
    good = good && feed(transport, path, command, error);
    g_unlink(path);
    return good;
}

static bool ssh_put_file(Transport *transport, const char *path, const char *to, GError **error)
{
    g_autofree char *quoted = g_shell_quote(to);
    g_autofree char *command = g_strdup_printf("cat >%s && chmod 0755 %s", quoted, quoted);
    return feed(transport, path, command, error);
}

static bool ssh_get(Transport *transport, const char *folder, const char *here, guint64 limit_bytes,
                    GError **error)
{
    g_autofree char *path = g_build_filename(transport->state, "tmp-XXXXXX", NULL);
    g_autofree char *part = g_strconcat(here, ".part", NULL);
    int fd = g_mkstemp(path);
    if (fd < 0)
        return error_set(error, ERROR_INPUT, "cannot write in %s: %s", transport->state,
                         g_strerror(errno));
    close(fd);
    const char *argv[] = {"tar", "-c", "-f", "-", "-C", folder, ".", NULL};
    TransportRun what = {.argv = argv,
                         .env = (const char *const[]){"PATH=/usr/bin:/bin", NULL},
                         .dir = "/",
                         .stdout_path = path,
                         .output_limit_bytes = (size_t)limit_bytes,
                         .deadline_ms = COPY_MS,
                         .is_cancelled = transport->is_cancelled,
                         .data = transport->tend_data};
    g_auto(ProcResult) ran = {0};
    bool good = ssh_run(transport, &what, &ran, error) &&
                (!ran.cancelled || fail_cancelled(transport, error));
    if (good && ran.output_exceeded)
        good = error_set(error, ERROR_INPUT, "%s: %s holds more than %" G_GUINT64_FORMAT " bytes",
                         transport->machine->name, folder, limit_bytes);
    if (good && ran.status != 0)
        good = error_set(error, ERROR_INPUT, "%s: cannot fetch %s: tar ended with status %d",
                         transport->machine->name, folder, ran.status);
    good = good && archive_unpack(path, part, limit_bytes, error);
    g_unlink(path);
    g_autofree char *all = g_build_filename(part, ".", NULL);
    const char *copy[] = {"cp", "-a", "--", all, here, NULL};
    const char *clean[] = {"rm", "-rf", "--", part, NULL};
    g_auto(ProcResult) copied = {0}, cleaned = {0};
    good = good && proc_run_ok(&(ProcSpec){.argv = copy}, &copied, error);
    proc_run(&(ProcSpec){.argv = clean}, &cleaned, NULL);
    return good;
}

// Sockets of processes that were killed.
static void remove_stale(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        int pid = atoi(name);
        if (pid > 0 && kill(pid, 0) != 0 && errno == ESRCH)
            g_unlink(path);
    }
}

// A folder of ours alone with a short name: a socket's path holds 108 bytes.
static bool control_path(const Transport *transport, char **ret_path, GError **error)
{
    g_autofree char *hash =
        g_compute_checksum_for_string(G_CHECKSUM_SHA256, transport->machine->name, -1);
    g_autofree char *folder = g_strdup_printf("%s/marvin-ssh-%d", g_get_tmp_dir(), (int)getuid());
    GStatBuf st;
    if (g_mkdir(folder, 0700) != 0 && (g_lstat(folder, &st) != 0 || !S_ISDIR(st.st_mode) ||
                                       st.st_uid != geteuid() || (st.st_mode & 077)))
        return error_set(error, ERROR_INPUT, "%s is not a folder of ours alone: remove it", folder);
    remove_stale(folder);
    *ret_path = g_strdup_printf("%s/%d-%.8s", folder, (int)getpid(), hash);
    return true;
}

// Waits until the master is there or has ended: then the first command says why.
static void master_wait(Transport *transport)
{
    Ssh *ssh = transport->data;
    master_keep(transport);
    for (int i = 0; i < CONNECT_MS / POLL_MS && ssh->master; i++) {
        if (g_file_test(ssh->control, G_FILE_TEST_EXISTS) || proc_poll(ssh->master, POLL_MS))
            return;
    }
}

static void ssh_close(Transport *transport)
{
    Ssh *ssh = transport->data;
    if (!ssh)
        return;
    proc_free(ssh->master);
    if (ssh->control)
        g_unlink(ssh->control);
    g_free(ssh->control);
    g_free(ssh);
}

static bool ssh_connect(Transport *transport, GError **error)
{
    Ssh *ssh = g_new0(Ssh, 1);
    transport->data = ssh;
    transport->work = g_strdup("/");
    g_auto(ProcResult) ran = {0};
    if (!control_path(transport, &ssh->control, error))
        return false;
    master_wait(transport);
    if (!ssh_command(transport, "printf %s \"$HOME\"", NULL, &ran, error))
        return false;
    if (!ran.out || *ran.out != '/')
        return error_set(error, ERROR_MACHINE, "%s: its shell has no HOME",
                         transport->machine->name);
    g_free(transport->work);
    transport->work = g_build_filename(ran.out, ".cache", "marvin", transport->machine->name, NULL);
    return true;
}

static bool ssh_open(Transport *transport, GError **error)
{
    transport->ssh = g_strdupv(transport->machine->ssh);
    return ssh_connect(transport, error);
}

static bool qemu_open(Transport *transport, GError **error)
{
    g_autofree char *folder = vm_folder(transport->state, transport->machine);
    return vm_ssh_words(transport->state, folder, &transport->ssh, error) &&
           ssh_connect(transport, error);
}

const TransportDriver TRANSPORT_DRIVER_SSH = {
    .name = "ssh",
    .open = ssh_open,
    .close = ssh_close,
    .run = ssh_run,
    .put = ssh_put,
    .put_file = ssh_put_file,
    .get = ssh_get,
    .end_left = ssh_end_left,
};

const TransportDriver TRANSPORT_DRIVER_QEMU = {
    .name = "qemu",
    .open = qemu_open,
    .close = ssh_close,
    .run = ssh_run,
    .put = ssh_put,
    .put_file = ssh_put_file,
    .get = ssh_get,
    .end_left = ssh_end_left,
};
