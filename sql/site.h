/*
 * What every program opens first: the settings, the state folder and the database as one role.
 * Without `database =` that is the private cluster, which is created, started and migrated here.
 */
#pragma once

#include "common/db.h"
#include "common/settings.h"

typedef struct {
    char *config; // the settings folder
    char *state; // the state folder, made where it is not there
    char *store; // the folder of the content-addressed store
    char *conninfo; // of the role
    Settings *settings; // of CONFIG_KINDS
    GPtrArray *complaints; // char *: what was wrong in the settings; each file left out as a whole
    const Section *marvin; // [marvin], with presets where it is not written
    Db *db;
} Site;

/*
 * program: as in pg_stat_activity. role: marvin_admin, marvin_builder, marvin_runner or
 * marvin_report, which makes no private cluster where there is none (ERROR_INPUT). *ret_site is
 * closed with site_close(). The caller prints the complaints.
 */
bool site_open(Site **ret_site, const char *program, const char *role, GError **error);

/* The same without a database: db is NULL. */
Site *site_load(void);

/* Connects a loaded site, as site_open does. */
bool site_connect(Site *site, const char *program, const char *role, GError **error);

/* Another connection as marvin_admin, with the schema as it is, or none: the private cluster is
 * made and started, nothing is migrated. For what moves, brings or looks at the schema itself. */
bool site_open_admin(const Site *site, Db **ret_db, GError **error);

void site_close(Site *site);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Site, site_close)

/* True where the private cluster is used. */
bool site_is_embedded(const Site *site);
