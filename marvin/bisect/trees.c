// Work trees with the commits that a bisection visits: a few own ones, or the owner's.
#include "marvin/bisect/trees.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/error.h"

#define TREES_MAX 100 // two digits of a name
#define HOLD_FOLDER "hold"
#define NOTE_FILE "marvin-bisect-in-place"

typedef struct {
    char *dir;
    char *stamp; // path of the file that says what is built in it; NULL in place
    char *commit; // NULL: not known
    int variant;
    bool is_built;
    int used; // when last, in calls of trees_get()
} Tree;

struct Trees {
    const GitRepo *repo;
    char *folder; // NULL in place
    GPtrArray *trees; // of Tree *
    const char *hold;
    bool is_held;
    int keep;
    int calls;
    Tree *current; // given last
    guint64 free_before; // bytes of the file system before current was filled
    guint64 largest; // bytes that a tree took
    char *head; // in place: where to go back to
    int note_fd; // in place: holds the lock
};

void tree_place_clear(TreePlace *place)
{
    g_clear_pointer(&place->dir, g_free);
}

static void tree_free(gpointer data)
{
    Tree *tree = data;
    g_free(tree->dir);
    g_free(tree->stamp);
    g_free(tree->commit);
    g_free(tree);
}

static Trees *trees_make(const GitRepo *repo)
{
    Trees *trees = g_new0(Trees, 1);
    trees->repo = repo;
    trees->trees = g_ptr_array_new_with_free_func(tree_free);
    trees->keep = 1;
    trees->note_fd = -1;
    return trees;
}

static void trees_free(Trees *trees)
{
    g_ptr_array_unref(trees->trees);
    g_free(trees->folder);
    g_free(trees->head);
    if (trees->note_fd >= 0)
        close(trees->note_fd);
    g_free(trees);
}

// A stamp reads "COMMIT VARIANT"; it is there only while that is built in the tree.
static Tree *tree_new(const char *folder, int number)
{
    Tree *tree = g_new0(Tree, 1);
    tree->dir = g_strdup_printf("%s/t%02d", folder, number);
    tree->stamp = g_strdup_printf("%s/t%02d.built", folder, number);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(tree->stamp, &text, NULL, NULL))
        return tree;
    g_auto(GStrv) words = g_strsplit(g_strchomp(text), " ", -1);
    if (g_strv_length(words) == 2) {
        tree->commit = g_strdup(words[0]);
        tree->variant = (int)g_ascii_strtoll(words[1], NULL, 10);
        tree->is_built = true;
    }
    return tree;
}

Trees *trees_new(const GitRepo *repo, const char *folder, int keep, const char *hold)
{
    Trees *trees = trees_make(repo);
    trees->hold = hold;
    trees->folder = g_canonicalize_filename(folder, NULL);
    trees->keep = CLAMP(keep, 2, TREES_MAX);
    for (int i = 0; i < trees->keep; i++) {
        g_autofree char *dir = g_strdup_printf("%s/t%02d", trees->folder, i);
        if (access(dir, F_OK) != 0)
            break;
        g_ptr_array_add(trees->trees, tree_new(trees->folder, i));
    }
    return trees;
}

// --- in place ------------------------------------------------------------------------------

static char *note_path(const GitRepo *repo)
{
    return g_build_filename(git_repo_own_dir(repo), NOTE_FILE, NULL);
}

// The note, opened and locked; -1 where a living process has it.
static int note_lock(const char *path, int flags)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | flags, 0666);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

// They were clean when the bisection began, and --build may have moved them.
static bool submodules_restore(const GitRepo *repo, GError **error)
{
    const char *top = git_repo_top(repo);
    const char *const update[] = {"submodule",   "--quiet",    "update",
                                  "--recursive", "--no-fetch", NULL};
    g_autofree char *path = g_build_filename(top, ".gitmodules", NULL);
    g_auto(ProcResult) result = {0};
    return !g_file_test(path, G_FILE_TEST_EXISTS) ||
           git_repo_git(repo, top, update, 0, &result, error);
}

