/*
 * One commit under the user's own commands: build it, run it, read the outcome. Starts programs in
 * a work tree; knows neither git nor what is searched for.
 *
 * The build is the user's own shell command (`sh -c`), the benchmark an argument vector that no
 * shell sees. Both run at the top of the work tree with an empty standard input, limits in time and
 * output, and MARVIN_COMMIT in their environment.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "marvin/bisect/value.h"

/* Borrowed by the functions below. */
typedef struct {
    const char *build; // NULL: nothing to build
    const char *const *command; // NULL-terminated
    const char *const *env; // NULL-terminated "K=V"
    bool other_layout; // MARVIN_LAYOUT=other; else it is unset
    const char *config; // path for MARVIN_CONFIG_FILE, or NULL
    const GRegex *pattern; // of the number; NULL: the last line
    bool by_exit; // no number: the exit status says good or bad
    bool asks_direction; // by_exit was not asked for: a number is a mistake
    double run_limit_s, build_limit_s;
    const char *build_log; // path; the output of the last build
    bool (*is_cancelled)(void *data);
    void *data;
} Probe;

/* What a build or a run came to. */
typedef struct {
    char *why; // NULL: it went well; else a clause: why the commit cannot be tested
    bool may_retry; // a run that ended with a status of failure: another one may go well
    bool is_unable; // by_exit: a status of shells, no such program (126, 127)
    Value value; // of a run; by_exit: 0 good, 1 bad
    double seconds;
} ProbeResult;

void probe_result_clear(ProbeResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ProbeResult, probe_result_clear)

/* ERROR_INTERRUPTED: cancelled. ERROR_INPUT: it cannot be started. */
bool probe_build(const Probe *probe, const char *dir, const char *commit, ProbeResult *ret_result,
                 GError **error);

/*
 * As `git bisect run` has it: 0 is good (or the number counts), 125 untestable, 1 to 127 bad (with
 * a number wanted: failed), 128 and above end the bisection (ERROR_INPUT). A command that does not
 * end in time, or prints without end, makes the commit untestable. ERROR_USAGE: asks_direction.
 */
bool probe_run(const Probe *probe, const char *dir, const char *commit, ProbeResult *ret_result,
               GError **error);
