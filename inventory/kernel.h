/*
 * A kernel artifact: a folder with boot/vmlinuz-REL, boot/config-REL, lib/modules/REL and, on top,
 * kernel.txt, which says what the folder holds and how the running kernel is known again. A folder
 * with a kernel.txt is a kernel; others are programs.
 *
 * kernel.txt: lines "key: value", keys once each, in any order, unknown keys are skipped:
 *   release: 6.1.0-49-amd64                  = uname -r; letters, digits and . _ + - ~ only
 *   version: #1 SMP PREEMPT_DYNAMIC Debian   = uname -v
 *   image: boot/vmlinuz-6.1.0-49-amd64       paths within the folder
 *   config: boot/config-6.1.0-49-amd64       (may be absent)
 *   modules: lib/modules/6.1.0-49-amd64      absent: everything is built in
 *   build-id: 3f2a..                         GNU build id of vmlinux, lower-case hex (may be
 * absent)
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Freed with kernel_clear(). What may be absent is NULL. */
typedef struct {
    char *release;
    char *version;
    char *image;
    char *config;
    char *modules;
    char *build_id;
} Kernel;

void kernel_clear(Kernel *kernel);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Kernel, kernel_clear)

/* True where the folder has a kernel.txt. */
bool kernel_is_in(const char *folder);

/* Reads FOLDER/kernel.txt and checks that image and modules are there and within the folder.
 * ERROR_INPUT names the file and the line. */
bool kernel_read(const char *folder, Kernel *ret_kernel, GError **error);

/* Writes FOLDER/kernel.txt. release, version and image are needed; the words are checked as by
 * kernel_read, the files not. */
bool kernel_write(const char *folder, const Kernel *kernel, GError **error);

/*
 * The words of the boot header of an x86 bzImage (Documentation/arch/x86/boot.rst, offset 0x20e):
 * "6.1.0-49-amd64 (user@host) #1 SMP ..." split into what uname -r and uname -v say. ERROR_INPUT:
 * no such image. Freed by the caller.
 */
bool kernel_image_version(const char *path, char **ret_release, char **ret_version, GError **error);
