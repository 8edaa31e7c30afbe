// The mirror of a local tree: fetching, tags, commits, checkouts.
#include "common/git.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "tests/common/git_tree.h"

// All that a write to the mirror would change: names, sizes and times of its files and folders.
static char *mirror_state(Scratch *scratch)
{
    return scratch_run(scratch, "sh", "-c",
                       "find mirror -printf '%p %s %m %T@ %C@\\n' | LC_ALL=C sort", NULL);
}

static GPtrArray *tags_need(GitMirror *mirror, GPtrArray **ret_complaints)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *tags = NULL;
    git_mirror_tags(mirror, &tags, ret_complaints, &error);
    g_assert_no_error(error);
    return tags;
}

static void tags_of_both_kinds_are_found(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_autofree char *first = tree_commit(scratch, "up", "f", "first");
    g_free(tree_git(scratch, "up", "tag", "light", NULL));
    g_free(tree_git(scratch, "up", "tag", "-a", "-m", "a release", "v1", NULL));
    g_free(tree_git(scratch, "up", "tag", "-a", "-m", "of a tag", "v1-again", "v1", NULL));
    g_autofree char *object = tree_git(scratch, "up", "rev-parse", "v1", NULL);
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    g_autoptr(GitFetchReport) report = mirror_fetch(mirror, scratch_path(scratch, "up"));
    g_assert_cmpuint(report->changes->len, ==, 4);
    g_assert_cmpint(change_find(report, "refs/tags/v1")->kind, ==, GIT_REF_NEW);
    g_assert_cmpstr(change_find(report, "refs/tags/v1")->new_hash, ==, object);
    g_autoptr(GPtrArray) tags = tags_need(mirror, NULL);
    g_assert_cmpuint(tags->len, ==, 3);
    const GitTag *v1 = tag_find(tags, "v1"), *light = tag_find(tags, "light");
    g_assert_true(v1->annotated);
    g_assert_false(light->annotated);
    g_assert_cmpstr(v1->commit, ==, first);
    g_assert_cmpstr(v1->tag_hash, ==, object);
    g_assert_cmpstr(light->tag_hash, ==, first);
    g_assert_cmpstr(tag_find(tags, "v1-again")->commit, ==, first);
    g_assert_cmpint(v1->time_s, ==, 1100000000);
    g_assert_cmpint(light->time_s, ==, 1100000000);
}

static void a_tree_by_path_comes_without_the_program_git_too(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up: it's");
    g_autofree char *first = tree_commit(scratch, "up: it's", "f", "first");
    g_free(tree_git(scratch, "up: it's", "tag", "-a", "-m", "x", "v1", NULL));
    scratch_mkdir(scratch, "empty");
    g_autofree char *path = g_strdup(g_getenv("PATH"));
    const char *const paths[] = {path, scratch_path(scratch, "empty")};
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autofree char *name = g_strdup_printf("mirror%u", i);
        g_autoptr(GitMirror) mirror = mirror_need(scratch, name);
        g_setenv("PATH", paths[i], TRUE);
        g_autoptr(GitFetchReport) report = mirror_fetch(mirror, scratch_path(scratch, "up: it's"));
        g_setenv("PATH", path, TRUE);
        g_assert_cmpuint(report->changes->len, ==, 2);
        g_assert_cmpstr(change_find(report, "refs/heads/main")->new_hash, ==, first);
        g_free(tree_git(scratch, name, "fsck", "--strict", NULL));
    }
}

static void nothing_new_writes_nothing(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_free(tree_commit(scratch, "up", "f", "first"));
    g_free(tree_git(scratch, "up", "tag", "v1", NULL));
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    g_autoptr(GitFetchReport) first = mirror_fetch(mirror, scratch_path(scratch, "up"));
    g_assert_cmpuint(first->changes->len, ==, 2);
    g_autofree char *before = mirror_state(scratch);
    for (int i = 0; i < 2; i++) {
        g_autoptr(GitMirror) again = mirror_need(scratch, "mirror");
        g_autoptr(GitFetchReport) report = mirror_fetch(again, scratch_path(scratch, "up"));
        g_assert_cmpuint(report->changes->len, ==, 0);
        g_assert_cmpuint(report->bytes, ==, 0);
    }
    g_autofree char *after = mirror_state(scratch);
    g_assert_cmpstr(before, ==, after);
}

