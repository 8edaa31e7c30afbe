// The guard: starts the program, keeps its deadline, and leaves nothing of it behind.
// Async-signal-safe calls only: we are a forked copy of a process that may have had threads.
#include "common/proc_guard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KILL_PATIENCE_MS 5000 // for processes that SIGKILL does not end at once

typedef struct {
    const GuardPlan *plan;
    pid_t worker;
    bool has_ended;
    bool ending; // SIGTERM was sent
    int64_t kill_at_ms; // while ending
    int64_t started_ns;
    GuardReport report;
} Guard;

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void worker_fail(const GuardPlan *plan, GuardStage stage)
{
    GuardFailure failure = {stage, errno};
    ssize_t written = write(plan->exec_fd, &failure, sizeof failure);
    _exit(written < 0 ? 126 : 127);
}

static void worker_become_user(const GuardPlan *plan)
{
    if (setgroups((size_t)plan->n_groups, plan->groups) || setgid(plan->gid) || setuid(plan->uid))
        worker_fail(plan, GUARD_STAGE_USER);
}

static void worker_reset_signals(void)
{
    struct sigaction normal = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < NSIG; signal++)
        sigaction(signal, &normal, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// dup2() clears O_CLOEXEC; a descriptor that is already in place needs that by hand. Our three
// were opened above 2 by the parent, so that none overwrites another.
static void worker_place_descriptors(const GuardPlan *plan)
{
    dup2(plan->input_fd, 0);
    dup2(plan->output_fd, 1);
    dup2(plan->error_fd, 2);
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
}

static void worker_main(const GuardPlan *plan, pid_t guard)
{
    setsid();
    worker_place_descriptors(plan);
    if (plan->has_cpus && sched_setaffinity(0, sizeof plan->cpus, &plan->cpus))
        worker_fail(plan, GUARD_STAGE_CPUS);
    if (plan->has_user)
        worker_become_user(plan);
    if (plan->dir && chdir(plan->dir))
        worker_fail(plan, GUARD_STAGE_DIR);
    prctl(PR_SET_PDEATHSIG, SIGKILL); // after setuid(), which clears it
    if (getppid() != guard)
        _exit(127);
    worker_reset_signals();
    execve(plan->path, plan->argv, plan->env);
    worker_fail(plan, GUARD_STAGE_EXEC);
}

// While the dead worker is not reaped its number cannot be given to another process group.
static void guard_kill_group_of_dead(const Guard *guard)
{
    siginfo_t info = {0};
    if (!guard->has_ended && (guard->ending || !guard->plan->may_leave_children) &&
        waitid(P_PID, (id_t)guard->worker, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        info.si_pid == guard->worker)
        kill(-guard->worker, SIGKILL);
}

// False once there is no child left.
static bool guard_reap(Guard *guard)
{
    guard_kill_group_of_dead(guard);
    int status;
    struct rusage usage;
    pid_t pid;
    while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0)
        if (pid == guard->worker) {
            guard->has_ended = true;
            guard->report.status = status;
            guard->report.usage = usage;
            guard->report.elapsed_s = (double)(now_ns() - guard->started_ns) * 1e-9;
        }
    return pid == 0;
}

// Orphans are given to us, the subreaper; one pass kills one generation.
static void kill_children_listed(const char *list)
{
    for (const char *at = list; *at;) {
        char *end;
        long pid = strtol(at, &end, 10);
        if (end == at)
            return;
        if (pid > 1)
            kill((pid_t)pid, SIGKILL);
        at = end;
    }
}

static void kill_children(void)
{
    int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    char list[16384];
    ssize_t size = read(fd, list, sizeof list - 1);
    close(fd);
    if (size <= 0)
        return;
    list[size] = '\0';
    char *last = strrchr(list, ' '); // every number is followed by one; more may be half a number
    if (last)
        *last = '\0';
    kill_children_listed(list);
}

static void guard_kill_all(Guard *guard)
{
    if (!guard->has_ended && kill(-guard->worker, SIGKILL))
        kill(guard->worker, SIGKILL);
    int64_t until = guard_now_ms() + KILL_PATIENCE_MS;
    while (guard_now_ms() < until) {
        kill_children();
        if (!guard_reap(guard))
            return;
        struct timespec pause = {.tv_nsec = 1000000};
        nanosleep(&pause, NULL);
    }
}

static void guard_begin_end(Guard *guard)
{
    if (guard->ending)
        return;
    guard->ending = true;
    guard->kill_at_ms = guard_now_ms() + guard->plan->grace_ms;
    if (kill(-guard->worker, SIGTERM)) // it has no group of its own yet
        kill(guard->worker, SIGTERM);
    kill(-guard->worker, SIGCONT);
}

static int guard_timeout_ms(const Guard *guard)
{
    int64_t at = guard->ending ? guard->kill_at_ms : guard->plan->deadline_ms;
    if (!at)
        return -1;
    int64_t left = at - guard_now_ms();
    return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static void guard_keep_time(Guard *guard)
{
    int64_t now = guard_now_ms();
    if (!guard->ending && guard->plan->deadline_ms && now >= guard->plan->deadline_ms) {
        guard->report.timed_out = true;
        guard_begin_end(guard);
    } else if (guard->ending && now >= guard->kill_at_ms) {
        guard_kill_all(guard);
        guard->has_ended = true; // also one that even SIGKILL could not end
    }
}

// A byte asks for the end; nothing to read means that our parent is gone.
static void guard_obey(Guard *guard)
{
    char request;
    ssize_t size = recv(guard->plan->control_fd, &request, 1, MSG_DONTWAIT);
    if (size > 0) {
        guard_begin_end(guard);
    } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
        guard_kill_all(guard);
        _exit(0);
    }
}

static void guard_watch(Guard *guard, int signals)
{
    struct pollfd watched[] = {{guard->plan->control_fd, POLLIN, 0}, {signals, POLLIN, 0}};
    while (!guard->has_ended) {
        int n = poll(watched, 2, guard_timeout_ms(guard));
        if (n > 0 && watched[1].revents) {
            struct signalfd_siginfo info;
            ssize_t size = read(signals, &info, sizeof info);
            (void)size;
            guard_reap(guard);
            if (guard->has_ended)
                return;
        }
        if (n > 0 && watched[0].revents)
            guard_obey(guard);
        guard_keep_time(guard);
    }
}

int64_t guard_now_ms(void)
{
    return now_ns() / 1000000;
}

void guard_main(const GuardPlan *plan)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    setsid();
    prctl(PR_SET_NAME, "marvin-guard");
    if (!plan->may_leave_children)
        prctl(PR_SET_CHILD_SUBREAPER, 1);

    pid_t self = getpid();
    Guard guard = {.plan = plan, .started_ns = now_ns()};
    guard.worker = fork();
    if (guard.worker == 0)
        worker_main(plan, self);
    if (guard.worker < 0)
        worker_fail(plan, GUARD_STAGE_FORK);

    if (plan->control_fd > 0)
        close_range(0, (unsigned)plan->control_fd - 1, 0);
    close_range((unsigned)plan->control_fd + 1, ~0U, 0);
    int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    GuardStarted started = {guard.worker};
    send(plan->control_fd, &started, sizeof started, MSG_NOSIGNAL);
    guard_watch(&guard, signals);
    if (!plan->may_leave_children)
        guard_kill_all(&guard);
    send(plan->control_fd, &guard.report, sizeof guard.report, MSG_NOSIGNAL);
    _exit(0);
}
