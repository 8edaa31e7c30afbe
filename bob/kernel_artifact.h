/*
 * The kernel.txt of an artifact that is a kernel (inventory/kernel.h), for recipes that leave it to
 * us: a folder with one boot/vmlinuz-REL and no kernel.txt gets one.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Completes the folder; what is no x86 kernel, or has its kernel.txt already, is left as it is.
 * ERROR_INPUT where it cannot be written. */
bool kernel_artifact_complete(const char *folder, GError **error);
