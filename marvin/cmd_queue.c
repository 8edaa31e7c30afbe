// marvin queue: what waits and why, and what people may do about it.
#include "marvin/cmd_queue.h"

#include <stdio.h>
#include <string.h>

#include "common/table.h"
#include "common/text.h"
#include "inventory/machine.h"
#include "sql/queries.h"
#include "sql/site.h"

enum { MAX_JOBS = 100000 };

// Why a job waits. What waits for a machine that was taken out of the settings waits for ever.
static char *reason_of(const Site *site, const Rows *rows, int i)
{
    const char *machine = rows_text(rows, i, "machine"), *reason = rows_text(rows, i, "reason");
    const char *state = rows_text(rows, i, "state");
    bool is_over = strcmp(state, "failed") == 0 || strcmp(state, "cancelled") == 0;
    if (!machine || is_over || settings_find(site->settings, "machine", machine))
        return g_strdup(reason);
    return g_strdup_printf("%s; the settings have no machine %s", reason, machine);
}

// For people: as much as a line holds.
static void print_text(const Site *site, const Rows *rows)
{
    static const TableColumn COLUMNS[] = {
        {"job", CELL_INT},      {"kind", CELL_TEXT},     {"tree", CELL_TEXT},
        {"release", CELL_TEXT}, {"machine", CELL_TEXT},  {"plan", CELL_TEXT},
        {"boot", CELL_TEXT},    {"priority", CELL_TEXT}, {"why", CELL_TEXT}};
    static const char *const TEXTS[] = {"kind", "tree", "release", "machine",
                                        "plan", "boot", "priority"};
    g_autoptr(Table) table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    for (int i = 0; i < rows_count(rows); i++) {
        table_int(table, rows_int(rows, i, "id"));
        for (size_t k = 0; k < G_N_ELEMENTS(TEXTS); k++)
            table_text(table, rows_text(rows, i, TEXTS[k]));
        g_autofree char *reason = reason_of(site, rows, i);
        table_text(table, reason);
    }
    table_print(table, stdout, false);
}

// For scripts: everything.
static void print_json(const Site *site, const Rows *rows)
{
    static const TableColumn COLUMNS[] = {
        {"job", CELL_INT},      {"attempts", CELL_INT}, {"before", CELL_INT},
        {"takes_s", CELL_REAL}, {"about_s", CELL_REAL}, {"queued_at", CELL_TIME},
        {"kind", CELL_TEXT},    {"state", CELL_TEXT},   {"priority", CELL_TEXT},
        {"tree", CELL_TEXT},    {"release", CELL_TEXT}, {"machine", CELL_TEXT},
        {"plan", CELL_TEXT},    {"boot", CELL_TEXT},    {"reason", CELL_TEXT}};
    enum { FIRST_TEXT = 6, LAST_TEXT = 13 };
    g_autoptr(Table) table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    for (int i = 0; i < rows_count(rows); i++) {
        table_int(table, rows_int(rows, i, "id"));
        table_int(table, rows_int(rows, i, "attempts"));
        if (rows_is_null(rows, i, "before"))
            table_null(table); // it has ended
        else
            table_int(table, rows_int(rows, i, "before"));
        table_real(table, rows_real(rows, i, "takes_s"));
        table_real(table, rows_real(rows, i, "about_s"));
        table_time(table, rows_int(rows, i, "queued_at"));
        for (size_t k = FIRST_TEXT; k <= LAST_TEXT; k++)
            table_text(table, rows_text(rows, i, COLUMNS[k].name));
        g_autofree char *reason = reason_of(site, rows, i);
        table_text(table, reason);
    }
    table_print(table, stdout, true);
}

// A machine that nobody knows would give a calm answer.
static bool check_machine(const Site *site, const char *name, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (settings_find(site->settings, "machine", name))
        return true;
    return db_row(site->db, &QUERY_MARVIN_QUEUE_PLACE, DB_PARAMS(DB_TEXT(name), DB_NULL), &rows,
                  error) &&
           (rows_bool(rows, 0, "is_machine") ||
            error_set(error, ERROR_INPUT,
                      "there is no machine '%s'; `marvin-inventory list` names them", name));
}

