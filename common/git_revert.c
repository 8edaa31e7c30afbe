// Commits of ours, made in the mirror without a work tree: a change taken back, nothing changed.
#include "common/git_internal.h"

#include "common/error.h"

static bool fail(const GitMirror *mirror, const char *commit, const char *what, GError **error)
{
    g_autofree char *cause = git_cause(NULL);
    return error_set(error, ERROR_INPUT, "%s: commit %.12s cannot be %s: %s", mirror->path, commit,
                     what, cause);
}

/* The tree of tip without the change; ret_tree is untouched where there are conflicts. */
static int revert_tree(GitMirror *mirror, git_commit *tip, git_commit *culprit, git_oid *ret_tree,
                       bool *ret_clean)
{
    git_index *index = NULL;
    unsigned mainline = git_commit_parentcount(culprit) > 1 ? 1 : 0;
    int status = git_revert_commit(&index, mirror->repo, culprit, tip, mainline, NULL);
    *ret_clean = status == 0 && !git_index_has_conflicts(index);
    if (*ret_clean)
        status = git_index_write_tree_to(ret_tree, index, mirror->repo);
    git_index_free(index);
    return status;
}

/* Dated as the tip is, so that the same question gives the same commit. */
static int commit_write(GitMirror *mirror, git_commit *tip, const git_oid *tree_id,
                        const char *message, git_oid *ret_oid)
{
    git_tree *tree = NULL;
    git_signature *us = NULL;
    const git_commit *parents[] = {tip};
    int status = git_tree_lookup(&tree, mirror->repo, tree_id);
    if (status == 0)
        status = git_signature_new(&us, "Marvin", "marvin@localhost", git_commit_time(tip), 0);
    if (status == 0)
        status =
            git_commit_create(ret_oid, mirror->repo, NULL, us, us, NULL, message, tree, 1, parents);
    git_signature_free(us);
    git_tree_free(tree);
    return status;
}

static int revert_write(GitMirror *mirror, git_commit *tip, git_commit *culprit,
                        const git_oid *tree_id, git_oid *ret_oid)
{
    const char *summary = git_commit_summary(culprit);
    g_autofree char *message =
        g_strdup_printf("Revert \"%s\"\n\nThis reverts commit %s.\n", summary ? summary : "",
                        git_oid_tostr_s(git_commit_id(culprit)));
    return commit_write(mirror, tip, tree_id, message, ret_oid);
}

static int keep(GitMirror *mirror, const git_oid *oid)
{
    git_reference *ref = NULL;
    g_autofree char *name = g_strdup_printf(KEPT_PREFIX "%s", git_oid_tostr_s(oid));
    int status = git_reference_create(&ref, mirror->repo, name, oid, 1, NULL);
    git_reference_free(ref);
    return status;
}

bool git_mirror_revert(GitMirror *mirror, const char *tip, const char *culprit, char **ret_commit,
                       GError **error)
{
    git_commit *on = NULL, *bad = NULL;
    git_oid tree, made;
    bool is_clean = false;
    bool found =
        git_commit_get(mirror, tip, &on, error) && git_commit_get(mirror, culprit, &bad, error);
    int status = found ? revert_tree(mirror, on, bad, &tree, &is_clean) : 0;
    if (found && status == 0 && is_clean)
        status = revert_write(mirror, on, bad, &tree, &made);
    if (found && status == 0 && is_clean)
        status = keep(mirror, &made);
    git_commit_free(on);
    git_commit_free(bad);
    if (status != 0)
        return fail(mirror, culprit, "taken back", error);
    if (found)
        *ret_commit = is_clean ? g_strdup(git_oid_tostr_s(&made)) : NULL;
    return found;
}

bool git_mirror_relayout(GitMirror *mirror, const char *commit, char **ret_commit, GError **error)
{
    git_commit *of = NULL;
    git_oid made;
    g_autofree char *message = g_strdup_printf("%.12s with another layout\n\n"
                                               "The files of commit %s, for a build that lays its "
                                               "code out otherwise.\n",
                                               commit, commit);
    if (!git_commit_get(mirror, commit, &of, error))
        return false;
    int status = commit_write(mirror, of, git_commit_tree_id(of), message, &made);
    if (status == 0)
        status = keep(mirror, &made);
    git_commit_free(of);
    if (status != 0)
        return fail(mirror, commit, "doubled", error);
    *ret_commit = g_strdup(git_oid_tostr_s(&made));
    return true;
}
