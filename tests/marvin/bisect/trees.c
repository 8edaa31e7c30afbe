// Work trees with the commits that a bisection visits.
#include "marvin/bisect/trees.h"

#include <string.h>

#include "common/error.h"
#include "tests/common/git_tree.h"

enum { N_COMMITS = 6 };

typedef struct {
    Scratch *scratch;
    GitRepo *repo;
    char *hash[N_COMMITS + 1];
} Fixture;

static void fixture_begin(Fixture *f)
{
    f->scratch = scratch_new();
    tree_new(f->scratch, "r");
    for (int i = 0; i < N_COMMITS; i++) {
        g_autofree char *text = g_strdup_printf("%d", i);
        f->hash[i] = tree_commit(f->scratch, "r", "f", text);
    }
    g_autoptr(GError) error = NULL;
    git_repo_open(scratch_path(f->scratch, "r"), &f->repo, &error);
    g_assert_no_error(error);
}

static void fixture_end(Fixture *f)
{
    git_repo_close(f->repo);
    for (int i = 0; i < N_COMMITS; i++)
        g_free(f->hash[i]);
    scratch_free(f->scratch);
}

static char *folder(Fixture *f)
{
    return g_strdup(scratch_path(f->scratch, "state/x.trees"));
}

// The tree's folder, g_free; wants the content of commit i there.
static char *place_need(Trees *trees, Fixture *f, int i, bool is_built)
{
    g_autoptr(GError) error = NULL;
    TreePlace place = {0};
    trees_get(trees, f->hash[i], 0, &place, &error);
    g_assert_no_error(error);
    g_assert_cmpint(place.is_built, ==, is_built);
    g_autofree char *file = g_build_filename(place.dir, "f", NULL), *text = NULL;
    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    g_assert_cmpint(text[0] - '0', ==, i);
    return place.dir;
}

static void close_need(Trees *trees)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(trees_close(trees, &error));
    g_assert_no_error(error);
}

static void a_built_commit_is_found_again_until_others_need_the_room(void)
{
    Fixture f = {0};
    fixture_begin(&f);
    g_autofree char *path = folder(&f);
    Trees *trees = trees_new(f.repo, path, 2, f.hash[0]);
    g_autofree char *a = place_need(trees, &f, 0, false);
    trees_built(trees);
    g_autofree char *b = place_need(trees, &f, 1, false);
    trees_built(trees);
    g_assert_cmpint(strlen(a), ==, strlen(b));
    g_assert_cmpstr(a, !=, b);
    g_free(place_need(trees, &f, 0, true));
    g_autofree char *c = place_need(trees, &f, 2, false);
    g_assert_cmpstr(c, ==, b);
    g_free(place_need(trees, &f, 0, true));
    g_free(place_need(trees, &f, 1, false));
    close_need(trees);
    g_assert_false(scratch_exists(f.scratch, "state/x.trees"));
    fixture_end(&f);
}

static void nothing_of_another_commit_is_left_in_a_tree(void)
{
    Fixture f = {0};
    fixture_begin(&f);
    g_autofree char *path = folder(&f);
    Trees *trees = trees_new(f.repo, path, 2, f.hash[0]);
    g_autofree char *a = place_need(trees, &f, 0, false);
    scratch_write(f.scratch, "state/x.trees/t00/object.o", "x");
    scratch_write(f.scratch, "state/x.trees/t00/f", "spoilt");
    g_free(place_need(trees, &f, 1, false));
    g_autofree char *b = place_need(trees, &f, 2, false);
    g_assert_cmpstr(a, ==, b);
    g_assert_false(scratch_exists(f.scratch, "state/x.trees/t00/object.o"));
    close_need(trees);
    fixture_end(&f);
}

static void trees_that_a_kill_left_are_used_again(void)
{
    Fixture f = {0};
    fixture_begin(&f);
    g_autofree char *path = folder(&f);
    Trees *killed = trees_new(f.repo, path, 2, f.hash[0]);
    g_free(place_need(killed, &f, 0, false));
    trees_built(killed);
    g_free(place_need(killed, &f, 1, false)); // killed in its build
    Trees *trees = trees_new(f.repo, path, 2, f.hash[0]);
    g_free(place_need(trees, &f, 0, true));
    g_free(place_need(trees, &f, 1, false));
    close_need(trees);
    close_need(killed);
    fixture_end(&f);
}

