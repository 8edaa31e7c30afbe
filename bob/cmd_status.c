// bob status: trees, what was found and built, and what is to come.
#include "bob/commands.h"
#include "bob/round.h"
#include "common/error.h"
#include "common/table.h"
#include "sql/queries.h"

#include <stdio.h>

static const TableColumn TREES[] = {
    {"tree", CELL_TEXT},         {"schedule", CELL_TEXT},      {"polled", CELL_TIME},
    {"next", CELL_TIME},         {"releases", CELL_INT},       {"newest", CELL_TEXT},
    {"builds_queued", CELL_INT}, {"builds_running", CELL_INT}, {"builds_done", CELL_INT},
    {"builds_failed", CELL_INT}, {"batteries_open", CELL_INT}, {"batteries_ended", CELL_INT},
    {"error", CELL_TEXT},
};
static const TableColumn BUILDS[] = {
    {"tree", CELL_TEXT},    {"subject", CELL_TEXT},   {"state", CELL_TEXT},
    {"builder", CELL_TEXT}, {"attempts", CELL_INT},   {"started", CELL_TIME},
    {"took", CELL_SECONDS}, {"artifact", CELL_BYTES}, {"config", CELL_TEXT},
    {"fault", CELL_TEXT},   {"message", CELL_TEXT},   {"log", CELL_TEXT},
};

/* When the tree will be polled: now where that is due. 0 without a readable schedule. */
static gint64 next_poll(const Section *section, gint64 last_slot_s, gint64 now_s)
{
    Schedule schedule = {0};
    if (section == NULL || !schedule_parse(section_text(section, "schedule"), &schedule, NULL))
        return 0;
    return schedule_is_due(&schedule, last_slot_s, now_s) ? now_s
                                                          : schedule_next_slot(&schedule, now_s);
}

static void tree_row(Table *table, const Section *section, const Rows *rows, int i, gint64 now_s)
{
    bool is_served = !rows_is_null(rows, i, "last_slot_s");
    gint64 last_s = is_served ? rows_int(rows, i, "last_slot_s") : SCHEDULE_NEVER;
    table_text(table, rows_text(rows, i, "tree"));
    table_text(table, section != NULL ? section_text(section, "schedule") : "not watched");
    table_time(table, rows_int(rows, i, "polled_s"));
    table_time(table, next_poll(section, last_s, now_s));
    table_int(table, rows_int(rows, i, "releases"));
    table_text(table, rows_text(rows, i, "newest"));
    table_int(table, rows_int(rows, i, "queued"));
    table_int(table, rows_int(rows, i, "running"));
    table_int(table, rows_int(rows, i, "done"));
    table_int(table, rows_int(rows, i, "failed"));
    if (rows_int(rows, i, "failed") > 0)
        table_tone(table, TONE_BAD);
    table_int(table, rows_int(rows, i, "open"));
    table_int(table, rows_int(rows, i, "ended"));
    table_text(table, rows_text(rows, i, "last_error"));
    table_tone(table, TONE_BAD);
}

static void new_row(Table *table, const Section *section, gint64 now_s)
{
    table_text(table, section_name(section));
    table_text(table, section_text(section, "schedule"));
    table_null(table);
    table_time(table, now_s);
    for (size_t i = 4; i < G_N_ELEMENTS(TREES); i++)
        i == 5 || i + 1 == G_N_ELEMENTS(TREES) ? table_null(table) : table_int(table, 0);
}

static bool print_trees(Round *round, bool as_json, GError **error)
{
    const Settings *settings = round->site->settings;
    g_autoptr(Table) table = table_new(TREES, G_N_ELEMENTS(TREES));
    g_autoptr(GHashTable) listed = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(Rows) rows = NULL;
    gint64 now_s = 0;
    if (!round_now(round, &now_s, error) ||
        !db_rows(round->site->db, &QUERY_BOB_STATUS_TREES, DB_NO_PARAMS, &rows, error))
        return false;
    for (int i = 0; i < rows_count(rows); i++) {
        const char *name = rows_text(rows, i, "tree");
        g_hash_table_add(listed, (gpointer)(guintptr)name);
        tree_row(table, settings_find(settings, "tree", name), rows, i, now_s);
    }
    const Section *section = NULL;
    for (int i = 0; (section = settings_at(settings, "tree", i)) != NULL; i++) {
        if (!g_hash_table_contains(listed, section_name(section)))
            new_row(table, section, now_s);
    }
    table_print(table, stdout, as_json);
    return true;
}

