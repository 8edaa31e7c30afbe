// Running programs, our side: prepares everything before the fork, serves pipes and limits, and
// turns the guard's report into a result. The killing is in common/proc_guard.c.
#include "common/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "common/proc_guard.h"
#include "common/proc_setup.h"
#include "common/text.h"

#define OUTPUT_LIMIT_BYTES (64 << 20)
#define FILE_LOOK_MS 50 // how often the size of output files is looked at
#define CANCEL_LOOK_MS 200 // how often is_cancelled is asked
#define REPORT_PATIENCE_MS 1000 // from the end of the program to the end of its pipes

struct Proc {
    pid_t guard;
    pid_t worker; // 0: has ended
    int control_fd;
    int pipe_fds[2]; // captured stdout and stderr; -1: none, or at its end
    int file_fds[2]; // stdout and stderr in files; -1: none, or the same as the first
    GByteArray *captured[2];
    size_t limit_bytes;
    bool (*is_cancelled)(void *data);
    void *data;
    bool has_ended;
    bool is_ending; // we asked the guard for the end
    bool leaves_children;
    ProcResult result;
};

static void fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void proc_ask_end(Proc *proc)
{
    if (!proc->is_ending && proc->control_fd >= 0)
        send(proc->control_fd, "T", 1, MSG_NOSIGNAL);
    proc->is_ending = true;
}

static size_t proc_output_size(const Proc *proc)
{
    size_t size = 0;
    for (int i = 0; i < 2; i++) {
        struct stat stat;
        if (proc->captured[i])
            size += proc->captured[i]->len;
        if (proc->file_fds[i] >= 0 && !fstat(proc->file_fds[i], &stat))
            size += (size_t)stat.st_size;
    }
    return size;
}

static void proc_check_output(Proc *proc)
{
    if (proc->result.output_exceeded || proc_output_size(proc) <= proc->limit_bytes)
        return;
    proc->result.output_exceeded = true;
    proc_ask_end(proc);
}

// Reads what is there; over the limit it is thrown away, so that the program is not held up
// while it is being ended.
static void proc_serve_pipe(Proc *proc, int i)
{
    char block[65536];
    ssize_t size = read(proc->pipe_fds[i], block, sizeof block);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0) {
        fd_close(&proc->pipe_fds[i]);
        return;
    }
    size_t used = proc_output_size(proc);
    size_t room = used < proc->limit_bytes ? proc->limit_bytes - used : 0;
    g_byte_array_append(proc->captured[i], (const guint8 *)block, (guint)MIN((size_t)size, room));
    if ((size_t)size > room) {
        proc->result.output_exceeded = true;
        proc_ask_end(proc);
    }
}

