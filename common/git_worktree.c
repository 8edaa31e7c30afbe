// Work trees of our own beside those of a repository's owner.
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/git_repo_internal.h"

static bool git_do(const GitRepo *repo, const char *dir, const char *const *arguments,
                   GError **error)
{
    g_auto(ProcResult) result = {0};
    return git_repo_git(repo, dir, arguments, 0, &result, error);
}

// Whether dir is a work tree of repo and not merely a folder somewhere in another one.
static bool is_ours(const GitRepo *repo, const char *dir)
{
    g_autofree char *link = g_build_filename(dir, ".git", NULL);
    g_autofree char *text = NULL;
    g_autofree char *prefix = g_strconcat("gitdir: ", repo->common_dir, "/worktrees/", NULL);
    return g_file_get_contents(link, &text, NULL, NULL) && g_str_has_prefix(text, prefix);
}

static bool prune(const GitRepo *repo, GError **error)
{
    const char *const asked[] = {"worktree", "prune", NULL};
    return git_do(repo, NULL, asked, error);
}

bool git_worktree_remove(const GitRepo *repo, const char *dir, GError **error)
{
    if (access(dir, F_OK) != 0)
        return prune(repo, error);
    if (!is_ours(repo, dir))
        return rmdir(dir) == 0 ||
               error_set(error, ERROR_INPUT, "%s: is there and no work tree of %s; remove it.", dir,
                         repo->common_dir);
    // Removes folders without write permission too, where rm alone would not.
    const char *const asked[] = {"worktree", "remove", "--force", "--force", dir, NULL};
    if (git_do(repo, NULL, asked, NULL))
        return true;
    const char *const remove[] = {"rm", "-rf", "--", dir, NULL};
    const ProcSpec spec = {.argv = remove};
    g_auto(ProcResult) result = {0};
    return proc_run_ok(&spec, &result, error) && prune(repo, error);
}

bool git_worktree_add(const GitRepo *repo, const char *dir, const char *commit, GError **error)
{
    if (!git_worktree_remove(repo, dir, error))
        return false;
    g_autofree char *parent = g_path_get_dirname(dir);
    if (g_mkdir_with_parents(parent, 0777) != 0)
        return error_set(error, ERROR_INPUT, "%s: cannot be made: %s.", parent, g_strerror(errno));
    const char *const asked[] = {"worktree", "add", "--force", "--detach", dir, commit, NULL};
    return git_do(repo, NULL, asked, error);
}

bool git_worktree_switch(const GitRepo *repo, const char *dir, const char *commit, bool clean,
                         GError **error)
{
    // The reset first: a checkout with --force would also overwrite files that git does not track.
    const char *const reset[] = {"reset", "--quiet", "--hard", NULL};
    const char *const wipe[] = {"clean", "--quiet", "-ffdx", NULL};
    const char *const checkout[] = {"checkout", "--quiet", "--detach", commit, "--", NULL};
    bool dirty = false;
    const char *const status[] = {"status", "--porcelain", "--untracked-files=no", NULL};
    g_autofree char *changed = NULL;
    if (!git_repo_line(repo, dir, status, &changed, error))
        return false;
    dirty = *changed != 0;
    return (!dirty || git_do(repo, dir, reset, error)) &&
           (!clean || git_do(repo, dir, wipe, error)) && git_do(repo, dir, checkout, error);
}
