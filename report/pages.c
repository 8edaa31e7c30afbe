// Files written when they differ, and removed when they are no longer made.
#include "report/pages.h"

#include "common/error.h"
#include "common/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define LIST ".marvin-files"
#define OWNER "# report " // the first line of the list

enum { NAME_BYTES_MAX = 100 };

struct Pages {
    char *folder;
    char *owner; // NULL: not known yet
    GHashTable *now; // path -> path: made this time
    GHashTable *before; // made last time
    int written, unchanged, removed;
};

/* A path of ours: relative, without an empty, "." or ".." part. */
static bool is_below(const char *path)
{
    if (*path == '\0' || *path == '/')
        return false;
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    for (char **part = parts; *part != NULL; part++)
        if (**part == '\0' || strcmp(*part, ".") == 0 || strcmp(*part, "..") == 0)
            return false;
    return true;
}

static void read_list(Pages *pages)
{
    g_autofree char *path = g_build_filename(pages->folder, LIST, NULL);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    if (g_str_has_prefix(text, OWNER))
        pages->owner = g_strdup(lines[0] + strlen(OWNER));
    for (char **line = lines; *line != NULL; line++)
        if (!g_str_has_prefix(*line, OWNER) && is_below(*line))
            g_hash_table_add(pages->before, g_strdup(*line));
}

bool pages_open(const char *folder, Pages **ret_pages, GError **error)
{
    if (g_mkdir_with_parents(folder, 0755) != 0)
        return error_set(error, ERROR_INPUT, "%s: cannot make the folder of the pages: %s", folder,
                         g_strerror(errno));
    Pages *pages = g_new0(Pages, 1);
    pages->folder = g_strdup(folder);
    pages->now = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    pages->before = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    read_list(pages);
    *ret_pages = pages;
    return true;
}

void pages_free(Pages *pages)
{
    if (pages == NULL)
        return;
    g_hash_table_unref(pages->now);
    g_hash_table_unref(pages->before);
    g_free(pages->folder);
    g_free(pages->owner);
    g_free(pages);
}

const char *pages_owner(const Pages *pages)
{
    return pages->owner;
}

void pages_set_owner(Pages *pages, const char *owner)
{
    g_free(pages->owner);
    pages->owner = g_strdup(owner);
}

static bool is_unchanged(const char *path, const char *text, gsize length)
{
    g_autofree char *old = NULL;
    gsize old_length = 0;
    return g_file_get_contents(path, &old, &old_length, NULL) && old_length == length &&
           memcmp(old, text, length) == 0;
}

static bool write_all(int fd, const char *text, gsize length)
{
    while (length > 0) {
        ssize_t n = write(fd, text, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text += n;
        length -= (gsize)n;
    }
    return true;
}

/* By rename, so that a reader sees the old page or the new one. Not synced to the disk: a page that
 * a power failure cuts off differs from what it should be, and is written again. */
static bool replace(const char *path, const char *text, gsize length, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *fresh = g_strconcat(path, ".XXXXXX", NULL);
    if (g_mkdir_with_parents(folder, 0755) != 0)
        return error_set(error, ERROR_INPUT, "%s: cannot make this folder: %s", folder,
                         g_strerror(errno));
    int fd = g_mkstemp_full(fresh, O_WRONLY | O_CLOEXEC, 0644);
    bool written = fd >= 0 && write_all(fd, text, length);
    written = fd >= 0 && close(fd) == 0 && written && g_rename(fresh, path) == 0;
    if (written)
        return true;
    error_set(error, ERROR_INPUT, "%s: cannot write this page: %s", path, g_strerror(errno));
    if (fd >= 0)
        g_unlink(fresh);
    return false;
}

bool pages_write(Pages *pages, const char *path, const char *text, GError **error)
{
    g_return_val_if_fail(is_below(path), false);
    g_autofree char *full = g_build_filename(pages->folder, path, NULL);
    gsize length = strlen(text);
    g_hash_table_add(pages->now, g_strdup(path));
    if (is_unchanged(full, text, length)) {
        pages->unchanged++;
        return true;
    }
    pages->written++;
    return replace(full, text, length, error);
}

/* Empty folders above a removed file go too. */
static void remove_page(Pages *pages, const char *path)
{
    g_autofree char *full = g_build_filename(pages->folder, path, NULL);
    if (g_unlink(full) == 0)
        pages->removed++;
    g_autofree char *folder = g_path_get_dirname(full);
    while (strlen(folder) > strlen(pages->folder) && rmdir(folder) == 0) {
        char *above = g_path_get_dirname(folder);
        g_free(folder);
        folder = above;
    }
}

bool pages_finish(Pages *pages, GError **error)
{
    GHashTableIter iter;
    gpointer path = NULL;
    g_hash_table_iter_init(&iter, pages->before);
    while (g_hash_table_iter_next(&iter, &path, NULL))
        if (!g_hash_table_contains(pages->now, path))
            remove_page(pages, path);
    g_autoptr(GList) made = g_list_sort(g_hash_table_get_keys(pages->now), (GCompareFunc)strcmp);
    g_autoptr(GString) list = g_string_new(NULL);
    g_string_append_printf(list, OWNER "%s\n", pages->owner == NULL ? "" : pages->owner);
    for (const GList *at = made; at != NULL; at = at->next)
        g_string_append_printf(list, "%s\n", (const char *)at->data);
    g_autofree char *full = g_build_filename(pages->folder, LIST, NULL);
    return is_unchanged(full, list->str, list->len) || replace(full, list->str, list->len, error);
}

int pages_written(const Pages *pages)
{
    return pages->written;
}

int pages_unchanged(const Pages *pages)
{
    return pages->unchanged;
}

int pages_removed(const Pages *pages)
{
    return pages->removed;
}

char *pages_name(const char *name)
{
    GString *safe = g_string_new(NULL);
    for (const char *at = name; *at != '\0'; at++) {
        bool plain = g_ascii_isalnum(*at) || strchr("_-", *at) != NULL || (*at == '.' && at > name);
        if (plain)
            g_string_append_c(safe, *at);
        else
            g_string_append_printf(safe, "~%02X", (unsigned char)*at);
    }
    if (safe->len == 0)
        g_string_append(safe, "~");
    if (safe->len > NAME_BYTES_MAX) {
        g_autofree char *hash = hash_string(name);
        g_string_truncate(safe, NAME_BYTES_MAX - 17);
        g_string_append_printf(safe, "~%.16s", hash);
    }
    return g_string_free(safe, FALSE);
}
