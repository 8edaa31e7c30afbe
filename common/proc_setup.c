// Everything that may fail or allocate on the way to a running program, before the fork.
#include "common/proc_setup.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/error.h"

enum { THEIR_INPUT, THEIR_OUTPUT, THEIR_ERROR, THEIR_CONTROL, THEIR_EXEC, N_THEIRS };

#define GRACE_MS 2000
#define GROUPS_MAX 256

// All descriptors lie above 2, so that putting three of them in place overwrites none.
static int fd_raise(int fd)
{
    if (fd < 0 || fd > 2)
        return fd;
    int raised = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    close(fd);
    return raised;
}

static bool setup_pipe(int *ret_ours, int *ret_theirs, GError **error)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC))
        return error_set(error, ERROR_MACHINE, "cannot make a pipe: %s", g_strerror(errno));
    *ret_ours = fd_raise(fds[0]);
    *ret_theirs = fd_raise(fds[1]);
    return true;
}

static bool setup_file(const char *path, int flags, int *ret_fd, GError **error)
{
    int fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0644);
    if (fd < 0)
        return error_set(error, ERROR_INPUT, "%s: cannot open: %s", path, g_strerror(errno));
    *ret_fd = fd_raise(fd);
    return true;
}

static bool setup_memory(const void *data, size_t size, int *ret_fd, GError **error)
{
    int fd = fd_raise(memfd_create("input", MFD_CLOEXEC));
    if (fd < 0)
        return error_set(error, ERROR_MACHINE, "cannot hold input in memory: %s",
                         g_strerror(errno));
    *ret_fd = fd;
    const char *bytes = data;
    for (size_t done = 0; done < size;) {
        ssize_t written = write(fd, bytes + done, size - done);
        if (written < 0 && errno != EINTR)
            return error_set(error, ERROR_MACHINE, "cannot hold input in memory: %s",
                             g_strerror(errno));
        done += written > 0 ? (size_t)written : 0;
    }
    lseek(fd, 0, SEEK_SET);
    return true;
}

static bool setup_input(ProcSetup *setup, const ProcSpec *spec, GError **error)
{
    int *fd = &setup->their_fds[THEIR_INPUT];
    if (spec->input)
        return setup_memory(spec->input, spec->input_size, fd, error);
    if (spec->input_fd > 0) {
        *fd = fcntl(spec->input_fd, F_DUPFD_CLOEXEC, 3);
        return *fd >= 0 || error_set(error, ERROR_INPUT, "input descriptor %d of '%s': %s",
                                     spec->input_fd, spec->argv[0], g_strerror(errno));
    }
    return setup_file(spec->input_path ? spec->input_path : "/dev/null", O_RDONLY, fd, error);
}

static bool setup_output(ProcSetup *setup, const ProcSpec *spec, int i, GError **error)
{
    int *theirs = &setup->their_fds[THEIR_OUTPUT + i];
    const char *path = i ? spec->stderr_path : spec->stdout_path;
    if (!path && spec->pass_output) {
        *theirs = fcntl(1 + i, F_DUPFD_CLOEXEC, 3);
        return *theirs >= 0 || setup_file("/dev/null", O_WRONLY, theirs, error);
    }
    if (!path)
        return setup_pipe(&setup->pipe_fds[i], theirs, error);
    if (i && spec->stdout_path && !strcmp(path, spec->stdout_path)) { // one file, one position
        *theirs = fcntl(setup->their_fds[THEIR_OUTPUT], F_DUPFD_CLOEXEC, 3);
        return true;
    }
    if (!setup_file(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, theirs, error))
        return false;
    setup->file_fds[i] = fcntl(*theirs, F_DUPFD_CLOEXEC, 3);
    return true;
}

