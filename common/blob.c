// One zstd frame per blob, its checksum flag on; SHA-256 runs over what is outside of it.
#include "common/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "common/error.h"

#define LEVEL 3 // zstd's default: about 300 MB/s a core, and logs become a fifth
#define PIECE_BYTES (128 * 1024)

struct BlobWriter {
    int fd;
    char *name;
    guint64 limit;
    guint64 bytes, stored;
    GChecksum *sum;
    ZSTD_CCtx *zstd;
    char *out;
    gsize out_size;
};

struct BlobReader {
    int fd;
    char *name;
    guint64 limit;
    guint64 bytes, stored;
    GChecksum *sum;
    ZSTD_DCtx *zstd;
    ZSTD_inBuffer in;
    char *in_data, *out;
    gsize in_size, out_size;
    bool at_end; // of the file
    bool in_frame; // a frame has begun and not ended
};

static void info_fill(BlobInfo *ret_info, GChecksum *sum, guint64 bytes, guint64 stored)
{
    if (!ret_info)
        return;
    g_autoptr(GChecksum) copy = g_checksum_copy(sum);
    g_strlcpy(ret_info->hash, g_checksum_get_string(copy), sizeof ret_info->hash);
    ret_info->bytes = bytes;
    ret_info->stored_bytes = stored;
}

static bool limit_check(const char *name, guint64 bytes, guint64 limit, GError **error)
{
    if (!limit || bytes <= limit)
        return true;
    return error_set(error, ERROR_INPUT,
                     "%s: holds more than the %" G_GUINT64_FORMAT
                     " bytes allowed here; make it smaller or raise the limit.",
                     name, limit);
}

bool blob_write_fd(int fd, const char *name, const void *data, gsize n_bytes, GError **error)
{
    const char *at = data;
    while (n_bytes > 0) {
        ssize_t n = write(fd, at, n_bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(error, ERROR_INPUT, "%s: cannot be written: %s.", name,
                             g_strerror(errno));
        at += n;
        n_bytes -= (gsize)n;
    }
    return true;
}

BlobWriter *blob_writer_new(int fd, const char *name, guint64 limit_bytes)
{
    BlobWriter *writer = g_new0(BlobWriter, 1);
    writer->fd = fd;
    writer->name = g_strdup(name);
    writer->limit = limit_bytes;
    writer->sum = g_checksum_new(G_CHECKSUM_SHA256);
    writer->zstd = ZSTD_createCCtx();
    g_assert(writer->zstd); // out of memory, as in g_malloc
    ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_checksumFlag, 1);
    writer->out_size = ZSTD_CStreamOutSize();
    writer->out = g_malloc(writer->out_size);
    return writer;
}

void blob_writer_free(BlobWriter *writer)
{
    if (!writer)
        return;
    g_checksum_free(writer->sum);
    ZSTD_freeCCtx(writer->zstd);
    g_free(writer->out);
    g_free(writer->name);
    g_free(writer);
}

static bool frame_write(BlobWriter *writer, ZSTD_inBuffer *in, ZSTD_EndDirective how,
                        GError **error)
{
    for (;;) {
        ZSTD_outBuffer out = {writer->out, writer->out_size, 0};
        size_t left = ZSTD_compressStream2(writer->zstd, &out, in, how);
        if (ZSTD_isError(left))
            return error_set(error, ERROR_INPUT, "%s: cannot be compressed: %s.", writer->name,
                             ZSTD_getErrorName(left));
        if (!blob_write_fd(writer->fd, writer->name, writer->out, out.pos, error))
            return false;
        writer->stored += out.pos;
        if (how == ZSTD_e_end ? left == 0 : in->pos == in->size)
            return true;
    }
}

bool blob_writer_check(const BlobWriter *writer, guint64 n_bytes, GError **error)
{
    return limit_check(writer->name, writer->bytes + n_bytes, writer->limit, error);
}

bool blob_write(BlobWriter *writer, const void *data, gsize n_bytes, GError **error)
{
    if (!limit_check(writer->name, writer->bytes + n_bytes, writer->limit, error))
        return false;
    g_checksum_update(writer->sum, data, (gssize)n_bytes);
    writer->bytes += n_bytes;
    ZSTD_inBuffer in = {data, n_bytes, 0};
    return frame_write(writer, &in, ZSTD_e_continue, error);
}

bool blob_writer_end(BlobWriter *writer, BlobInfo *ret_info, GError **error)
{
    ZSTD_inBuffer in = {"", 0, 0};
    if (!frame_write(writer, &in, ZSTD_e_end, error))
        return false;
    info_fill(ret_info, writer->sum, writer->bytes, writer->stored);
    return true;
}

BlobReader *blob_reader_new(int fd, const char *name, guint64 limit_bytes)
{
    BlobReader *reader = g_new0(BlobReader, 1);
    reader->fd = fd;
    reader->name = g_strdup(name);
    reader->limit = limit_bytes;
    reader->sum = g_checksum_new(G_CHECKSUM_SHA256);
    reader->zstd = ZSTD_createDCtx();
    g_assert(reader->zstd); // out of memory, as in g_malloc
    reader->in_size = ZSTD_DStreamInSize();
    reader->in_data = g_malloc(reader->in_size);
    reader->out_size = ZSTD_DStreamOutSize();
    reader->out = g_malloc(reader->out_size);
    return reader;
}

void blob_reader_free(BlobReader *reader)
{
    if (!reader)
        return;
    g_checksum_free(reader->sum);
    ZSTD_freeDCtx(reader->zstd);
    g_free(reader->in_data);
    g_free(reader->out);
    g_free(reader->name);
    g_free(reader);
}

