// The folders and files of the private cluster: rights on the way to it, its settings.
#include "sql/cluster_files.h"

#include <errno.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"

static const char *const ROLES[] = {"postgres", "marvin_admin", "marvin_builder", "marvin_runner",
                                    "marvin_report"};

static bool is_home(const char *path)
{
    const struct passwd *user;
    bool found = false;
    setpwent();
    while (!found && (user = getpwent()))
        found = strcmp(user->pw_dir, path) == 0 && strcmp(path, "/") != 0;
    endpwent();
    return found;
}

// Lets the server's user pass through one folder.
static bool open_way(const char *path, const char *user, GError **error)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return error_set(error, ERROR_INPUT, "cannot look at %s: %s", path, g_strerror(errno));
    if (st.st_mode & S_IXOTH)
        return true;
    if (is_home(path))
        return error_set(
            error, ERROR_INPUT,
            "the database's user %s cannot pass through the home folder %s: set MARVIN_HOME "
            "to a folder elsewhere, or allow it with `chmod o+x %s`",
            user, path, path);
    if (chmod(path, (st.st_mode & 07777) | S_IXOTH) != 0)
        return error_set(error, ERROR_INPUT, "cannot let %s pass through %s: %s", user, path,
                         g_strerror(errno));
    return true;
}

static bool open_ways(const char *state, const char *user, GError **error)
{
    for (g_autofree char *at = g_strdup(state); strcmp(at, "/") != 0;) {
        if (!open_way(at, user, error))
            return false;
        char *parent = g_path_get_dirname(at);
        g_free(at);
        at = parent;
    }
    return true;
}

static bool make_owned(const char *path, const struct passwd *owner, GError **error)
{
    struct stat st;
    if (g_mkdir(path, 0755) != 0 && errno != EEXIST)
        return error_set(error, ERROR_INPUT, "cannot create %s: %s", path, g_strerror(errno));
    uid_t wanted = owner ? owner->pw_uid : geteuid();
    if (owner && lchown(path, owner->pw_uid, owner->pw_gid) != 0)
        return error_set(error, ERROR_INPUT, "cannot give %s to %s: %s", path, owner->pw_name,
                         g_strerror(errno));
    if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != wanted)
        return error_set(error, ERROR_INPUT,
                         "%s is not a folder of the database's user: move it away", path);
    return true;
}

bool cluster_prepare_folders(const Cluster *cluster, GError **error)
{
    const struct passwd *owner = NULL;
    if (cluster->user) {
        owner = getpwnam(cluster->user);
        if (!owner)
            return error_set(
                error, ERROR_DATABASE,
                "there is no system user %s for the database, which refuses to run as root: "
                "install the package postgresql",
                cluster->user);
        if (!open_ways(cluster->state, cluster->user, error))
            return false;
    }
    return make_owned(cluster->folder, owner, error) &&
           (strcmp(cluster->socket, cluster->folder) == 0 ||
            make_owned(cluster->socket, owner, error));
}

// Who of the system's users may be which role: the server's user, root and we.
static char *ident_text(const Cluster *cluster)
{
    GString *text = g_string_new("# system user -> role\n");
    const struct passwd *self = getpwuid(geteuid());
    g_autofree char *own = g_strdup(self ? self->pw_name : "root");
    const char *users[] = {"root", cluster->user, strcmp(own, "root") == 0 ? NULL : own};
    for (size_t i = 0; i < G_N_ELEMENTS(users); i++) {
        for (size_t k = 0; users[i] && k < G_N_ELEMENTS(ROLES); k++)
            g_string_append_printf(text, "marvin \"%s\" %s\n", users[i], ROLES[k]);
    }
    return g_string_free(text, FALSE);
}

static bool append_file(const char *data, const char *name, const char *mode, const char *text,
                        GError **error)
{
    g_autofree char *path = g_build_filename(data, name, NULL);
    FILE *file = g_fopen(path, mode);
    bool good = file && fputs(text, file) >= 0;
    good = file && fclose(file) == 0 && good;
    return good || error_set(error, ERROR_INPUT, "cannot write %s: %s", path, g_strerror(errno));
}

bool cluster_write_settings(const Cluster *cluster, const char *data, GError **error)
{
    g_autofree char *ident = ident_text(cluster);
    g_autofree char *settings = g_strdup_printf("\n# marvin\nlisten_addresses = ''\n"
                                                "unix_socket_directories = '%s'\n"
                                                "timezone = 'UTC'\nlog_timezone = 'UTC'\n"
                                                "max_connections = 200\n",
                                                cluster->socket);
    return append_file(data, "postgresql.conf", "a", settings, error) &&
           append_file(data, "pg_hba.conf", "w", "local all all peer map=marvin\n", error) &&
           append_file(data, "pg_ident.conf", "w", ident, error);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    remove(path);
    return 0;
}

void cluster_remove_tree(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
