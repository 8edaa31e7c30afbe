// Serving the farm: settings, proofs, haproxy and rows, looked at every second.
#include "bob/farm_serve.h"

#include <jansson.h>
#include <math.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "bob/definition.h"
#include "bob/farm_haproxy.h"
#include "bob/farm_probe.h"
#include "bob/haproxy.h"
#include "common/clock.h"
#include "common/cmd.h"
#include "common/error.h"
#include "sql/config.h"
#include "sql/queries.h"

enum {
    LOOK_MS = 1000,
    SETTINGS_MS = 2000,
    PROBE_MS = 3000, // for one compile of an empty file
    PROBE_BUDGET_MS = 2000, // in one look
    PROVED_MS = 5000, // between two proofs of a node that is well
    UNPROVED_MS = 2000, // of one that is not
    // A node that is silent for so long hangs; one with compiles may be full of long ones.
    HUNG_IDLE_MS = 15000,
    HUNG_BUSY_MS = 120000,
    UNANSWERED_MAX = 10,
    ROWS_MS = 3000,
    REOPEN_MS = 5000
};

/* What is known of a node. */
typedef struct {
    FarmNode *node; // the farm's
    bool is_proved; // it compiles, with the right versions
    bool answers; // as what, is another question
    bool is_checked_up; // haproxy says so
    bool is_drained;
    gint64 heard_ms; // when a proof was answered or a compile ended
    gint64 ended; // compiles, at the last proof
    char *message; // why it is not well; NULL
    gint64 next_probe_ms;
    gint64 busy, done, done_before, errors, errors_before; // _before: of earlier processes
    double load;
    NodeState told; // what was said of it last
    bool is_told;
} Member;

struct FarmServer {
    Round *round; // borrowed
    Haproxy *haproxy;
    Farm *farm;
    GHashTable *members; // name -> Member
    GHashTable *versions; // toolchain -> version that all nodes must have
    char *config; // that haproxy has
    char *said; // the last complaint about settings; NULL
    gint64 waiting;
    gint64 next_settings_ms, next_rows_ms, next_reopen_ms;
    guint next_probed;
    int unanswered; // questions to haproxy, in a row
};

static void member_free(gpointer data)
{
    Member *member = data;
    g_free(member->message);
    g_free(member);
}

static NodeState member_state(const Member *member)
{
    if (!member->is_proved)
        return member->answers ? NODE_REFUSED : NODE_DOWN;
    return !member->is_checked_up ? NODE_DOWN : member->is_drained ? NODE_DRAINING : NODE_UP;
}

/* Says each change of a node once. */
static void member_tell(Member *member)
{
    NodeState state = member_state(member);
    if (member->is_told && member->told == state)
        return;
    bool is_why = state != NODE_UP && member->message != NULL;
    cmd_note("node %s: %s%s%s", member->node->name, node_state_format(state), is_why ? ": " : "",
             is_why ? member->message : "");
    member->told = state;
    member->is_told = true;
}

// Settings ---------------------------------------------------------------------------------------

static void complain(FarmServer *server, const char *sentence)
{
    if (g_strcmp0(server->said, sentence) != 0)
        cmd_note("bob: %s; the farm stays as it was", sentence);
    g_free(server->said);
    server->said = g_strdup(sentence);
}

/* Members of nodes that are, with what was known of those that stay the same. */
static void members_follow(FarmServer *server, Farm *farm)
{
    g_autoptr(GHashTable) members =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, member_free);
    for (guint i = 0; i < farm->nodes->len; i++) {
        FarmNode *node = farm->nodes->pdata[i];
        Member *old = g_hash_table_lookup(server->members, node->name);
        bool is_same = old != NULL && strcmp(old->node->host, node->host) == 0 &&
                       old->node->port == node->port && old->node->pool == node->pool;
        Member *member = is_same ? old : g_new0(Member, 1);
        if (is_same)
            g_hash_table_steal(server->members, node->name);
        else
            member->load = NAN;
        member->node = node;
        g_hash_table_insert(members, node->name, member);
    }
    g_hash_table_unref(server->members);
    server->members = g_steal_pointer(&members);
    farm_free(server->farm);
    server->farm = farm;
}

static const char *haproxy_user(void)
{
    return geteuid() == 0 && getpwnam("haproxy") != NULL ? "haproxy" : NULL;
}

