/*
 * The schema of the database: created and moved forward. Migrations (sql/migrations/) run once, in
 * order, each in a transaction of its own; functions, views and grants (sql/replace/) are replaced
 * whenever their text has changed. Not here: roles and the database itself, see sql/cluster.h.
 */
#pragma once

#include "common/db.h"

/* db: connected as marvin_admin, or as the owner of the database. *ret_applied counts migrations.
 * A schema newer than the program is an error that says so. */
bool schema_migrate(Db *db, int *ret_applied, GError **error);

/* True when the schema is exactly this program's; false, without an error, when it is older or
 * absent. Any role may ask. */
bool schema_is_current(Db *db, bool *ret_current, GError **error);

/* How many migrations the database has, -1 for no schema at all. */
bool schema_version(Db *db, int *ret_version, GError **error);
