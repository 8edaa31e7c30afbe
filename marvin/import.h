/*
 * Boots that others ran, into the database: one transaction each, once. A format (import_formats.h)
 * makes boots of what it reads; this stores them and says what became of each. Nothing here reads
 * a format, and no raw file: those are in the store already, by hash.
 *
 * A boot is a JSON object; what may be absent is null or left out, times are texts that PostgreSQL
 * reads:
 *   {tree, kind (of a tree that is new: kernel, program), release, revision, released, machine,
 *    distro, plan, margin ("2%"), mode ("metal"), started, ended,
 *    format, source (for people), content (SHA-256 of what was read: the same in the same place
 *    is the same boot), must {}, note {}, info {} (the fingerprint's classes), files [{path, hash}]
 * (in the store, of the whole boot), facts {} (kept as they are)} and its trials are a list of
 *   {benchmark, definition {}, params {}, key, state (done, failed), message, started, ended,
 *    raw_hash, samples [{metric {name, unit, better, statistic, margin, resolution, deterministic,
 *    meaningful [], identity}, state, message, position [], value []}]}
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "common/store.h"
#include "sql/site.h"

/* What one `marvin import` has in hand. Borrowed but for boots. */
typedef struct {
    Site *site;
    Store *store;
    const char *machine, *release, *tree, *distro; // as the options say; NULL: as the data says
    const char *checkout; // of MMTests, for what has no parser here; NULL: none
    bool again; // what is known of the same content, here or elsewhere, counts no more
    json_t *boots; // what became of each, for --json: {source, tree, release, machine, state, ..}
    const char *noun; // what is imported, for people; NULL: boot
    int n_new, n_known, n_replaced, n_refused;
} Import;

/* The trials of a boot, only asked for when they are wanted; the caller owns the list. NULL and
 * ERROR_INPUT: the boot is not stored. */
typedef json_t *(*ImportTrials)(void *data, GError **error);

/*
 * Stores a boot, or finds that it is there; counts it and prints a line. A boot that cannot be
 * stored (a name is bad, its trials cannot be read) is a note and
 * n_refused; false is for what ends the import: the database, an interruption.
 */
bool import_boot(Import *import, const json_t *boot, ImportTrials trials, void *data,
                 GError **error);

/* A JSON text of any bytes: what is no UTF-8 is replaced. NULL: null. */
json_t *import_text(const char *text);

/* "2026-01-17T04:05:06Z", or null where unix_s is 0. */
json_t *import_time(int64_t unix_s);
