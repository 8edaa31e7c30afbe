/*
 * SHA-256 as 64 lower case hexadecimal digits: the name of content everywhere in the project.
 *
 * Not for secrets (no comparison here takes constant time) and not git's hashes (common/git.h).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define HASH_CHARS 64 // without the NUL

/* The hash of n_bytes of data (which may be NULL when n_bytes is 0); freed with g_free. */
char *hash_bytes(const void *data, gsize n_bytes);

/* The hash of a string without its NUL; freed with g_free. */
char *hash_string(const char *text);

/*
 * The hash of what a regular file holds; *ret_hash is freed with g_free.
 * ERROR_INPUT when path is absent, unreadable or no regular file.
 */
bool hash_file(const char *path, char **ret_hash, GError **error);

/* Whether text is exactly 64 lower case hexadecimal digits (false for NULL). */
bool hash_is_valid(const char *text);
