// A person's own repository, through the program git: opening, and all that only reads. Work trees
// are in git_worktree.c, ranges of commits in git_range.c.
#include "common/git_repo.h"

#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/git_repo_internal.h"
#include "common/text.h"

#define OUTPUT_BYTES_MAX (1024LL << 20) // ten million commits of a range
#define SHORT_DIGITS "--short=12"

// What `git rev-parse --local-env-vars` names: set by hooks and aliases, they mean another
// repository than the one that was asked for.
static const char *const FOREIGN_ENV[] = {"GIT_ALTERNATE_OBJECT_DIRECTORIES",
                                          "GIT_CONFIG",
                                          "GIT_CONFIG_PARAMETERS",
                                          "GIT_CONFIG_COUNT",
                                          "GIT_OBJECT_DIRECTORY",
                                          "GIT_DIR",
                                          "GIT_WORK_TREE",
                                          "GIT_IMPLICIT_WORK_TREE",
                                          "GIT_GRAFT_FILE",
                                          "GIT_INDEX_FILE",
                                          "GIT_NO_REPLACE_OBJECTS",
                                          "GIT_REPLACE_REF_BASE",
                                          "GIT_PREFIX",
                                          "GIT_SHALLOW_FILE",
                                          "GIT_COMMON_DIR",
                                          "GIT_INTERNAL_SUPER_PREFIX"};

static char **env_make(void)
{
    char **env = g_get_environ();
    for (gsize i = 0; i < G_N_ELEMENTS(FOREIGN_ENV); i++)
        env = g_environ_unsetenv(env, FOREIGN_ENV[i]);
    return env;
}

// The environment in which git itself runs: it asks nobody, speaks English, and writes no index
// only because it looked at one.
static char **git_env_make(char **env)
{
    char **own = g_strdupv(env);
    own = g_environ_setenv(own, "LC_ALL", "C", true);
    own = g_environ_setenv(own, "GIT_TERMINAL_PROMPT", "0", true);
    own = g_environ_setenv(own, "GIT_OPTIONAL_LOCKS", "0", true);
    return g_environ_setenv(own, "GIT_PAGER", "cat", true);
}

// With what git reads from its standard input, or NULL.
static bool git_run(const GitRepo *repo, const char *dir, const char *const *arguments,
                    const char *input, int max_status, ProcResult *ret_result, GError **error)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    static const char *const FIRST[] = {"git",
                                        "-c",
                                        "core.hooksPath=/dev/null",
                                        "-c",
                                        "core.fsmonitor=false",
                                        "-c",
                                        "advice.detachedHead=false"};
    for (gsize i = 0; i < G_N_ELEMENTS(FIRST); i++)
        g_ptr_array_add(argv, (gpointer)(guintptr)FIRST[i]);
    for (const char *const *a = arguments; *a; a++)
        g_ptr_array_add(argv, (gpointer)(guintptr)*a);
    g_ptr_array_add(argv, NULL);
    const ProcSpec spec = {.argv = (const char *const *)argv->pdata,
                           .env = (const char *const *)repo->git_env,
                           .dir = dir ? dir : repo->dir,
                           .input = input,
                           .input_size = input ? strlen(input) : 0,
                           .output_limit_bytes = OUTPUT_BYTES_MAX};
    g_auto(ProcResult) result = {0};
    if (!proc_run(&spec, &result, error))
        return false;
    if (result.status > max_status || result.output_exceeded) {
        g_autofree char *what = proc_result_complaint(&spec, &result);
        return error_set(error, ERROR_INPUT, "git %s in %s: %s.", arguments[0], spec.dir, what);
    }
    *ret_result = result;
    memset(&result, 0, sizeof result);
    return true;
}

bool git_repo_git(const GitRepo *repo, const char *dir, const char *const *arguments,
                  int max_status, ProcResult *ret_result, GError **error)
{
    return git_run(repo, dir, arguments, NULL, max_status, ret_result, error);
}

bool git_repo_line(const GitRepo *repo, const char *dir, const char *const *arguments,
                   char **ret_line, GError **error)
{
    g_auto(ProcResult) result = {0};
    if (!git_repo_git(repo, dir, arguments, 0, &result, error))
        return false;
    *ret_line = g_strdup(g_strchomp(result.out));
    return true;
}

void git_title_free(GitTitle *title)
{
    if (!title)
        return;
    g_free(title->hash);
    g_free(title->subject);
    g_free(title->author);
    g_free(title->mail);
    g_free(title);
}

static void title_unref(gpointer title)
{
    git_title_free(title);
}

