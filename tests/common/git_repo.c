// A person's own repository: ranges, names, states, work trees.
#include "common/git_repo.h"

#include <string.h>

#include "common/error.h"
#include "tests/common/git_tree.h"

static GitRepo *repo_need(Scratch *scratch, const char *name)
{
    g_autoptr(GError) error = NULL;
    GitRepo *repo = NULL;
    git_repo_open(scratch_path(scratch, name), &repo, &error);
    g_assert_no_error(error);
    return repo;
}

static char *git(Scratch *scratch, const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    const char *w[8] = {0};
    for (guint i = 0; i < 8 && words[i]; i++)
        w[i] = words[i];
    return tree_git(scratch, "r", w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], NULL);
}

static void git_do(Scratch *scratch, const char *line)
{
    g_free(git(scratch, line));
}

static void assert_refused(bool ok, GError **error, const char *says)
{
    g_assert_false(ok);
    g_assert_error(*error, MARVIN_ERROR, ERROR_INPUT);
    if (!strstr((*error)->message, says))
        g_test_message("said: %s", (*error)->message);
    g_assert_nonnull(strstr((*error)->message, says));
    g_clear_error(error);
}

// main: a - b - m - d; side: a - c - m. A tag of each letter.
static void tree_with_merge(Scratch *scratch)
{
    tree_new(scratch, "r");
    g_free(tree_commit(scratch, "r", "f", "a"));
    git_do(scratch, "tag a");
    git_do(scratch, "checkout -q -b side");
    g_free(tree_commit(scratch, "r", "g", "c"));
    git_do(scratch, "tag c");
    git_do(scratch, "checkout -q main");
    g_free(tree_commit(scratch, "r", "f", "b"));
    git_do(scratch, "tag b");
    git_do(scratch, "merge -q --no-ff -m merge side");
    git_do(scratch, "tag m");
    g_free(tree_commit(scratch, "r", "f", "d"));
    git_do(scratch, "tag d");
}

static GitRange *range_need(const GitRepo *repo, const char *bad, const char *good,
                            bool first_parent)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *bad_hash = NULL, *good_hash = NULL;
    git_repo_resolve(repo, bad, &bad_hash, &error);
    g_assert_no_error(error);
    git_repo_resolve(repo, good, &good_hash, &error);
    g_assert_no_error(error);
    const char *const goods[] = {good_hash, NULL};
    GitRange *range = NULL;
    git_repo_range(repo, bad_hash, goods, first_parent, &range, &error);
    g_assert_no_error(error);
    return range;
}

static int index_of(Scratch *scratch, const GitRange *range, const char *tag)
{
    g_autofree char *hash = tree_git(scratch, "r", "rev-parse", tag, NULL);
    return git_range_find(range, hash);
}

static int parents_of(const GitRange *range, int i)
{
    return range->first_parent_at[i + 1] - range->first_parent_at[i];
}

static void a_range_has_all_commits_between_with_their_parents(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_with_merge(scratch);
    g_autoptr(GitRepo) repo = repo_need(scratch, "r");
    g_autoptr(GitRange) range = range_need(repo, "d", "a", false);
    g_assert_cmpint(range->n, ==, 4);
    int b = index_of(scratch, range, "b"), c = index_of(scratch, range, "c");
    int m = index_of(scratch, range, "m"), d = index_of(scratch, range, "d");
    g_assert_cmpint(index_of(scratch, range, "a"), ==, -1);
    g_assert_cmpint(d, ==, 3);
    g_assert_cmpint(m, ==, 2);
    g_assert_cmpint(b + c, ==, 1);
    g_assert_cmpint(parents_of(range, b), ==, 0);
    g_assert_cmpint(parents_of(range, c), ==, 0);
    g_assert_cmpint(parents_of(range, m), ==, 2);
    g_assert_cmpint(range->parent[range->first_parent_at[m]], ==, b);
    g_assert_cmpint(range->parent[range->first_parent_at[m] + 1], ==, c);
    g_assert_cmpint(range->parent[range->first_parent_at[d]], ==, m);
}

static void a_range_of_first_parents_leaves_out_the_side(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_with_merge(scratch);
    g_autoptr(GitRepo) repo = repo_need(scratch, "r");
    g_autoptr(GitRange) range = range_need(repo, "d", "a", true);
    g_assert_cmpint(range->n, ==, 3);
    g_assert_cmpint(index_of(scratch, range, "c"), ==, -1);
    g_assert_cmpint(parents_of(range, index_of(scratch, range, "m")), ==, 1);
}

static void a_range_is_empty_when_bad_is_an_ancestor_of_good(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_with_merge(scratch);
    g_autoptr(GitRepo) repo = repo_need(scratch, "r");
    g_autoptr(GitRange) range = range_need(repo, "a", "d", false);
    g_assert_cmpint(range->n, ==, 0);
}

