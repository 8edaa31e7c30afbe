// bob, bob --once: watch, queue, build and make pages; for ever, or one round.
#include "bob/commands.h"
#include "bob/round.h"
#include "bob/work.h"
#include "common/clock.h"
#include "common/proc.h"

enum { PAUSE_S = 60, LOOK_MS = 1000, RETRY_MS = 5000, BUILDER_PAUSE_S = 30 };

/* One local builder until the queue is empty; another one of our name is no trouble. */
static bool build_all(Round *round, GError **error)
{
    g_autoptr(Builder) builder = NULL;
    GError *cause = NULL;
    int reclaimed = 0;
    guint built = 0;
    if (!builder_open(round->site, round->store, NULL, false, &builder, &reclaimed, &cause)) {
        if (!g_error_matches(cause, MARVIN_ERROR, ERROR_MACHINE)) {
            g_propagate_error(error, cause);
            return false;
        }
        cmd_note("bob: %s; it builds what is queued", cause->message);
        g_error_free(cause);
        return true;
    }
    if (reclaimed > 0)
        cmd_note("bob: a build that was cut off is built again");
    return builder_work(builder, false, &built, error);
}

static bool run_once(GError **error)
{
    g_autoptr(Round) round = NULL;
    return round_open(&round, NULL, error) && round_watch(round, NULL, false, error) &&
           build_all(round, error) && round_take(round, error) &&
           round_tell_unclaimable(round, error) && round_report(round, error) &&
           round_bisect(round, error) && round_conclude(round, error);
}

/* The builder of a daemon is a program of its own, so that a long build delays no poll. */
typedef struct {
    Proc *proc;
    gint64 not_before_ms;
} LocalBuilder;

static void local_builder_clear(LocalBuilder *builder)
{
    g_clear_pointer(&builder->proc, proc_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LocalBuilder, local_builder_clear)

static bool local_builder_tend(LocalBuilder *builder, GError **error)
{
    if (builder->proc != NULL && proc_poll(builder->proc, 0)) {
        g_clear_pointer(&builder->proc, proc_free);
        builder->not_before_ms = clock_monotonic_ms() + BUILDER_PAUSE_S * 1000;
    }
    if (builder->proc != NULL || clock_monotonic_ms() < builder->not_before_ms)
        return true;
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    const char *const argv[] = {self != NULL ? self : "bob", "builder", NULL};
    ProcSpec spec = {.argv = argv, .pass_output = true, .grace_ms = 10000};
    builder->proc = proc_start(&spec, error);
    return builder->proc != NULL;
}

static bool wait_for_news(Round *round, LocalBuilder *builder, GError **error)
{
    bool came = false;
    if (!db_listen(round->site->db, "marvin_battery", error) ||
        !db_listen(round->site->db, "marvin_transfer", error) || !round_take(round, error))
        return false;
    for (int i = 0; i < PAUSE_S && !came && !cmd_stop_requested(); i++) {
        if (!local_builder_tend(builder, error) || !db_wait(round->site->db, LOOK_MS, &came, error))
            return false;
    }
    return !came || round_take(round, error);
}

/* A round anew each time: edited settings count from the next one on. */
static bool run_round(LocalBuilder *builder, GHashTable *said, GError **error)
{
    g_autoptr(Round) round = NULL;
    return round_open(&round, said, error) && local_builder_tend(builder, error) &&
           round_watch(round, NULL, false, error) && round_tell_unclaimable(round, error) &&
           round_report(round, error) && round_bisect(round, error) &&
           wait_for_news(round, builder, error);
}

static bool run_for_ever(GError **error)
{
    g_autoptr(GHashTable) said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(LocalBuilder) builder = {0};
    bool was_open = false;
    while (!cmd_stop_requested()) {
        GError *cause = NULL;
        if (run_round(&builder, said, &cause)) {
            was_open = true;
            continue;
        }
        if (!was_open && !cmd_stop_requested()) { // it has never worked: say why and end
            g_propagate_error(error, cause);
            return false;
        }
        if (!cmd_stop_requested())
            cmd_note("bob: %s; trying again", cause->message);
        g_error_free(cause);
        clock_sleep(RETRY_MS, cmd_stop_requested_by, NULL);
    }
    return true;
}

static bool run(const Invocation *invocation, GError **error)
{
    return cmd_flag(invocation, "once") ? run_once(error) : run_for_ever(error);
}

static const CommandOption OPTIONS[] = {
    {.name = "once", .kind = OPTION_FLAG, .help = "one round, then end: for cron"}, {0}};

const Command CMD_RUN = {
    .name = "",
    .arguments = "",
    .summary = "watch all trees by their schedules, queue, build, and make pages",
    .help = "Polls each tree that is due, queues a build and a battery for every machine and plan "
            "of its releases, builds what is queued, and starts marvin-report for batteries that "
            "have ended. Without --once it goes on until it is stopped, with `bob builder` as a "
            "program beside it.\n\n"
            "Schedules go by UTC: continual (each round), every 6h (00:00, 06:00, ..), weekly "
            "[day] (at 00:00, preset monday), monthly DAY (29 to 31: the last day where it is "
            "missing). A new tree is polled at once; one missed time or many are caught up once; a "
            "poll that failed is tried again in the next round.\n\n"
            "Exit status with --once: 0, or 3 when there was trouble with a tree or a file of the "
            "settings (said on stderr; all else was done). A build that fails is no trouble: "
            "`bob status` shows it.",
    .options = OPTIONS,
    .run = run,
};