static bool head_restore(const GitRepo *repo, const char *head, GError **error)
{
    if (!git_worktree_switch(repo, git_repo_top(repo), head, false, error) ||
        !submodules_restore(repo, error))
        return false;
    const char *const name[] = {"symbolic-ref", "HEAD", head, NULL};
    g_auto(ProcResult) result = {0};
    return !g_str_has_prefix(head, "refs/") ||
           git_repo_git(repo, git_repo_top(repo), name, 0, &result, error);
}

static bool note_restore(const GitRepo *repo, const char *path, char **ret_note, GError **error)
{
    g_autofree char *head = NULL;
    if (!g_file_get_contents(path, &head, NULL, error))
        return false;
    g_strchomp(head);
    g_autoptr(GError) cause = NULL;
    // An empty note: killed before the first switch.
    if (*head && (!git_repo_need_clean(repo, &cause) || !head_restore(repo, head, &cause)))
        return error_set(
            error, ERROR_INPUT,
            "a bisection was killed here and left its own commit checked out; the work "
            "tree was at %s and cannot be put back: %s",
            head, cause->message);
    unlink(path);
    if (*head)
        *ret_note = g_strdup_printf("%s: put back to %s, where a killed bisection had found it.",
                                    git_repo_top(repo), head);
    return true;
}

bool trees_restore(const GitRepo *repo, char **ret_note, GError **error)
{
    g_autofree char *path = note_path(repo);
    char *note = NULL;
    int fd = git_repo_top(repo) ? note_lock(path, 0) : -1;
    bool ok = fd < 0 || note_restore(repo, path, &note, error);
    if (fd >= 0)
        close(fd);
    if (ok)
        *ret_note = note;
    return ok;
}

bool trees_new_in_place(const GitRepo *repo, Trees **ret_trees, GError **error)
{
    if (!git_repo_need_clean(repo, error))
        return false;
    Trees *trees = trees_make(repo);
    g_autofree char *path = note_path(repo);
    Tree *tree = g_new0(Tree, 1);
    tree->dir = g_strdup(git_repo_top(repo));
    g_ptr_array_add(trees->trees, tree);
    trees->note_fd = note_lock(path, O_CREAT);
    bool ok = trees->note_fd >= 0 ||
              error_set(error, ERROR_INPUT, "%s: another bisection uses this work tree in place.",
                        tree->dir);
    ok = ok && git_repo_head(repo, &trees->head, error);
    if (ok && dprintf(trees->note_fd, "%s\n", trees->head) < 0)
        ok = error_set(error, ERROR_INPUT, "%s: cannot be written: %s.", path, g_strerror(errno));
    if (!ok) {
        if (trees->note_fd >= 0)
            unlink(path);
        trees_free(trees);
        return false;
    }
    *ret_trees = trees;
    return true;
}

// --- choosing and filling --------------------------------------------------------------------

static guint64 bytes_free(const char *path)
{
    struct statvfs fs;
    return statvfs(path, &fs) == 0 ? (guint64)fs.f_bavail * fs.f_frsize : G_MAXUINT64;
}

static Tree *tree_find(const Trees *trees, const char *commit, int variant)
{
    for (guint i = 0; i < trees->trees->len; i++) {
        Tree *tree = trees->trees->pdata[i];
        if (tree->variant == variant && g_strcmp0(tree->commit, commit) == 0)
            return tree;
    }
    return NULL;
}

// A tree that nothing is in yet, or the one that was not used for the longest.
static Tree *tree_choose(Trees *trees)
{
    int n = (int)trees->trees->len;
    bool has_room = n < 2 || bytes_free(trees->folder) > 2 * trees->largest;
    if (trees->folder && n < trees->keep && has_room) {
        g_ptr_array_add(trees->trees, tree_new(trees->folder, n));
        return trees->trees->pdata[n];
    }
    Tree *oldest = trees->trees->pdata[0];
    for (int i = 1; i < n; i++) {
        Tree *tree = trees->trees->pdata[i];
        if (tree->used < oldest->used)
            oldest = tree;
    }
    return oldest;
}

