/*
 * The root file system of virtual machines: a real Debian, made by mmdebstrap (as root, or as an
 * ordinary user in a user namespace) from a distro's suite and packages, with an ssh server that
 * takes our key, and an init of our own that starts it within a second (inventory/vm/system.sh).
 * Made once for a definition and kept in STATE/vm/images/HASH/: image (ext4), packages (name and
 * version a line), and kernel/ (boot/ and lib/ of kernel packages among the distro's, if any).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "inventory/device.h"
#include "inventory/distro.h"

/* The folder of the image; made where it is not there, which takes a minute or two. One process
 * makes it, others wait. ERROR_INPUT: a package that does not exist, or mmdebstrap is missing or
 * not allowed; the last words of mmdebstrap. Freed by the caller. */
bool vm_image_get(const Actor *actor, const Distro *distro, int64_t deadline_ms, char **ret_folder,
                  GError **error);

/* True where vm_image_get() would return at once. */
bool vm_image_is_made(const char *state, const Distro *distro);

/* The private key for ssh to our virtual machines; vm_key_make() makes it, once. Freed by the
 * caller. */
char *vm_key_path(const char *state);
bool vm_key_make(const char *state, GError **error);
