/*
 * The guard process between us and a program that we run. Private to common/proc.c.
 *
 * guard_main() runs in a forked copy of us and never returns; it and all below it use only what
 * is safe there (no allocation, no GLib). We and the guard talk over one SOCK_SEQPACKET pair:
 * one byte to it asks for the end, one GuardReport from it is the end, and the closing of our end,
 * however we died, means: kill everything.
 */
#pragma once

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/* Everything the guard and the program need, computed before the fork. */
typedef struct {
    const char *path; // absolute
    char *const *argv;
    char *const *env;
    const char *dir; // NULL: stay
    int input_fd; // these three become 0, 1 and 2
    int output_fd;
    int error_fd;
    int control_fd; // the guard's end of the pair
    int exec_fd; // closed by a successful exec; else one GuardFailure is written
    bool has_cpus;
    cpu_set_t cpus;
    bool has_user;
    uid_t uid;
    gid_t gid;
    const gid_t *groups;
    int n_groups;
    int64_t deadline_ms; // monotonic clock; 0: none
    int64_t grace_ms;
    bool may_leave_children;
} GuardPlan;

typedef enum {
    GUARD_STAGE_NONE,
    GUARD_STAGE_FORK,
    GUARD_STAGE_DIR,
    GUARD_STAGE_CPUS,
    GUARD_STAGE_USER,
    GUARD_STAGE_EXEC,
} GuardStage;

/* Why the program could not be started. */
typedef struct {
    GuardStage stage;
    int cause; // errno
} GuardFailure;

/* How the program ended. */
typedef struct {
    int status; // as from wait()
    bool timed_out;
    double elapsed_s;
    struct rusage usage;
} GuardReport;

/* Sent first, when the program was forked. */
typedef struct {
    pid_t pid;
} GuardStarted;

void guard_main(const GuardPlan *plan) __attribute__((noreturn));

/* Milliseconds of the clock that GuardPlan.deadline_ms is measured with. */
int64_t guard_now_ms(void);
