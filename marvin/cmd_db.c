// marvin db: the private cluster, and the schema wherever it lies.
#include "marvin/cmd_db.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/progress.h"
#include "marvin/backup.h"
#include "sql/cluster.h"
#include "sql/migrate.h"
#include "sql/site.h"

static bool check_embedded(const Site *site, const char *verb, GError **error)
{
    return site_is_embedded(site) ||
           error_set(error, ERROR_USAGE,
                     "`marvin db %s` is for the private cluster, and %s sets `database`: "
                     "ask the administrator of that server",
                     verb, section_origin(site->marvin, "database"));
}

static bool db_start(const Invocation *invocation, Site *site, GError **error)
{
    (void)invocation;
    return check_embedded(site, "start", error) &&
           site_connect(site, "marvin db", "marvin_admin", error);
}

static bool db_stop(const Invocation *invocation, Site *site, GError **error)
{
    (void)invocation;
    g_autoptr(Cluster) cluster = cluster_new(site->state);
    return check_embedded(site, "stop", error) && cluster_stop(cluster, error);
}

static bool db_migrate(const Invocation *invocation, Site *site, GError **error)
{
    int applied = 0;
    g_autoptr(Db) db = NULL;
    (void)invocation;
    if (!site_open_admin(site, &db, error) || !schema_migrate(db, &applied, error))
        return false;
    printf("%d migration%s applied\n", applied, applied == 1 ? "" : "s");
    return true;
}

/* What there is to say of the database. */
typedef struct {
    bool is_private; // a cluster of our own
    const char *where; // its folder; NULL: the site's own server
    const char *state; // running, stopped, absent
    const char *conninfo; // for psql; NULL: it does not run, or is the site's own server
    int version; // of the schema; 0: none
    bool is_current;
} DbStatus;

static void status_print(const DbStatus *status)
{
    bool is_running = strcmp(status->state, "running") == 0;
    if (status->is_private)
        printf("private cluster in %s\n", status->where);
    if (status->conninfo != NULL)
        printf("running; psql \"%s\"\n", status->conninfo);
    else if (!is_running)
        printf("%s\n", strcmp(status->state, "absent") == 0 ? "not made yet: marvin db start"
                                                            : status->state);
    if (is_running)
        printf("schema %d%s\n", status->version,
               status->is_current ? "" : ", older than this program: marvin db migrate");
}