/* Counters of a process that ends are kept. */
static void members_carry(FarmServer *server)
{
    GHashTableIter iter;
    gpointer member;
    g_hash_table_iter_init(&iter, server->members);
    while (g_hash_table_iter_next(&iter, NULL, &member)) {
        Member *at = member;
        at->done_before = at->done;
        at->errors_before = at->errors;
    }
}

/* Takes a farm over, in haproxy first: what it refuses leaves all as it was. */
static bool take_farm(FarmServer *server, Farm **farm, GError **error)
{
    g_autofree char *config =
        haproxy_config_format(*farm, haproxy_socket(server->haproxy), haproxy_user());
    bool is_new = g_strcmp0(config, server->config) != 0;
    if (is_new && !haproxy_load(server->haproxy, config, error))
        return false;
    if (is_new)
        members_carry(server);
    g_free(server->config);
    server->config = g_steal_pointer(&config);
    members_follow(server, g_steal_pointer(farm));
    return true;
}

/* A file with a complaint is left out as a whole: its node would go away for a typing mistake. */
static bool read_settings(FarmServer *server, GError **error)
{
    Site *site = server->round->site;
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    Settings *fresh = settings_read_folder(site->config, CONFIG_KINDS, N_CONFIG_KINDS, complaints);
    if (complaints->len > 0) {
        settings_free(fresh);
        return error_set(error, ERROR_INPUT, "%s", (const char *)complaints->pdata[0]);
    }
    Settings *was = site->settings;
    g_autoptr(Farm) farm = NULL;
    site->settings = fresh;
    bool ok = farm_read(site, &farm, error) && farm_find_pools(farm, site->db, error) &&
              take_farm(server, &farm, error);
    site->settings = was; // others hold sections of it
    settings_free(fresh);
    return ok;
}

static void follow_settings(FarmServer *server)
{
    g_autoptr(GError) cause = NULL;
    gint64 now_ms = clock_monotonic_ms();
    if (now_ms < server->next_settings_ms || db_is_lost(server->round->site->db))
        return;
    server->next_settings_ms = now_ms + SETTINGS_MS;
    if (read_settings(server, &cause))
        g_clear_pointer(&server->said, g_free);
    else
        complain(server, cause->message);
}

// Proofs -----------------------------------------------------------------------------------------

/* The version that all nodes must have: this system's, else that of the first node asked. */
static const char *version_wanted(FarmServer *server, const char *toolchain, const char *theirs)
{
    const char *known = g_hash_table_lookup(server->versions, toolchain);
    g_autofree char *own = NULL;
    if (known != NULL)
        return known;
    farm_own_version(toolchain, &own, NULL);
    char *wanted = g_strdup(own != NULL ? own : theirs);
    g_hash_table_insert(server->versions, g_strdup(toolchain), wanted);
    return wanted;
}

static bool prove_toolchain(FarmServer *server, Member *member, const char *toolchain,
                            GError **error)
{
    g_autofree char *version = NULL;
    if (!farm_probe(member->node, toolchain, PROBE_MS, &version, &member->answers, error))
        return false;
    const char *wanted = version_wanted(server, toolchain, version);
    return strcmp(version, wanted) == 0 ||
           error_set(error, ERROR_MACHINE, "has another %s: '%s' where the farm's is '%s'",
                     toolchain, version, wanted);
}

static void prove(FarmServer *server, Member *member)
{
    g_autoptr(GError) cause = NULL;
    bool ok = true;
    for (char **at = member->node->toolchains; ok && *at != NULL; at++)
        ok = prove_toolchain(server, member, *at, &cause);
    // One that was well may be busy: it counts as hung when no compile ends there either.
    gint64 now_ms = clock_monotonic_ms();
    bool is_moving = member->done - member->busy != member->ended;
    bool is_heard = ok || member->answers;
    member->ended = member->done - member->busy;
    if (is_heard || is_moving)
        member->heard_ms = now_ms;
    gint64 hung_ms = member->busy > 0 ? HUNG_BUSY_MS : HUNG_IDLE_MS;
    if (is_heard || !member->is_proved || now_ms - member->heard_ms >= hung_ms)
        member->is_proved = ok;
    g_free(member->message);
    member->message = ok ? NULL : g_strdup(cause->message);
    member->load = ok ? farm_probe_load(member->node, PROBE_MS) : NAN;
    member->next_probe_ms = now_ms + (ok ? PROVED_MS : UNPROVED_MS);
}

