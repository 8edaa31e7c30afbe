#include "bob/mirror.h"

#include "bob/disk.h"
#include "common/error.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    char *dir, *pages, *target;
} Scratch;

static void set_up(Scratch *scratch, gconstpointer data)
{
    (void)data;
    scratch->dir = g_dir_make_tmp("mirror-XXXXXX", NULL);
    scratch->pages = g_build_filename(scratch->dir, "pages", NULL);
    scratch->target = g_build_filename(scratch->dir, "www", NULL);
}

static void tear_down(Scratch *scratch, gconstpointer data)
{
    (void)data;
    g_assert_true(disk_folder_remove(scratch->dir, NULL));
    g_free(scratch->dir);
    g_free(scratch->pages);
    g_free(scratch->target);
}

static void write_below(const char *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    g_mkdir_with_parents(parent, 0755);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static bool is_below(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static MirrorCount mirrored(const Scratch *scratch, const char *target)
{
    MirrorCount count = {0};
    g_autoptr(GError) error = NULL;
    g_assert_true(mirror_run(scratch->pages, target, &count, &error));
    g_assert_no_error(error);
    return count;
}

static void pages_are_copied_once_and_raw_logs_never(Scratch *scratch, gconstpointer data)
{
    (void)data;
    g_autofree char *named = g_strconcat("web:", scratch->target, NULL);
    write_below(scratch->pages, "index.html", "i");
    write_below(scratch->pages, "cells/a.html", "a");
    write_below(scratch->pages, "raw/log", "secret");
    write_below(scratch->pages, "cells/raw/log", "secret");
    MirrorCount count = mirrored(scratch, named);
    g_assert_cmpuint(count.written, ==, 2);
    g_assert_true(is_below(scratch->target, "cells/a.html"));
    g_assert_false(is_below(scratch->target, "raw"));
    g_assert_false(is_below(scratch->target, "cells/raw"));
    count = mirrored(scratch, scratch->target);
    g_assert_cmpuint(count.written, ==, 0);
    g_assert_cmpuint(count.files, ==, 2);
}

static void what_is_gone_goes_from_the_copy(Scratch *scratch, gconstpointer data)
{
    (void)data;
    write_below(scratch->pages, "index.html", "i");
    write_below(scratch->pages, "cells/a.html", "a");
    write_below(scratch->pages, "x", "a file");
    mirrored(scratch, scratch->target);
    g_autofree char *cells = g_build_filename(scratch->pages, "cells", NULL);
    g_autofree char *x = g_build_filename(scratch->pages, "x", NULL);
    g_assert_true(disk_folder_remove(cells, NULL));
    g_unlink(x);
    write_below(scratch->pages, "index.html", "another");
    MirrorCount count = mirrored(scratch, scratch->target);
    g_assert_cmpuint(count.written, ==, 1);
    g_assert_cmpuint(count.removed, ==, 2);
    g_assert_false(is_below(scratch->target, "cells"));
    g_assert_false(is_below(scratch->target, "x"));
}

static void a_link_is_not_published(Scratch *scratch, gconstpointer data)
{
    (void)data;
    write_below(scratch->pages, "index.html", "i");
    g_autofree char *link = g_build_filename(scratch->pages, "passwd", NULL);
    g_assert_cmpint(symlink("/etc/passwd", link), ==, 0);
    mirrored(scratch, scratch->target);
    g_assert_false(is_below(scratch->target, "passwd"));
}

static void foreign_folders_stay_as_they_are(Scratch *scratch, gconstpointer data)
{
    (void)data;
    write_below(scratch->pages, "index.html", "i");
    write_below(scratch->target, "thesis.txt", "t");
    g_autofree char *inside = g_build_filename(scratch->pages, "copy", NULL);
    const char *const targets[] = {scratch->target,
                                   scratch->dir,
                                   scratch->pages,
                                   inside,
                                   "/",
                                   "web:relative",
                                   "-e:user@system",
                                   ""};
    for (size_t i = 0; i < G_N_ELEMENTS(targets); i++) {
        MirrorCount count = {0};
        g_autoptr(GError) error = NULL;
        g_assert_false(mirror_run(scratch->pages, targets[i], &count, &error));
        g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    }
    g_assert_true(is_below(scratch->target, "thesis.txt"));
    g_assert_false(is_below(scratch->target, "index.html"));
}

static void add(const char *name, void (*test)(Scratch *scratch, gconstpointer data))
{
    g_test_add(name, Scratch, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/mirror/copy", pages_are_copied_once_and_raw_logs_never);
    add("/mirror/gone", what_is_gone_goes_from_the_copy);
    add("/mirror/links", a_link_is_not_published);
    add("/mirror/foreign", foreign_folders_stay_as_they_are);
    return g_test_run();
}
