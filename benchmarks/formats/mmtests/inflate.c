// Bytes out of gzip and xz, up to where they are damaged.
#include "benchmarks/formats/mmtests/inflate.h"

#include <lzma.h>
#include <zlib.h>

static const size_t BLOCK_BYTES = 1u << 18;
static const guint64 MEMORY_LIMIT_BYTES = (guint64)1 << 30;
static const char CUT[] = "it ends in the middle";

enum { ANY_GZIP = MAX_WBITS + 16 };

// A gzip member begins where the decoder stands.
static bool member_follows(const z_stream *stream)
{
    return stream->avail_in > 1 && stream->next_in[0] == 0x1f && stream->next_in[1] == 0x8b;
}

static const char *gzip_damage(const z_stream *stream, int status)
{
    if (status == Z_STREAM_END)
        return NULL;
    if (status == Z_BUF_ERROR || status == Z_OK)
        return CUT;
    return stream->msg ? stream->msg : zError(status);
}

static const char *gzip_decode(z_stream *stream, guint8 *block, size_t limit, GByteArray *plain)
{
    int status = Z_OK;
    while (status == Z_OK && plain->len < limit) {
        stream->next_out = block;
        stream->avail_out = (uInt)BLOCK_BYTES;
        status = inflate(stream, Z_NO_FLUSH);
        g_byte_array_append(plain, block, (guint)(BLOCK_BYTES - stream->avail_out));
        if (status == Z_STREAM_END && member_follows(stream))
            status = inflateReset(stream);
    }
    return plain->len >= limit ? NULL : gzip_damage(stream, status);
}

static const char *xz_damage(lzma_ret status)
{
    switch ((int)status) {
    case LZMA_STREAM_END:
        return NULL;
    case LZMA_OK:
    case LZMA_BUF_ERROR:
        return CUT;
    case LZMA_FORMAT_ERROR:
        return "it is no xz file";
    case LZMA_MEM_ERROR:
    case LZMA_MEMLIMIT_ERROR:
        return "it needs too much memory";
    case LZMA_OPTIONS_ERROR:
        return "it asks for what this liblzma cannot do";
    default:
        return "its data or checksum is wrong";
    }
}

static const char *xz_decode(lzma_stream *stream, guint8 *block, size_t limit, GByteArray *plain)
{
    lzma_ret status = LZMA_OK;
    while (status == LZMA_OK && plain->len < limit) {
        stream->next_out = block;
        stream->avail_out = BLOCK_BYTES;
        status = lzma_code(stream, LZMA_FINISH);
        g_byte_array_append(plain, block, (guint)(BLOCK_BYTES - stream->avail_out));
    }
    return plain->len >= limit ? NULL : xz_damage(status);
}

static char *gzip_all(guint8 *data, size_t size, guint8 *block, size_t limit, GByteArray *plain)
{
    z_stream stream = {.next_in = data, .avail_in = (uInt)MIN(size, G_MAXUINT)};
    if (inflateInit2(&stream, ANY_GZIP) != Z_OK)
        return g_strdup("zlib does not start");
    char *damage = g_strdup(gzip_decode(&stream, block, limit, plain));
    inflateEnd(&stream);
    return damage;
}

static char *xz_all(guint8 *data, size_t size, guint8 *block, size_t limit, GByteArray *plain)
{
    lzma_stream stream = LZMA_STREAM_INIT;
    if (lzma_stream_decoder(&stream, MEMORY_LIMIT_BYTES, LZMA_CONCATENATED) != LZMA_OK)
        return g_strdup("liblzma does not start");
    stream.next_in = data;
    stream.avail_in = size;
    char *damage = g_strdup(xz_decode(&stream, block, limit, plain));
    lzma_end(&stream);
    return damage;
}

GBytes *inflate_bytes(InflateFormat format, GBytes *packed, size_t limit, char **ret_damage)
{
    size_t size = 0;
    // zlib without ZLIB_CONST takes what it only reads as not constant.
    guint8 *data = (guint8 *)(guintptr)g_bytes_get_data(packed, &size);
    if (size == 0) {
        *ret_damage = g_strdup("it is empty");
        return g_bytes_new_static("", 0);
    }
    GByteArray *plain = g_byte_array_new();
    g_autofree guint8 *block = g_malloc(BLOCK_BYTES);
    *ret_damage = (format == INFLATE_GZIP ? gzip_all : xz_all)(data, size, block, limit, plain);
    return g_byte_array_free_to_bytes(plain);
}
