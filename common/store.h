/*
 * The content-addressed store: artifacts and raw logs, each kept once, read-only, by its hash.
 *
 * DIR/objects/ab/cdef...   an object: one zstd frame, mode 0444, named by the hash
 * DIR/tmp/put-XXXXXX       an object being written
 * DIR/id                   tells this store from others
 *
 * The hash is the SHA-256 of the content before compression: of the bytes themselves, or, for a
 * folder, of its deterministic tar (common/archive.h). So another compression level or another
 * zstd names the same content the same, and store_verify() can recompute every name. An object
 * does not say whether it is a folder, an artifact or a raw log: two of them with equal content
 * are one object, and the row that cites the hash knows what it stands for.
 *
 * Any number of processes on any number of machines may use one store at once, a network file
 * system included: an object appears by rename() after fsync(), nothing takes a lock, and
 * whoever is killed leaves a file in tmp/ only. Whoever puts content that is there already
 * renews its time stamp, so that a collector which spares young objects does not take it away;
 * a damaged object is replaced by a put of the same content.
 *
 * Not here: which objects are still needed (the database knows) and who removes them when.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/blob.h"

typedef struct Store Store;

/* What a put stored: hash, bytes (content; of a folder its tar) and stored_bytes (in the store). */
typedef BlobInfo StoreObject;

/* Opens the store in dir and makes the folders that are missing; ERROR_INPUT. */
bool store_open(const char *dir, Store **ret_store, GError **error);
void store_close(Store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_close)

/* The folder as given to store_open(); owned by store. */
const char *store_dir(const Store *store);

/* The id of the store's folder (common/folderid.h): equal for two systems that share it. */
bool store_id(const Store *store, char **ret_id, GError **error);

/*
 * Put content and return only when it is on the disk. Putting the same content again is cheap in
 * space and returns the same hash. limit_bytes bounds the content before compression (0: no
 * limit); more is ERROR_INPUT and leaves nothing behind. ret_object may be NULL.
 */
bool store_put_bytes(Store *store, const void *data, gsize n_bytes, StoreObject *ret_object,
                     GError **error);
bool store_put_file(Store *store, const char *path, guint64 limit_bytes, StoreObject *ret_object,
                    GError **error);
bool store_put_dir(Store *store, const char *dir, guint64 limit_bytes, StoreObject *ret_object,
                   GError **error);

/* The next piece of an object's file (g_bytes_unref), NULL behind the last one. */
typedef bool (*StoreNextFunc)(gpointer data, GBytes **ret_bytes, GError **error);

/*
 * Takes over an object of another store, as its file is there (store_find_path), piece by piece.
 * limit_bytes bounds the content. *ret_damaged is set on every return: true, with ERROR_INPUT, when
 * what came is not the content of that hash; any other failure is no fault of what came.
 */
bool store_take(Store *store, const char *hash, StoreNextFunc next, gpointer data,
                guint64 limit_bytes, bool *ret_damaged, GError **error);

/* Whether the object is there (its content is not checked). */
bool store_has(Store *store, const char *hash);

/* The object's file, which is zstd-compressed (zstd -d reads it); NULL when hash is not there or
 * no hash. Freed with g_free. */
char *store_find_path(Store *store, const char *hash);

/*
 * Read content. All three check it against the hash and fail with ERROR_INPUT when the object is
 * absent or damaged, or its content exceeds limit_bytes (0: no limit).
 */

/* The content of a put of bytes or of a file (of a folder: the tar). *ret_bytes: g_bytes_unref. */
bool store_read(Store *store, const char *hash, guint64 limit_bytes, GBytes **ret_bytes,
                GError **error);

/* Writes the content to fd; of a folder a plain tar, ready for `tar -x -m` on a target. What a
 * damaged object held has been written when the error comes: the reader must not use it. */
bool store_stream(Store *store, const char *hash, int fd, guint64 limit_bytes, GError **error);

/* Unpacks a folder into dir, which is made or must be empty. On failure dir holds a part. */
bool store_unpack(Store *store, const char *hash, const char *dir, guint64 limit_bytes,
                  GError **error);

/* Tells of one object; mtime_s: seconds since 1970 when it was last put. false stops the walk. */
typedef bool (*StoreListFunc)(const char *hash, guint64 stored_bytes, gint64 mtime_s,
                              gpointer data);

/* All objects, in order of their hashes. Files that are no objects are passed over. */
bool store_list(Store *store, StoreListFunc func, gpointer data, GError **error);

/* Tells of one damaged object and why, in a sentence. */
typedef void (*StoreDamageFunc)(const char *hash, const char *why, gpointer data);

/* Tells, before each object, how far a verification is. false stops it (ERROR_INTERRUPTED). */
typedef bool (*StoreProgressFunc)(guint64 n_done, guint64 n_objects, gpointer data);

/*
 * Reads every object and checks it against its name. *ret_damaged: how many failed; damage is no
 * error of the function. on_damage and on_progress may be NULL and get data.
 */
bool store_verify(Store *store, StoreDamageFunc on_damage, StoreProgressFunc on_progress,
                  gpointer data, guint64 *ret_damaged, GError **error);

/* Checks one object; ERROR_INPUT says what is wrong with it. */
bool store_verify_object(Store *store, const char *hash, GError **error);

/* Removes an object; one that is gone already is no error. */
bool store_remove(Store *store, const char *hash, GError **error);

/* Removes what killed writers left in tmp/ longer than a day ago. *ret_removed may be NULL. */
bool store_clean_tmp(Store *store, guint *ret_removed, GError **error);
