/*
 * The shell scripts of inventory/vm/, as texts in the program: it needs no files at run time, and
 * each script can be read and checked as it stands.
 */
#pragma once

extern const char VM_INIT_SH[]; // /init of the initramfs
extern const char VM_SYSTEM_SH[]; // /sbin/marvin-init of the image
extern const char VM_IMAGE_SH[]; // finishes the image
