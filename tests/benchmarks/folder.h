/* A temporary folder for a test, and files in it. */
#pragma once

#include <glib.h>

/* Writes folder/path, making folders on the way; mode 0755 when is_executable. */
void folder_write(const char *folder, const char *path, const char *text, gssize length,
                  gboolean is_executable);
/* A fresh folder; the caller frees. */
char *folder_new(void);
/* Removes it and all below, and frees the name. */
void folder_remove(char *folder);
