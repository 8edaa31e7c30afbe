/*
 * What of the store is still cited: by rows of the database, and by trials that lie in this state
 * folder's spool and are not rows yet. Not the store itself (common/store.h).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "sql/site.h"

/* hash (char *) -> kind (char *: "artifact", "build log", "raw", "console", "benchmark"), both
 * owned by the table. */
bool references_load(Site *site, GHashTable **ret_kinds, GError **error);
