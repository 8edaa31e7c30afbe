/*
 * An initramfs: a cpio archive of the kind "newc" (Linux: Documentation/driver-api/early-userspace/
 * buffer-format.rst), written member by member.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* Appends a member to the bytes of an archive. mode: as in struct stat, type included. Inode
 * numbers are given by order; owner and times are 0, so that equal members make equal archives. */
void cpio_add(GByteArray *archive, const char *name, unsigned mode, const void *data, size_t size);
void cpio_add_folder(GByteArray *archive, const char *name);
void cpio_add_link(GByteArray *archive, const char *name, const char *target);
/* A regular file with the content of path. */
bool cpio_add_file(GByteArray *archive, const char *name, unsigned permissions, const char *path,
                   GError **error);
/* The last member; nothing may follow. */
void cpio_end(GByteArray *archive);
