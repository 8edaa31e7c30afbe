// The private PostgreSQL cluster: created, started, stopped.
#include "sql/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pwd.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/proc.h"
#include "sql/cluster_files.h"
#include "sql/queries.h"

enum { SOCKET_PATH_MAX = 90, PROGRAM_MS = 120000 };

static char *socket_folder(const char *folder, const char *state)
{
    if (strlen(folder) <= SOCKET_PATH_MAX)
        return g_strdup(folder);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, state, -1);
    return g_strdup_printf("/tmp/marvin-%d-%.12s", (int)getuid(), hash);
}

Cluster *cluster_new(const char *state)
{
    Cluster *cluster = g_new0(Cluster, 1);
    cluster->state = g_canonicalize_filename(state, NULL);
    cluster->folder = g_build_filename(cluster->state, "postgres", NULL);
    cluster->data = g_build_filename(cluster->folder, "data", NULL);
    cluster->socket = socket_folder(cluster->folder, cluster->state);
    cluster->user = geteuid() == 0 ? g_strdup("postgres") : NULL;
    return cluster;
}

void cluster_free(Cluster *cluster)
{
    if (!cluster)
        return;
    g_free(cluster->state);
    g_free(cluster->folder);
    g_free(cluster->data);
    g_free(cluster->socket);
    g_free(cluster->user);
    g_free(cluster);
}

char *cluster_find_programs(void)
{
    for (int version = 30; version >= 15; version--) {
        g_autofree char *folder = g_strdup_printf("/usr/lib/postgresql/%d/bin", version);
        g_autofree char *initdb = g_build_filename(folder, "initdb", NULL);
        if (g_file_test(initdb, G_FILE_TEST_IS_EXECUTABLE))
            return g_steal_pointer(&folder);
    }
    g_autofree char *initdb = proc_find_program("initdb");
    return initdb ? g_path_get_dirname(initdb) : NULL;
}

// "15" of a cluster that is there; NULL: there is none. Freed by the caller.
static char *version_of(const Cluster *cluster)
{
    g_autofree char *path = g_build_filename(cluster->data, "PG_VERSION", NULL);
    char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) ? g_strstrip(text) : NULL;
}

bool cluster_programs(const Cluster *cluster, char **ret_folder, GError **error)
{
    g_autofree char *newest = cluster_find_programs(), *version = version_of(cluster);
    if (!newest)
        return error_set(
            error, ERROR_DATABASE,
            "PostgreSQL's server programs (15 or later) are not installed: install the "
            "package postgresql, or set `database` in marvin.ini");
    g_autofree char *own =
        version ? g_build_filename("/usr/lib/postgresql", version, "bin", NULL) : NULL;
    bool is_debian = g_str_has_prefix(newest, "/usr/lib/postgresql/");
    if (own && is_debian && !g_file_test(own, G_FILE_TEST_IS_DIR))
        return error_set(error, ERROR_DATABASE,
                         "the private database in %s was made by PostgreSQL %s, whose server "
                         "programs are not installed: install the package postgresql-%s",
                         cluster->folder, version, version);
    *ret_folder = own && is_debian ? g_steal_pointer(&own) : g_steal_pointer(&newest);
    return true;
}

// Runs a program of PostgreSQL as the server's user, in an environment of its own.
static bool run_program(const Cluster *cluster, const char *program, const char *const *arguments,
                        bool leaves_server, GError **error)
{
    g_autofree char *folder = NULL;
    if (!cluster_programs(cluster, &folder, error))
        return false;
    g_autofree char *path = g_build_filename(folder, program, NULL);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_ptr_array_add(argv, path);
    for (; *arguments; arguments++)
        g_ptr_array_add(argv, (gpointer)(guintptr)*arguments);
    g_ptr_array_add(argv, NULL);
    const char *env[] = {"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", NULL};
    ProcSpec spec = {.argv = (const char *const *)argv->pdata,
                     .env = env,
                     .dir = "/",
                     .user = cluster->user,
                     .deadline_ms = PROGRAM_MS,
                     .may_leave_children = leaves_server};
    g_auto(ProcResult) ran = {0};
    GError *cause = NULL;
    if (!proc_run_ok(&spec, &ran, &cause))
        return error_pass(error, cause, "the private database in %s", cluster->folder);
    return true;
}

