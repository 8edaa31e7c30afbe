/*
 * Boots of the database as a bundle (benchmarks/formats/bundle.h).
 */
#pragma once

#include <stdbool.h>

#include "common/store.h"
#include "marvin/selection.h"
#include "sql/site.h"

/*
 * Writes the boots of the selection to fd; with_raw: and the store's objects that they cite. An
 * object that the store lacks is a note. scratch: a folder for the time being, made and removed.
 * ERROR_INPUT: nothing is selected.
 */
bool export_bundle(Site *site, Store *store, const Selection *selection, bool with_raw,
                   const char *scratch, int fd, GError **error);
