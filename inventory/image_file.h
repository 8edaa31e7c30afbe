/*
 * The image of a whole disk that a distro names ([distro NAME] image =): a file here, raw or packed
 * by zstd, or the hash of a file in the store. Not what vm_image.h makes itself.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/settings.h"
#include "inventory/distro.h"

/* Freed with image_file_clear(). */
typedef struct {
    char *path;
    bool is_packed; // the file is one zstd stream
    char *hash; // SHA-256 of the disk's content, unpacked
    int64_t bytes; // of the same
} ImageFile;

void image_file_clear(ImageFile *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImageFile, image_file_clear)

/*
 * Finds the distro's image and what it holds. The file is read whole the first time, a minute for
 * some GB; what was found is kept in STATE/images/ until the file changes. ERROR_INPUT: the distro
 * names none, or it is not there, or damaged.
 */
bool image_file_get(const char *state, const Settings *settings, const Distro *distro,
                    ImageFile *ret_file, GError **error);

/* Unpacks it into a file, which is made; sparse where the image is zero. */
bool image_file_unpack(const ImageFile *file, const char *path, GError **error);