// A build is pinned to a builder, a boot to a machine: any other name would hold it up for ever. A
// machine of the settings that nothing was asked of yet gets its row.
static bool check_pin(const Site *site, int64_t job, const char *to, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    g_autoptr(Machine) machine = NULL;
    int id = 0;
    if (!db_row(site->db, &QUERY_MARVIN_QUEUE_PLACE, DB_PARAMS(DB_TEXT(to), DB_INT(job)), &rows,
                error))
        return false;
    const char *kind = rows_text(rows, 0, "kind");
    if (!kind)
        return true; // job_change() says so
    if (strcmp(kind, "build") == 0)
        return strcmp(to, "any") == 0 || rows_bool(rows, 0, "is_builder") ||
               error_set(error, ERROR_INPUT,
                         "job %" G_GINT64_FORMAT " is a build, and '%s' is no builder that has "
                         "been seen: give one that `bob farm status` names, or any",
                         job, to);
    if (!settings_find(site->settings, "machine", to))
        return error_set(error, ERROR_INPUT,
                         "job %" G_GINT64_FORMAT " is a boot, and '%s' is no machine of the "
                         "settings: give one that `marvin-inventory list` names",
                         job, to);
    return machine_find(site->settings, to, &machine, error) &&
           machine_store(site->db, machine, &id, error);
}

static bool queue_list(const Site *site, const Invocation *invocation, GError **error)
{
    Db *db = site->db;
    g_autoptr(Rows) rows = NULL;
    if (cmd_argument_count(invocation) > 1)
        return error_set(error, ERROR_USAGE,
                         "`marvin queue list` takes no jobs; --machine M lists those of a machine");
    bool of_ended = cmd_flag(invocation, "failed");
    const char *machine = cmd_text(invocation, "machine");
    if (machine && !check_machine(site, machine, error))
        return false;
    if (!db_rows(db, of_ended ? &QUERY_MARVIN_QUEUE_ENDED : &QUERY_MARVIN_QUEUE,
                 DB_PARAMS(DB_TEXT(machine)), &rows, error))
        return false;
    if (cmd_flag(invocation, "json"))
        print_json(site, rows);
    else if (rows_count(rows) == 0)
        printf("%s\n", of_ended ? "no job failed or was cancelled" : "the queue is empty");
    else
        print_text(site, rows);
    return true;
}

// Verbs that change jobs, and what they do to one, for messages.
static const struct {
    const char *name; // what people write
    const char *verb; // of job_change()
    const char *applies_to;
} VERBS[] = {
    {"hold", "hold", "a job that waits"},
    {"release", "release", "a held job"},
    {"cancel", "cancel", "a job that has not ended"},
    {"retry", "retry", "a failed or cancelled job"},
    {"move", "move", "a job that waits or is held"},
    {"pin", "pin",
     "a build that nobody has, or a boot whose battery has not begun and is not there"},
};

// "12" or "12-15" -> job numbers.
static bool parse_jobs(const char *word, GArray *jobs, GError **error)
{
    g_auto(GStrv) ends = g_strsplit(word, "-", 2);
    int64_t first = 0, last = 0;
    bool good = ends[0] && text_parse_int(ends[0], &first) && first > 0;
    last = first;
    good = good && (!ends[1] || text_parse_int(ends[1], &last)) && last >= first &&
           last - first < MAX_JOBS;
    if (!good)
        return error_set(error, ERROR_USAGE,
                         "'%s' is no job: expected a number of `marvin queue list`, or FIRST-LAST",
                         word);
    for (; first <= last; first++)
        g_array_append_val(jobs, first);
    return true;
}

static bool job_change(Db *db, size_t verb, int64_t job, const char *argument, bool *ret_done,
                       GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_row(db, &QUERY_MARVIN_JOB_CHANGE,
                DB_PARAMS(DB_INT(job), DB_TEXT(VERBS[verb].verb), DB_TEXT(argument)), &rows, error))
        return false;
    const char *was = rows_text(rows, 0, "was"), *now = rows_text(rows, 0, "now");
    *ret_done = now != NULL;
    if (!was)
        return error_set(error, ERROR_INPUT,
                         "there is no job %" G_GINT64_FORMAT "; `marvin queue list` shows them",
                         job);
    if (!now)
        cmd_note("job %" G_GINT64_FORMAT " is %s: `%s` is for %s", job, was, VERBS[verb].name,
                 VERBS[verb].applies_to);
    else
        printf("job %" G_GINT64_FORMAT ": %s, was %s\n", job, now, was);
    return true;
}

static bool check_to(const char *verb, const char *to, GError **error)
{
    static const char *const PLACES[] = {"urgent", "bisect", "normal", "backfill",
                                         "first",  "last",   NULL};
    if (strcmp(verb, "pin") == 0)
        return to || error_set(error, ERROR_USAGE,
                               "`marvin queue pin` needs --to: a machine for boots, a builder for "
                               "builds, or any");
    if (strcmp(verb, "move") != 0)
        return !to || error_set(error, ERROR_USAGE, "--to is for `marvin queue move` and `pin`");
    return (to && g_strv_contains(PLACES, to)) ||
           error_set(
               error, ERROR_USAGE,
               "`marvin queue move` needs --to urgent, bisect, normal, backfill, first or last");
}

