// A running haproxy and its admin socket.
#include "bob/haproxy.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "bob/talk.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/proc.h"
#include "common/text.h"

enum { ANSWER_BYTES_MAX = 4 << 20, ANSWER_MS = 3000, START_MS = 30000, LOOK_MS = 20 };

struct Haproxy {
    char *program;
    char *config; // path
    char *socket; // path
    int lock_fd; // -1: not locked, and what lies in the folder is another's
    Proc *proc; // NULL: none runs
    GPtrArray *ending; // Proc *
};

bool haproxy_open(const char *folder, Haproxy **ret_haproxy, GError **error)
{
    g_autoptr(Haproxy) haproxy = g_new0(Haproxy, 1);
    g_autofree char *lock = g_build_filename(folder, "lock", NULL);
    haproxy->lock_fd = -1;
    haproxy->config = g_build_filename(folder, "haproxy.cfg", NULL);
    haproxy->socket = g_build_filename(folder, "haproxy.sock", NULL);
    haproxy->ending = g_ptr_array_new_with_free_func((GDestroyNotify)proc_free);
    haproxy->program = proc_find_program("haproxy");
    if (haproxy->program == NULL)
        haproxy->program = proc_find_program("/usr/sbin/haproxy");
    if (haproxy->program == NULL)
        return error_set(error, ERROR_MACHINE,
                         "haproxy is not on this system: install it (Debian: haproxy), or serve "
                         "the farm where it is");
    if (g_mkdir_with_parents(folder, 0755) != 0)
        return error_set(error, ERROR_INPUT, "cannot make the folder %s: %s", folder,
                         g_strerror(errno));
    haproxy->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (haproxy->lock_fd < 0)
        return error_set(error, ERROR_INPUT, "cannot open the lock %s: %s", lock,
                         g_strerror(errno));
    if (flock(haproxy->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        close(haproxy->lock_fd);
        haproxy->lock_fd = -1;
        return error_set(error, ERROR_MACHINE, "another `bob farm serve` serves %s already",
                         folder);
    }
    *ret_haproxy = g_steal_pointer(&haproxy);
    return true;
}

void haproxy_close(Haproxy *haproxy)
{
    if (haproxy == NULL)
        return;
    g_clear_pointer(&haproxy->proc, proc_free);
    g_clear_pointer(&haproxy->ending, g_ptr_array_unref);
    if (haproxy->lock_fd >= 0) {
        g_unlink(haproxy->socket);
        close(haproxy->lock_fd);
    }
    g_free(haproxy->program);
    g_free(haproxy->config);
    g_free(haproxy->socket);
    g_free(haproxy);
}

const char *haproxy_socket(const Haproxy *haproxy)
{
    return haproxy->socket;
}

static void bury_ended(Haproxy *haproxy)
{
    for (guint i = haproxy->ending->len; i-- > 0;) {
        if (proc_poll(haproxy->ending->pdata[i], 0))
            g_ptr_array_remove_index(haproxy->ending, i);
    }
}

bool haproxy_is_running(Haproxy *haproxy)
{
    bury_ended(haproxy);
    if (haproxy->proc != NULL && proc_poll(haproxy->proc, 0))
        g_clear_pointer(&haproxy->proc, proc_free);
    return haproxy->proc != NULL;
}

/* What it said that tells most: a line with [ALERT], without haproxy's dressing. */
static char *reason_find(Proc *proc)
{
    g_auto(ProcResult) result = {0};
    proc_take_result(proc, &result);
    g_auto(GStrv) lines = g_strsplit(result.err != NULL ? result.err : "", "\n", -1);
    const char *best = "it ended without a word";
    for (char **line = lines; *line != NULL; line++) {
        const char *at = strstr(*line, " : ");
        if (g_str_has_prefix(*line, "[ALERT]") && at != NULL) {
            best = at + strlen(" : ");
            break;
        }
    }
    return text_escape_terminal(best);
}

/* Whether the process with that id answers at the socket: the one before has the same path. */
static bool is_answering(Haproxy *haproxy, int pid)
{
    g_autofree char *answer = NULL;
    g_autofree char *line = g_strdup_printf("\nPid: %d\n", pid);
    return haproxy_ask(haproxy, "show info\n", &answer, NULL) && strstr(answer, line) != NULL;
}

static bool wait_for_start(Haproxy *haproxy, Proc *proc, GError **error)
{
    int64_t until_ms = clock_monotonic_ms() + START_MS;
    while (clock_monotonic_ms() < until_ms) {
        if (proc_poll(proc, LOOK_MS)) {
            g_autofree char *reason = reason_find(proc);
            return error_set(error, ERROR_MACHINE, "haproxy does not run: %s", reason);
        }
        if (is_answering(haproxy, proc_pid(proc)))
            return true;
    }
    return error_set(error, ERROR_MACHINE, "haproxy did not answer for %d s", START_MS / 1000);
}

bool haproxy_load(Haproxy *haproxy, const char *config, GError **error)
{
    char before[16];
    const char *argv[] = {
        haproxy->program, "-db", "-f", haproxy->config, NULL, NULL, NULL, NULL, NULL};
    bool is_reload = haproxy_is_running(haproxy);
    if (!g_file_set_contents(haproxy->config, config, -1, error))
        return false;
    if (is_reload) {
        g_snprintf(before, sizeof before, "%d", proc_pid(haproxy->proc));
        argv[4] = "-x";
        argv[5] = haproxy->socket;
        argv[6] = "-sf";
        argv[7] = before;
    }
    ProcSpec spec = {.argv = argv};
    g_autoptr(Proc) proc = proc_start(&spec, error);
    if (proc == NULL || !wait_for_start(haproxy, proc, error))
        return false;
    if (is_reload)
        g_ptr_array_add(haproxy->ending, g_steal_pointer(&haproxy->proc));
    haproxy->proc = g_steal_pointer(&proc);
    return true;
}

bool haproxy_ask(Haproxy *haproxy, const char *question, char **ret_answer, GError **error)
{
    g_autoptr(GByteArray) answer = NULL;
    GError *cause = NULL;
    if (!talk(haproxy->socket, 0, question, strlen(question), ANSWER_MS, ANSWER_BYTES_MAX, &answer,
              &cause))
        return error_pass(error, cause, "haproxy's socket %s", haproxy->socket);
    *ret_answer = g_strndup((const char *)answer->data, answer->len);
    return true;
}
