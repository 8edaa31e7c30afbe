// marvin-bisect resume, stop: what goes on, and what is enough.
#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "common/text.h"
#include "marvin/bisect/commands.h"
#include "marvin/bisect/follow.h"
#include "sql/queries.h"

static bool read_id(const Invocation *invocation, int64_t *ret_id, GError **error)
{
    const char *word = cmd_arguments(invocation)[0];
    return (text_parse_int(word, ret_id) && *ret_id > 0) ||
           error_set(error, ERROR_USAGE,
                     "'%s' is no bisection: expected a number of `marvin-bisect status`", word);
}

/* Every one that runs, one after the other; what is wrong with one leaves the others alone. */
static bool resume_all(Site *site, const Invocation *invocation, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    int troubles = 0;
    if (!db_rows(site->db, &QUERY_BISECT_LIST, DB_PARAMS(DB_BOOL(true)), &rows, error))
        return false;
    for (int i = 0; i < rows_count(rows); i++) {
        GError *cause = NULL;
        follow_run(site, rows_int(rows, i, "id"), invocation, &cause);
        if (cause == NULL)
            continue;
        if (g_error_matches(cause, MARVIN_ERROR, ERROR_INTERRUPTED) ||
            g_error_matches(cause, MARVIN_ERROR, ERROR_DATABASE)) {
            g_propagate_error(error, cause);
            return false;
        }
        cmd_note("bisection %" G_GINT64_FORMAT ": %s", rows_int(rows, i, "id"), cause->message);
        g_error_free(cause);
        troubles++;
    }
    return troubles == 0 || error_set(error, ERROR_INPUT, "%d bisection%s cannot go on", troubles,
                                      troubles == 1 ? "" : "s");
}

static bool take_up(Site *site, int64_t id, GError **error)
{
    g_autoptr(Queued) bisection = NULL;
    if (!queued_load(site->db, id, &bisection, error))
        return false;
    if (strcmp(bisection->state, "stopped") == 0 || strcmp(bisection->state, "undecided") == 0)
        return queued_store(site->db, id, "running", NULL, NULL, error);
    return true;
}

static bool run_resume(const Invocation *invocation, GError **error)
{
    g_autoptr(Site) site = NULL;
    int64_t id = 0;
    bool is_all = cmd_flag(invocation, "all");
    if (is_all != (cmd_argument_count(invocation) == 0))
        return error_set(error, ERROR_USAGE, "give the number of a bisection, or --all");
    if ((!is_all && !read_id(invocation, &id, error)) || !follow_open(&site, error))
        return false;
    return is_all ? resume_all(site, invocation, error)
                  : take_up(site, id, error) && follow_run(site, id, invocation, error);
}

static bool run_stop(const Invocation *invocation, GError **error)
{
    g_autoptr(Site) site = NULL;
    g_autoptr(Queued) bisection = NULL;
    g_autoptr(Rows) rows = NULL;
    int64_t id = 0;
    if (!read_id(invocation, &id, error) || !follow_open(&site, error) ||
        !queued_load(site->db, id, &bisection, error))
        return false;
    if (strcmp(bisection->state, "running") != 0)
        return error_set(error, ERROR_INPUT, "the bisection %" G_GINT64_FORMAT " is %s already", id,
                         bisection->state);
    g_autofree char *why = g_strdup_printf("stopped by %s", g_get_user_name());
    if (!queued_store(site->db, id, "stopped", why, NULL, error) ||
        !db_row(site->db, &QUERY_BISECT_WITHDRAW, DB_PARAMS(DB_INT(id)), &rows, error))
        return false;
    printf("bisection %" G_GINT64_FORMAT ": stopped, %" G_GINT64_FORMAT
           " boots are asked for no more; `marvin-bisect resume` takes it up\n",
           id, rows_int(rows, 0, "n"));
    return true;
}

static const CommandOption RESUME_OPTIONS[] = {
    {.name = "all", .kind = OPTION_FLAG, .help = "every bisection that runs"}, FOLLOW_OPTIONS, {0}};

const Command CMD_RESUME = {
    .name = "resume",
    .arguments = "ID",
    .summary = "go on with a bisection over the queue",
    .help = "After a kill, a reboot, or `stop`: what is known is in the database. `resume --all "
            "--once` from cron moves all of them one step.",
    .options = RESUME_OPTIONS,
    .max_arguments = 1,
    .run = run_resume,
};

const Command CMD_STOP = {
    .name = "stop",
    .arguments = "ID",
    .summary = "end a bisection over the queue; what it waits for is cancelled",
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run_stop,
};