static bool input_fill(BlobReader *reader, GError **error)
{
    ssize_t n;
    do
        n = read(reader->fd, reader->in_data, reader->in_size);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return error_set(error, ERROR_INPUT, "%s: cannot be read: %s.", reader->name,
                         g_strerror(errno));
    reader->in = (ZSTD_inBuffer){reader->in_data, (size_t)n, 0};
    reader->stored += (guint64)n;
    reader->at_end = n == 0;
    return true;
}

// Decompresses once; *ret_n is 0 when more input is needed.
static bool output_fill(BlobReader *reader, gsize *ret_n, GError **error)
{
    ZSTD_outBuffer out = {reader->out, reader->out_size, 0};
    size_t left = ZSTD_decompressStream(reader->zstd, &out, &reader->in);
    if (ZSTD_isError(left))
        return error_set(error, ERROR_INPUT, "%s: is damaged, or not compressed with zstd: %s.",
                         reader->name, ZSTD_getErrorName(left));
    reader->in_frame = left != 0;
    if (!limit_check(reader->name, reader->bytes + out.pos, reader->limit, error))
        return false;
    g_checksum_update(reader->sum, (const guchar *)reader->out, (gssize)out.pos);
    reader->bytes += out.pos;
    *ret_n = out.pos;
    return true;
}

bool blob_read(BlobReader *reader, const void **ret_data, gsize *ret_bytes, GError **error)
{
    gsize n = 0;
    while (n == 0) {
        // With the input used up zstd may still hold output, but only inside of a frame.
        if (reader->in.pos == reader->in.size && !reader->at_end && !input_fill(reader, error))
            return false;
        if (reader->at_end && !reader->in_frame && reader->stored > 0)
            break;
        if (reader->stored > 0 && !output_fill(reader, &n, error))
            return false;
        if (reader->at_end && n == 0)
            return error_set(error, ERROR_INPUT,
                             "%s: is cut short: its %" G_GUINT64_FORMAT " bytes hold no end.",
                             reader->name, reader->stored);
    }
    *ret_data = reader->out;
    *ret_bytes = n;
    return true;
}

bool blob_reader_end(BlobReader *reader, BlobInfo *ret_info, GError **error)
{
    const void *data = NULL;
    gsize n = 1;
    while (n > 0)
        if (!blob_read(reader, &data, &n, error))
            return false;
    info_fill(ret_info, reader->sum, reader->bytes, reader->stored);
    return true;
}

static bool file_copy(BlobWriter *writer, int in_fd, const char *path, GError **error)
{
    g_autofree char *buffer = g_malloc(PIECE_BYTES);
    for (;;) {
        ssize_t n = read(in_fd, buffer, PIECE_BYTES);
        if (n == 0)
            return true;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(error, ERROR_INPUT, "%s: cannot be read: %s.", path,
                             g_strerror(errno));
        if (!blob_write(writer, buffer, (gsize)n, error))
            return false;
    }
}

bool blob_write_file(int fd, const char *path, guint64 limit_bytes, BlobInfo *ret_info,
                     GError **error)
{
    int in_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (in_fd < 0)
        return error_set(error, ERROR_INPUT, "%s: cannot be opened: %s.", path, g_strerror(errno));
    struct stat st;
    g_autoptr(BlobWriter) writer = blob_writer_new(fd, path, limit_bytes);
    bool ok = false;
    if (fstat(in_fd, &st) != 0 || !S_ISREG(st.st_mode))
        error_set(error, ERROR_INPUT, "%s: is no regular file.", path);
    else
        ok = file_copy(writer, in_fd, path, error) && blob_writer_end(writer, ret_info, error);
    close(in_fd);
    return ok;
}

bool blob_write_bytes(int fd, const void *data, gsize n_bytes, BlobInfo *ret_info, GError **error)
{
    g_autoptr(BlobWriter) writer = blob_writer_new(fd, "buffer", 0);
    return blob_write(writer, n_bytes ? data : "", n_bytes, error) &&
           blob_writer_end(writer, ret_info, error);
}

bool blob_read_to_fd(int fd, const char *name, int out_fd, guint64 limit_bytes, BlobInfo *ret_info,
                     GError **error)
{
    g_autoptr(BlobReader) reader = blob_reader_new(fd, name, limit_bytes);
    const void *data = NULL;
    gsize n = 1;
    while (n > 0) {
        if (!blob_read(reader, &data, &n, error))
            return false;
        if (out_fd >= 0 && !blob_write_fd(out_fd, name, data, n, error))
            return false;
    }
    return blob_reader_end(reader, ret_info, error);
}

bool blob_read_to_bytes(int fd, const char *name, guint64 limit_bytes, GBytes **ret_bytes,
                        BlobInfo *ret_info, GError **error)
{
    g_autoptr(BlobReader) reader = blob_reader_new(fd, name, limit_bytes);
    g_autoptr(GByteArray) all = g_byte_array_new();
    const void *data = NULL;
    gsize n = 1;
    while (n > 0) {
        if (!blob_read(reader, &data, &n, error))
            return false;
        if (n > G_MAXUINT - all->len)
            return error_set(error, ERROR_INPUT, "%s: is too big to be read into memory.", name);
        g_byte_array_append(all, data, (guint)n);
    }
    if (!blob_reader_end(reader, ret_info, error))
        return false;
    *ret_bytes = g_byte_array_free_to_bytes(g_steal_pointer(&all));
    return true;
}
