// marvin-inventory list and show: the machines and who holds them.
#include <stdio.h>

#include "common/table.h"
#include "inventory/commands.h"
#include "inventory/machine.h"
#include "sql/queries.h"
#include "sql/site.h"

static const TableColumn COLUMNS[] = {
    {"machine", CELL_TEXT}, {"state", CELL_TEXT}, {"holder", CELL_TEXT},
    {"until", CELL_TIME},   {"doing", CELL_TEXT}, {"queued", CELL_INT},
    {"done", CELL_INT},     {"epoch", CELL_INT},  {"note", CELL_TEXT}};

static const char *note_of(const Rows *rows, int i, bool is_held, const Site *site)
{
    const char *name = rows_text(rows, i, "name");
    if (settings_find(site->settings, "machine", name))
        return is_held && rows_bool(rows, i, "revoked")
                   ? "wanted back: it is free when its holder has stopped"
                   : NULL;
    if (machine_is_left_out(site->complaints, name))
        return "its section in the settings is wrong, and was left out";
    return rows_bool(rows, i, "imported") ? "its results were imported"
                                          : "no longer in the settings";
}

static void add_row(Table *table, const Rows *rows, int i, const Site *site)
{
    const char *name = rows_text(rows, i, "name"), *reason = rows_text(rows, i, "reason");
    bool is_held = !rows_is_null(rows, i, "token") && !rows_bool(rows, i, "expired");
    const char *note = note_of(rows, i, is_held, site);
    table_text(table, name);
    table_text(table, rows_text(rows, i, "state"));
    table_text(table, is_held ? rows_text(rows, i, "holder") : NULL);
    if (is_held)
        table_time(table, rows_int(rows, i, "ends_at"));
    else
        table_null(table);
    table_text(table, is_held ? rows_text(rows, i, "purpose") : NULL);
    table_int(table, rows_int(rows, i, "queued"));
    table_int(table, rows_int(rows, i, "done"));
    if (rows_is_null(rows, i, "epoch"))
        table_null(table);
    else
        table_int(table, rows_int(rows, i, "epoch"));
    table_text(table, reason ? reason : note);
}

// A machine of the settings that nothing has used yet.
static void add_fresh(Table *table, const char *name)
{
    table_text(table, name);
    table_text(table, "unknown");
    table_null(table);
    table_null(table);
    table_null(table);
    table_int(table, 0);
    table_int(table, 0);
    table_null(table);
    table_text(table, "never used");
}

static bool is_among(const Rows *rows, const char *name)
{
    for (int i = 0; i < rows_count(rows); i++) {
        if (g_strcmp0(rows_text(rows, i, "name"), name) == 0)
            return true;
    }
    return false;
}

// Versions of tools and systems, of the last boot of each machine.
static bool list_tools(Db *db, bool as_json, GError **error)
{
    static const TableColumn TOOL_COLUMNS[] = {
        {"tool", CELL_TEXT}, {"version", CELL_TEXT}, {"machine", CELL_TEXT}, {"at", CELL_TIME}};
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_INVENTORY_TOOLS, DB_PARAMS(DB_NULL), &rows, error))
        return false;
    g_autoptr(Table) table = table_new(TOOL_COLUMNS, G_N_ELEMENTS(TOOL_COLUMNS));
    for (int i = 0; i < rows_count(rows); i++) {
        table_text(table, rows_text(rows, i, "tool"));
        table_text(table, rows_text(rows, i, "version"));
        table_text(table, rows_text(rows, i, "machine"));
        table_time(table, rows_int(rows, i, "at"));
    }
    if (rows_count(rows) == 0 && !as_json)
        printf("no boot has told its versions yet\n");
    else
        table_print(table, stdout, as_json);
    return true;
}

static void print_complaints(const Site *site)
{
    for (guint i = 0; i < site->complaints->len; i++)
        cmd_note("%s", (const char *)site->complaints->pdata[i]);
}

static bool run_list(const Invocation *invocation, GError **error)
{
    g_autoptr(Site) site = NULL;
    g_autoptr(Rows) rows = NULL;
    if (!site_open(&site, "marvin-inventory", "marvin_runner", error))
        return false;
    print_complaints(site);
    if (cmd_flag(invocation, "tools"))
        return list_tools(site->db, cmd_flag(invocation, "json"), error);
    if (!db_rows(site->db, &QUERY_INVENTORY_MACHINES, DB_PARAMS(DB_NULL), &rows, error))
        return false;
    g_autoptr(Table) table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    for (int i = 0; i < rows_count(rows); i++)
        add_row(table, rows, i, site);
    const Section *section;
    for (int i = 0; (section = settings_at(site->settings, "machine", i)); i++) {
        if (!is_among(rows, section_name(section)))
            add_fresh(table, section_name(section));
    }
    bool as_json = cmd_flag(invocation, "json");
    if (table_row_count(table) == 0 && !as_json)
        printf("no machines: add machines.d/NAME.ini to %s\n", site->config);
    else
        table_print(table, stdout, as_json);
    return true;
}

