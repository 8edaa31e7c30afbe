// marvin db: the private cluster, and the schema wherever it lies.
#include "marvin/cmd_db.h"

#include <stdio.h>
#include <string.h>

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

static bool db_start(Site *site, GError **error)
{
    return check_embedded(site, "start", error) &&
           site_connect(site, "marvin db", "marvin_admin", error);
}

static bool db_stop(Site *site, GError **error)
{
    g_autoptr(Cluster) cluster = cluster_new(site->state);
    return check_embedded(site, "stop", error) && cluster_stop(cluster, error);
}

static bool db_migrate(Site *site, GError **error)
{
    int applied = 0;
    g_autoptr(Db) db = NULL;
    if (site_is_embedded(site)) {
        g_autoptr(Cluster) cluster = cluster_new(site->state);
        g_autofree char *conninfo = cluster_conninfo(cluster, "marvin_admin");
        if (!cluster_start(cluster, error) || !db_open(&db, conninfo, "marvin db", NULL, error))
            return false;
    } else if (!db_open(&db, section_text(site->marvin, "database"), "marvin db", "marvin_admin",
                        error)) {
        return false;
    }
    if (!schema_migrate(db, &applied, error))
        return false;
    printf("%d migration%s applied\n", applied, applied == 1 ? "" : "s");
    return true;
}

static bool db_status(Site *site, GError **error)
{
    g_autoptr(Db) db = NULL;
    if (site_is_embedded(site)) {
        g_autoptr(Cluster) cluster = cluster_new(site->state);
        printf("private cluster in %s\n", cluster->folder);
        if (!cluster_exists(cluster) || !cluster_is_running(cluster)) {
            printf("%s\n", cluster_exists(cluster) ? "stopped" : "not made yet: marvin db start");
            return false;
        }
        g_autofree char *conninfo = cluster_conninfo(cluster, "marvin_report");
        printf("running; psql \"%s\"\n", conninfo);
        if (!db_open(&db, conninfo, "marvin db", NULL, error))
            return false;
    } else if (!db_open(&db, section_text(site->marvin, "database"), "marvin db", NULL, error)) {
        return false;
    }
    int version = 0;
    bool current = false;
    if (!schema_version(db, &version, error) || !schema_is_current(db, &current, error))
        return false;
    printf("schema %d%s\n", MAX(version, 0),
           current ? "" : ", older than this program: marvin db migrate");
    return true;
}

static const struct {
    const char *name;
    bool (*run)(Site *site, GError **error);
} VERBS[] = {{"init", db_start},
             {"start", db_start},
             {"stop", db_stop},
             {"status", db_status},
             {"migrate", db_migrate}};

static bool run(const Invocation *invocation, GError **error)
{
    const char *verb = cmd_arguments(invocation)[0];
    for (size_t i = 0; i < G_N_ELEMENTS(VERBS); i++) {
        if (strcmp(verb, VERBS[i].name) == 0) {
            g_autoptr(Site) site = site_load();
            for (guint k = 0; k < site->complaints->len; k++)
                cmd_note("%s", (const char *)site->complaints->pdata[k]);
            return VERBS[i].run(site, error);
        }
    }
    return error_set(error, ERROR_USAGE,
                     "marvin db %s: expected init, start, stop, status or migrate", verb);
}

const Command CMD_DB = {
    .name = "db",
    .arguments = "init|start|stop|status|migrate",
    .summary = "the database: make it, start it, stop it, look at it, move its schema forward",
    .help = "Without `database` in marvin.ini the programs keep a private PostgreSQL cluster in "
            "the state\n"
            "folder and start it themselves; `start` does so too, and `stop` ends it cleanly. "
            "`migrate` also\n"
            "serves a site's own server: its administrator first makes the roles marvin_admin, "
            "marvin_builder,\n"
            "marvin_runner and marvin_report, a database owned by marvin_admin, and a login that "
            "is a member.\n"
            "`status` ends with 1 where the cluster does not run.",
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
