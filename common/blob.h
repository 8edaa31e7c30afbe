/*
 * Blobs: a stream of bytes compressed with zstd, hashed, counted and bounded on its way.
 *
 * The ground of common/archive.h and common/store.h. A blob is one zstd frame with a checksum;
 * its hash is that of the bytes before compression, so that a level or a version of zstd does
 * not change it. Reading takes several frames in a row as well. libzstd is used here only.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char hash[65]; // SHA-256 of the bytes before compression, hexadecimal
    guint64 bytes; // before compression
    guint64 stored_bytes; // after it; of a reader: what it took from the file
} BlobInfo;

typedef struct BlobWriter BlobWriter;
typedef struct BlobReader BlobReader;

/*
 * Compresses into fd, which stays the caller's. name is for messages. More than limit_bytes
 * before compression is ERROR_INPUT (0: no limit). Freed with blob_writer_free().
 */
BlobWriter *blob_writer_new(int fd, const char *name, guint64 limit_bytes);
bool blob_write(BlobWriter *writer, const void *data, gsize n_bytes, GError **error);
/* Fails as blob_write() of so many bytes more would, before anybody reads them. */
bool blob_writer_check(const BlobWriter *writer, guint64 n_bytes, GError **error);
/* Ends the frame; nothing is synced. ret_info may be NULL. */
bool blob_writer_end(BlobWriter *writer, BlobInfo *ret_info, GError **error);
void blob_writer_free(BlobWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BlobWriter, blob_writer_free)

/* Decompresses from fd, which stays the caller's; limit_bytes bounds what comes out. */
BlobReader *blob_reader_new(int fd, const char *name, guint64 limit_bytes);
/* The next piece: *ret_data is the reader's until the next call; *ret_bytes is 0 at the end.
 * ERROR_INPUT: no zstd, damaged, cut short, or above the limit. */
bool blob_read(BlobReader *reader, const void **ret_data, gsize *ret_bytes, GError **error);
/* Reads what is left and says what it was in all. */
bool blob_reader_end(BlobReader *reader, BlobInfo *ret_info, GError **error);
void blob_reader_free(BlobReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BlobReader, blob_reader_free)

/* Compress what a regular file or a buffer holds into fd. ret_info may be NULL. */
bool blob_write_file(int fd, const char *path, guint64 limit_bytes, BlobInfo *ret_info,
                     GError **error);
bool blob_write_bytes(int fd, const void *data, gsize n_bytes, BlobInfo *ret_info, GError **error);

/* Decompress from fd: into out_fd (-1: nowhere, to check it), or into memory (limit_bytes bounds
 * it; *ret_bytes is freed with g_bytes_unref). name is for messages; ret_info may be NULL. */
bool blob_read_to_fd(int fd, const char *name, int out_fd, guint64 limit_bytes, BlobInfo *ret_info,
                     GError **error);
bool blob_read_to_bytes(int fd, const char *name, guint64 limit_bytes, GBytes **ret_bytes,
                        BlobInfo *ret_info, GError **error);

/* Writes all of data, through short writes and signals; name is for messages. */
bool blob_write_fd(int fd, const char *name, const void *data, gsize n_bytes, GError **error);
