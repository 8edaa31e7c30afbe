/*
 * Running programs: the only place that forks and execs.
 *
 * Not a shell and not a job queue: an argument vector goes in, a status, the output and what it
 * cost come out. Nothing here is ever built from a command string.
 *
 * What a program started dies with it. Between us and the program stands a small guard process:
 * it keeps the deadline even while we are stopped (SIGSTOP), and it kills the program and all its
 * descendants when the program ends, when we ask, or when we are killed, SIGKILL included. Sessions
 * of their own (setsid) do not escape it. What remains: processes in uninterruptible sleep (the
 * guard waits 5 s for those), those of another user that we may not signal, sessions of their own
 * on a kernel built without CONFIG_PROC_CHILDREN, what runs on another machine behind ssh, all that
 * a spec with may_leave_children left behind (unless we run under a guard ourselves: then until we
 * end), and, should someone kill the guard itself, all but the program.
 * A program gets a session of its own without a terminal: it cannot ask for a password.
 *
 *     const char *argv[] = {"make", "-j4", NULL};
 *     ProcSpec spec = {.argv = argv, .dir = work_tree, .deadline_ms = 600000};
 *     g_auto(ProcResult) made = {0};
 *     if (!proc_run(&spec, &made, error))
 *         return false;
 *     if (made.timed_out) ...
 */
#pragma once

#include <glib.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What to run. Zero everywhere is a sensible default; all pointers are borrowed until the
 * function that took the spec returns (is_cancelled's data: until the program has ended). */
typedef struct {
    const char *const *argv; // NULL-terminated; argv[0] is looked for on our PATH, or is a path
    const char *const *env; // "K=V" list, the whole environment; NULL: ours
    const char *dir; // working directory; NULL: ours
    const char *user; // run as this user of the system (needs root; env stays); NULL: as we are

    const void *input; // standard input: these bytes, copied ...
    size_t input_size;
    const char *input_path; // ... or this file ...
    int input_fd; // ... or this descriptor if above 0; else /dev/null

    const char *stdout_path; // file to write (made or truncated, mode 0644); NULL: captured
    const char *stderr_path; // the same, and may be the same file
    bool pass_output; // stdout and stderr without a path go to ours instead of being captured

    size_t output_limit_bytes; // of stdout plus stderr; over it all is killed; 0: 64 MiB. Files
                               // are looked at every 50 ms and cut to the limit afterwards
    int64_t deadline_ms; // from now; then SIGTERM to its process group; 0: none
    int64_t grace_ms; // after SIGTERM, before SIGKILL to everything; 0: 2000
    const char *cpus; // run on these only: "0", "1-3", "0,2-3"; NULL: all of ours
    bool may_leave_children; // what it leaves behind goes on when it ends (pg_ctl, ssh -M)

    bool (*is_cancelled)(void *data); // asked at least every 200 ms; true: as at the deadline
    void *data;
} ProcSpec;

/* What became of it. Contents owned by the result: proc_result_clear() or g_auto(ProcResult). */
typedef struct {
    int status; // exit status, or 128 + the signal that ended it
    bool timed_out; // it was ended because of deadline_ms
    bool output_exceeded; // it was ended because of output_limit_bytes
    bool cancelled; // it was ended by is_cancelled or proc_stop()
    char *out; // captured stdout, NUL-terminated, at most the limit; NULL if to a file
    size_t out_size; // bytes, the NUL not counted
    char *err; // captured stderr, the same
    size_t err_size;
    double elapsed_s; // start to end, monotonic
    double user_s; // CPU time of it and the descendants that it waited for
    double system_s; // the same
    int64_t max_rss_kib; // of the largest of these processes
} ProcResult;

void proc_result_clear(ProcResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ProcResult, proc_result_clear)

/* Runs it to its end. True if it was started and has ended, whatever its status; *ret_result is
 * overwritten and to be cleared. False: it never ran (ERROR_INPUT: program, folder, file, user or
 * cpu list is not there). */
bool proc_run(const ProcSpec *spec, ProcResult *ret_result, GError **error);

/* As proc_run(), and a status other than 0, a deadline or a limit is an error (ERROR_MACHINE, or
 * ERROR_INTERRUPTED when cancelled) that names the program and the last line of its stderr. */
bool proc_run_ok(const ProcSpec *spec, ProcResult *ret_result, GError **error);

/* The sentence of proc_run_ok() for a result: "'make' ended with status 2: no rule". NULL if it
 * ended with 0 by itself. Freed by the caller; control characters are escaped. */
char *proc_result_complaint(const ProcSpec *spec, const ProcResult *result);

/* A program that runs beside us. proc_free() stops it if it still runs. */
typedef struct Proc Proc;

Proc *proc_start(const ProcSpec *spec, GError **error);
/* Serves its output for up to timeout_ms (0: looks only; -1: until it ends); true once it ended.
 * Must be called now and then, else a program that prints much waits for us. */
bool proc_poll(Proc *proc, int timeout_ms);
/* SIGTERM, grace_ms, SIGKILL; returns when it has ended. Nothing if it has already. */
void proc_stop(Proc *proc);
/* The process id of the program itself, for messages; 0 once it ended. */
int proc_pid(const Proc *proc);
/* Moves the result out, once, after proc_poll() said true or proc_stop() returned. */
void proc_take_result(Proc *proc, ProcResult *ret_result);
void proc_free(Proc *proc);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Proc, proc_free)

/* Becomes the program (exec): same terminal, same process id. Returns only on failure. */
bool proc_replace(const char *const *argv, GError **error);

/* The absolute path of a program on PATH (or of a path), freed by the caller; NULL if absent. */
char *proc_find_program(const char *name);

/* "0", "1-3", "0,2-3" -> the set. ERROR_INPUT says what a cpu list looks like. */
bool proc_parse_cpus(const char *text, cpu_set_t *ret_cpus, GError **error);
