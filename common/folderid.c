// The id of a folder, in its file `id`.
#include "common/folderid.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/text.h"

static bool id_make(const char *path, GError **error)
{
    g_autofree char *made = g_uuid_string_random();
    g_autofree char *temporary = g_strdup_printf("%s.%s", path, made);
    if (!g_file_set_contents(temporary, made, -1, error))
        return false;
    // link() keeps the first of several that come at once.
    if (link(temporary, path) != 0 && errno != EEXIST)
        g_rename(temporary, path);
    g_unlink(temporary);
    return true;
}

bool folder_id(const char *folder, char **ret_id, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "id", NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) cause = NULL;
    if ((!g_file_test(path, G_FILE_TEST_EXISTS) && !id_make(path, &cause)) ||
        !g_file_get_contents(path, &text, NULL, &cause))
        return error_set(error, ERROR_INPUT, "%s: the folder's id cannot be kept: %s", folder,
                         cause->message);
    if (!text_is_word(g_strstrip(text)))
        return error_set(error, ERROR_INPUT, "%s holds no id; remove it, and a new one is made",
                         path);
    *ret_id = g_strdup(text);
    return true;
}