static bool repo_read(GitRepo *repo, GError **error)
{
    const char *const asked[] = {"rev-parse",
                                 "--path-format=absolute",
                                 "--git-common-dir",
                                 "--absolute-git-dir",
                                 "--is-shallow-repository",
                                 "--is-bare-repository",
                                 NULL};
    g_autoptr(GError) cause = NULL;
    g_autofree char *answer = NULL;
    if (!git_repo_line(repo, NULL, asked, &answer, &cause)) {
        if (strstr(cause->message, "not a git repository"))
            return error_set(error, ERROR_INPUT,
                             "%s: is in no git repository; name one with --repo DIR.", repo->dir);
        return error_pass(error, g_steal_pointer(&cause), "the repository cannot be read");
    }
    g_auto(GStrv) lines = g_strsplit(answer, "\n", -1);
    if (g_strv_length(lines) != 4)
        return error_set(error, ERROR_INPUT, "%s: git answers something else than expected.",
                         repo->dir);
    repo->common_dir = g_strdup(lines[0]);
    repo->own_dir = g_strdup(lines[1]);
    repo->is_shallow = g_str_equal(lines[2], "true");
    if (g_str_equal(lines[3], "true"))
        return true;
    const char *const top[] = {"rev-parse", "--show-toplevel", NULL};
    return git_repo_line(repo, NULL, top, &repo->top, error);
}

bool git_repo_open(const char *dir, GitRepo **ret_repo, GError **error)
{
    g_autoptr(GitRepo) repo = g_new0(GitRepo, 1);
    repo->dir = g_canonicalize_filename(dir, NULL);
    repo->titles = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, title_unref);
    repo->env = env_make();
    repo->git_env = git_env_make(repo->env);
    if (!g_file_test(repo->dir, G_FILE_TEST_IS_DIR))
        return error_set(error, ERROR_INPUT, "%s: there is no such folder.", dir);
    if (!repo_read(repo, error))
        return false;
    *ret_repo = g_steal_pointer(&repo);
    return true;
}

void git_repo_close(GitRepo *repo)
{
    if (!repo)
        return;
    g_free(repo->dir);
    g_free(repo->top);
    g_free(repo->common_dir);
    g_free(repo->own_dir);
    if (repo->titles)
        g_hash_table_unref(repo->titles);
    g_strfreev(repo->env);
    g_strfreev(repo->git_env);
    g_free(repo);
}

const char *git_repo_top(const GitRepo *repo)
{
    return repo->top;
}

const char *git_repo_common_dir(const GitRepo *repo)
{
    return repo->common_dir;
}

const char *git_repo_own_dir(const GitRepo *repo)
{
    return repo->own_dir;
}

bool git_repo_is_shallow(const GitRepo *repo)
{
    return repo->is_shallow;
}

const char *const *git_repo_env(const GitRepo *repo)
{
    return (const char *const *)repo->env;
}

bool git_repo_resolve(const GitRepo *repo, const char *spec, char **ret_hash, GError **error)
{
    g_autofree char *commit = g_strconcat(spec, "^{commit}", NULL);
    const char *const asked[] = {"rev-parse", "--verify", "--end-of-options", commit, NULL};
    g_auto(ProcResult) result = {0};
    if (*spec && !git_repo_git(repo, NULL, asked, 128, &result, error))
        return false;
    if (*spec && result.status == 0) {
        // Older ones repeat the option's end.
        const char *line = g_strrstr(g_strchomp(result.out), "\n");
        *ret_hash = g_strdup(line ? line + 1 : result.out);
        return true;
    }
    g_autofree char *safe = text_escape_terminal(spec);
    if (result.err && strstr(result.err, "ambiguous"))
        return error_set(error, ERROR_INPUT, "'%s' names several commits of %s: give more of it.",
                         safe, repo->dir);
    return error_set(error, ERROR_INPUT,
                     "'%s' names no commit of %s: give a tag, a branch or a "
                     "hash that is there%s.",
                     safe, repo->dir,
                     repo->is_shallow ? " (its history is cut off: `git fetch --unshallow`)" : "");
}

bool git_repo_merge_bases(const GitRepo *repo, const char *a, const char *b, char ***ret_hashes,
                          GError **error)
{
    const char *const asked[] = {"merge-base", "--all", a, b, NULL};
    g_auto(ProcResult) result = {0};
    if (!git_repo_git(repo, NULL, asked, 1, &result, error))
        return false;
    g_strchomp(result.out);
    *ret_hashes = *result.out ? g_strsplit(result.out, "\n", -1) : g_new0(char *, 1);
    return true;
}

static char *line_clean(const char *bytes)
{
    g_autofree char *text = g_utf8_make_valid(bytes, -1);
    return text_escape_terminal(text);
}

// Five lines: hash, time, name, mail, subject.
static bool title_store(const GitRepo *repo, const char *text, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", 5);
    if (g_strv_length(lines) < 4)
        return error_set(error, ERROR_INPUT, "%s: git log: expected a commit, found '%.100s'.",
                         repo->dir, text);
    GitTitle *title = g_new0(GitTitle, 1);
    title->hash = g_strdup(lines[0]);
    title->author_s = g_ascii_strtoll(lines[1], NULL, 10);
    title->author = line_clean(lines[2]);
    title->mail = line_clean(lines[3]);
    g_autofree char *subject = g_strdup(lines[4] ? lines[4] : "");
    title->subject = line_clean(g_strchomp(subject));
    g_hash_table_replace(repo->titles, title->hash, title);
    return true;
}

