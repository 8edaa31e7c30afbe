/*
 * Folders on the disk: what they take, what is left, and their removal. Never follows links.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Bytes on the disk of all below dir (allocated blocks); what vanishes meanwhile is passed over.
 * Stops counting above limit_bytes (0: no limit). */
guint64 disk_folder_bytes(const char *dir, guint64 limit_bytes);

/* Bytes that are left to us on dir's file system; G_MAXUINT64 when that cannot be told. */
guint64 disk_free_bytes(const char *dir);

/* Removes dir with all below it, folders without write permission included. True when it is gone or
 * was never there; ERROR_INPUT names what stays. */
bool disk_folder_remove(const char *dir, GError **error);

/* Whether dir holds nothing but folders. */
bool disk_folder_is_empty(const char *dir);

/* What is in dir, as a JSON array in order of the paths: [{"path", "bytes", "mode"}], links with
 * "link" for their target; at most max entries. Names that are no UTF-8 are escaped. g_free. */
char *disk_folder_list(const char *dir, guint max);