static bool setup_control(ProcSetup *setup, GError **error)
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
        return error_set(error, ERROR_MACHINE, "cannot make a socket: %s", g_strerror(errno));
    setup->control_fd = fd_raise(fds[0]);
    setup->their_fds[THEIR_CONTROL] = fd_raise(fds[1]);
    return setup_pipe(&setup->exec_fd, &setup->their_fds[THEIR_EXEC], error);
}

static bool setup_user(ProcSetup *setup, const char *user, GError **error)
{
    errno = 0;
    struct passwd *entry = getpwnam(user);
    if (!entry)
        return error_set(error, ERROR_INPUT, "there is no user '%s' on this system", user);
    setup->groups = g_new0(gid_t, GROUPS_MAX);
    int n = GROUPS_MAX;
    if (getgrouplist(user, entry->pw_gid, setup->groups, &n) < 0)
        n = 1; // the first is the user's own
    setup->groups[0] = entry->pw_gid;
    setup->plan.has_user = true;
    setup->plan.uid = entry->pw_uid;
    setup->plan.gid = entry->pw_gid;
    setup->plan.groups = setup->groups;
    setup->plan.n_groups = n;
    return true;
}

static bool setup_path(ProcSetup *setup, const char *name, GError **error)
{
    setup->path = proc_find_program(name);
    if (setup->path)
        return true;
    if (strchr(name, '/'))
        return error_set(error, ERROR_INPUT, "cannot run '%s': %s", name,
                         g_file_test(name, G_FILE_TEST_EXISTS)
                             ? "it is no executable file (chmod +x?)"
                             : "no such file");
    return error_set(error, ERROR_INPUT,
                     "cannot run '%s': it is not on PATH; install it or add its folder to PATH",
                     name);
}

static void setup_plan(ProcSetup *setup, const ProcSpec *spec)
{
    GuardPlan *plan = &setup->plan;
    plan->path = setup->path;
    plan->argv = (char *const *)(gpointer)(guintptr)spec->argv;
    plan->env = spec->env ? (char *const *)(gpointer)(guintptr)spec->env : environ;
    plan->dir = spec->dir;
    plan->input_fd = setup->their_fds[THEIR_INPUT];
    plan->output_fd = setup->their_fds[THEIR_OUTPUT];
    plan->error_fd = setup->their_fds[THEIR_ERROR];
    plan->control_fd = setup->their_fds[THEIR_CONTROL];
    plan->exec_fd = setup->their_fds[THEIR_EXEC];
    plan->deadline_ms = spec->deadline_ms > 0 ? guard_now_ms() + spec->deadline_ms : 0;
    plan->grace_ms = spec->grace_ms > 0 ? spec->grace_ms : GRACE_MS;
    plan->may_leave_children = spec->may_leave_children;
}

void proc_setup_init(ProcSetup *setup)
{
    *setup =
        (ProcSetup){.control_fd = -1, .exec_fd = -1, .pipe_fds = {-1, -1}, .file_fds = {-1, -1}};
    for (int i = 0; i < N_THEIRS; i++)
        setup->their_fds[i] = -1;
}

bool proc_setup_prepare(ProcSetup *setup, const ProcSpec *spec, GError **error)
{
    if (!setup_path(setup, spec->argv[0], error))
        return false;
    if (spec->cpus && !proc_parse_cpus(spec->cpus, &setup->plan.cpus, error))
        return false;
    setup->plan.has_cpus = spec->cpus != NULL;
    if (spec->user && !setup_user(setup, spec->user, error))
        return false;
    if (!setup_input(setup, spec, error) || !setup_output(setup, spec, 0, error) ||
        !setup_output(setup, spec, 1, error) || !setup_control(setup, error))
        return false;
    for (int i = 0; i < 2; i++)
        if (setup->pipe_fds[i] >= 0)
            fcntl(setup->pipe_fds[i], F_SETFL, O_NONBLOCK);
    setup_plan(setup, spec);
    return true;
}

