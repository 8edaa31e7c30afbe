/*
 * The id of a folder: a word in its file `id`, made once, which goes with the folder wherever it is
 * mounted or moved. It tells two folders of one path on two systems apart, and shows that two paths
 * are one folder.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Reads it, and makes it where it is not there (many at once agree on one). *ret_id is freed with
 * g_free. ERROR_INPUT: the folder cannot be read or written, or the file is not one of ours. */
bool folder_id(const char *folder, char **ret_id, GError **error);
