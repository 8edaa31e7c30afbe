/*
 * Folders as files: packed into a deterministic tar compressed with zstd, and unpacked safely.
 *
 * The tar of a folder is a function of its names, contents, symbolic links and permission bits:
 * sorted by name, time stamps 0, owner 0, no user names; hard links are separate files, set-id
 * and sticky bits are dropped. Sockets, FIFOs and devices have no content and are passed over.
 * Names may be any bytes. Time stamps being 0, a target unpacks it with `tar -x -m`.
 *
 * Reading never writes outside of the folder: an absolute name, "..", a name below a symbolic
 * link, a name twice, devices, FIFOs and hard links are ERROR_INPUT. Symbolic links are made as
 * they stand, wherever they point, and never followed: who reads an unpacked folder of foreign
 * content must not follow them either. libarchive is used here only.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/blob.h"

/*
 * Writes the tar of dir, compressed, to fd or to the new file out_path (nothing is left of it on
 * failure). limit_bytes bounds the tar (0: no limit); above it ERROR_INPUT names dir and the
 * limit. The folder must be at rest: a file that shrinks meanwhile is ERROR_INPUT.
 */
bool archive_pack_fd(int fd, const char *dir, guint64 limit_bytes, BlobInfo *ret_info,
                     GError **error);
bool archive_pack(const char *dir, const char *out_path, guint64 limit_bytes, GError **error);

/*
 * Unpacks what archive_pack_fd() wrote, from fd (name is for messages) or from path, into dir,
 * which is made or must be empty. limit_bytes bounds the tar. On failure dir holds a part.
 * archive_unpack() takes tars of other makers as well, plain or compressed with gzip, bzip2, xz
 * or zstd; ret_info may be NULL.
 */
bool archive_unpack_fd(int fd, const char *name, const char *dir, guint64 limit_bytes,
                       BlobInfo *ret_info, GError **error);
bool archive_unpack(const char *path, const char *dir, guint64 limit_bytes, GError **error);

/* The content of the regular file that a tar as archive_unpack() takes them has under this name,
 * without unpacking anything: at most limit_bytes, else ERROR_INPUT, as when it is not there.
 * *ret_bytes: g_bytes_unref. */
bool archive_read_file(const char *path, const char *name, guint64 limit_bytes, GBytes **ret_bytes,
                       GError **error);

/* Writes the plain tar in path to fd, to feed `tar -x -m` on a target. */
bool archive_stream(const char *path, int fd, guint64 limit_bytes, GError **error);