bool git_repo_titles_read(const GitRepo *repo, const char *const *hashes, GError **error)
{
    g_autoptr(GString) input = g_string_new(NULL);
    for (const char *const *hash = hashes; *hash; hash++) {
        if (!g_hash_table_contains(repo->titles, *hash))
            g_string_append_printf(input, "%s\n", *hash);
    }
    if (input->len == 0)
        return true;
    const char *const asked[] = {
        "log",     "--no-walk=unsorted", "-z",         "--no-show-signature",
        "--stdin", "--encoding=UTF-8",   "--no-color", "--format=%H%n%at%n%an%n%ae%n%s",
        NULL};
    g_auto(ProcResult) result = {0};
    if (!git_run(repo, NULL, asked, input->str, 0, &result, error))
        return false;
    for (gsize at = 0; at < result.out_size; at += strlen(result.out + at) + 1) {
        if (!title_store(repo, result.out + at, error))
            return false;
    }
    return true;
}

void git_repo_title_add(const GitRepo *repo, const char *name, const char *subject)
{
    GitTitle *title = g_new0(GitTitle, 1);
    *title = (GitTitle){.hash = g_strdup(name),
                        .subject = g_strdup(subject),
                        .author = g_strdup(""),
                        .mail = g_strdup("")};
    g_hash_table_replace(repo->titles, title->hash, title);
}

bool git_repo_title(const GitRepo *repo, const char *hash, GitTitle **ret_title, GError **error)
{
    const char *const hashes[] = {hash, NULL};
    if (!git_repo_titles_read(repo, hashes, error))
        return false;
    const GitTitle *known = g_hash_table_lookup(repo->titles, hash);
    if (!known)
        return error_set(error, ERROR_INPUT, "%s: git says nothing about commit %s.", repo->dir,
                         hash);
    GitTitle *title = g_new0(GitTitle, 1);
    *title = (GitTitle){.hash = g_strdup(known->hash),
                        .subject = g_strdup(known->subject),
                        .author = g_strdup(known->author),
                        .mail = g_strdup(known->mail),
                        .author_s = known->author_s};
    *ret_title = title;
    return true;
}

char *git_repo_short(const GitRepo *repo, const char *hash)
{
    const char *const asked[] = {"rev-parse", SHORT_DIGITS, hash, NULL};
    char *line = NULL;
    return git_repo_line(repo, NULL, asked, &line, NULL) ? line : g_strndup(hash, 12);
}

bool git_repo_is_dirty(const GitRepo *repo, bool *ret_dirty, GError **error)
{
    const char *const asked[] = {"status", "--porcelain", "--untracked-files=no",
                                 "--ignore-submodules=none", NULL};
    g_autofree char *answer = NULL;
    if (!git_repo_line(repo, repo->top, asked, &answer, error))
        return false;
    *ret_dirty = *answer != 0;
    return true;
}

bool git_repo_need_clean(const GitRepo *repo, GError **error)
{
    static const struct {
        const char *file, *what;
    } BUSY[] = {
        {"index.lock", "is locked by another git (if none runs, remove its index.lock)"},
        {"HEAD.lock", "is locked by another git (if none runs, remove its HEAD.lock)"},
        {"BISECT_LOG", "is in the middle of a git bisect (`git bisect reset` ends it)"},
        {"MERGE_HEAD", "is in the middle of a merge (finish it or `git merge --abort`)"},
        {"rebase-merge", "is in the middle of a rebase (finish it or `git rebase --abort`)"},
        {"rebase-apply", "is in the middle of a rebase or am (finish it or --abort it)"},
        {"CHERRY_PICK_HEAD", "is in the middle of a cherry-pick (finish it or --abort it)"},
        {"REVERT_HEAD", "is in the middle of a revert (finish it or --abort it)"},
    };
    if (!repo->top)
        return error_set(error, ERROR_INPUT,
                         "%s: is a bare repository and has no work tree to use in place; leave out "
                         "--in-place.",
                         repo->dir);
    for (gsize i = 0; i < G_N_ELEMENTS(BUSY); i++) {
        g_autofree char *path = g_build_filename(repo->own_dir, BUSY[i].file, NULL);
        if (access(path, F_OK) == 0)
            return error_set(error, ERROR_INPUT, "%s: %s.", repo->top, BUSY[i].what);
    }
    bool dirty = false;
    if (!git_repo_is_dirty(repo, &dirty, error))
        return false;
    return !dirty || error_set(error, ERROR_INPUT,
                               "%s: has changes that are not committed; commit or stash them, or "
                               "leave out --in-place.",
                               repo->top);
}

bool git_repo_head(const GitRepo *repo, char **ret_head, GError **error)
{
    const char *const branch[] = {"symbolic-ref", "-q", "HEAD", NULL};
    g_auto(ProcResult) result = {0};
    if (!git_repo_git(repo, NULL, branch, 1, &result, error))
        return false;
    if (result.status == 0) {
        *ret_head = g_strdup(g_strchomp(result.out));
        return true;
    }
    return git_repo_resolve(repo, "HEAD", ret_head, error);
}