static double timeval_s(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

static void proc_record(Proc *proc, const GuardReport *report)
{
    ProcResult *result = &proc->result;
    result->status =
        WIFSIGNALED(report->status) ? 128 + WTERMSIG(report->status) : WEXITSTATUS(report->status);
    result->timed_out = report->timed_out;
    result->elapsed_s = report->elapsed_s;
    result->user_s = timeval_s(report->usage.ru_utime);
    result->system_s = timeval_s(report->usage.ru_stime);
    result->max_rss_kib = report->usage.ru_maxrss;
}

// The guard was killed by someone: the program has died of it (PR_SET_PDEATHSIG).
static void proc_record_loss(Proc *proc)
{
    proc->result.status = 128 + SIGKILL;
}

// Until all writers are gone; what still has one after that (it was left behind, or cannot be
// killed) is read once: a pipe holds no more than a block.
static void proc_drain(Proc *proc)
{
    int64_t until = guard_now_ms() + (proc->leaves_children ? 0 : REPORT_PATIENCE_MS);
    for (bool is_first = true;; is_first = false) {
        struct pollfd polled[] = {{proc->pipe_fds[0], POLLIN, 0}, {proc->pipe_fds[1], POLLIN, 0}};
        int64_t left = MAX(until - guard_now_ms(), 0);
        if ((polled[0].fd < 0 && polled[1].fd < 0) || (left == 0 && !is_first) ||
            poll(polled, 2, (int)left) <= 0)
            break;
        for (int i = 0; i < 2; i++)
            if (polled[i].revents)
                proc_serve_pipe(proc, i);
    }
    fd_close(&proc->pipe_fds[0]);
    fd_close(&proc->pipe_fds[1]);
}

static void proc_cut_files(Proc *proc)
{
    size_t left = proc->limit_bytes;
    for (int i = 0; i < 2; i++) {
        struct stat stat;
        if (proc->file_fds[i] >= 0 && !fstat(proc->file_fds[i], &stat)) {
            if ((size_t)stat.st_size > left && ftruncate(proc->file_fds[i], (off_t)left) == 0)
                stat.st_size = (off_t)left;
            left -= MIN(left, (size_t)stat.st_size);
        }
        fd_close(&proc->file_fds[i]);
    }
}

static void proc_end(Proc *proc, const GuardReport *report)
{
    if (report)
        proc_record(proc, report);
    else
        proc_record_loss(proc);
    proc_drain(proc);
    if (proc_output_size(proc) > proc->limit_bytes)
        proc->result.output_exceeded = true;
    proc_cut_files(proc);
    fd_close(&proc->control_fd);
    while (waitpid(proc->guard, NULL, 0) < 0 && errno == EINTR)
        ;
    proc->worker = 0;
    proc->has_ended = true;
}

static void proc_serve_control(Proc *proc)
{
    GuardReport report;
    ssize_t size = recv(proc->control_fd, &report, sizeof report, MSG_DONTWAIT);
    if (size == sizeof(GuardStarted))
        memcpy(&proc->worker, &report, sizeof proc->worker);
    else if (size == sizeof report)
        proc_end(proc, &report);
    else if (size >= 0 || (errno != EAGAIN && errno != EINTR))
        proc_end(proc, NULL);
}

static void proc_check_cancel(Proc *proc)
{
    if (!proc->is_ending && proc->is_cancelled && proc->is_cancelled(proc->data)) {
        proc->result.cancelled = true;
        proc_ask_end(proc);
    }
}

static int proc_wait_ms(const Proc *proc, int64_t until)
{
    int64_t wait = 60000;
    if (proc->file_fds[0] >= 0 || proc->file_fds[1] >= 0)
        wait = FILE_LOOK_MS;
    else if (proc->is_cancelled)
        wait = CANCEL_LOOK_MS;
    if (until >= 0)
        wait = MIN(wait, MAX(until - guard_now_ms(), 0));
    return (int)wait;
}

static void proc_serve(Proc *proc, int wait_ms)
{
    struct pollfd polled[] = {{proc->pipe_fds[0], POLLIN, 0},
                              {proc->pipe_fds[1], POLLIN, 0},
                              {proc->control_fd, POLLIN, 0}};
    int n = poll(polled, 3, wait_ms);
    for (int i = 0; i < 2 && n > 0; i++)
        if (polled[i].revents)
            proc_serve_pipe(proc, i);
    proc_check_cancel(proc);
    proc_check_output(proc);
    if (n > 0 && polled[2].revents)
        proc_serve_control(proc);
}

static Proc *proc_new(const ProcSpec *spec, ProcSetup *setup)
{
    Proc *proc = g_new0(Proc, 1);
    proc->guard = -1;
    proc->control_fd = g_steal_fd(&setup->control_fd);
    proc->limit_bytes = spec->output_limit_bytes ? spec->output_limit_bytes : OUTPUT_LIMIT_BYTES;
    proc->is_cancelled = spec->is_cancelled;
    proc->data = spec->data;
    proc->leaves_children = spec->may_leave_children;
    for (int i = 0; i < 2; i++) {
        proc->pipe_fds[i] = g_steal_fd(&setup->pipe_fds[i]);
        proc->file_fds[i] = g_steal_fd(&setup->file_fds[i]);
        if (proc->pipe_fds[i] >= 0)
            proc->captured[i] = g_byte_array_new();
    }
    return proc;
}

// The guard must not run our signal handlers, so they are held back around the fork.
static pid_t guard_fork(const GuardPlan *plan)
{
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0)
        guard_main(plan);
    int cause = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = cause;
    return pid;
}

Proc *proc_start(const ProcSpec *spec, GError **error)
{
    g_auto(ProcSetup) setup;
    proc_setup_init(&setup);
    if (!proc_setup_prepare(&setup, spec, error))
        return NULL;
    pid_t guard = guard_fork(&setup.plan);
    if (guard < 0) {
        error_set(error, ERROR_MACHINE, "cannot start '%s': %s", spec->argv[0], g_strerror(errno));
        return NULL;
    }
    proc_setup_close_theirs(&setup);
    g_autoptr(Proc) proc = proc_new(spec, &setup);
    proc->guard = guard;

    GuardFailure failure = {0};
    ssize_t size;
    do
        size = read(setup.exec_fd, &failure, sizeof failure);
    while (size < 0 && errno == EINTR);
    if (size == sizeof failure) {
        proc_setup_explain(spec, &failure, error);
        return NULL;
    }
    while (!proc->worker && !proc->has_ended) // it is sent at once, before or after the exec
        proc_serve(proc, -1);
    return g_steal_pointer(&proc);
}