static bool database_make(const Cluster *cluster, GError **error)
{
    g_autofree char *data_new = g_strconcat(cluster->data, ".new", NULL);
    cluster_remove_tree(data_new);
    g_autofree char *pgdata = g_strconcat("--pgdata=", data_new, NULL);
    const char *arguments[] = {pgdata,
                               "--username=postgres",
                               "--auth-local=peer",
                               "--auth-host=reject",
                               "--encoding=UTF8",
                               "--locale=C",
                               "--data-checksums",
                               "--no-instructions",
                               NULL};
    if (!run_program(cluster, "initdb", arguments, false, error) ||
        !cluster_write_settings(cluster, data_new, error))
        return false;
    if (g_rename(data_new, cluster->data) != 0)
        return error_set(error, ERROR_DATABASE, "cannot rename %s: %s", data_new,
                         g_strerror(errno));
    return true;
}

bool cluster_exists(const Cluster *cluster)
{
    struct stat st;
    return stat(cluster->data, &st) == 0;
}

char *cluster_conninfo(const Cluster *cluster, const char *role)
{
    return g_strdup_printf("host='%s' dbname=%s user=%s", cluster->socket,
                           strcmp(role, "postgres") == 0 ? "postgres" : "marvin", role);
}

bool cluster_is_running(const Cluster *cluster)
{
    g_autofree char *conninfo = cluster_conninfo(cluster, "postgres");
    g_autoptr(Db) db = NULL;
    return db_open(&db, conninfo, "marvin", NULL, NULL);
}

// The roles and the database, where they are not there yet.
static bool contents_make(const Cluster *cluster, GError **error)
{
    g_autofree char *conninfo = cluster_conninfo(cluster, "postgres");
    g_autoptr(Db) db = NULL;
    g_autoptr(Rows) rows = NULL;
    if (!db_open(&db, conninfo, "marvin db init", NULL, error) ||
        !db_script(db, &QUERY_CLUSTER_ROLES, error) ||
        !db_row(db, &QUERY_CLUSTER_HAS_DATABASE, DB_NO_PARAMS, &rows, error))
        return false;
    return rows_bool(rows, 0, "present") || db_script(db, &QUERY_CLUSTER_CREATE_DATABASE, error);
}

static bool server_start(const Cluster *cluster, GError **error)
{
    g_autofree char *log = g_build_filename(cluster->folder, "log", NULL);
    const char *arguments[] = {"-D", cluster->data, "-l", log,     "-w",
                               "-t", "60",          "-s", "start", NULL};
    GError *cause = NULL;
    if (run_program(cluster, "pg_ctl", arguments, true, &cause))
        return true;
    return error_pass(error, cause, "%s tells more", log);
}

// What cluster_start does, alone in the state folder.
static bool start_locked(const Cluster *cluster, GError **error)
{
    if (cluster_exists(cluster) && cluster_is_running(cluster))
        return contents_make(cluster, error);
    if (!cluster_prepare_folders(cluster, error))
        return false;
    if (!cluster_exists(cluster) && !database_make(cluster, error))
        return false;
    return server_start(cluster, error) && contents_make(cluster, error);
}

bool cluster_start(const Cluster *cluster, GError **error)
{
    if (g_mkdir_with_parents(cluster->state, 0755) != 0)
        return error_set(error, ERROR_INPUT,
                         "cannot create the state folder %s: %s; set MARVIN_HOME to "
                         "a folder that you may write",
                         cluster->state, g_strerror(errno));
    g_autofree char *path = g_build_filename(cluster->state, "postgres.lock", NULL);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0)
        return error_set(error, ERROR_INPUT, "cannot open %s: %s", path, g_strerror(errno));
    while (flock(lock, LOCK_EX) != 0 && errno == EINTR) {
    }
    bool good = start_locked(cluster, error);
    close(lock);
    return good;
}

bool cluster_stop(const Cluster *cluster, GError **error)
{
    g_autofree char *pid_file = g_build_filename(cluster->data, "postmaster.pid", NULL);
    if (!cluster_exists(cluster) || g_access(pid_file, F_OK) != 0)
        return true;
    const char *arguments[] = {"-D", cluster->data, "-m", "fast", "-w",
                               "-t", "60",          "-s", "stop", NULL};
    return run_program(cluster, "pg_ctl", arguments, false, error);
}
