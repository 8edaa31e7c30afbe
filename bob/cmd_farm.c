// bob farm: the nodes that share the compiling, and the proxy before them.
#include "bob/commands.h"
#include "bob/farm.h"
#include "bob/farm_haproxy.h"
#include "bob/farm_probe.h"
#include "bob/farm_serve.h"
#include "common/error.h"
#include "common/suggest.h"
#include "common/table.h"
#include "common/text.h"
#include "sql/queries.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

enum { PROBE_MS = 5000, SILENT_S = 15 };

// status -----------------------------------------------------------------------------------------

static const TableColumn NODES[] = {
    {"node", CELL_TEXT},    {"address", CELL_TEXT}, {"arch", CELL_TEXT}, {"cores", CELL_INT},
    {"state", CELL_TEXT},   {"since", CELL_TIME},   {"busy", CELL_INT},  {"load", CELL_REAL},
    {"done", CELL_INT},     {"errors", CELL_INT},   {"seen", CELL_TIME}, {"toolchains", CELL_TEXT},
    {"message", CELL_TEXT},
};
static const TableColumn BUILDERS[] = {
    {"builder", CELL_TEXT}, {"arch", CELL_TEXT}, {"cores", CELL_INT},
    {"seen", CELL_TIME},    {"job", CELL_TEXT},  {"toolchains", CELL_TEXT},
};

static Tone state_tone(const char *state)
{
    return strcmp(state, "up") == 0         ? TONE_GOOD
           : strcmp(state, "draining") == 0 ? TONE_WARN
                                            : TONE_BAD;
}

static void node_row(Table *table, const Rows *rows, int i)
{
    static const char *const INTS[] = {"busy", "done", "errors"};
    table_text(table, rows_text(rows, i, "name"));
    table_text(table, rows_text(rows, i, "address"));
    table_text(table, rows_text(rows, i, "arch"));
    table_int(table, rows_int(rows, i, "cores"));
    table_text(table, rows_text(rows, i, "state"));
    table_tone(table, state_tone(rows_text(rows, i, "state")));
    table_time(table, rows_int(rows, i, "since_s"));
    table_int(table, rows_int(rows, i, INTS[0]));
    rows_is_null(rows, i, "load") ? table_null(table)
                                  : table_real(table, rows_real(rows, i, "load"));
    table_int(table, rows_int(rows, i, INTS[1]));
    table_int(table, rows_int(rows, i, INTS[2]));
    rows_is_null(rows, i, "seen_s") ? table_null(table)
                                    : table_time(table, rows_int(rows, i, "seen_s"));
    table_text(table, rows_text(rows, i, "toolchains"));
    table_text(table, rows_text(rows, i, "message"));
}

static void builder_row(Table *table, const Rows *rows, int i)
{
    table_text(table, rows_text(rows, i, "name"));
    table_text(table, rows_text(rows, i, "arch"));
    table_int(table, rows_int(rows, i, "cores"));
    table_time(table, rows_int(rows, i, "seen_s"));
    table_text(table, rows_text(rows, i, "job"));
    table_text(table, rows_text(rows, i, "toolchains"));
}

static void say_farm(const Rows *farm)
{
    if (rows_count(farm) == 0) {
        printf("no farm is served: `bob farm serve` does, with the nodes of nodes.d/\n\n");
        return;
    }
    double silent_s = rows_real(farm, 0, "silent_s");
    g_autofree char *silent = text_seconds(silent_s);
    printf("proxy %s, %" G_GINT64_FORMAT " compiles wait", rows_text(farm, 0, "proxy"),
           rows_int(farm, 0, "waiting"));
    if (silent_s > SILENT_S)
        printf("; nothing has been heard of it for %s: is `bob farm serve` running?", silent);
    printf("\n\n");
}