static void a_new_tag_comes_with_its_commits_only(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_free(tree_commit(scratch, "up", "f", "first"));
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    git_fetch_report_free(mirror_fetch(mirror, scratch_path(scratch, "up")));
    g_autofree char *second = tree_commit(scratch, "up", "f", "second");
    g_free(tree_git(scratch, "up", "tag", "v2", NULL));
    g_autoptr(GitFetchReport) report = mirror_fetch(mirror, scratch_path(scratch, "up"));
    g_assert_cmpuint(report->changes->len, ==, 2);
    g_assert_cmpint(change_find(report, "refs/heads/main")->kind, ==, GIT_REF_MOVED);
    g_assert_cmpstr(change_find(report, "refs/tags/v2")->new_hash, ==, second);
    g_autofree char *commit = NULL;
    g_assert_true(git_mirror_resolve(mirror, "v2", &commit, NULL));
    g_assert_cmpstr(commit, ==, second);
    g_free(tree_git(scratch, "mirror", "fsck", "--strict", NULL));
    // A branch that went forward needs nothing kept.
    g_autofree char *kept = tree_git(scratch, "mirror", "for-each-ref", "refs/marvin", NULL);
    g_assert_cmpstr(kept, ==, "");
}

static void a_moved_tag_is_told_and_its_old_commit_stays(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_free(tree_commit(scratch, "up", "f", "first"));
    g_autofree char *second = tree_commit(scratch, "up", "f", "second");
    g_free(tree_git(scratch, "up", "tag", "v1", NULL));
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    git_fetch_report_free(mirror_fetch(mirror, scratch_path(scratch, "up")));
    // The tree is rewritten: neither branch nor tag reaches `second` any more.
    g_free(tree_git(scratch, "up", "reset", "-q", "--hard", "HEAD~1", NULL));
    g_autofree char *other = tree_commit(scratch, "up", "f", "other");
    g_free(tree_git(scratch, "up", "tag", "-f", "v1", NULL));
    g_autoptr(GitFetchReport) report = mirror_fetch(mirror, scratch_path(scratch, "up"));
    const GitRefChange *change = change_find(report, "refs/tags/v1");
    g_assert_cmpint(change->kind, ==, GIT_REF_MOVED);
    g_assert_cmpstr(change->old_hash, ==, second);
    g_assert_cmpstr(change->new_hash, ==, other);
    g_assert_false(change->is_rewrite);
    g_autofree char *branch = tree_git(scratch, "up", "symbolic-ref", "HEAD", NULL);
    g_assert_true(change_find(report, g_strstrip(branch))->is_rewrite);
    g_autoptr(GitFetchReport) same = mirror_fetch(mirror, scratch_path(scratch, "up"));
    g_assert_cmpuint(same->changes->len, ==, 0);
    g_assert_cmpstr(same->digest, ==, report->digest);
    g_free(tree_git(scratch, "mirror", "gc", "-q", "--prune=now", NULL));
    g_autoptr(GitMirror) again = mirror_need(scratch, "mirror");
    g_autoptr(GitCommit) commit = NULL;
    g_assert_true(git_mirror_commit(again, second, &commit, NULL));
}

static void a_vanished_tag_is_told_and_its_commit_stays(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_free(tree_commit(scratch, "up", "f", "first"));
    g_autofree char *second = tree_commit(scratch, "up", "f", "second");
    g_free(tree_git(scratch, "up", "tag", "a", NULL));
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    git_fetch_report_free(mirror_fetch(mirror, scratch_path(scratch, "up")));
    // Its name becomes a folder of another one's: the old file must go first.
    g_free(tree_git(scratch, "up", "reset", "-q", "--hard", "HEAD~1", NULL));
    g_free(tree_git(scratch, "up", "tag", "-d", "a", NULL));
    g_free(tree_git(scratch, "up", "tag", "a/b", NULL));
    g_autoptr(GitFetchReport) report = mirror_fetch(mirror, scratch_path(scratch, "up"));
    g_assert_cmpint(change_find(report, "refs/tags/a")->kind, ==, GIT_REF_GONE);
    g_assert_cmpint(change_find(report, "refs/tags/a/b")->kind, ==, GIT_REF_NEW);
    g_autoptr(GPtrArray) tags = tags_need(mirror, NULL);
    g_assert_cmpuint(tags->len, ==, 1);
    g_free(tree_git(scratch, "mirror", "gc", "-q", "--prune=now", NULL));
    g_autoptr(GitMirror) again = mirror_need(scratch, "mirror");
    g_autoptr(GitCommit) commit = NULL;
    g_assert_true(git_mirror_commit(again, second, &commit, NULL));
}