static void status_print_json(const DbStatus *status)
{
    json_t *json =
        json_pack("{s:b, s:s?, s:s, s:s?, s:i, s:b}", "private", status->is_private, "folder",
                  status->is_private ? status->where : NULL, "state", status->state, "psql",
                  status->conninfo, "schema", status->version, "current", status->is_current);
    json_dumpf(json, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(json);
}

static bool status_tell(const Invocation *invocation, const DbStatus *status)
{
    (cmd_flag(invocation, "json") ? status_print_json : status_print)(status);
    return strcmp(status->state, "running") == 0;
}

static bool db_status(const Invocation *invocation, Site *site, GError **error)
{
    g_autoptr(Db) db = NULL;
    g_autoptr(Cluster) cluster = NULL;
    g_autofree char *conninfo = NULL;
    DbStatus status = {.is_private = site_is_embedded(site), .state = "running"};
    if (status.is_private) {
        cluster = cluster_new(site->state);
        status.where = cluster->folder;
        if (!cluster_exists(cluster) || !cluster_is_running(cluster)) {
            status.state = cluster_exists(cluster) ? "stopped" : "absent";
            return status_tell(invocation, &status);
        }
        conninfo = cluster_conninfo(cluster, "marvin_report");
        status.conninfo = conninfo;
    }
    if (!db_open(&db, status.is_private ? conninfo : section_text(site->marvin, "database"),
                 "marvin db", NULL, error) ||
        !schema_version(db, &status.version, error) ||
        !schema_is_current(db, &status.is_current, error))
        return false;
    status.version = MAX(status.version, 0);
    return status_tell(invocation, &status);
}

// Backups -----------------------------------------------------------------------------------------

static bool show_progress(guint n_done, guint n_objects, gpointer data)
{
    progress_set_total(data, n_objects);
    progress_set(data, n_done, NULL);
    return !cmd_stop_requested();
}

static void print_missing(const char *hash, const char *why, gpointer data)
{
    progress_hide(data);
    printf("missing  %s  %s\n", hash, why);
}

static bool print_result(const char *what, const BackupResult *result)
{
    printf("%s %s: %u object%s, %u copied, %u missing\n", what, result->place, result->n_objects,
           result->n_objects == 1 ? "" : "s", result->n_copied, result->n_missing);
    return result->n_missing == 0;
}

static bool db_backup(const Invocation *invocation, Site *site, GError **error)
{
    g_autoptr(Progress) progress = progress_new(stderr, "objects", 0);
    BackupOptions options = {.with_objects = !cmd_flag(invocation, "no-objects"),
                             .on_progress = show_progress,
                             .on_missing = print_missing,
                             .data = progress};
    g_auto(BackupResult) result = {0};
    if (!site_connect(site, "marvin db", "marvin_admin", error) ||
        !backup_write(site, cmd_arguments(invocation)[1], &options, &result, error))
        return false;
    progress_hide(progress);
    return print_result("backup", &result);
}

static bool db_restore(const Invocation *invocation, Site *site, GError **error)
{
    g_autoptr(Progress) progress = progress_new(stderr, "objects", 0);
    BackupOptions options = {
        .on_progress = show_progress, .on_missing = print_missing, .data = progress};
    g_auto(BackupResult) result = {0};
    if (!backup_restore(site, cmd_arguments(invocation)[1], &options, &result, error))
        return false;
    progress_hide(progress);
    return print_result("restored", &result);
}

static const struct {
    const char *name;
    bool (*run)(const Invocation *invocation, Site *site, GError **error);
    bool takes_folder;
} VERBS[] = {{"init", db_start, false},      {"start", db_start, false},
             {"stop", db_stop, false},       {"status", db_status, false},
             {"migrate", db_migrate, false}, {"backup", db_backup, true},
             {"restore", db_restore, true}};

static bool run(const Invocation *invocation, GError **error)
{
    const char *verb = cmd_arguments(invocation)[0];
    size_t i = 0;
    while (i < G_N_ELEMENTS(VERBS) && strcmp(verb, VERBS[i].name) != 0)
        i++;
    if (i == G_N_ELEMENTS(VERBS))
        return error_set(error, ERROR_USAGE,
                         "marvin db %s: expected init, start, stop, status, migrate, backup or "
                         "restore",
                         verb);
    if (VERBS[i].takes_folder != (cmd_argument_count(invocation) == 2))
        return error_set(error, ERROR_USAGE,
                         VERBS[i].takes_folder ? "marvin db %s: expected the folder of the backups"
                                               : "marvin db %s: expected no folder",
                         verb);
    if (cmd_flag(invocation, "no-objects") && strcmp(verb, "backup") != 0)
        return error_set(error, ERROR_USAGE, "marvin db %s: --no-objects is of backup only", verb);
    if (cmd_flag(invocation, "json") && strcmp(verb, "status") != 0)
        return error_set(error, ERROR_USAGE, "marvin db %s: --json is of status only", verb);
    g_autoptr(Site) site = site_load();
    for (guint k = 0; k < site->complaints->len; k++)
        cmd_note("%s", (const char *)site->complaints->pdata[k]);
    return VERBS[i].run(invocation, site, error);
}

static const CommandOption OPTIONS[] = {
    {"no-objects", 0, OPTION_FLAG, NULL,
     "of backup: list the store's objects, copy none (the store has backups of its own)"},
    {"json", 0, OPTION_FLAG, NULL, "of status: as JSON"},
    {0},
};

const Command CMD_DB = {
    .name = "db",
    .arguments = "init|start|stop|status|migrate|backup FOLDER|restore FOLDER",
    .summary = "the database: make it, start it, stop it, look at it, migrate it, back it up",
    .help = "Without `database` in marvin.ini the programs keep a private PostgreSQL cluster in "
            "the state\n"
            "folder and start it themselves; `start` does so too, and `stop` ends it cleanly. "
            "`migrate` also\n"
            "serves a site's own server: its administrator first makes the roles marvin_admin, "
            "marvin_builder,\n"
            "marvin_runner and marvin_report, a database owned by marvin_admin, and a login that "
            "is a member.\n"
            "`status` ends with 1 where the cluster does not run.\n"
            "`backup` writes FOLDER/TIME/database.dump (pg_dump's custom format), a manifest of "
            "the store's\n"
            "objects, and those of them that FOLDER/store lacks; everything may go on meanwhile. "
            "`restore` brings\n"
            "FOLDER/TIME, or the newest below FOLDER, into a new database and store. Both end "
            "with 1 where an\n"
            "object is missing. The settings folder is not in it.",
    .options = OPTIONS,
    .min_arguments = 1,
    .max_arguments = 2,
    .run = run,
};