static bool farm_status(Round *round, bool as_json, GError **error)
{
    Db *db = round->site->db;
    g_autoptr(Table) nodes = table_new(NODES, G_N_ELEMENTS(NODES));
    g_autoptr(Table) builders = table_new(BUILDERS, G_N_ELEMENTS(BUILDERS));
    g_autoptr(Rows) farm = NULL, of_nodes = NULL, of_builders = NULL;
    if (!db_rows(db, &QUERY_FARM_FIND, DB_NO_PARAMS, &farm, error) ||
        !db_rows(db, &QUERY_FARM_NODES, DB_NO_PARAMS, &of_nodes, error) ||
        !db_rows(db, &QUERY_FARM_BUILDERS, DB_NO_PARAMS, &of_builders, error))
        return false;
    for (int i = 0; i < rows_count(of_nodes); i++)
        node_row(nodes, of_nodes, i);
    for (int i = 0; i < rows_count(of_builders); i++)
        builder_row(builders, of_builders, i);
    bool is_heard = rows_count(farm) > 0 && rows_real(farm, 0, "silent_s") <= SILENT_S;
    if (as_json)
        printf("{\"served\": %s, \"waiting\": %" G_GINT64_FORMAT ", \"nodes\": ",
               is_heard ? "true" : "false",
               rows_count(farm) > 0 ? rows_int(farm, 0, "waiting") : (gint64)0);
    else
        say_farm(farm);
    table_print(nodes, stdout, as_json);
    printf(as_json ? ", \"builders\": " : "\n");
    table_print(builders, stdout, as_json);
    if (as_json)
        printf("}\n");
    return true;
}

// config -----------------------------------------------------------------------------------------

static bool write_config(const Farm *farm, const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "haproxy.cfg", NULL);
    g_autofree char *socket = g_build_filename(folder, "haproxy.sock", NULL);
    g_autofree char *config = haproxy_config_format(farm, socket, NULL);
    if (g_mkdir_with_parents(folder, 0755) != 0)
        return error_set(error, ERROR_INPUT, "cannot make the folder %s: %s", folder,
                         g_strerror(errno));
    if (!g_file_set_contents(path, config, -1, error))
        return false;
    printf("%s\n", path);
    for (guint i = 0; i < farm->nodes->len; i++) {
        const FarmNode *node = farm->nodes->pdata[i];
        g_autofree char *script = haproxy_node_script(farm, node);
        g_autofree char *name = g_strconcat("node-", node->name, NULL);
        g_autofree char *of_node = g_build_filename(folder, name, NULL);
        if (!g_file_set_contents_full(of_node, script, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0755,
                                      error))
            return false;
        printf("%s\n", of_node);
    }
    return true;
}

static bool farm_config(Round *round, const Invocation *invocation, GError **error)
{
    const char *node_name = cmd_arguments(invocation)[1];
    const char *folder = cmd_text(invocation, "output");
    g_autofree char *socket = g_build_filename(round->site->state, "farm", "haproxy.sock", NULL);
    g_autoptr(Farm) farm = NULL;
    if (!farm_read(round->site, &farm, error) || !farm_find_pools(farm, round->site->db, error))
        return false;
    if (folder != NULL)
        return write_config(farm, folder, error);
    if (node_name == NULL) {
        g_autofree char *config = haproxy_config_format(farm, socket, NULL);
        fputs(config, stdout);
        return true;
    }
    const FarmNode *node = farm_find_node(farm, node_name);
    if (node == NULL)
        return error_set(error, ERROR_INPUT, "there is no [node %s] in the settings", node_name);
    g_autofree char *script = haproxy_node_script(farm, node);
    fputs(script, stdout);
    return true;
}

// check ------------------------------------------------------------------------------------------

static const TableColumn CHECKS[] = {
    {"node", CELL_TEXT},  {"address", CELL_TEXT}, {"toolchain", CELL_TEXT},
    {"state", CELL_TEXT}, {"version", CELL_TEXT}, {"message", CELL_TEXT},
};

static bool check_one(Table *table, const FarmNode *node, const char *toolchain)
{
    g_autofree char *version = NULL, *own = NULL, *message = NULL;
    g_autofree char *address = farm_node_address(node);
    g_autoptr(GError) cause = NULL;
    bool answered = false;
    bool ok = farm_probe(node, toolchain, PROBE_MS, &version, &answered, &cause);
    if (!ok)
        message = g_strdup(cause->message);
    else if (farm_own_version(toolchain, &own, NULL) && strcmp(own, version) != 0)
        message = g_strdup_printf("has another version than this system: '%s'", own);
    NodeState state = message == NULL ? NODE_UP : answered ? NODE_REFUSED : NODE_DOWN;
    table_text(table, node->name);
    table_text(table, address);
    table_text(table, toolchain);
    table_text(table, node_state_format(state));
    table_tone(table, state_tone(node_state_format(state)));
    table_text(table, version);
    table_text(table, message);
    return state == NODE_UP;
}

