// The work of a builder: claim, build, finish.
#include "bob/work.h"

#include "bob/build.h"
#include "bob/builder_spool.h"
#include "common/clock.h"
#include "common/cmd.h"
#include "common/error.h"
#include "common/progress.h"
#include "common/text.h"
#include "sql/queries.h"

#include <string.h>

enum { IDLE_S = 60, LOOK_MS = 1000, RETRY_MS = 5000 };

static void say_outcome(const BuildJob *job, const BuildOutcome *outcome)
{
    g_autofree char *what = build_job_format(job);
    g_autofree char *took = text_seconds(outcome->elapsed_s);
    if (outcome->message == NULL)
        cmd_note("%s: built in %s", what, took);
    else
        cmd_note("%s: the build failed after %s: %s", what, took, outcome->message);
}

/* What is shown while a build goes on. */
typedef struct {
    Progress *progress;
    guint built;
    const char *what;
} Shown;

/* Asked several times a second. */
static bool show_and_ask(void *data)
{
    const Shown *shown = data;
    progress_set(shown->progress, shown->built, shown->what);
    return cmd_stop_requested();
}

/* Builds a job with a progress bar over all that is queued. */
static bool build_shown(Builder *builder, const BuildJob *job, const char *what, guint built,
                        BuildOutcome *ret_outcome, GError **error)
{
    g_autoptr(Rows) waiting = NULL;
    if (!db_row(builder_site(builder)->db, &QUERY_BOB_BUILD_WAITING, DB_NO_PARAMS, &waiting, error))
        return false;
    g_autoptr(Progress) progress =
        progress_new(stderr, "builds", built + 1 + rows_int(waiting, 0, "n"));
    Shown shown = {.progress = progress, .built = built, .what = what};
    return build_run(builder, job, show_and_ask, &shown, ret_outcome, error);
}

/* Why a claim is no longer ours. */
static void say_lost(Builder *builder, const BuildJob *job)
{
    g_autofree char *what = build_job_format(job);
    g_autoptr(Rows) rows = NULL;
    bool is_cancelled = db_row(builder_site(builder)->db, &QUERY_BOB_JOB_STATE,
                               DB_PARAMS(DB_INT(job->id)), &rows, NULL) &&
                        strcmp(rows_text(rows, 0, "state"), "cancelled") == 0;
    if (is_cancelled)
        cmd_note("%s: cancelled, and stopped", what);
    else
        cmd_note("%s: the claim had ended, and another builder has it now", what);
}

/* The database is away, and the build is done: its record waits on the disk. Always false. */
static bool keep_for_later(Builder *builder, const BuildJob *job, const BuildOutcome *outcome,
                           GError **error)
{
    g_autofree char *what = build_job_format(job);
    g_autoptr(GError) cause = NULL;
    if (!db_is_lost(builder_site(builder)->db))
        return false;
    if (builder_spool_add(builder, job, outcome, &cause))
        cmd_note("%s: the build has ended and is told when the database is back", what);
    else
        cmd_note("%s: the build has ended and cannot be kept: %s", what, cause->message);
    (void)error; // says why already
    return false;
}

static bool build_one(Builder *builder, const BuildJob *job, guint built, GError **error)
{
    g_autofree char *what = build_job_format(job);
    g_auto(BuildOutcome) outcome = {0};
    bool is_ours = false;
    cmd_note("%s: building", what);
    if (!build_shown(builder, job, what, built, &outcome, error)) {
        if (cmd_stop_requested())
            builder_give_back(builder, NULL); // else its claim ends by itself
        return false;
    }
    if (!builder_finish(builder, job, &outcome, cmd_stop_requested_by, NULL, &is_ours, error))
        return keep_for_later(builder, job, &outcome, error);
    if (is_ours)
        say_outcome(job, &outcome);
    else
        say_lost(builder, job);
    return true;
}

/* Builds until nothing is left for us. */
static bool work_off(Builder *builder, guint *built, GError **error)
{
    int told = 0;
    if (!builder_spool_flush(builder, &told, error))
        return false;
    while (!cmd_stop_requested()) {
        g_autoptr(BuildJob) job = NULL;
        GError *cause = NULL;
        if (!builder_claim(builder, &job, error))
            return false;
        if (job == NULL)
            return true;
        if (build_one(builder, job, *built, &cause)) {
            ++*built;
        } else if (!g_error_matches(cause, MARVIN_ERROR, ERROR_INTERRUPTED) ||
                   cmd_stop_requested()) {
            g_propagate_error(error, cause);
            return false;
        } else { // the claim was lost
            say_lost(builder, job);
            g_error_free(cause);
        }
    }
    return true;
}

/* Waits for more, at most a third of a claim's time: one that ends tells nobody. A database that
 * went away is waited for too. */
static void wait_for_more(Builder *builder)
{
    Db *db = builder_site(builder)->db;
    bool came = false;
    int idle_s = MIN(IDLE_S, (int)(builder_lease_s(builder) / 3));
    for (int i = 0; i < idle_s && !db_is_lost(db); i++) {
        if (cmd_stop_requested() || (db_wait(db, LOOK_MS, &came, NULL) && came))
            return;
    }
    if (!db_is_lost(db))
        return;
    clock_sleep(RETRY_MS, cmd_stop_requested_by, NULL);
    if (!cmd_stop_requested())
        db_reopen(db, NULL);
}

bool builder_work(Builder *builder, bool for_ever, guint *ret_built, GError **error)
{
    Db *db = builder_site(builder)->db;
    guint built = 0;
    if (for_ever && !db_listen(db, "marvin_build", error))
        return false;
    do {
        GError *cause = NULL;
        if (!work_off(builder, &built, &cause)) {
            bool is_away = for_ever && db_is_lost(db) && !cmd_stop_requested();
            if (!is_away) {
                g_propagate_error(error, cause);
                return false;
            }
            cmd_note("bob: %s; trying again", cause->message);
            g_error_free(cause);
        }
        if (for_ever && !cmd_stop_requested())
            wait_for_more(builder);
    } while (for_ever && !cmd_stop_requested());
    *ret_built = built;
    return true;
}
