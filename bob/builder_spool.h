/*
 * Builds that ended while the database was away: their records lie in STATE/spool/builds/NAME, a
 * file each, until it is back. A build whose claim is still its own then counts as it ended; one
 * that another builder has taken meanwhile stays lost, and keeps its record.
 */
#pragma once

#include "bob/builder.h"

/* Keeps how a build ended, durably. G_FILE_ERROR, ERROR_INPUT. */
bool builder_spool_add(const Builder *builder, const BuildJob *job, const BuildOutcome *outcome,
                       GError **error);

/* Brings what lies there to the database, the oldest first, and removes it. A file that is no
 * record is renamed to *.bad. *ret_told: how many. ERROR_DATABASE leaves the rest for later. */
bool builder_spool_flush(Builder *builder, int *ret_told, GError **error);