void proc_setup_close_theirs(ProcSetup *setup)
{
    for (int i = 0; i < N_THEIRS; i++)
        if (setup->their_fds[i] >= 0)
            close(g_steal_fd(&setup->their_fds[i]));
}

void proc_setup_clear(ProcSetup *setup)
{
    proc_setup_close_theirs(setup);
    int *fds[] = {&setup->control_fd,  &setup->exec_fd,     &setup->pipe_fds[0],
                  &setup->pipe_fds[1], &setup->file_fds[0], &setup->file_fds[1]};
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        if (*fds[i] >= 0)
            close(g_steal_fd(fds[i]));
    g_clear_pointer(&setup->path, g_free);
    g_clear_pointer(&setup->groups, g_free);
}

void proc_setup_explain(const ProcSpec *spec, const GuardFailure *failure, GError **error)
{
    const char *why = g_strerror(failure->cause);
    const char *name = spec->argv[0];
    if (failure->stage == GUARD_STAGE_DIR)
        error_set(error, ERROR_INPUT, "cannot run '%s' in folder %s: %s", name, spec->dir, why);
    else if (failure->stage == GUARD_STAGE_CPUS)
        error_set(error, ERROR_INPUT,
                  "cannot run '%s' on cpus '%s': %s; see lscpu for what is there", name, spec->cpus,
                  why);
    else if (failure->stage == GUARD_STAGE_USER)
        error_set(error, ERROR_INPUT, "cannot run '%s' as user '%s': %s", name, spec->user, why);
    else if (failure->stage == GUARD_STAGE_EXEC && failure->cause == ENOEXEC)
        error_set(error, ERROR_INPUT,
                  "cannot run '%s': %s; a script needs a first line such as #!/bin/sh", name, why);
    else if (failure->stage == GUARD_STAGE_EXEC && failure->cause == ENOENT)
        error_set(error, ERROR_INPUT,
                  "cannot run '%s': the interpreter that its first line names is not there", name);
    else
        error_set(error, ERROR_MACHINE, "cannot start '%s': %s", name, why);
}

static bool cpu_number(const char **at, int *ret_cpu)
{
    if (!g_ascii_isdigit(**at))
        return false;
    char *end;
    long cpu = strtol(*at, &end, 10);
    if (cpu >= CPU_SETSIZE)
        return false;
    *at = end;
    *ret_cpu = (int)cpu;
    return true;
}

static bool cpu_range(const char **at, cpu_set_t *cpus)
{
    int first, last;
    if (!cpu_number(at, &first))
        return false;
    last = first;
    if (**at == '-') {
        (*at)++;
        if (!cpu_number(at, &last) || last < first)
            return false;
    }
    for (int cpu = first; cpu <= last; cpu++)
        CPU_SET(cpu, cpus);
    return true;
}

bool proc_parse_cpus(const char *text, cpu_set_t *ret_cpus, GError **error)
{
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    const char *at = text;
    bool is_good = cpu_range(&at, &cpus);
    while (is_good && *at == ',') {
        at++;
        is_good = cpu_range(&at, &cpus);
    }
    if (!is_good || *at)
        return error_set(error, ERROR_INPUT,
                         "'%s' is no list of cpus; write numbers and ranges such as 0,2-3", text);
    *ret_cpus = cpus;
    return true;
}

char *proc_find_program(const char *name)
{
    if (!strchr(name, '/'))
        return g_find_program_in_path(name);
    if (!g_file_test(name, G_FILE_TEST_IS_REGULAR) || access(name, X_OK))
        return NULL;
    return g_canonicalize_filename(name, NULL);
}

bool proc_replace(const char *const *argv, GError **error)
{
    g_auto(ProcSetup) setup;
    proc_setup_init(&setup);
    if (!setup_path(&setup, argv[0], error))
        return false;
    execv(setup.path, (char *const *)(gpointer)(guintptr)argv);
    return error_set(error, ERROR_MACHINE, "cannot run '%s': %s", argv[0], g_strerror(errno));
}
