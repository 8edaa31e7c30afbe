/*
 * The private PostgreSQL cluster: the embedded default where no `database` is set.
 *
 * It lies in STATE/postgres: data/ (the cluster), log, and the socket. Unix socket only, peer
 * authentication, checksums on. The system users that may connect as the four roles are the owner
 * of the state folder and root. postgres refuses to run as root: for root the server runs as the
 * system user postgres. Not here: the schema (sql/migrate.h), and servers of a site.
 */
#pragma once

#include "common/db.h"

typedef struct {
    char *state; // the state folder, absolute
    char *folder; // STATE/postgres
    char *data; // STATE/postgres/data
    char *socket; // folder of the socket; a path of at most 90 bytes
    char *user; // system user of the server, NULL: ourselves
} Cluster;

/* The places of the cluster below a state folder; touches nothing. */
Cluster *cluster_new(const char *state);
void cluster_free(Cluster *cluster);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cluster, cluster_free)

/* Creates the cluster where there is none, starts it where it does not run, makes the roles and
 * the database. Safe from several programs at once, and after a kill at any instant. */
bool cluster_start(const Cluster *cluster, GError **error);

/* A fast, clean stop; nothing when it does not run. */
bool cluster_stop(const Cluster *cluster, GError **error);

/* initdb has been done; the server answers. */
bool cluster_exists(const Cluster *cluster);
bool cluster_is_running(const Cluster *cluster);

/* The connection string of a role, freed by the caller. */
char *cluster_conninfo(const Cluster *cluster, const char *role);

/* The folder of initdb, pg_ctl and postgres: that of the newest version from 15 on in Debian's
 * place, else PATH's. NULL where there is none. Freed by the caller. */
char *cluster_find_programs(void);

/* The same of the version that made this cluster: another one's server does not start on it, and
 * may stand beside it after an upgrade of the system. The newest where there is no cluster yet. */
bool cluster_programs(const Cluster *cluster, char **ret_folder, GError **error);
