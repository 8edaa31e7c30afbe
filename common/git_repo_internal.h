/*
 * What the files of common/git_repo.h share; for nobody else.
 */
#pragma once

#include "common/git_repo.h"

struct GitRepo {
    char *dir; // as given, absolute
    char *top;
    char *common_dir;
    char *own_dir;
    bool is_shallow;
    GHashTable *titles; // hash -> GitTitle *, those read so far
    char **env; // of what runs in work trees
    char **git_env; // of git
};

/* git_repo_git() that must end with 0: its output without the last line ends; g_free. */
bool git_repo_line(const GitRepo *repo, const char *dir, const char *const *arguments,
                   char **ret_line, GError **error);