static bool parse_all(const Invocation *invocation, const char *verb, GArray *jobs, GError **error)
{
    if (cmd_argument_count(invocation) < 2)
        return error_set(error, ERROR_USAGE, "usage: marvin queue %s JOB..", verb);
    for (const char *const *word = cmd_arguments(invocation) + 1; *word; word++) {
        if (!parse_jobs(*word, jobs, error))
            return false;
    }
    return true;
}

static bool queue_change(const Site *site, const Invocation *invocation, size_t verb,
                         GError **error)
{
    const char *name = VERBS[verb].name, *to = cmd_text(invocation, "to");
    bool is_pin = strcmp(name, "pin") == 0;
    const char *argument = to ? to : cmd_text(invocation, "why");
    g_autoptr(GArray) jobs = g_array_new(false, false, sizeof(int64_t));
    if (!check_to(name, to, error) || !parse_all(invocation, name, jobs, error))
        return false;
    for (guint i = 0; is_pin && i < jobs->len; i++) {
        if (!check_pin(site, g_array_index(jobs, int64_t, i), to, error))
            return false;
    }
    if (is_pin && strcmp(to, "any") == 0)
        argument = NULL;
    bool all = true, is_backwards = strcmp(name, "move") == 0 && strcmp(to, "first") == 0;
    for (guint i = 0; i < jobs->len; i++) {
        bool is_done = false;
        guint at = is_backwards ? jobs->len - 1 - i : i; // so that they keep their order
        if (!job_change(site->db, verb, g_array_index(jobs, int64_t, at), argument, &is_done,
                        error))
            return false;
        all = all && is_done;
    }
    return all;
}

static bool run(const Invocation *invocation, GError **error)
{
    const char *word = cmd_argument_count(invocation) ? cmd_arguments(invocation)[0] : "list";
    bool is_list = strcmp(word, "list") == 0;
    size_t verb = 0;
    while (verb < G_N_ELEMENTS(VERBS) && strcmp(word, VERBS[verb].name) != 0)
        verb++;
    if (!is_list && verb == G_N_ELEMENTS(VERBS))
        return error_set(
            error, ERROR_USAGE,
            "marvin queue %s: expected list, hold, release, cancel, retry, move or pin", word);
    g_autoptr(Site) site = NULL;
    return site_open(&site, "marvin queue", "marvin_runner", error) &&
           (is_list ? queue_list(site, invocation, error)
                    : queue_change(site, invocation, verb, error));
}

static const CommandOption OPTIONS[] = {
    {"machine", 0, OPTION_VALUE, "M", "of list: the jobs of one machine"},
    {"failed", 0, OPTION_FLAG, NULL, "of list: the failed and cancelled ones instead of the open"},
    {"json", 0, OPTION_FLAG, NULL, "of list: as JSON"},
    {"why", 0, OPTION_VALUE, "TEXT", "of hold and cancel: the reason that is shown"},
    {"to", 0, OPTION_VALUE, "PLACE",
     "of move: urgent, bisect, normal, backfill, first or last; of pin: a machine or a builder"},
    {0},
};

const Command CMD_QUEUE = {
    .name = "queue",
    .arguments = "[list|hold|release|cancel|retry|move|pin] [JOB..]",
    .summary = "what waits and why; hold, cancel, retry or move jobs",
    .help = "A job is one build, or one boot of one battery. JOB is its number, or FIRST-LAST.\n"
            "  hold, release   keep it from being taken, and let it go again\n"
            "  cancel          it will not be done; a battery is judged by the boots that were.\n"
            "                  A job at work stops when its builder or runner renews its claim\n"
            "  retry           a failed or cancelled job again, with all its attempts\n"
            "  move --to P     another priority, or first or last within its own\n"
            "  pin --to NAME   a build: only this builder takes it (any: all again); a boot: its\n"
            "                  battery, which has not begun, goes to this machine\n"
            "Urgent comes before bisect, normal and backfill, but every fourth claim goes to the\n"
            "job that has waited longest, once that is more than longest-wait (14d).\n"
            "Ends with 1 where a job is in no state for it: the others are changed.",
    .options = OPTIONS,
    .min_arguments = 0,
    .max_arguments = -1,
    .run = run,
};
