/*
 * The changes that are known to the database, written out for people or as JSON.
 */
#pragma once

#include "common/db.h"

/* tree: NULL for all. Writes to stdout. */
bool changes_found_print(Db *db, const char *tree, bool as_json, GError **error);
