/*
 * Copies of pages: `mirror = NAME:FOLDER` (or a folder alone) is made equal to the pages' folder,
 * but for raw logs: folders called raw stay where they are. `mirror = USER@SYSTEM:FOLDER` is
 * another system's, by rsync over ssh.
 *
 * Each file appears whole (written beside and renamed), pages that lead to others last, and what is
 * gone is removed last, so that a reader meets no dead link. What is equal is not written.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    guint written;
    guint removed;
    guint files; // in all
} MirrorCount;

/* pages: the folder; target: the setting. ERROR_INPUT, ERROR_MACHINE (rsync). */
bool mirror_run(const char *pages, const char *target, MirrorCount *ret_count, GError **error);