/* As many as there is time for, each in its turn. */
static void prove_due(FarmServer *server)
{
    gint64 until_ms = clock_monotonic_ms() + PROBE_BUDGET_MS;
    guint n = server->farm->nodes->len;
    for (guint i = 0; i < n && clock_monotonic_ms() < until_ms && !cmd_stop_requested(); i++) {
        const FarmNode *node = server->farm->nodes->pdata[server->next_probed++ % n];
        Member *member = g_hash_table_lookup(server->members, node->name);
        bool is_dead = member->is_proved && !member->is_checked_up; // haproxy looks each second
        if (!is_dead && clock_monotonic_ms() >= member->next_probe_ms)
            prove(server, member);
    }
}

// haproxy ----------------------------------------------------------------------------------------

/* Tells haproxy where it thinks otherwise; done anew each second, so nothing is lost. */
static void reconcile(FarmServer *server, const Member *member, const HaproxyServer *there)
{
    const char *wanted = !member->is_proved ? "maint" : member->is_drained ? "drain" : "ready";
    bool is_right = !member->is_proved   ? there->is_maintained
                    : member->is_drained ? there->is_drained && !there->is_maintained
                                         : !there->is_drained && !there->is_maintained;
    if (is_right)
        return;
    g_autofree char *answer = NULL;
    g_autofree char *question =
        g_strdup_printf("set server pool-%d/%s state %s\n", there->port, there->name, wanted);
    haproxy_ask(server->haproxy, question, &answer, NULL);
}

static void follow_server(FarmServer *server, const HaproxyServer *there)
{
    Member *member = g_hash_table_lookup(server->members, there->name);
    if (member == NULL || member->node->pool != there->port)
        return;
    bool was_up = member->is_checked_up;
    member->is_checked_up = there->is_up;
    member->busy = there->busy;
    member->done = member->done_before + there->done;
    member->errors = member->errors_before + there->errors;
    if (there->is_up && !was_up)
        member->next_probe_ms = 0; // it came back: as what?
    if (member->is_proved && !there->is_up && !there->is_maintained) {
        g_free(member->message);
        member->message =
            g_strdup_printf("cannot be reached%s%s", *there->check ? ": " : "", there->check);
    }
    reconcile(server, member, there);
}

static bool follow_haproxy(FarmServer *server, GError **error)
{
    g_autofree char *answer = NULL;
    g_autoptr(GPtrArray) servers = NULL;
    if (!haproxy_ask(server->haproxy, "show stat\n", &answer, error) ||
        !haproxy_stat_parse(answer, &servers, &server->waiting, error))
        return false;
    for (guint i = 0; i < servers->len; i++)
        follow_server(server, servers->pdata[i]);
    return true;
}

/* One that ended by itself is started again. */
static bool keep_running(FarmServer *server, GError **error)
{
    if (haproxy_is_running(server->haproxy))
        return true;
    cmd_note("bob: haproxy ended by itself and is started again");
    members_carry(server);
    return haproxy_load(server->haproxy, server->config, error);
}

// Rows -------------------------------------------------------------------------------------------

static char *versions_format(FarmServer *server)
{
    g_autoptr(json_t) body = json_object();
    GHashTableIter iter;
    gpointer toolchain, version;
    g_hash_table_iter_init(&iter, server->versions);
    while (g_hash_table_iter_next(&iter, &toolchain, &version))
        json_object_set_new(body, toolchain, json_string(version));
    return definition_format(body);
}

static bool store_member(FarmServer *server, Member *member, GError **error)
{
    const FarmNode *node = member->node;
    NodeState state = member_state(member);
    g_autofree char *address = farm_node_address(node);
    g_autoptr(Rows) rows = NULL;
    bool is_well = state == NODE_UP || state == NODE_DRAINING;
    if (!db_row(server->round->site->db, &QUERY_FARM_NODE_STORE,
                DB_PARAMS(DB_TEXT(node->name), DB_TEXT(address), DB_INT(node->cores),
                          DB_TEXT(node->arch),
                          DB_TEXTS((const char *const *)(gpointer)node->toolchains),
                          DB_INT(node->pool), DB_TEXT(node_state_format(state)),
                          DB_TEXT(is_well ? NULL : member->message), DB_INT(member->busy),
                          DB_INT(member->done), DB_INT(member->errors), DB_REAL(member->load)),
                &rows, error))
        return false;
    member->is_drained = rows_bool(rows, 0, "drained");
    return true;
}

