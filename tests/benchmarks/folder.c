// A temporary folder for a test.
#include "folder.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

static int entry_remove(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void folder_write(const char *folder, const char *path, const char *text, gssize length,
                  gboolean is_executable)
{
    g_autofree char *whole = g_build_filename(folder, path, NULL);
    g_autofree char *parent = g_path_get_dirname(whole);
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
    g_file_set_contents(whole, text, length, &error);
    g_assert_no_error(error);
    g_assert_cmpint(chmod(whole, is_executable ? 0755 : 0644), ==, 0);
}

char *folder_new(void)
{
    g_autoptr(GError) error = NULL;
    char *folder = g_dir_make_tmp("marvin-test-XXXXXX", &error);
    g_assert_no_error(error);
    return folder;
}

void folder_remove(char *folder)
{
    nftw(folder, entry_remove, 16, FTW_DEPTH | FTW_PHYS);
    g_free(folder);
}