static void names_are_data(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_free(tree_commit(scratch, "up", "f", "first"));
    g_autofree char *longest = g_strnfill(200, 'n');
    const char *const names[] = {"v1;touch_x", "v$(x)", "v`x`", "v'\"", "v\303\274", "v\377",
                                 "-v",         "v&|x",  "%s%n", "a/b",  longest};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *ref = g_strconcat("refs/tags/", names[i], NULL);
        g_free(tree_git(scratch, "up", "update-ref", ref, "HEAD", NULL));
    }
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    g_autoptr(GitFetchReport) report = mirror_fetch(mirror, scratch_path(scratch, "up"));
    g_assert_cmpuint(report->complaints->len, ==, 0);
    g_autoptr(GPtrArray) tags = tags_need(mirror, NULL);
    g_assert_cmpuint(tags->len, ==, G_N_ELEMENTS(names));
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_assert_nonnull(tag_find(tags, names[i]));
        g_autofree char *commit = NULL;
        g_autofree char *ref = g_strconcat("refs/tags/", names[i], NULL);
        g_assert_true(git_mirror_resolve(mirror, ref, &commit, NULL));
    }
}

static void a_name_too_long_is_passed_over_with_a_complaint(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_autofree char *first = tree_commit(scratch, "up", "f", "first");
    g_autofree char *name = g_strnfill(254, 'n');
    g_autofree char *packed =
        g_strdup_printf("%s refs/tags/%s\n%s refs/tags/v1\n", first, name, first);
    scratch_write(scratch, "up/.git/packed-refs", packed);
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    g_autoptr(GitFetchReport) report = mirror_fetch(mirror, scratch_path(scratch, "up"));
    g_assert_cmpuint(report->complaints->len, ==, 1);
    g_assert_nonnull(change_find(report, "refs/tags/v1"));
    g_autoptr(GitFetchReport) again = mirror_fetch(mirror, scratch_path(scratch, "up"));
    g_assert_cmpuint(again->changes->len, ==, 0);
}

static void tags_of_no_commit_are_passed_over_with_a_complaint(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_free(tree_commit(scratch, "up", "f", "first"));
    g_free(tree_git(scratch, "up", "tag", "tree", "HEAD^{tree}", NULL));
    g_free(tree_git(scratch, "up", "tag", "-a", "-m", "x", "blob", "HEAD:f", NULL));
    g_free(tree_git(scratch, "up", "tag", "v1", NULL));
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    git_fetch_report_free(mirror_fetch(mirror, scratch_path(scratch, "up")));
    g_autoptr(GPtrArray) complaints = NULL;
    g_autoptr(GPtrArray) tags = tags_need(mirror, &complaints);
    g_assert_cmpuint(tags->len, ==, 1);
    g_assert_cmpuint(complaints->len, ==, 2);
}

static void many_references_come_at_once_and_stay(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_autofree char *first = tree_commit(scratch, "up", "f", "first");
    g_free(tree_git(scratch, "up", "tag", "v1", NULL));
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    git_fetch_report_free(mirror_fetch(mirror, scratch_path(scratch, "up")));
    // 300 new ones, and beside them one that moves and one that goes.
    g_autofree char *second = tree_commit(scratch, "up", "f", "second");
    g_free(tree_git(scratch, "up", "tag", "-d", "v1", NULL));
    g_autoptr(GString) packed = g_string_new(NULL);
    for (int i = 1000; i < 1300; i++)
        g_string_append_printf(packed, "%s refs/tags/v%d\n", first, i);
    scratch_write(scratch, "up/.git/packed-refs", packed->str);
    g_autoptr(GitFetchReport) report = mirror_fetch(mirror, scratch_path(scratch, "up"));
    g_assert_cmpuint(report->changes->len, ==, 302);
    g_autoptr(GPtrArray) tags = tags_need(mirror, NULL);
    g_assert_cmpuint(tags->len, ==, 300);
    g_autofree char *head = NULL;
    g_assert_true(git_mirror_resolve(mirror, "main", &head, NULL));
    g_assert_cmpstr(head, ==, second);
    g_autoptr(GitFetchReport) again = mirror_fetch(mirror, scratch_path(scratch, "up"));
    g_assert_cmpuint(again->changes->len, ==, 0);
    // git itself agrees, and a packed one can still move and go.
    g_autofree char *listed = tree_git(scratch, "mirror", "tag", "--list", NULL);
    g_auto(GStrv) lines = g_strsplit(listed, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 300);
    g_free(tree_git(scratch, "up", "tag", "-f", "v1000", "main", NULL));
    g_free(tree_git(scratch, "up", "tag", "-d", "v1001", NULL));
    g_autoptr(GitFetchReport) more = mirror_fetch(mirror, scratch_path(scratch, "up"));
    g_assert_cmpint(change_find(more, "refs/tags/v1000")->kind, ==, GIT_REF_MOVED);
    g_assert_cmpint(change_find(more, "refs/tags/v1001")->kind, ==, GIT_REF_GONE);
    g_free(tree_git(scratch, "mirror", "fsck", "--strict", NULL));
}

