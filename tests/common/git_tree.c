#include "tests/common/git_tree.h"

char *tree_git(Scratch *scratch, const char *name, ...)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    static const char *const first[] = {"git",
                                        "-c",
                                        "user.name=A U Thor",
                                        "-c",
                                        "user.email=author@example.org",
                                        "-c",
                                        "init.defaultBranch=main",
                                        "-c",
                                        "protocol.file.allow=always",
                                        "-C"};
    for (guint i = 0; i < G_N_ELEMENTS(first); i++)
        g_ptr_array_add(argv, (gpointer)(guintptr)first[i]);
    g_ptr_array_add(argv, (gpointer)(guintptr)scratch_path(scratch, name));
    va_list args;
    va_start(args, name);
    for (char *arg; (arg = va_arg(args, char *));)
        g_ptr_array_add(argv, arg);
    va_end(args);
    g_ptr_array_add(argv, NULL);
    g_auto(GStrv) env = g_get_environ();
    env = g_environ_setenv(env, "GIT_AUTHOR_DATE", "@1000000000 +0000", TRUE);
    env = g_environ_setenv(env, "GIT_COMMITTER_DATE", "@1100000000 +0000", TRUE);
    env = g_environ_setenv(env, "GIT_CONFIG_GLOBAL", "/dev/null", TRUE);
    g_autofree char *out = NULL, *err = NULL;
    int status = -1;
    g_autoptr(GError) error = NULL;
    g_spawn_sync(NULL, (char **)argv->pdata, env, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err,
                 &status, &error);
    g_assert_no_error(error);
    if (status != 0)
        g_test_message("git: %s", err);
    g_assert_cmpint(status, ==, 0);
    return g_strdup(g_strchomp(out));
}

void tree_new(Scratch *scratch, const char *name)
{
    scratch_mkdir(scratch, name);
    g_free(tree_git(scratch, name, "init", "-q", NULL));
}

char *tree_commit(Scratch *scratch, const char *name, const char *file, const char *text)
{
    g_autofree char *path = g_build_filename(name, file, NULL);
    scratch_write(scratch, path, text);
    g_free(tree_git(scratch, name, "add", "-A", NULL));
    g_free(tree_git(scratch, name, "commit", "-q", "-m", text, NULL));
    return tree_git(scratch, name, "rev-parse", "HEAD", NULL);
}

GitMirror *mirror_need(Scratch *scratch, const char *name)
{
    g_autoptr(GError) error = NULL;
    GitMirror *mirror = NULL;
    git_mirror_open(scratch_path(scratch, name), &mirror, &error);
    g_assert_no_error(error);
    return mirror;
}

GitFetchReport *mirror_fetch(GitMirror *mirror, const char *url)
{
    g_autoptr(GError) error = NULL;
    GitFetchReport *report = NULL;
    git_mirror_fetch(mirror, url, NULL, &report, &error);
    g_assert_no_error(error);
    return report;
}

const GitRefChange *change_find(const GitFetchReport *report, const char *name)
{
    for (guint i = 0; i < report->changes->len; i++) {
        const GitRefChange *change = report->changes->pdata[i];
        if (strcmp(change->name, name) == 0)
            return change;
    }
    return NULL;
}

const GitTag *tag_find(const GPtrArray *tags, const char *name)
{
    for (guint i = 0; i < tags->len; i++) {
        const GitTag *tag = tags->pdata[i];
        if (strcmp(tag->name, name) == 0)
            return tag;
    }
    return NULL;
}
