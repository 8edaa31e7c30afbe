/*
 * A backup: the database, and what the store holds for it.
 *
 * FOLDER/store/              a store of its own (common/store.h), shared by all backups here: what
 * is there already is not copied again FOLDER/TIME/database.dump  pg_dump's custom format, of the
 * schema marvin; pg_restore reads it FOLDER/TIME/objects        the manifest: `HASH  KIND`, a line
 * each object that the database cites
 *
 * TIME is `YYYYMMDDTHHMMSSZ`. A backup that was not finished ends with `.part` and is no backup.
 * Programs may go on meanwhile: the dump is one snapshot, the manifest is read behind it, and an
 * object is in the store before a row cites it. Not here: the settings folder, git trees, spools
 * and consoles that are being written.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "sql/site.h"

/* How far the copying of objects is; false stops it (ERROR_INTERRUPTED). */
typedef bool (*BackupProgressFunc)(guint n_done, guint n_objects, gpointer data);

/* An object that is cited and could not be had, and why. */
typedef void (*BackupMissingFunc)(const char *hash, const char *why, gpointer data);

typedef struct {
    bool with_objects; // of a write; false: the manifest alone, for a store with backups of its own
    BackupProgressFunc on_progress; // NULL: nobody asks
    BackupMissingFunc on_missing; // NULL: counted only
    gpointer data;
} BackupOptions;

/* Cleared with backup_result_clear(). */
typedef struct {
    char *place; // FOLDER/TIME
    guint n_objects; // in the manifest
    guint n_copied; // of these, not there before
    guint n_missing; // cited, and absent or damaged where they are copied from
} BackupResult;

void backup_result_clear(BackupResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(BackupResult, backup_result_clear)

/* site: connected as marvin_admin. folder is made. Objects that are missing do not end it. */
bool backup_write(Site *site, const char *folder, const BackupOptions *options,
                  BackupResult *ret_result, GError **error);

/* Brings a backup (FOLDER/TIME, or FOLDER: the newest) into a database that has no schema yet, and
 * the objects into the site's store; the schema is moved forward where it is older. site: loaded,
 * not connected. ERROR_INPUT: no backup there; a database that holds something. */
bool backup_restore(Site *site, const char *folder, const BackupOptions *options,
                    BackupResult *ret_result, GError **error);