static void what_rev_list_never_prints_is_refused(void)
{
    g_autoptr(GError) error = NULL;
    GitRange *range = NULL;
    assert_refused(git_range_parse("hello\n", &range, &error), &error, "expected hashes");
    assert_refused(git_range_parse("aa bb\nxx\nbb\n", &range, &error), &error, "expected hashes");
    assert_refused(git_range_parse("aa cc\nbb aa\n", &range, &error), &error, "expected hashes");
    assert_refused(git_range_parse("aa -\n", &range, &error), &error, "expected hashes");
}

static void names_resolve_as_git_has_it(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_with_merge(scratch);
    git_do(scratch, "tag -a -m note noted b");
    g_autoptr(GitRepo) repo = repo_need(scratch, "r");
    g_autoptr(GError) error = NULL;
    g_autofree char *hash = NULL, *b = git(scratch, "rev-parse b");
    g_assert_true(git_repo_resolve(repo, "noted", &hash, &error));
    g_assert_cmpstr(hash, ==, b);
    char *none = NULL;
    assert_refused(git_repo_resolve(repo, "v9", &none, &error), &error, "'v9' names no commit");
    assert_refused(git_repo_resolve(repo, "", &none, &error), &error, "names no commit");
    assert_refused(git_repo_resolve(repo, "--all", &none, &error), &error, "names no commit");
    assert_refused(git_repo_resolve(repo, "main:f", &none, &error), &error, "names no commit");
}

static void a_title_has_subject_author_and_date_without_controls(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "r");
    g_autofree char *hash = tree_commit(scratch, "r", "f", "speed \033[31m up\n\nmore");
    g_autoptr(GitRepo) repo = repo_need(scratch, "r");
    g_autoptr(GError) error = NULL;
    g_autoptr(GitTitle) title = NULL;
    g_assert_true(git_repo_title(repo, hash, &title, &error));
    g_assert_cmpstr(title->subject, ==, "speed \\x1b[31m up");
    g_assert_cmpstr(title->author, ==, "A U Thor");
    g_assert_cmpstr(title->mail, ==, "author@example.org");
    g_assert_cmpint(title->author_s, ==, 1000000000);
    g_autofree char *brief = git_repo_short(repo, hash);
    g_assert_cmpint(strlen(brief), ==, 12);
}

static void merge_bases_of_unrelated_histories_are_none(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_with_merge(scratch);
    git_do(scratch, "checkout -q --orphan other");
    g_autofree char *other = tree_commit(scratch, "r", "h", "alone");
    g_autofree char *a = git(scratch, "rev-parse a"), *b = git(scratch, "rev-parse b");
    g_autofree char *c = git(scratch, "rev-parse c");
    g_autoptr(GitRepo) repo = repo_need(scratch, "r");
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) bases = NULL, none = NULL;
    g_assert_true(git_repo_merge_bases(repo, b, c, &bases, &error));
    g_assert_cmpint(g_strv_length(bases), ==, 1);
    g_assert_cmpstr(bases[0], ==, a);
    g_assert_true(git_repo_merge_bases(repo, b, other, &none, &error));
    g_assert_cmpint(g_strv_length(none), ==, 0);
}

static void a_folder_without_git_is_refused(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(GError) error = NULL;
    GitRepo *repo = NULL;
    assert_refused(git_repo_open(scratch_path(scratch, "no"), &repo, &error), &error,
                   "no such folder");
    scratch_mkdir(scratch, "empty");
    assert_refused(git_repo_open(scratch_path(scratch, "empty"), &repo, &error), &error,
                   "in no git repository");
}

static void a_shallow_clone_says_so(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_with_merge(scratch);
    g_autofree char *url = g_strconcat("file://", scratch_path(scratch, "r"), NULL);
    g_free(scratch_run(scratch, "git", "clone", "-q", "--depth", "2", url, "cut", NULL));
    g_autoptr(GitRepo) whole = repo_need(scratch, "r"), cut = repo_need(scratch, "cut");
    g_assert_false(git_repo_is_shallow(whole));
    g_assert_true(git_repo_is_shallow(cut));
}

static void a_work_tree_in_use_is_refused_with_what_to_do(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_with_merge(scratch);
    g_autoptr(GitRepo) repo = repo_need(scratch, "r");
    g_autoptr(GError) error = NULL;
    scratch_write(scratch, "r/untracked", "x");
    g_assert_true(git_repo_need_clean(repo, &error));
    scratch_write(scratch, "r/f", "changed");
    assert_refused(git_repo_need_clean(repo, &error), &error, "not committed");
    git_do(scratch, "checkout -q f");
    scratch_write(scratch, "r/.git/index.lock", "");
    assert_refused(git_repo_need_clean(repo, &error), &error, "index.lock");
    g_free(scratch_run(scratch, "rm", "r/.git/index.lock", NULL));
    git_do(scratch, "bisect start d a");
    assert_refused(git_repo_need_clean(repo, &error), &error, "git bisect reset");
    g_free(scratch_run(scratch, "git", "clone", "-q", "--bare", "r", "bare", NULL));
    g_autoptr(GitRepo) bare = repo_need(scratch, "bare");
    assert_refused(git_repo_need_clean(bare, &error), &error, "bare");
}

