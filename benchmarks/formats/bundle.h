/*
 * A bundle: boots with all that belongs to them in one file, made by `marvin export bundle`, for
 * another database (`marvin import bundle`) or none (`marvin-report compare`). A tar compressed
 * with zstd:
 *
 *     bundle.json      {"schema": 1, "boots": [BOOT, ..]}
 *     raw/HASH.zst     the objects of the store that the boots cite, as they are there; they may be
 *                      left out
 *
 * A BOOT is the object of marvin/import.h with its trials under "trials"; beside those keys it has
 * "epoch" (the number of the machine's epoch where it ran) and "boot" (its number there).
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/* Of bundle.json. */
#define BUNDLE_LIMIT_BYTES ((guint64)1 << 30)
/* Of all that a bundle unpacks to. */
#define BUNDLE_RAW_LIMIT_BYTES ((guint64)256 << 30)
#define BUNDLE_BOOTS "bundle.json"
#define BUNDLE_RAW "raw"

/* A regular file that begins as zstd does. */
bool bundle_is(const char *path);

/*
 * The list of boots; the caller owns it (json_decref). Each is an object with texts tree, revision,
 * machine and a list of trials, each of them an object with texts benchmark, key and state and a
 * list of samples, each with a metric that has texts name, unit, better and statistic; the rest is
 * for the reader to doubt. ERROR_INPUT.
 */
bool bundle_read(const char *path, json_t **ret_boots, GError **error);

/* The same of a bundle.json. place stands for it in messages. */
bool bundle_parse(const char *place, const char *text, size_t length, json_t **ret_boots,
                  GError **error);
