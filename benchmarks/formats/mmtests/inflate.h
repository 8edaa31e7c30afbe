/*
 * Decompression of a whole .gz or .xz in memory, bounded, that keeps what is before a damage. The
 * only user of zlib and liblzma: libarchive drops the block in which it meets the damage, and a log
 * of a few lines is one block.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum {
    INFLATE_GZIP, // members one behind another; what is no member behind the last one is ignored
    INFLATE_XZ, // streams one behind another, with padding
} InflateFormat;

/* The text of packed, all that was decoded of it, cut soon behind limit bytes. *ret_damage
 * is NULL, or a clause that says what is wrong with packed; freed with g_free. */
GBytes *inflate_bytes(InflateFormat format, GBytes *packed, size_t limit, char **ret_damage);