static bool farm_check(Round *round, const Invocation *invocation, GError **error)
{
    g_autoptr(Farm) farm = NULL;
    g_autoptr(Table) table = table_new(CHECKS, G_N_ELEMENTS(CHECKS));
    const char *only = cmd_arguments(invocation)[1];
    bool all_well = true;
    if (!farm_read(round->site, &farm, error))
        return false;
    if (only != NULL && farm_find_node(farm, only) == NULL)
        return error_set(error, ERROR_INPUT, "there is no [node %s] in the settings", only);
    if (farm->nodes->len == 0)
        return error_set(error, ERROR_INPUT,
                         "the settings have no section [node NAME]: there is no farm to check");
    for (guint i = 0; i < farm->nodes->len; i++) {
        const FarmNode *node = farm->nodes->pdata[i];
        if (only != NULL && strcmp(only, node->name) != 0)
            continue;
        for (char **toolchain = node->toolchains; *toolchain != NULL; toolchain++)
            all_well = check_one(table, node, *toolchain) && all_well;
    }
    table_print(table, stdout, cmd_flag(invocation, "json"));
    return all_well;
}

// serve, drain, resume ---------------------------------------------------------------------------

static bool farm_serve(Round *round, GError **error)
{
    g_autoptr(FarmServer) server = NULL;
    if (!farm_server_open(round, &server, error))
        return false;
    cmd_note("bob: the farm is served");
    while (!cmd_stop_requested()) {
        if (!farm_server_tend(server, error))
            return false;
        farm_server_wait(server);
    }
    farm_server_stop(server);
    return true;
}

static bool farm_drain(Round *round, const char *node, bool drained, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    g_autoptr(Farm) farm = NULL;
    if (node == NULL)
        return error_set(error, ERROR_USAGE, "bob farm %s NODE: which node?",
                         drained ? "drain" : "resume");
    if (!db_row(round->site->db, &QUERY_FARM_NODE_DRAIN, DB_PARAMS(DB_TEXT(node), DB_BOOL(drained)),
                &rows, error))
        return false;
    if (rows_bool(rows, 0, "found"))
        return true;
    if (!farm_read(round->site, &farm, error))
        return false;
    return farm_find_node(farm, node) != NULL
               ? error_set(error, ERROR_INPUT,
                           "the node %s is in the settings and not served yet: `bob farm serve` "
                           "takes it up",
                           node)
               : error_set(error, ERROR_INPUT, "the farm has no node %s: see bob farm status",
                           node);
}

static bool run(const Invocation *invocation, GError **error)
{
    static const char *const VERBS[] = {"status", "config", "check", "serve", "drain", "resume"};
    const char *verb = cmd_arguments(invocation)[0];
    const char *node = verb != NULL ? cmd_arguments(invocation)[1] : NULL;
    size_t i = 0;
    while (i < G_N_ELEMENTS(VERBS) && strcmp(verb, VERBS[i]) != 0)
        i++;
    if (i == G_N_ELEMENTS(VERBS))
        return error_set(error, ERROR_USAGE,
                         "bob farm %s: expected status, config, check, serve, drain or resume",
                         verb);
    g_autoptr(Round) round = NULL;
    if (!round_open(&round, NULL, error))
        return false;
    switch (i) {
    case 0:
        return farm_status(round, cmd_flag(invocation, "json"), error);
    case 1:
        return farm_config(round, invocation, error);
    case 2:
        return farm_check(round, invocation, error);
    case 3:
        return farm_serve(round, error);
    default:
        return farm_drain(round, node, i == 4, error);
    }
}

static const CommandOption OPTIONS[] = {
    {.name = "json", .kind = OPTION_FLAG, .help = "status, check: the same as JSON"},
    {.name = "output",
     .kind = OPTION_VALUE,
     .value = "DIR",
     .help = "config: write haproxy.cfg and a script for each node there"},
    {0}};

const Command CMD_FARM = {
    .name = "farm",
    .arguments = "status|config|check|serve|drain|resume [NODE]",
    .summary = "the build farm: nodes that run distccd, behind haproxy",
    .help =
        "status   the nodes with their load and liveness, and the builders\n"
        "config   haproxy's configuration; with NODE the script that runs distccd there\n"
        "check    asks each node to compile an empty file: is it there, with the same compiler?\n"
        "serve    runs haproxy in front of the nodes, for ever. A node gets work when it has "
        "proved "
        "that it compiles with the farm's versions. Nodes are added, changed and removed by files "
        "in nodes.d/ while builds run; one that dies costs two seconds\n"
        "drain    NODE ends what runs there, and gets nothing new\n"
        "resume   NODE gets work again\n\n"
        "A builder uses the farm where its settings say `farm = distcc`; nothing is set in the "
        "environment by hand. serve runs best on a system that does not compile itself.",
    .options = OPTIONS,
    .min_arguments = 1,
    .max_arguments = 2,
    .run = run,
};