static bool store_rows(FarmServer *server, GError **error)
{
    const Farm *farm = server->farm;
    g_autofree char *versions = versions_format(server);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < farm->nodes->len; i++) {
        FarmNode *node = farm->nodes->pdata[i];
        g_ptr_array_add(names, node->name);
        if (!store_member(server, g_hash_table_lookup(server->members, node->name), error))
            return false;
    }
    g_ptr_array_add(names, NULL);
    return db_none(server->round->site->db, &QUERY_FARM_STORE,
                   DB_PARAMS(DB_TEXT(farm->proxy), DB_REAL(farm->jobs_per_core), DB_TEXT(versions),
                             DB_INT(server->waiting), DB_TEXTS((const char *const *)names->pdata)),
                   error);
}

/* Compiles go on without the database; it is told when it is there again. */
static void follow_rows(FarmServer *server, bool is_news)
{
    Db *db = server->round->site->db;
    gint64 now_ms = clock_monotonic_ms();
    if (db_is_lost(db) && now_ms >= server->next_reopen_ms) {
        server->next_reopen_ms = now_ms + REOPEN_MS;
        db_reopen(db, NULL);
    }
    if (db_is_lost(db) || (!is_news && now_ms < server->next_rows_ms))
        return;
    g_autoptr(GError) cause = NULL;
    server->next_rows_ms = now_ms + ROWS_MS;
    if (!store_rows(server, &cause))
        cmd_note("bob: %s; the farm goes on", cause->message);
}

static bool tell_members(FarmServer *server)
{
    bool is_news = false;
    for (guint i = 0; i < server->farm->nodes->len; i++) {
        const FarmNode *node = server->farm->nodes->pdata[i];
        Member *member = g_hash_table_lookup(server->members, node->name);
        NodeState state = member_state(member);
        is_news = is_news || !member->is_told || member->told != state;
        member_tell(member);
    }
    return is_news;
}

// ------------------------------------------------------------------------------------------------

bool farm_server_open(Round *round, FarmServer **ret_server, GError **error)
{
    g_autoptr(FarmServer) server = g_new0(FarmServer, 1);
    g_autofree char *folder = g_build_filename(round->site->state, "farm", NULL);
    server->round = round;
    server->members = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, member_free);
    server->versions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (!haproxy_open(folder, &server->haproxy, error) || !read_settings(server, error) ||
        !db_listen(round->site->db, "marvin_farm", error))
        return false;
    if (server->farm->nodes->len == 0)
        return error_set(error, ERROR_INPUT,
                         "there is no node to serve: write [node NAME] with address, cores and "
                         "toolchains into %s/nodes.d/NAME.ini",
                         round->site->config);
    *ret_server = g_steal_pointer(&server);
    return true;
}

void farm_server_close(FarmServer *server)
{
    if (server == NULL)
        return;
    g_clear_pointer(&server->haproxy, haproxy_close);
    g_hash_table_unref(server->members);
    g_hash_table_unref(server->versions);
    farm_free(server->farm);
    g_free(server->config);
    g_free(server->said);
    g_free(server);
}

bool farm_server_tend(FarmServer *server, GError **error)
{
    g_autoptr(GError) cause = NULL;
    if (!keep_running(server, error))
        return false;
    follow_settings(server);
    if (server->farm->nodes->len > 0)
        prove_due(server);
    if (follow_haproxy(server, &cause))
        server->unanswered = 0;
    else if (++server->unanswered == UNANSWERED_MAX)
        return error_pass(error, g_steal_pointer(&cause), "haproxy hangs");
    follow_rows(server, tell_members(server));
    return true;
}

void farm_server_stop(FarmServer *server)
{
    g_clear_pointer(&server->haproxy, haproxy_close);
    for (guint i = 0; i < server->farm->nodes->len; i++) {
        const FarmNode *node = server->farm->nodes->pdata[i];
        Member *member = g_hash_table_lookup(server->members, node->name);
        member->is_proved = member->answers = false;
        member->busy = 0;
        g_free(member->message);
        member->message = g_strdup("the farm is not served");
    }
    follow_rows(server, true);
}

void farm_server_wait(FarmServer *server)
{
    Db *db = server->round->site->db;
    bool came = false;
    if (db_is_lost(db) || !db_wait(db, LOOK_MS, &came, NULL))
        clock_sleep(LOOK_MS, cmd_stop_requested_by, NULL);
    else if (came)
        server->next_rows_ms = 0; // a node is to be drained
}
