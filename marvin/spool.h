/*
 * Finished trials on their way to the database. Each is first a file in STATE/spool/MACHINE, so
 * that neither a kill nor a database that is away loses it, then a transaction, then no file. A
 * trial that the database refuses (its run is another's by now, or a row is impossible) is moved to
 * refused/ beside it and does not hold up the others.
 *
 * The file: {token, run, benchmark, benchmark_hash, params, key, position, iterations, state,
 * message, started, ended (UTC), raw_hash, samples: [{metric: {name, unit, better, statistic,
 * margin, resolution, deterministic, meaningful, identity}, extraction, state, message, position,
 * value}]}
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "common/db.h"

typedef struct Spool Spool;

bool spool_open(const char *state, const char *machine, Spool **ret_spool, GError **error);
void spool_close(Spool *spool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Spool, spool_close)

/* Writes a trial to the disk, durably. */
bool spool_add(Spool *spool, const json_t *trial, GError **error);

/* Stores what is spooled, oldest first. False with ERROR_DATABASE: the rest stays for later.
 * *ret_refused (may be NULL) counts trials that the database refused. */
bool spool_flush(Spool *spool, Db *db, int *ret_refused, GError **error);
