/*
 * Toolchains by name: gcc, gcc-12, clang-16, and for another architecture with its name in front,
 * aarch64-linux-gnu-gcc-12. A name without an architecture is a builder's own.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Whether a file of that name is a toolchain's C compiler. */
bool toolchain_is_name(const char *file);

/* The architecture, as uname -m says it, that a name is for; NULL: it does not say. Freed with
 * g_free. */
char *toolchain_find_arch(const char *name);

/* What lies in the folders of path ("/usr/bin:..", NULL: none): char *, sorted, each once, and NULL
 * behind the last. Freed with g_ptr_array_unref. */
GPtrArray *toolchains_find(const char *path);