static void the_head_is_a_branch_or_a_hash(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_with_merge(scratch);
    g_autoptr(GitRepo) repo = repo_need(scratch, "r");
    g_autoptr(GError) error = NULL;
    g_autofree char *branch = NULL, *detached = NULL, *b = git(scratch, "rev-parse b");
    g_assert_true(git_repo_head(repo, &branch, &error));
    g_assert_cmpstr(branch, ==, "refs/heads/main");
    git_do(scratch, "checkout -q --detach b");
    g_assert_true(git_repo_head(repo, &detached, &error));
    g_assert_cmpstr(detached, ==, b);
}

static void a_work_tree_of_ours_is_made_switched_and_removed(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_with_merge(scratch);
    scratch_write(scratch, "r/.git/hooks/post-checkout", "#!/bin/sh\ntouch hooked\n");
    g_free(scratch_run(scratch, "chmod", "+x", "r/.git/hooks/post-checkout", NULL));
    g_autofree char *a = git(scratch, "rev-parse a"), *d = git(scratch, "rev-parse d");
    g_autoptr(GitRepo) repo = repo_need(scratch, "r");
    g_autoptr(GError) error = NULL;
    const char *dir = scratch_path(scratch, "r/.git/ours/0");
    g_assert_true(git_worktree_add(repo, dir, d, &error));
    g_assert_true(scratch_exists(scratch, "r/.git/ours/0/g"));
    scratch_write(scratch, "r/.git/ours/0/f", "changed");
    scratch_write(scratch, "r/.git/ours/0/built", "x");
    g_assert_true(git_worktree_switch(repo, dir, a, false, &error));
    g_assert_true(scratch_exists(scratch, "r/.git/ours/0/built"));
    g_assert_false(scratch_exists(scratch, "r/.git/ours/0/g"));
    g_assert_true(git_worktree_switch(repo, dir, d, true, &error));
    g_assert_false(scratch_exists(scratch, "r/.git/ours/0/built"));
    g_assert_false(scratch_exists(scratch, "r/.git/ours/0/hooked"));
    // As a killed one leaves it, and then for good.
    g_assert_true(git_worktree_add(repo, dir, a, &error));
    g_assert_true(git_worktree_remove(repo, dir, &error));
    g_assert_true(git_worktree_remove(repo, dir, &error));
    g_assert_no_error(error);
    g_autofree char *list = git(scratch, "worktree list --porcelain");
    g_assert_null(strstr(list, "ours"));
}

static void a_switch_does_not_overwrite_what_git_does_not_track(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_with_merge(scratch);
    g_autofree char *a = git(scratch, "rev-parse a"), *d = git(scratch, "rev-parse d");
    g_autoptr(GitRepo) repo = repo_need(scratch, "r");
    g_autoptr(GError) error = NULL;
    g_assert_true(git_worktree_switch(repo, git_repo_top(repo), a, false, &error));
    scratch_write(scratch, "r/g", "mine");
    g_assert_false(git_worktree_switch(repo, git_repo_top(repo), d, false, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_autofree char *mine = scratch_read(scratch, "r/g");
    g_assert_cmpstr(mine, ==, "mine");
}

static void a_folder_that_is_no_work_tree_of_ours_is_never_removed(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_with_merge(scratch);
    g_autoptr(GitRepo) repo = repo_need(scratch, "r");
    g_autoptr(GError) error = NULL;
    scratch_write(scratch, "precious/file", "x");
    assert_refused(git_worktree_remove(repo, scratch_path(scratch, "precious"), &error), &error,
                   "no work tree of");
    assert_refused(git_worktree_remove(repo, scratch_path(scratch, "r"), &error), &error,
                   "no work tree of");
    g_assert_true(scratch_exists(scratch, "precious/file"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *name;
        void (*run)(void);
    } TESTS[] = {
        {"range", a_range_has_all_commits_between_with_their_parents},
        {"range/first-parent", a_range_of_first_parents_leaves_out_the_side},
        {"range/empty", a_range_is_empty_when_bad_is_an_ancestor_of_good},
        {"range/foreign", what_rev_list_never_prints_is_refused},
        {"resolve", names_resolve_as_git_has_it},
        {"title", a_title_has_subject_author_and_date_without_controls},
        {"merge-bases", merge_bases_of_unrelated_histories_are_none},
        {"open", a_folder_without_git_is_refused},
        {"shallow", a_shallow_clone_says_so},
        {"clean", a_work_tree_in_use_is_refused_with_what_to_do},
        {"head", the_head_is_a_branch_or_a_hash},
        {"worktree", a_work_tree_of_ours_is_made_switched_and_removed},
        {"worktree/untracked", a_switch_does_not_overwrite_what_git_does_not_track},
        {"worktree/foreign", a_folder_that_is_no_work_tree_of_ours_is_never_removed},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(TESTS); i++) {
        g_autofree char *path = g_strconcat("/git_repo/", TESTS[i].name, NULL);
        g_test_add_func(path, TESTS[i].run);
    }
    return g_test_run();
}
