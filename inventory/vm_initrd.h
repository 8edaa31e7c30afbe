/*
 * What a kernel needs beside itself to start in a virtual machine: an initramfs (busybox, the
 * modules of its disk and network, inventory/vm/init.sh) and a disk with all of its modules. Made
 * once for a kernel and kept in STATE/vm/kernels/HASH/: kernel, initrd, modules (ext4; none where
 * all is built in).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "inventory/kernel.h"

/* folder: the artifact, unpacked. *ret_folder: as above, freed by the caller. ERROR_INPUT: what the
 * artifact lacks (modules.dep: run depmod -b), or what this computer lacks (busybox-static). */
bool vm_initrd_get(const char *state, const char *folder, const Kernel *kernel, int64_t deadline_ms,
                   char **ret_folder, GError **error);
