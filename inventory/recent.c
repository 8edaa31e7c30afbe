// Folders of things that can be made again: the last used ones stay.
#include "inventory/recent.h"

#include <glib/gstdio.h>
#include <string.h>

#include "common/proc.h"

typedef struct {
    char *path;
    gint64 used_s;
} Entry;

static void entry_clear(gpointer data)
{
    g_free(((Entry *)data)->path);
}

static gint compare_used(gconstpointer left, gconstpointer right)
{
    const Entry *a = left, *b = right;
    if (a->used_s != b->used_s)
        return a->used_s > b->used_s ? -1 : 1;
    return strcmp(a->path, b->path);
}

void recent_use(const char *path)
{
    g_utime(path, NULL);
}

void recent_keep(const char *folder, const char *suffix, unsigned keep)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    g_array_set_clear_func(entries, entry_clear);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        GStatBuf st;
        if ((suffix ? g_str_has_suffix(name, suffix) : strchr(name, '.') == NULL) &&
            g_lstat(path, &st) == 0) {
            Entry entry = {g_steal_pointer(&path), st.st_mtime};
            g_array_append_val(entries, entry);
        }
    }
    g_array_sort(entries, compare_used);
    for (guint i = keep; i < entries->len; i++) {
        const char *argv[] = {"rm", "-rf", "--", g_array_index(entries, Entry, i).path, NULL};
        g_auto(ProcResult) ran = {0};
        proc_run(&(ProcSpec){.argv = argv}, &ran, NULL);
    }
}
