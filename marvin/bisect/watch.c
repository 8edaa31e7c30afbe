// Steps, waiting, and the work in between.
#include "marvin/bisect/watch.h"

#include <string.h>

#include "common/cmd.h"
#include "common/error.h"
#include "common/proc.h"

enum { POLL_MS = 1000, AWAY_MS = 600000, RETRY_MS = 2000 };

typedef struct {
    Planner *planner;
    const WatchOptions *options;
    char *said; // the last state, so that it is said once
    gint64 away_since_us; // 0: the database answers
} WatchState;

/* What is left, a line when it has changed. */
static void tell(WatchState *state)
{
    const Outcome *outcome = search_outcome(planner_search(state->planner));
    int runs = outcome->runs_endpoints + outcome->runs_search + outcome->runs_verify;
    g_autofree char *line = NULL;
    if (!outcome->is_confirmed)
        line = g_strdup_printf("endpoints: %d and %d boots, not confirmed yet", outcome->n_good,
                               outcome->n_bad);
    else
        line = g_strdup_printf(
            "%d boots, %d builds: %d suspect%s, the first at %.0f %%; about %.0f "
            "boots and %.0f builds to go",
            runs, outcome->builds, outcome->n_suspects, outcome->n_suspects == 1 ? "" : "s",
            100 * outcome->probability, outcome->runs_left, outcome->builds_left);
    if (g_strcmp0(line, state->said) == 0)
        return;
    cmd_note("%s", line);
    g_free(state->said);
    state->said = g_steal_pointer(&line);
}

static bool run_program(const char *program, const char *const *arguments, GError **error)
{
    g_autofree char *folder = cmd_own_folder();
    g_autofree char *path = g_build_filename(folder, program, NULL);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_ptr_array_add(argv, path);
    for (; *arguments != NULL; arguments++)
        g_ptr_array_add(argv, (gpointer)(guintptr)*arguments);
    g_ptr_array_add(argv, NULL);
    ProcSpec spec = {.argv = (const char *const *)argv->pdata,
                     .is_cancelled = cmd_stop_requested_by};
    g_auto(ProcResult) result = {0};
    if (!proc_run(&spec, &result, error))
        return false;
    // 1 .. 3: a build or a boot that failed, which the rows say; the rest ends us too.
    g_autofree char *complaint = result.status > 3 ? proc_result_complaint(&spec, &result) : NULL;
    if (result.cancelled || cmd_stop_requested())
        return error_set(error, ERROR_INTERRUPTED, "stopped; `marvin-bisect resume` goes on");
    return complaint == NULL || error_set(error, ERROR_MACHINE, "%s", complaint);
}

/* Builds what waits to be built, then runs what waits to be run. */
static bool work(WatchState *state, GError **error)
{
    const Queued *bisection = planner_bisection(state->planner);
    const char *build[] = {"builder", "--once", NULL};
    if (!run_program("bob", build, error))
        return false;
    for (int i = 0; i < bisection->n_machines; i++) {
        const char *run[] = {"run", bisection->machines[i], "--once", NULL};
        if (!run_program("marvin", run, error))
            return false;
    }
    return true;
}

static bool pause_a_while(gint64 ms, GError **error)
{
    gint64 until_us = g_get_monotonic_time() + ms * 1000;
    while (g_get_monotonic_time() < until_us && !cmd_stop_requested())
        g_usleep(50000);
    return !cmd_stop_requested() ||
           error_set(error, ERROR_INTERRUPTED, "stopped; `marvin-bisect resume` goes on");
}

/* The database is away: once it is back the planner goes on as if nothing had been. */
static bool wait_for_database(WatchState *state, Db *db, GError *cause, GError **error)
{
    gint64 now_us = g_get_monotonic_time();
    if (state->away_since_us == 0)
        state->away_since_us = now_us;
    if (!db_is_lost(db) || now_us - state->away_since_us > (gint64)AWAY_MS * 1000) {
        g_propagate_error(error, cause);
        return false;
    }
    g_error_free(cause);
    return pause_a_while(RETRY_MS, error) && (db_reopen(db, NULL) || true);
}

static bool step(WatchState *state, Db *db, bool *ret_ended, GError **error)
{
    GError *cause = NULL;
    if (planner_step(state->planner, state->options->quiet ? NULL : cmd_note, ret_ended, &cause)) {
        state->away_since_us = 0;
        if (!state->options->quiet)
            tell(state);
        return true;
    }
    return wait_for_database(state, db, cause, error);
}

bool watch_bisection(Planner *planner, const WatchOptions *options, bool *ret_ended, GError **error)
{
    WatchState state = {.planner = planner, .options = options};
    bool good = true, ended = false;
    while (good && !ended) {
        good = step(&state, planner_db(planner), &ended, error);
        if (!good || ended || options->once)
            break;
        good = options->work ? work(&state, error) : pause_a_while(POLL_MS, error);
    }
    g_free(state.said);
    if (good)
        *ret_ended = ended;
    return good;
}