static bool explain_gone(const Trees *trees, const char *commit, GError *cause, GError **error)
{
    const char *const asked[] = {"cat-file", "-e", commit, NULL};
    g_auto(ProcResult) result = {0};
    if (git_repo_git(trees->repo, NULL, asked, 0, &result, NULL))
        return error_pass(error, cause, "commit %.12s cannot be checked out", commit);
    g_error_free(cause);
    return error_set(error, ERROR_INPUT,
                     "commit %.12s is no longer in %s: its history was rewritten while it was "
                     "bisected. Fetch it again and repeat the command to go on, or name other "
                     "commits.",
                     commit, git_repo_common_dir(trees->repo));
}

// What the HEAD of a work tree reaches is not pruned.
static bool hold_begin(Trees *trees, GError **error)
{
    if (trees->is_held)
        return true;
    g_autofree char *dir = g_build_filename(trees->folder, HOLD_FOLDER, NULL);
    const char *const add[] = {"worktree",      "add", "--force",   "--detach",
                               "--no-checkout", dir,   trees->hold, NULL};
    g_auto(ProcResult) result = {0};
    trees->is_held = git_worktree_remove(trees->repo, dir, error) &&
                     git_repo_git(trees->repo, NULL, add, 0, &result, error);
    return trees->is_held;
}

static bool tree_fill(Trees *trees, Tree *tree, const char *commit, int variant, GError **error)
{
    g_clear_pointer(&tree->commit, g_free);
    tree->is_built = false;
    if (tree->stamp)
        unlink(tree->stamp);
    GError *cause = NULL;
    g_autofree char *link = g_build_filename(tree->dir, ".git", NULL);
    bool ok = access(link, F_OK) == 0 &&
              git_worktree_switch(trees->repo, tree->dir, commit, trees->folder != NULL, &cause);
    if (!ok && trees->folder) {
        // A tree that was spoilt (killed half-way, or by the command) is made anew.
        g_clear_error(&cause);
        ok = git_worktree_add(trees->repo, tree->dir, commit, &cause);
    }
    if (!ok)
        return explain_gone(trees, commit, cause, error);
    tree->commit = g_strdup(commit);
    tree->variant = variant;
    return true;
}

bool trees_get(Trees *trees, const char *commit, int variant, TreePlace *ret_place, GError **error)
{
    Tree *tree = tree_find(trees, commit, variant);
    if (!tree) {
        tree = tree_choose(trees);
        if (trees->folder && !hold_begin(trees, error))
            return false;
        trees->free_before = bytes_free(trees->folder ? trees->folder : tree->dir);
        if (!tree_fill(trees, tree, commit, variant, error))
            return false;
    }
    tree->used = ++trees->calls;
    trees->current = tree;
    ret_place->dir = g_strdup(tree->dir);
    ret_place->is_built = tree->is_built;
    return true;
}

void trees_built(Trees *trees)
{
    Tree *tree = trees->current;
    tree->is_built = true;
    if (!tree->stamp)
        return;
    guint64 now = bytes_free(trees->folder);
    if (now < trees->free_before)
        trees->largest = MAX(trees->largest, trees->free_before - now);
    g_autofree char *text = g_strdup_printf("%s %d\n", tree->commit, tree->variant);
    g_file_set_contents(tree->stamp, text, -1, NULL);
}

// --- the end -----------------------------------------------------------------------------------

bool trees_remove(const GitRepo *repo, const char *folder, GError **error)
{
    for (int i = 0; i < TREES_MAX; i++) {
        g_autofree char *dir = g_strdup_printf("%s/t%02d", folder, i);
        g_autofree char *stamp = g_strconcat(dir, ".built", NULL);
        unlink(stamp);
        if (access(dir, F_OK) == 0 && !git_worktree_remove(repo, dir, error))
            return false;
    }
    g_autofree char *hold = g_build_filename(folder, HOLD_FOLDER, NULL);
    if (access(hold, F_OK) == 0 && !git_worktree_remove(repo, hold, error))
        return false;
    rmdir(folder);
    return true;
}

bool trees_close(Trees *trees, GError **error)
{
    if (!trees)
        return true;
    bool ok;
    if (trees->folder) {
        ok = trees_remove(trees->repo, trees->folder, error);
    } else {
        ok = head_restore(trees->repo, trees->head, error);
        g_autofree char *path = note_path(trees->repo);
        if (ok)
            unlink(path);
    }
    trees_free(trees);
    return ok;
}