bool proc_poll(Proc *proc, int timeout_ms)
{
    int64_t until = timeout_ms < 0 ? -1 : guard_now_ms() + timeout_ms;
    do
        if (!proc->has_ended)
            proc_serve(proc, proc_wait_ms(proc, until));
    while (!proc->has_ended && (until < 0 || guard_now_ms() < until));
    return proc->has_ended;
}

void proc_stop(Proc *proc)
{
    if (proc->has_ended)
        return;
    if (!proc->is_ending)
        proc->result.cancelled = true;
    proc_ask_end(proc);
    proc_poll(proc, -1);
}

int proc_pid(const Proc *proc)
{
    return proc->worker;
}

static char *bytes_take(GByteArray **bytes, size_t *ret_size)
{
    *ret_size = 0;
    if (!*bytes)
        return NULL;
    *ret_size = (*bytes)->len;
    g_byte_array_append(*bytes, (const guint8 *)"", 1);
    return (char *)g_byte_array_free(g_steal_pointer(bytes), FALSE);
}

void proc_take_result(Proc *proc, ProcResult *ret_result)
{
    proc->result.out = bytes_take(&proc->captured[0], &proc->result.out_size);
    proc->result.err = bytes_take(&proc->captured[1], &proc->result.err_size);
    *ret_result = proc->result;
    proc->result = (ProcResult){0};
}

void proc_free(Proc *proc)
{
    if (!proc)
        return;
    if (proc->guard > 0)
        proc_stop(proc);
    for (int i = 0; i < 2; i++) {
        fd_close(&proc->pipe_fds[i]);
        fd_close(&proc->file_fds[i]);
        g_clear_pointer(&proc->captured[i], g_byte_array_unref);
    }
    fd_close(&proc->control_fd);
    proc_result_clear(&proc->result);
    g_free(proc);
}

bool proc_run(const ProcSpec *spec, ProcResult *ret_result, GError **error)
{
    g_autoptr(Proc) proc = proc_start(spec, error);
    if (!proc)
        return false;
    proc_poll(proc, -1);
    proc_take_result(proc, ret_result);
    return true;
}

static char *last_line(const char *text)
{
    if (!text)
        return NULL;
    g_autofree char *trimmed = g_strchomp(g_strdup(text));
    const char *line = strrchr(trimmed, '\n');
    line = line ? line + 1 : trimmed;
    return *line ? text_escape_terminal(line) : NULL;
}

char *proc_result_complaint(const ProcSpec *spec, const ProcResult *result)
{
    g_autofree char *name = g_path_get_basename(spec->argv[0]);
    g_autofree char *line = last_line(result->err);
    if (result->cancelled)
        return g_strdup_printf("'%s' was stopped", name);
    if (result->output_exceeded)
        return g_strdup_printf(
            "'%s' was ended because it wrote more than its limit of %zu bytes", name,
            spec->output_limit_bytes ? spec->output_limit_bytes : (size_t)OUTPUT_LIMIT_BYTES);
    if (result->timed_out)
        return g_strdup_printf("'%s' was ended at its deadline of %g s%s%s", name,
                               (double)spec->deadline_ms / 1000.0, line ? "; it said: " : "",
                               line ? line : "");
    if (result->status > 128)
        return g_strdup_printf("'%s' was ended by signal %d (%s)%s%s", name, result->status - 128,
                               g_strsignal(result->status - 128), line ? "; it said: " : "",
                               line ? line : "");
    if (result->status)
        return g_strdup_printf("'%s' ended with status %d%s%s", name, result->status,
                               line ? ": " : "", line ? line : "");
    return NULL;
}

bool proc_run_ok(const ProcSpec *spec, ProcResult *ret_result, GError **error)
{
    g_auto(ProcResult) result = {0};
    if (!proc_run(spec, &result, error))
        return false;
    g_autofree char *complaint = proc_result_complaint(spec, &result);
    if (complaint)
        return error_set(error, result.cancelled ? ERROR_INTERRUPTED : ERROR_MACHINE, "%s",
                         complaint);
    *ret_result = result;
    result = (ProcResult){0};
    return true;
}

void proc_result_clear(ProcResult *result)
{
    g_clear_pointer(&result->out, g_free);
    g_clear_pointer(&result->err, g_free);
    *result = (ProcResult){0};
}
