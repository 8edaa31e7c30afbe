// marvin-bisect auto: what the settings ask for, begun and moved on; for bob and cron.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "marvin/bisect/commands.h"
#include "marvin/bisect/follow.h"
#include "marvin/bisect/start.h"
#include "marvin/bisect/watch.h"
#include "sql/queries.h"

/* One loss that is to be explained. A reason why it cannot be is told and leaves the others alone.
 */
static bool begin_one(Site *site, const char *tree, const Rows *rows, int i, GError **error)
{
    const char *goods[] = {rows_text(rows, i, "good"), NULL};
    const char *machines[] = {rows_text(rows, i, "machine"), NULL};
    g_autofree char *note = NULL;
    StartRequest request;
    GError *cause = NULL;
    int64_t id = 0;
    start_request_init(&request);
    request.tree = tree;
    request.goods = goods;
    request.bad = rows_text(rows, i, "bad");
    request.benchmark = rows_text(rows, i, "trial_key");
    request.metric = rows_text(rows, i, "metric");
    request.machines = machines;
    request.change_id = rows_int(rows, i, "change_id");
    if (start_bisection(site, &request, &id, &note, &cause)) {
        cmd_note("bisection %" G_GINT64_FORMAT ": %s of %s, %s to %s on %s", id, request.benchmark,
                 tree, goods[0], request.bad, machines[0]);
        return true;
    }
    if (g_error_matches(cause, MARVIN_ERROR, ERROR_DATABASE)) {
        g_propagate_error(error, cause);
        return false;
    }
    cmd_note("%s is not bisected: %s", request.benchmark, cause->message);
    g_error_free(cause);
    return true;
}

static bool begin_tree(Site *site, const Section *tree, GError **error)
{
    const char *policy = section_text(tree, "bisect"), *name = section_name(tree);
    g_autoptr(Rows) rows = NULL;
    if (strcmp(policy, "off") == 0)
        return true;
    if (!db_rows(site->db, &QUERY_BISECT_WANTED,
                 DB_PARAMS(DB_TEXT(name), DB_BOOL(strcmp(policy, "obvious") == 0)), &rows, error))
        return false;
    for (int i = 0; i < rows_count(rows); i++) {
        if (!begin_one(site, name, rows, i, error))
            return false;
    }
    return true;
}

/* One step of one that runs; another process that plans it is welcome to. */
static bool move_one(Site *site, int64_t id, GError **error)
{
    static const WatchOptions ONCE = {.once = true};
    g_autoptr(Planner) planner = NULL;
    GError *cause = NULL;
    bool ended = false;
    if (planner_open(site, id, &planner, &cause) && watch_bisection(planner, &ONCE, &ended, &cause))
        return true;
    if (g_error_matches(cause, MARVIN_ERROR, ERROR_DATABASE) ||
        g_error_matches(cause, MARVIN_ERROR, ERROR_INTERRUPTED)) {
        g_propagate_error(error, cause);
        return false;
    }
    cmd_note("bisection %" G_GINT64_FORMAT ": %s", id, cause->message);
    g_error_free(cause);
    return true;
}

static bool run(const Invocation *invocation, GError **error)
{
    (void)invocation;
    g_autoptr(Site) site = NULL;
    g_autoptr(Rows) running = NULL;
    const Section *tree = NULL;
    if (!follow_open(&site, error))
        return false;
    for (int i = 0; (tree = settings_at(site->settings, "tree", i)) != NULL; i++) {
        if (!begin_tree(site, tree, error))
            return false;
    }
    if (!db_rows(site->db, &QUERY_BISECT_LIST, DB_PARAMS(DB_BOOL(true)), &running, error))
        return false;
    for (int i = 0; i < rows_count(running); i++) {
        if (!move_one(site, rows_int(running, i, "id"), error))
            return false;
    }
    return true;
}

const Command CMD_AUTO = {
    .name = "auto",
    .arguments = "",
    .summary = "begin the bisections that trees ask for (bisect = real|obvious), and move all of "
               "them a step",
    .help = "bob does this in every round, so that a bisection that was begun with --once goes on "
            "by itself while bob and the runners are at work.",
    .run = run,
};
