// What every program opens first: settings, state folder, database.
#include "sql/site.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "common/error.h"
#include "sql/cluster.h"
#include "sql/config.h"
#include "sql/migrate.h"

// The section [marvin] with presets alone, for a folder that does not write one.
static const Section *presets(Settings *settings)
{
    const Section *written = settings_find(settings, "marvin", NULL);
    return written ? written : settings_add_presets(settings, &CONFIG_KINDS[0]);
}

Site *site_load(void)
{
    Site *site = g_new0(Site, 1);
    site->config = settings_config_folder();
    site->state = settings_state_folder();
    site->complaints = g_ptr_array_new_with_free_func(g_free);
    site->settings =
        settings_read_folder(site->config, CONFIG_KINDS, N_CONFIG_KINDS, site->complaints);
    site->marvin = presets(site->settings);
    const char *store = section_text(site->marvin, "store");
    site->store = store ? g_canonicalize_filename(store, site->config)
                        : g_build_filename(site->state, "store", NULL);
    return site;
}

bool site_is_embedded(const Site *site)
{
    return !section_text(site->marvin, "database");
}

// Moves the private cluster's schema forward where it is behind.
static bool embedded_migrate(const Cluster *cluster, const char *program, GError **error)
{
    g_autofree char *conninfo = cluster_conninfo(cluster, "marvin_admin");
    g_autoptr(Db) db = NULL;
    bool current = false;
    int applied = 0;
    return db_open(&db, conninfo, program, NULL, error) && schema_is_current(db, &current, error) &&
           (current || schema_migrate(db, &applied, error));
}

/* Whoever only reads makes no database: a mistyped file name would leave a server behind. */
static bool is_reader(const char *role)
{
    return strcmp(role, "marvin_report") == 0;
}

static bool embedded_connect(Site *site, const char *program, const char *role, GError **error)
{
    g_autoptr(Cluster) cluster = cluster_new(site->state);
    if (is_reader(role) && !cluster_exists(cluster))
        return error_set(error, ERROR_INPUT,
                         "there is no database yet in %s; bob, `marvin import` and `marvin db "
                         "start` make one",
                         cluster->folder);
    if (!cluster_start(cluster, error) || !embedded_migrate(cluster, program, error))
        return false;
    site->conninfo = cluster_conninfo(cluster, role);
    return db_open(&site->db, site->conninfo, program, NULL, error);
}

static bool server_connect(Site *site, const char *program, const char *role, GError **error)
{
    bool current = false;
    site->conninfo = g_strdup(section_text(site->marvin, "database"));
    if (!db_open(&site->db, site->conninfo, program, role, error) ||
        !schema_is_current(site->db, &current, error))
        return false;
    return current ||
           error_set(
               error, ERROR_DATABASE,
               "the schema of the database is older than this program: run `marvin db migrate`");
}

bool site_connect(Site *site, const char *program, const char *role, GError **error)
{
    if (!is_reader(role) && g_mkdir_with_parents(site->state, 0755) != 0)
        return error_set(
            error, ERROR_INPUT,
            "cannot create the state folder %s: %s; set MARVIN_HOME to a folder that you may write",
            site->state, g_strerror(errno));
    return site_is_embedded(site) ? embedded_connect(site, program, role, error)
                                  : server_connect(site, program, role, error);
}

bool site_open(Site **ret_site, const char *program, const char *role, GError **error)
{
    g_autoptr(Site) site = site_load();
    if (!site_connect(site, program, role, error))
        return false;
    *ret_site = g_steal_pointer(&site);
    return true;
}

bool site_open_admin(const Site *site, Db **ret_db, GError **error)
{
    if (!site_is_embedded(site))
        return db_open(ret_db, section_text(site->marvin, "database"), "marvin db", "marvin_admin",
                       error);
    g_autoptr(Cluster) cluster = cluster_new(site->state);
    g_autofree char *conninfo = cluster_conninfo(cluster, "marvin_admin");
    return cluster_start(cluster, error) && db_open(ret_db, conninfo, "marvin db", NULL, error);
}

void site_close(Site *site)
{
    if (!site)
        return;
    db_close(site->db);
    settings_free(site->settings);
    g_ptr_array_unref(site->complaints);
    g_free(site->config);
    g_free(site->state);
    g_free(site->store);
    g_free(site->conninfo);
    g_free(site);
}
