/*
 * A file's bytes, with a bound: nothing foreign is read without one.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    BYTES_ANY = 0,
    BYTES_REGULAR = 1 << 0, // refuse links (the last part of the path), devices, pipes
} BytesFlags;

/*
 * ERROR_INPUT when path cannot be read, is not what flags ask for, or holds more than limit bytes
 * (of a regular file nothing is read then). The messages start with path.
 */
bool bytes_read(const char *path, size_t limit, BytesFlags flags, GBytes **ret_bytes,
                GError **error);
