// An initramfs as a cpio archive of the kind "newc".
#include "inventory/vm_cpio.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

// Everything begins at a multiple of 4 bytes.
static void pad(GByteArray *archive)
{
    static const guint8 zero[4] = {0};
    g_byte_array_append(archive, zero, (4 - archive->len % 4) % 4);
}

void cpio_add(GByteArray *archive, const char *name, unsigned mode, const void *data, size_t size)
{
    // An inode number that no other member has: where it begins.
    unsigned inode = archive->len / 4 + 1, links = S_ISDIR(mode) ? 2 : 1;
    char head[128];
    int n = snprintf(head, sizeof(head),
                     "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", inode, mode, 0U,
                     0U, links, 0U, (unsigned)size, 0U, 0U, 0U, 0U, (unsigned)strlen(name) + 1, 0U);
    g_byte_array_append(archive, (const guint8 *)head, (guint)n);
    g_byte_array_append(archive, (const guint8 *)name, (guint)strlen(name) + 1);
    pad(archive);
    if (size > 0)
        g_byte_array_append(archive, data, (guint)size);
    pad(archive);
}

void cpio_add_folder(GByteArray *archive, const char *name)
{
    cpio_add(archive, name, S_IFDIR | 0755, NULL, 0);
}

void cpio_add_link(GByteArray *archive, const char *name, const char *target)
{
    cpio_add(archive, name, S_IFLNK | 0777, target, strlen(target));
}

bool cpio_add_file(GByteArray *archive, const char *name, unsigned permissions, const char *path,
                   GError **error)
{
    g_autofree char *data = NULL;
    gsize size = 0;
    if (!g_file_get_contents(path, &data, &size, error))
        return false;
    cpio_add(archive, name, S_IFREG | permissions, data, size);
    return true;
}

void cpio_end(GByteArray *archive)
{
    cpio_add(archive, "TRAILER!!!", 0, NULL, 0);
}
