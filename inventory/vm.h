/*
 * A virtual machine of QEMU: its folder STATE/vm/NAME, what its next start boots, starting,
 * stopping and asking it. Every start has a fresh overlay over the distribution image, so that
 * nothing of an earlier boot is left. The drivers of its facets (power_qemu.c, console_qemu.c,
 * deploy_qemu.c, and the transport) are thin layers above this.
 *
 * The folder: next (a GLib key file: what the next start boots), qmp and console (sockets),
 * console.raw (all that the console printed since the last start), pid, port (of ssh, on the
 * loopback), mode (of the last start: kvm, tcg, icount), tmp/ (the overlay).
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "inventory/machine.h"

/* What a start boots: files here. Freed with vm_boot_clear(). */
typedef struct {
    char *kernel; // image
    char *initrd;
    char *append; // kernel command line behind our own words; may be NULL
    char *disk; // image of the root file system, only read
    char *modules; // image of /lib/modules/REL, only read; NULL: none
    char *mode; // kvm, tcg or icount
} VmBoot;

void vm_boot_clear(VmBoot *boot);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VmBoot, vm_boot_clear)

/* The folder of a machine's VM; made where it is not there. Freed by the caller. */
char *vm_folder(const char *state, const Machine *machine);

bool vm_boot_write(const char *folder, const VmBoot *boot, GError **error);
/* ERROR_MACHINE: nothing has been deployed. */
bool vm_boot_read(const char *folder, VmBoot *ret_boot, GError **error);

/* Starts what vm_boot_write() has left, and returns when QEMU runs; the kernel is at its beginning
 * then. ERROR_MACHINE with QEMU's words. */
bool vm_start(const Machine *machine, const char *folder, int64_t deadline_ms, GError **error);

/* Ends it: asked by QMP, then killed; true when its process is gone. */
bool vm_stop(const char *folder, int64_t deadline_ms, GError **error);

/* *ret_status: QEMU's word ("running", "paused", "shutdown", "internal-error"), or NULL: it is off.
 * ERROR_MACHINE: QEMU is there and does not answer. Freed by the caller. */
bool vm_status(const char *folder, int64_t deadline_ms, char **ret_status, GError **error);

/* Whether its process is there; asks nobody. */
bool vm_is_alive(const char *folder);

/* A QMP command to it. */
bool vm_ask(const char *folder, const char *command, json_t *arguments, int64_t deadline_ms,
            GError **error);

/* The words of ssh to it: options, "--", destination; NULL-terminated. ERROR_MACHINE: it was never
 * started. Freed with g_strfreev. */
bool vm_ssh_words(const char *state, const char *folder, char ***ret_words, GError **error);

/* Whether an ssh server greets at its port: the port itself is QEMU's and always open.
 * ERROR_MACHINE: not within deadline_ms. */
bool vm_greets(const char *folder, int64_t deadline_ms, GError **error);

/* The mode of the last start; NULL: never started. Freed by the caller. */
char *vm_mode(const char *folder);
