// The same change in several trees: messages, patches, and what a branch lacks.
#include "marvin/bisect/backport.h"

#include <string.h>

#include "common/error.h"
#include "marvin/bisect/fixes.h"
#include "tests/common/git_tree.h"

#define HASH "0123456789abcdef0123456789abcdef01234567"

static void assert_upstream(const char *message, const char *wanted)
{
    g_autofree char *named = backport_upstream(message);
    g_assert_cmpstr(named, ==, wanted);
}

static void backports_say_where_they_come_from(void)
{
    assert_upstream("mm: fix\n\ncommit " HASH " upstream.\n\nText", HASH);
    assert_upstream("mm: fix\n\n[ Upstream commit " HASH " ]\n", HASH);
    assert_upstream("mm: fix\n\nText\n\n(cherry picked from commit " HASH ")\n", HASH);
    assert_upstream("mm: fix\n\n(backported from commit " HASH ")\n", HASH);
    assert_upstream("mm: fix (bsc#1)\n\nGit-commit: " HASH "\nPatch-mainline: v6.1\n", HASH);
    assert_upstream("x\n\nOrigin: upstream, https://git.example.org/linux/?id=" HASH "\n", HASH);
}

static void other_words_about_commits_name_no_upstream(void)
{
    assert_upstream("mm: fix\n\nThis reverts commit " HASH ".\n", NULL);
    assert_upstream("mm: fix\n\ncommit " HASH " broke it upstream\n", NULL);
    assert_upstream("mm: fix\n\nFixes: " HASH " (\"x\")\n", NULL);
    assert_upstream("commit abc upstream.", NULL);
    assert_upstream("commit 0123456789abcdefg upstream.", NULL);
    assert_upstream("", NULL);
}

static void fixes_lines_name_what_they_fix(void)
{
    g_autoptr(GPtrArray) fixed =
        backport_fixes("mm: x\n\nFixes: 0123456789ab (\"mm: y\")\nfixes: fedcba9 (\"z\")\n"
                       "Fixes: commit 1111111 (\"w\")\nFixes: bug 12345678 of old\nFixes: none\n");
    g_assert_cmpint(fixed->len, ==, 3);
    g_assert_cmpstr(fixed->pdata[0], ==, "0123456789ab");
    g_assert_cmpstr(fixed->pdata[1], ==, "fedcba9");
    g_assert_cmpstr(fixed->pdata[2], ==, "1111111");
    g_assert_true(backport_names("0123456", HASH));
    g_assert_false(backport_names("012345", HASH));
    g_assert_false(backport_names("1123456", HASH));
}

static double similarity(const char *a, const char *b)
{
    g_autoptr(Patch) x = patch_parse(a), y = patch_parse(b);
    return patch_similarity(x, y);
}

static void patches_are_alike_by_the_lines_they_change(void)
{
    static const char FIRST[] = "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@ f(void)\n"
                                " context\n-old line\n+new line\n+another\n other\n";
    static const char MOVED[] = "commit x\n\n    + text of the message\ndiff --git a/g/f b/g/f\n"
                                "--- a/g/f\n+++ b/g/f\n@@ -90,3 +91,3 @@\n different\n-old   line\n"
                                "+\tnew line\n+another\n around\n";
    static const char HALF[] = "diff --git a/f b/f\n@@ -1 +1 @@\n-old line\n+changed line\n";
    g_assert_cmpfloat(similarity(FIRST, MOVED), ==, 1);
    g_assert_cmpfloat_with_epsilon(similarity(FIRST, HALF), 0.4, 1e-9);
    g_assert_cmpfloat(similarity(FIRST, ""), ==, 0);
    g_assert_cmpfloat(similarity("", ""), ==, 0);
    g_autoptr(Patch) patch = patch_parse(FIRST);
    g_assert_cmpint(patch_lines(patch), ==, 3);
}

// --- trees -----------------------------------------------------------------------------------

#define LINES_BEFORE "a1\na2\na3\na4\n"
#define LINES_AFTER "z1\nz2\nz3\nz4\n"

static char *commit(Scratch *scratch, const char *file, const char *middle, const char *message)
{
    g_autofree char *path = g_build_filename("r", file, NULL);
    g_autofree char *text = g_strconcat(LINES_BEFORE, middle, LINES_AFTER, NULL);
    scratch_write(scratch, path, text);
    g_free(tree_git(scratch, "r", "add", "-A", NULL));
    g_free(tree_git(scratch, "r", "commit", "-q", "-m", message, NULL));
    return tree_git(scratch, "r", "rev-parse", "HEAD", NULL);
}

static const Fix *fix_of(const GPtrArray *fixes, const char *hash)
{
    for (guint i = 0; i < fixes->len; i++) {
        const Fix *fix = fixes->pdata[i];
        if (g_str_equal(fix->title->hash, hash))
            return fix;
    }
    g_assert_not_reached();
}

