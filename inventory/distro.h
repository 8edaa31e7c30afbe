/*
 * A system image as the settings describe it: [distro NAME]. Made by the deploy drivers that bring
 * one (inventory/vm_image.h for virtual machines).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/settings.h"

/* Freed with distro_clear(). */
typedef struct {
    char *name;
    char *suite; // what debootstrap takes: "bookworm"
    char **packages; // sorted, each once; NULL-terminated
    int64_t bytes; // of the root file system
    char *image; // the image of a whole disk that the site made: a file, or a hash; NULL: none
} Distro;

void distro_clear(Distro *distro);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Distro, distro_clear)

/*
 * The distro NAME of the settings, with further packages (may be NULL) that a benchmark needs. name
 * NULL or "host": Debian 12 with no packages of its own, under the name "host". ERROR_INPUT: there
 * is none of that name, a word that no package is called by, or a package that an image of the
 * site's is not said to hold.
 */
bool distro_find(const Settings *settings, const char *name, const char *const *packages,
                 Distro *ret_distro, GError **error);
