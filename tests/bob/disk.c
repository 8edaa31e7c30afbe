#include "bob/disk.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    char *dir;
} Scratch;

static void set_up(Scratch *scratch, gconstpointer data)
{
    (void)data;
    scratch->dir = g_dir_make_tmp("disk-XXXXXX", NULL);
}

static void tear_down(Scratch *scratch, gconstpointer data)
{
    (void)data;
    g_assert_true(disk_folder_remove(scratch->dir, NULL));
    g_free(scratch->dir);
}

static char *path_of(const Scratch *scratch, const char *name)
{
    return g_build_filename(scratch->dir, name, NULL);
}

static void write_file(const Scratch *scratch, const char *name, gsize bytes)
{
    g_autofree char *path = path_of(scratch, name);
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *text = g_strnfill(bytes, 'x');
    g_mkdir_with_parents(folder, 0755);
    g_assert_true(g_file_set_contents(path, text, (gssize)bytes, NULL));
}

static void what_lies_below_is_counted_up_to_the_limit(Scratch *scratch, gconstpointer data)
{
    (void)data;
    write_file(scratch, "a/b/c", 1 << 20);
    write_file(scratch, "d", 1 << 20);
    g_assert_cmpuint(disk_folder_bytes(scratch->dir, 0), >=, 2 << 20);
    g_assert_cmpuint(disk_folder_bytes(scratch->dir, 0), <, 3 << 20);
    g_assert_cmpuint(disk_folder_bytes(scratch->dir, 1000), >, 1000);
    g_assert_cmpuint(disk_folder_bytes("/nonexistent/folder", 0), ==, 0);
    g_assert_cmpuint(disk_free_bytes(scratch->dir), >, 0);
}

static void a_folder_of_folders_is_empty(Scratch *scratch, gconstpointer data)
{
    (void)data;
    g_autofree char *below = path_of(scratch, "a/b");
    g_mkdir_with_parents(below, 0755);
    g_assert_true(disk_folder_is_empty(scratch->dir));
    write_file(scratch, "a/b/c", 0);
    g_assert_false(disk_folder_is_empty(scratch->dir));
}

static void removal_goes_through_read_only_folders_and_not_through_links(Scratch *scratch,
                                                                         gconstpointer data)
{
    (void)data;
    g_autofree char *kept = g_dir_make_tmp("kept-XXXXXX", NULL);
    g_autofree char *file = g_build_filename(kept, "f", NULL);
    g_autofree char *gone = path_of(scratch, "gone");
    g_autofree char *locked = path_of(scratch, "gone/locked");
    g_autofree char *link = path_of(scratch, "gone/link");
    g_assert_true(g_file_set_contents(file, "x", 1, NULL));
    write_file(scratch, "gone/locked/f", 1);
    g_assert_cmpint(symlink(kept, link), ==, 0);
    g_assert_cmpint(chmod(locked, 0500), ==, 0);
    g_assert_true(disk_folder_remove(gone, NULL));
    g_assert_false(g_file_test(gone, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_test(file, G_FILE_TEST_EXISTS));
    g_assert_true(disk_folder_remove(gone, NULL));
    g_assert_true(disk_folder_remove(kept, NULL));
}

static void the_list_names_files_and_links_in_order(Scratch *scratch, gconstpointer data)
{
    (void)data;
    g_autofree char *link = path_of(scratch, "a/link");
    write_file(scratch, "b", 3);
    write_file(scratch, "a/x", 1);
    g_assert_cmpint(symlink("x", link), ==, 0);
    g_autofree char *binary = path_of(scratch, "b");
    g_assert_cmpint(chmod(binary, 0755), ==, 0);
    g_autofree char *list = disk_folder_list(scratch->dir, 100);
    g_assert_cmpstr(list, ==,
                    "[{\"bytes\":1,\"link\":\"x\",\"mode\":511,\"path\":\"a/link\"},"
                    "{\"bytes\":1,\"mode\":420,\"path\":\"a/x\"},"
                    "{\"bytes\":3,\"mode\":493,\"path\":\"b\"}]");
    g_autofree char *first = disk_folder_list(scratch->dir, 1);
    g_assert_true(g_str_has_suffix(first, "\"a/link\"}]"));
}

static void add(const char *name, void (*test)(Scratch *scratch, gconstpointer data))
{
    g_test_add(name, Scratch, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    umask(022);
    add("/disk/bytes", what_lies_below_is_counted_up_to_the_limit);
    add("/disk/empty", a_folder_of_folders_is_empty);
    add("/disk/removal", removal_goes_through_read_only_folders_and_not_through_links);
    add("/disk/list", the_list_names_files_and_links_in_order);
    return g_test_run();
}