// main: base - culprit - fix1 - fix2 - fix of fix2 - other; stable (from base): backports.
static void a_branch_lacks_exactly_the_fixes_that_it_has_in_no_form(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "r");
    g_autofree char *base = commit(scratch, "mm.c", "m\n", "base");
    g_autofree char *culprit = commit(scratch, "mm.c", "slow\n", "mm: make it slow");
    g_autofree char *say1 = g_strdup_printf("mm: first\n\nFixes: %.12s (\"mm: x\")", culprit);
    g_autofree char *fix1 = commit(scratch, "mm.c", "slow\nfirst fix\n", say1);
    g_autofree char *say2 = g_strdup_printf("net: second\n\nFixes: %.12s (\"mm: x\")", culprit);
    g_autofree char *fix2 = commit(scratch, "net.c", "second fix\nof it\n", say2);
    g_autofree char *say3 = g_strdup_printf("net: third\n\nFixes: %.12s (\"net\")", fix2);
    g_autofree char *fix3 = commit(scratch, "net.c", "third\n", say3);
    g_autofree char *say4 = g_strdup_printf("mm: fourth\n\nfixes: %.8s (\"mm: x\")", culprit);
    g_autofree char *fix4 = commit(scratch, "fs.c", "fourth fix\n", say4);
    g_free(commit(scratch, "doc.c", "d\n", "doc: after the one that broke it"));
    g_free(tree_git(scratch, "r", "checkout", "-q", "-b", "stable", base, NULL));
    g_autofree char *saya = g_strdup_printf("mm: slow\n\ncommit %s upstream.", culprit);
    g_autofree char *backported = commit(scratch, "mm.c", "slow\n", saya);
    g_autofree char *sayb = g_strdup_printf("mm: first\n\n(cherry picked from commit %s)", fix1);
    g_autofree char *named = commit(scratch, "mm.c", "slow\nfirst fix, adapted\n", sayb);
    g_autofree char *alike = commit(scratch, "old/net.c", "second fix\nof it\n", "net: by hand");

    g_autoptr(GError) error = NULL;
    g_autoptr(GitRepo) repo = NULL;
    g_autoptr(GPtrArray) fixes = NULL, all = NULL;
    g_autoptr(Fix) upstream = NULL, again = NULL;
    g_assert_true(git_repo_open(scratch_path(scratch, "r"), &repo, &error));
    g_assert_true(fixes_find(repo, backported, "main", "stable", &upstream, &fixes, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(upstream->title->hash, ==, culprit);
    g_assert_cmpint(upstream->presence, ==, FIX_NAMED);
    g_assert_cmpstr(upstream->as, ==, backported);
    g_assert_cmpint(fixes->len, ==, 4);
    g_assert_cmpint(fix_of(fixes, fix1)->presence, ==, FIX_NAMED);
    g_assert_cmpstr(fix_of(fixes, fix1)->as, ==, named);
    g_assert_cmpint(fix_of(fixes, fix2)->presence, ==, FIX_ALIKE);
    g_assert_cmpstr(fix_of(fixes, fix2)->as, ==, alike);
    g_assert_cmpfloat(fix_of(fixes, fix2)->confidence, ==, 1);
    g_assert_cmpint(fix_of(fixes, fix3)->presence, ==, FIX_ABSENT);
    g_assert_cmpstr(fix_of(fixes, fix3)->fixes, ==, fix2);
    g_assert_cmpint(fix_of(fixes, fix4)->presence, ==, FIX_ABSENT);
    g_assert_true(fixes_find(repo, culprit, "main", "main", &again, &all, &error));
    g_assert_cmpint(all->len, ==, 4);
    for (guint i = 0; i < all->len; i++)
        g_assert_cmpint(((const Fix *)all->pdata[i])->presence, ==, FIX_ANCESTOR);
    g_assert_cmpint(again->presence, ==, FIX_ANCESTOR);
    // A branch from before the commit needs none of its fixes.
    g_autoptr(Fix) before = NULL, none = NULL;
    g_autoptr(GPtrArray) spared = NULL, nothing = NULL;
    g_assert_true(fixes_find(repo, culprit, "main", base, &before, &spared, &error));
    g_assert_cmpint(before->presence, ==, FIX_ABSENT);
    g_assert_cmpint(spared->len, ==, 4);
    for (guint i = 0; i < spared->len; i++)
        g_assert_cmpint(((const Fix *)spared->pdata[i])->presence, ==, FIX_NOT_NEEDED);
    g_assert_false(fixes_find(repo, alike, "main", "stable", &none, &nothing, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "is not upstream"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/backport/upstream", backports_say_where_they_come_from);
    g_test_add_func("/backport/other-words", other_words_about_commits_name_no_upstream);
    g_test_add_func("/backport/fixes", fixes_lines_name_what_they_fix);
    g_test_add_func("/backport/alike", patches_are_alike_by_the_lines_they_change);
    g_test_add_func("/backport/missing", a_branch_lacks_exactly_the_fixes_that_it_has_in_no_form);
    return g_test_run();
}