static bool print_epochs(Db *db, const char *machine, bool as_json, GError **error)
{
    static const TableColumn EPOCH_COLUMNS[] = {
        {"epoch", CELL_INT}, {"since", CELL_TIME}, {"boots", CELL_INT}, {"reason", CELL_TEXT}};
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_INVENTORY_EPOCHS, DB_PARAMS(DB_TEXT(machine)), &rows, error))
        return false;
    g_autoptr(Table) table = table_new(EPOCH_COLUMNS, G_N_ELEMENTS(EPOCH_COLUMNS));
    for (int i = 0; i < rows_count(rows); i++) {
        table_int(table, rows_int(rows, i, "number"));
        table_time(table, rows_int(rows, i, "started_at"));
        table_int(table, rows_int(rows, i, "runs"));
        table_text(table, rows_text(rows, i, "reason"));
    }
    if (!as_json && rows_count(rows))
        printf("\n");
    if (as_json || rows_count(rows))
        table_print(table, stdout, as_json);
    return true;
}

// What befell it: quarantines, canaries, a person's word.
static bool print_events(Db *db, const char *machine, bool as_json, GError **error)
{
    static const TableColumn EVENT_COLUMNS[] = {
        {"at", CELL_TIME}, {"event", CELL_TEXT}, {"reason", CELL_TEXT}, {"who", CELL_TEXT}};
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_INVENTORY_EVENTS, DB_PARAMS(DB_TEXT(machine)), &rows, error))
        return false;
    g_autoptr(Table) table = table_new(EVENT_COLUMNS, G_N_ELEMENTS(EVENT_COLUMNS));
    for (int i = 0; i < rows_count(rows); i++) {
        table_time(table, rows_int(rows, i, "at"));
        table_text(table, rows_text(rows, i, "event"));
        table_text(table, rows_text(rows, i, "reason"));
        table_text(table, rows_text(rows, i, "who"));
    }
    if (!as_json && rows_count(rows))
        printf("\n");
    if (as_json || rows_count(rows))
        table_print(table, stdout, as_json);
    return true;
}

/* Of the settings; others, of imported results or of former settings, are as the database has them.
 * Stores nothing: a machine that was never used has no row. *ret_body: the definition, as JSON. */
static bool machine_load(Site *site, const char *name, Rows **ret_rows, char **ret_body,
                         GError **error)
{
    g_autoptr(Machine) machine = NULL;
    g_autoptr(Rows) rows = NULL;
    bool is_set = settings_find(site->settings, "machine", name) != NULL;
    if ((is_set && !machine_find(site->settings, name, &machine, error)) ||
        !db_rows(site->db, &QUERY_INVENTORY_MACHINES, DB_PARAMS(DB_TEXT(name)), &rows, error))
        return false;
    if (rows_count(rows) == 0 && !is_set)
        return machine_find(site->settings, name, &machine, error); // says which there are
    *ret_body = g_strdup(machine ? machine->body : rows_text(rows, 0, "definition"));
    *ret_rows = g_steal_pointer(&rows);
    return true;
}

static bool run_show(const Invocation *invocation, GError **error)
{
    g_autoptr(Site) site = NULL;
    g_autoptr(Rows) rows = NULL;
    g_autofree char *body = NULL;
    const char *name = cmd_arguments(invocation)[0];
    bool as_json = cmd_flag(invocation, "json");
    if (!site_open(&site, "marvin-inventory", "marvin_runner", error))
        return false;
    print_complaints(site);
    if (!machine_load(site, name, &rows, &body, error))
        return false;
    g_autoptr(Table) table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    if (rows_count(rows))
        add_row(table, rows, 0, site);
    else
        add_fresh(table, name);
    if (as_json)
        printf("{\"definition\": %s,\n\"machine\": ", body);
    table_print(table, stdout, as_json);
    if (as_json)
        printf(",\n\"epochs\": ");
    else
        printf("\n%s\n", body);
    if (!print_epochs(site->db, name, as_json, error))
        return false;
    if (as_json)
        printf(",\n\"events\": ");
    if (!print_events(site->db, name, as_json, error))
        return false;
    if (as_json)
        printf("}\n");
    return true;
}

static const CommandOption OPTIONS[] = {{"json", 0, OPTION_FLAG, NULL, "as JSON"}, {0}};

static const CommandOption LIST_OPTIONS[] = {
    {"tools", 0, OPTION_FLAG, NULL, "versions of tools and systems across the machines instead"},
    {"json", 0, OPTION_FLAG, NULL, "as JSON"},
    {0},
};

const Command CMD_LIST = {
    .name = "list",
    .arguments = "",
    .summary = "every machine: who holds it, until when, for what, and what waits for it",
    .options = LIST_OPTIONS,
    .run = run_list,
};

const Command CMD_SHOW = {
    .name = "show",
    .arguments = "MACHINE",
    .summary = "one machine: its definition, its holder, its epochs",
    .options = OPTIONS,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run_show,
};