static void an_empty_tree_has_nothing_new(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    g_autoptr(GitFetchReport) report = mirror_fetch(mirror, scratch_path(scratch, "up"));
    g_assert_cmpuint(report->changes->len, ==, 0);
    g_autoptr(GPtrArray) tags = tags_need(mirror, NULL);
    g_assert_cmpuint(tags->len, ==, 0);
}

static void a_tree_begun_anew_is_fetched_and_the_old_one_kept(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_autofree char *old = tree_commit(scratch, "up", "f", "old");
    g_free(tree_git(scratch, "up", "tag", "v1", NULL));
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    git_fetch_report_free(mirror_fetch(mirror, scratch_path(scratch, "up")));
    g_free(scratch_run(scratch, "rm", "-rf", "up", NULL));
    g_autoptr(GError) error = NULL;
    g_assert_false(git_mirror_fetch(mirror, scratch_path(scratch, "up"), NULL, NULL, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    tree_new(scratch, "up");
    g_autofree char *new = tree_commit(scratch, "up", "f", "new");
    g_autoptr(GitFetchReport) report = mirror_fetch(mirror, scratch_path(scratch, "up"));
    g_assert_cmpint(change_find(report, "refs/tags/v1")->kind, ==, GIT_REF_GONE);
    g_assert_cmpstr(change_find(report, "refs/heads/main")->new_hash, ==, new);
    g_autofree char *kept = tree_git(scratch, "mirror", "for-each-ref", "--format=%(refname)",
                                     "refs/marvin/kept", NULL);
    g_assert_true(g_str_has_suffix(kept, old));
}

static void head_follows_the_default_branch(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_free(tree_git(scratch, "up", "checkout", "-q", "-b", "trunk", NULL));
    g_autofree char *first = tree_commit(scratch, "up", "f", "first");
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    git_fetch_report_free(mirror_fetch(mirror, scratch_path(scratch, "up")));
    g_autofree char *commit = NULL;
    g_assert_true(git_mirror_resolve(mirror, "HEAD", &commit, NULL));
    g_assert_cmpstr(commit, ==, first);
}

static void specs_are_resolved_or_refused(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_autofree char *first = tree_commit(scratch, "up", "f", "first");
    g_autofree char *second = tree_commit(scratch, "up", "f", "second");
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    git_fetch_report_free(mirror_fetch(mirror, scratch_path(scratch, "up")));
    g_autofree char *by_branch = NULL, *by_hash = NULL, *before = NULL;
    g_autofree char *shortened = g_strndup(second, 10);
    g_assert_true(git_mirror_resolve(mirror, "main", &by_branch, NULL));
    g_assert_true(git_mirror_resolve(mirror, shortened, &by_hash, NULL));
    g_assert_true(git_mirror_resolve(mirror, "main~1", &before, NULL));
    g_assert_cmpstr(by_branch, ==, second);
    g_assert_cmpstr(by_hash, ==, second);
    g_assert_cmpstr(before, ==, first);
    static const char *const bad[] = {"nothing", "", "main:f", "HEAD~9", "\033[2J", "-x"};
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        char *commit = NULL;
        g_assert_false(git_mirror_resolve(mirror, bad[i], &commit, &error));
        g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
        g_assert_null(strchr(error->message, '\033'));
    }
}

static void a_commit_tells_what_it_is(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_autofree char *first = tree_commit(scratch, "up", "f", "first");
    g_free(tree_git(scratch, "up", "-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q",
                    "--allow-empty", "-m", "m\374ller\n\nlonger", NULL));
    g_autofree char *second = tree_git(scratch, "up", "rev-parse", "HEAD", NULL);
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    git_fetch_report_free(mirror_fetch(mirror, scratch_path(scratch, "up")));
    g_autoptr(GitCommit) commit = NULL, root = NULL;
    g_assert_true(git_mirror_commit(mirror, second, &commit, NULL));
    g_assert_cmpstr(commit->hash, ==, second);
    g_assert_cmpstr(commit->subject, ==, "m\303\274ller");
    g_assert_cmpstr(commit->message, ==, "m\303\274ller\n\nlonger\n");
    g_assert_cmpstr(commit->author_name, ==, "A U Thor");
    g_assert_cmpstr(commit->author_mail, ==, "author@example.org");
    g_assert_cmpint(commit->author_s, ==, 1000000000);
    g_assert_cmpint(commit->commit_s, ==, 1100000000);
    g_assert_cmpstr(commit->parents[0], ==, first);
    g_assert_null(commit->parents[1]);
    g_assert_true(git_mirror_commit(mirror, first, &root, NULL));
    g_assert_null(root->parents[0]);
    g_autoptr(GError) error = NULL;
    GitCommit *none = NULL;
    g_assert_false(
        git_mirror_commit(mirror, "0123456789012345678901234567890123456789", &none, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
}

static void a_commit_is_reverted_on_top_of_a_later_one(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_free(tree_commit(scratch, "up", "f", "first"));
    g_autofree char *bad = tree_commit(scratch, "up", "slow", "slower");
    g_autofree char *tip = tree_commit(scratch, "up", "h", "third");
    g_autofree char *over = tree_commit(scratch, "up", "slow", "slower still");
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    g_autoptr(GitFetchReport) report = mirror_fetch(mirror, scratch_path(scratch, "up"));
    g_autoptr(GError) error = NULL;
    g_autofree char *made = NULL, *again = NULL, *none = NULL;
    g_assert_true(git_mirror_revert(mirror, tip, bad, &made, &error));
    g_assert_nonnull(made);
    g_autofree char *changed =
        scratch_run(scratch, "git", "-C", "mirror", "diff", "--name-status", tip, made, NULL);
    g_assert_cmpstr(g_strstrip(changed), ==, "D\tslow");
    g_assert_true(git_mirror_revert(mirror, tip, bad, &again, &error));
    g_assert_cmpstr(again, ==, made);
    g_assert_true(git_mirror_revert(mirror, over, bad, &none, &error));
    g_assert_null(none); // the file was changed since
    g_assert_false(git_mirror_revert(mirror, tip, "no such", &none, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
}

static void the_subject_of_another_layout_has_the_same_files_and_time(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_autofree char *of = tree_commit(scratch, "up", "f", "first");
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    g_autoptr(GitFetchReport) report = mirror_fetch(mirror, scratch_path(scratch, "up"));
    g_autoptr(GError) error = NULL;
    g_autofree char *made = NULL, *again = NULL, *none = NULL;
    g_assert_true(git_mirror_relayout(mirror, of, &made, &error));
    g_assert_true(git_mirror_relayout(mirror, of, &again, &error));
    g_assert_cmpstr(made, !=, of);
    g_assert_cmpstr(again, ==, made);
    g_autofree char *changed =
        scratch_run(scratch, "git", "-C", "mirror", "diff", "--name-status", of, made, NULL);
    g_assert_cmpstr(changed, ==, "");
    g_autofree char *times =
        scratch_run(scratch, "git", "-C", "mirror", "log", "--format=%ct", "-2", made, NULL);
    g_auto(GStrv) lines = g_strsplit(times, "\n", -1);
    g_assert_cmpstr(lines[0], ==, lines[1]);
    g_assert_false(git_mirror_relayout(mirror, "no such", &none, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
}

static void a_checkout_is_what_git_itself_exports(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_free(scratch_run(scratch, "sh", "-c",
                       "cd up && mkdir -p a/b && echo x > a/b/c && chmod +x a/b/c && ln -s a/b/c l "
                       "&& ln -s /nowhere d && printf 'y' > \"$(printf 'n\\374\\n')\"",
                       NULL));
    g_autofree char *first = tree_commit(scratch, "up", "f", "first");
    g_free(tree_commit(scratch, "up", "later", "second"));
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    git_fetch_report_free(mirror_fetch(mirror, scratch_path(scratch, "up")));
    g_autofree char *before = mirror_state(scratch);
    g_autoptr(GError) error = NULL;
    git_mirror_checkout(mirror, first, scratch_path(scratch, "out"), &error);
    g_assert_no_error(error);
    g_autofree char *after = mirror_state(scratch);
    g_assert_cmpstr(before, ==, after);
    scratch_mkdir(scratch, "exported");
    g_autofree char *script = g_strdup_printf(
        "git -C up archive %s | tar -x -C exported && diff -r --no-dereference exported out",
        first);
    g_free(scratch_run(scratch, "sh", "-c", script, NULL));
    g_assert_true(g_file_test(scratch_path(scratch, "out/a/b/c"), G_FILE_TEST_IS_EXECUTABLE));
    g_assert_false(scratch_exists(scratch, "out/.git"));
    g_assert_false(git_mirror_checkout(mirror, first, scratch_path(scratch, "out"), &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
}

static void a_checkout_may_go_to_a_relative_folder(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_autofree char *first = tree_commit(scratch, "up", "a/b/f", "first");
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    git_fetch_report_free(mirror_fetch(mirror, scratch_path(scratch, "up")));
    g_autofree char *before = g_get_current_dir();
    g_assert_cmpint(g_chdir(scratch_path(scratch, "")), ==, 0);
    g_autoptr(GError) error = NULL;
    git_mirror_checkout(mirror, first, "out", &error);
    g_assert_cmpint(g_chdir(before), ==, 0);
    g_assert_no_error(error);
    g_autofree char *text = scratch_read(scratch, "out/a/b/f");
    g_assert_cmpstr(text, ==, "first");
}

// A tree object may name what no work tree may hold; git's own plumbing refuses to write it.
static void a_hostile_tree_leaves_the_folder_alone(void)
{
    static const char *const names[] = {"..", ".git", "a/../../x"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(Scratch) scratch = scratch_new();
        tree_new(scratch, "up");
        g_autofree char *script = g_strdup_printf(
            "cd up && export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a GIT_COMMITTER_NAME=a "
            "GIT_COMMITTER_EMAIL=a && b=$(echo evil | git hash-object -w --stdin) && "
            "sub=$(printf \"100644 x\\0$(echo $b | sed 's/../\\\\x&/g')\" | "
            "git hash-object -w -t tree --stdin --literally) && "
            "tree=$(printf \"40000 %s\\0$(echo $sub | sed 's/../\\\\x&/g')\" | "
            "git hash-object -w -t tree --stdin --literally) && "
            "git update-ref refs/heads/main $(git commit-tree -m evil $tree)",
            names[i]);
        g_free(scratch_run(scratch, "bash", "-c", script, NULL));
        g_autofree char *commit = tree_git(scratch, "up", "rev-parse", "main", NULL);
        g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
        git_fetch_report_free(mirror_fetch(mirror, scratch_path(scratch, "up")));
        g_autoptr(GError) error = NULL;
        g_assert_false(git_mirror_checkout(mirror, commit, scratch_path(scratch, "out"), &error));
        g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
        g_assert_false(scratch_exists(scratch, "x"));
        g_assert_false(scratch_exists(scratch, "out/.git/x"));
    }
}

static void the_mirror_of_a_folder_with_other_things_is_refused(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    scratch_write(scratch, "mirror/precious", "data");
    g_autoptr(GError) error = NULL;
    GitMirror *mirror = NULL;
    g_assert_false(git_mirror_open(scratch_path(scratch, "mirror"), &mirror, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_autofree char *left = scratch_run(scratch, "ls", "-A", ".", NULL);
    g_assert_cmpstr(left, ==, "mirror");
}

static bool stop_at_once(const GitProgress *progress, gpointer data)
{
    (void)progress;
    (void)data;
    return false;
}

static void the_progress_function_may_stop_a_fetch(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_free(tree_commit(scratch, "up", "f", "first"));
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    g_autoptr(GError) error = NULL;
    GitFetchOptions options = {.progress = stop_at_once};
    g_assert_false(git_mirror_fetch(mirror, scratch_path(scratch, "up"), &options, NULL, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INTERRUPTED);
    g_autoptr(GitFetchReport) report = mirror_fetch(mirror, scratch_path(scratch, "up"));
    g_assert_cmpuint(report->changes->len, ==, 1);
}

static void leftovers_of_a_killed_fetch_are_no_obstacle(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    g_free(tree_commit(scratch, "up", "f", "first"));
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    scratch_write(scratch, "mirror/refs/heads/main.lock", "");
    scratch_write(scratch, "mirror/packed-refs.lock", "");
    scratch_write(scratch, "mirror/HEAD.lock", "");
    scratch_write(scratch, "mirror/objects/pack/pack_git2_abcdef", "half");
    g_autoptr(GitFetchReport) report = mirror_fetch(mirror, scratch_path(scratch, "up"));
    g_assert_cmpuint(report->changes->len, ==, 1);
    g_assert_false(scratch_exists(scratch, "mirror/objects/pack/pack_git2_abcdef"));
}

static void fetches_may_meet_and_be_killed(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    tree_new(scratch, "up");
    const char *url = scratch_path(scratch, "up"), *path = scratch_path(scratch, "mirror");
    g_autoptr(GitMirror) mirror = mirror_need(scratch, "mirror");
    for (int round = 0; round < 6; round++) {
        g_autofree char *text = g_strdup_printf("round %d", round);
        g_free(tree_commit(scratch, "up", "f", text));
        pid_t pids[3];
        for (int i = 0; i < 3; i++) {
            pids[i] = fork();
            if (pids[i] == 0) {
                GitMirror *own = NULL;
                bool ok = git_mirror_open(path, &own, NULL) &&
                          git_mirror_fetch(own, url, NULL, NULL, NULL);
                _exit(ok ? 0 : 1);
            }
        }
        kill(pids[0], SIGKILL);
        for (int i = 0; i < 3; i++) {
            int status = -1;
            g_assert_cmpint(waitpid(pids[i], &status, 0), ==, pids[i]);
            if (i > 0)
                g_assert_cmpint(status, ==, 0);
        }
        g_autoptr(GitFetchReport) report = mirror_fetch(mirror, url);
        g_assert_cmpuint(report->changes->len, ==, 0);
    }
    g_free(tree_git(scratch, "mirror", "fsck", "--strict", NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/git/tags", tags_of_both_kinds_are_found);
    g_test_add_func("/git/no-program", a_tree_by_path_comes_without_the_program_git_too);
    g_test_add_func("/git/nothing-new", nothing_new_writes_nothing);
    g_test_add_func("/git/new-tag", a_new_tag_comes_with_its_commits_only);
    g_test_add_func("/git/moved-tag", a_moved_tag_is_told_and_its_old_commit_stays);
    g_test_add_func("/git/vanished-tag", a_vanished_tag_is_told_and_its_commit_stays);
    g_test_add_func("/git/names", names_are_data);
    g_test_add_func("/git/long-name", a_name_too_long_is_passed_over_with_a_complaint);
    g_test_add_func("/git/no-commit", tags_of_no_commit_are_passed_over_with_a_complaint);
    g_test_add_func("/git/many", many_references_come_at_once_and_stay);
    g_test_add_func("/git/empty", an_empty_tree_has_nothing_new);
    g_test_add_func("/git/anew", a_tree_begun_anew_is_fetched_and_the_old_one_kept);
    g_test_add_func("/git/head", head_follows_the_default_branch);
    g_test_add_func("/git/resolve", specs_are_resolved_or_refused);
    g_test_add_func("/git/commit", a_commit_tells_what_it_is);
    g_test_add_func("/git/revert", a_commit_is_reverted_on_top_of_a_later_one);
    g_test_add_func("/git/relayout", the_subject_of_another_layout_has_the_same_files_and_time);
    g_test_add_func("/git/checkout", a_checkout_is_what_git_itself_exports);
    g_test_add_func("/git/relative", a_checkout_may_go_to_a_relative_folder);
    g_test_add_func("/git/hostile-tree", a_hostile_tree_leaves_the_folder_alone);
    g_test_add_func("/git/no-mirror", the_mirror_of_a_folder_with_other_things_is_refused);
    g_test_add_func("/git/stop", the_progress_function_may_stop_a_fetch);
    g_test_add_func("/git/leftovers", leftovers_of_a_killed_fetch_are_no_obstacle);
    g_test_add_func("/git/killed", fetches_may_meet_and_be_killed);
    return g_test_run();
}
