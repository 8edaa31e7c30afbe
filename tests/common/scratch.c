#include "tests/common/scratch.h"

#include <glib/gstdio.h>

struct Scratch {
    char *dir;
    GStringChunk *paths;
};

Scratch *scratch_new(void)
{
    Scratch *scratch = g_new0(Scratch, 1);
    scratch->dir = g_dir_make_tmp("marvin-test-XXXXXX", NULL);
    g_assert_nonnull(scratch->dir);
    scratch->paths = g_string_chunk_new(256);
    return scratch;
}

void scratch_free(Scratch *scratch)
{
    if (!scratch)
        return;
    const char *chmod[] = {"chmod", "-R", "u+rwx", scratch->dir, NULL};
    const char *rm[] = {"rm", "-rf", scratch->dir, NULL};
    g_spawn_sync(NULL, (char **)(void *)chmod, NULL,
                 G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL, NULL, NULL,
                 NULL);
    g_spawn_sync(NULL, (char **)(void *)rm, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                 NULL);
    g_string_chunk_free(scratch->paths);
    g_free(scratch->dir);
    g_free(scratch);
}

const char *scratch_path(Scratch *scratch, const char *name)
{
    g_autofree char *path =
        *name ? g_build_filename(scratch->dir, name, NULL) : g_strdup(scratch->dir);
    return g_string_chunk_insert_const(scratch->paths, path);
}

void scratch_mkdir(Scratch *scratch, const char *name)
{
    g_assert_cmpint(g_mkdir_with_parents(scratch_path(scratch, name), 0755), ==, 0);
}

void scratch_write(Scratch *scratch, const char *name, const char *text)
{
    g_autofree char *parent = g_path_get_dirname(scratch_path(scratch, name));
    g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
    g_autoptr(GError) error = NULL;
    g_file_set_contents(scratch_path(scratch, name), text, -1, &error);
    g_assert_no_error(error);
}

char *scratch_read(Scratch *scratch, const char *name)
{
    g_autoptr(GError) error = NULL;
    char *text = NULL;
    g_file_get_contents(scratch_path(scratch, name), &text, NULL, &error);
    g_assert_no_error(error);
    return text;
}

bool scratch_exists(Scratch *scratch, const char *name)
{
    return g_file_test(scratch_path(scratch, name), G_FILE_TEST_EXISTS);
}

char *scratch_run(Scratch *scratch, const char *program, ...)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    va_list args;
    va_start(args, program);
    for (const char *arg = program; arg; arg = va_arg(args, const char *))
        g_ptr_array_add(argv, g_strdup(arg));
    va_end(args);
    g_ptr_array_add(argv, NULL);
    g_autofree char *out = NULL, *err = NULL;
    int status = -1;
    g_autoptr(GError) error = NULL;
    g_spawn_sync(scratch->dir, (char **)argv->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out,
                 &err, &status, &error);
    g_assert_no_error(error);
    if (status != 0)
        g_test_message("%s: status %d: %s", program, status, err);
    g_assert_cmpint(status, ==, 0);
    gsize n = strlen(out);
    if (n > 0 && out[n - 1] == '\n')
        out[n - 1] = 0;
    return g_steal_pointer(&out);
}