static void a_commit_that_is_gone_is_told_as_a_rewritten_history(void)
{
    Fixture f = {0};
    fixture_begin(&f);
    g_autofree char *path = folder(&f);
    Trees *trees = trees_new(f.repo, path, 2, f.hash[0]);
    g_autoptr(GError) error = NULL;
    TreePlace place = {0};
    g_assert_false(trees_get(trees, "0123456789012345678901234567890123456789", 0, &place, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "history was rewritten"));
    close_need(trees);
    fixture_end(&f);
}

static void held_commits_survive_a_rewritten_branch(void)
{
    Fixture f = {0};
    fixture_begin(&f);
    g_autofree char *path = folder(&f);
    Trees *trees = trees_new(f.repo, path, 2, f.hash[N_COMMITS - 1]);
    g_free(place_need(trees, &f, 0, false));
    g_free(tree_git(f.scratch, "r", "reset", "-q", "--hard", f.hash[1], NULL));
    g_free(tree_git(f.scratch, "r", "reflog", "expire", "--expire=now", "--all", NULL));
    g_free(tree_git(f.scratch, "r", "gc", "-q", "--prune=now", NULL));
    g_free(place_need(trees, &f, N_COMMITS - 1, false));
    g_free(place_need(trees, &f, N_COMMITS - 2, false));
    close_need(trees);
    g_autofree char *refs = tree_git(f.scratch, "r", "for-each-ref", "--format=%(refname)", NULL);
    g_assert_cmpstr(refs, ==, "refs/heads/main");
    fixture_end(&f);
}

static void in_place_the_branch_comes_back(void)
{
    Fixture f = {0};
    fixture_begin(&f);
    g_autoptr(GError) error = NULL;
    Trees *trees = NULL, *second = NULL;
    g_assert_true(trees_new_in_place(f.repo, &trees, &error));
    g_assert_false(trees_new_in_place(f.repo, &second, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_free(place_need(trees, &f, 2, false));
    scratch_write(f.scratch, "r/object.o", "kept for the next build");
    g_free(place_need(trees, &f, 3, false));
    scratch_write(f.scratch, "r/f", "changed by the build");
    close_need(trees);
    g_autofree char *head = tree_git(f.scratch, "r", "symbolic-ref", "HEAD", NULL);
    g_autofree char *now = tree_git(f.scratch, "r", "rev-parse", "HEAD", NULL);
    g_autofree char *state = tree_git(f.scratch, "r", "status", "--porcelain", NULL);
    g_assert_cmpstr(head, ==, "refs/heads/main");
    g_assert_cmpstr(now, ==, f.hash[N_COMMITS - 1]);
    g_assert_cmpstr(state, ==, "?? object.o");
    fixture_end(&f);
}

static void what_a_kill_left_in_place_is_put_back(void)
{
    Fixture f = {0};
    fixture_begin(&f);
    g_autoptr(GError) error = NULL;
    char *note = NULL;
    g_assert_true(trees_restore(f.repo, &note, &error));
    g_assert_null(note);
    scratch_write(f.scratch, "r/.git/marvin-bisect-in-place", "refs/heads/main\n");
    g_free(tree_git(f.scratch, "r", "checkout", "-q", "--detach", f.hash[1], NULL));
    scratch_write(f.scratch, "r/f", "mine");
    g_assert_false(trees_restore(f.repo, &note, &error));
    g_assert_nonnull(strstr(error->message, "refs/heads/main"));
    g_free(tree_git(f.scratch, "r", "checkout", "-q", "f", NULL));
    g_clear_error(&error);
    g_assert_true(trees_restore(f.repo, &note, &error));
    g_assert_nonnull(strstr(note, "put back to refs/heads/main"));
    g_free(note);
    g_autofree char *head = tree_git(f.scratch, "r", "symbolic-ref", "HEAD", NULL);
    g_assert_cmpstr(head, ==, "refs/heads/main");
    g_assert_false(scratch_exists(f.scratch, "r/.git/marvin-bisect-in-place"));
    fixture_end(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/trees/found", a_built_commit_is_found_again_until_others_need_the_room);
    g_test_add_func("/trees/clean", nothing_of_another_commit_is_left_in_a_tree);
    g_test_add_func("/trees/killed", trees_that_a_kill_left_are_used_again);
    g_test_add_func("/trees/gone", a_commit_that_is_gone_is_told_as_a_rewritten_history);
    g_test_add_func("/trees/held", held_commits_survive_a_rewritten_branch);
    g_test_add_func("/trees/in-place", in_place_the_branch_comes_back);
    g_test_add_func("/trees/in-place/killed", what_a_kill_left_in_place_is_put_back);
    return g_test_run();
}