/* Why it failed and what to do about it; of a kernel that was built, what was asked for in vain. */
static void message_cell(Table *table, const Rows *rows, int i)
{
    const char *message = rows_text(rows, i, "message"), *remedy = rows_text(rows, i, "remedy");
    int in_vain = (int)rows_int(rows, i, "not_honoured");
    g_autofree char *options =
        in_vain == 0 ? NULL
                     : g_strdup_printf("%d option%s asked for in vain: see not honoured in the log",
                                       in_vain, in_vain == 1 ? "" : "s");
    g_autofree char *advised = remedy != NULL ? g_strconcat(message, "; ", remedy, NULL) : NULL;
    table_text(table, advised != NULL ? advised : message != NULL ? message : options);
}

static void build_row(Table *table, const Rows *rows, int i)
{
    bool is_ended = !rows_is_null(rows, i, "elapsed_s");
    bool has_artifact = !rows_is_null(rows, i, "artifact_bytes");
    table_text(table, rows_text(rows, i, "tree"));
    table_text(table, rows_text(rows, i, "subject"));
    table_text(table, rows_text(rows, i, "state"));
    table_text(table, rows_text(rows, i, "builder"));
    table_int(table, rows_int(rows, i, "attempts"));
    table_time(table, rows_int(rows, i, "started_s"));
    is_ended ? table_real(table, rows_real(rows, i, "elapsed_s")) : table_null(table);
    has_artifact ? table_bytes(table, rows_int(rows, i, "artifact_bytes")) : table_null(table);
    table_text(table, rows_text(rows, i, "config"));
    table_text(table, rows_text(rows, i, "fault"));
    table_tone(table, TONE_BAD);
    message_cell(table, rows, i);
    table_text(table, rows_text(rows, i, "log_hash"));
}

static bool print_builds(Round *round, const char *tree, bool as_json, GError **error)
{
    g_autoptr(Table) table = table_new(BUILDS, G_N_ELEMENTS(BUILDS));
    g_autoptr(Rows) known = NULL, rows = NULL;
    const Section *section = NULL;
    if (!db_rows(round->site->db, &QUERY_BOB_TREE_FIND, DB_PARAMS(DB_TEXT(tree)), &known, error))
        return false;
    if (rows_count(known) == 0 && !tree_section_get(round->site, tree, &section, error))
        return false;
    if (!db_rows(round->site->db, &QUERY_BOB_STATUS_BUILDS, DB_PARAMS(DB_TEXT(tree)), &rows, error))
        return false;
    for (int i = 0; i < rows_count(rows); i++)
        build_row(table, rows, i);
    table_print(table, stdout, as_json);
    return true;
}

static bool run(const Invocation *invocation, GError **error)
{
    const char *tree = cmd_arguments(invocation)[0];
    bool as_json = cmd_flag(invocation, "json");
    g_autoptr(Round) round = NULL;
    if (!round_open(&round, NULL, error))
        return false;
    return tree == NULL ? print_trees(round, as_json, error)
                        : print_builds(round, tree, as_json, error);
}

static const CommandOption OPTIONS[] = {
    {.name = "json", .kind = OPTION_FLAG, .help = "the same as a JSON array"}, {0}};

const Command CMD_STATUS = {
    .name = "status",
    .arguments = "[TREE]",
    .summary = "all trees with their schedules and counts, or the builds of one",
    .help = "The log of a build is an object of the store: its hash names the file "
            "objects/ab/cdef.. below the store's folder, which zstd -dc prints.",
    .options = OPTIONS,
    .max_arguments = 1,
    .run = run,
};
