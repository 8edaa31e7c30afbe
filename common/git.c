// The mirror: opening, and everything that only reads it. git_fetch.c fills it.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/git_internal.h"

#define SPEC_BYTES_MAX 1024
#define PACKS_OPEN_MAX 128
#define TAG_PREFIX "refs/tags/"

char *git_line(const char *bytes)
{
    char *line = g_utf8_make_valid(bytes, -1);
    // Control characters, those of the block above ASCII as well, are blanks here.
    g_autoptr(GString) clean = g_string_sized_new(strlen(line));
    for (const char *c = line; *c; c = g_utf8_next_char(c)) {
        gunichar u = g_utf8_get_char(c);
        g_string_append_unichar(clean, g_unichar_iscntrl(u) ? ' ' : u);
    }
    g_free(line);
    g_strstrip(clean->str);
    return g_string_free(g_steal_pointer(&clean), FALSE);
}

char *git_cause(const char *known)
{
    const git_error *last = git_error_last();
    const char *message = last && last->message ? last->message : "the cause is not known";
    char *line = git_line(known ? known : message);
    gsize n = strlen(line);
    if (n > 0 && line[n - 1] == '.')
        line[n - 1] = 0;
    return line;
}

static bool cause_set(GError **error, const char *what)
{
    g_autofree char *cause = git_cause(NULL);
    return error_set(error, ERROR_INPUT, "%s: %s.", what, cause);
}

static void library_begin(void)
{
    git_libgit2_init();
    git_socket_register();
    // A tree by path may be another user's: we run nothing that its configuration names.
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    // What a reference names must be on the disk before the reference is.
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    // Every fetch of something new leaves a pack; years of them must not use up the descriptors.
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_FILE_LIMIT, (size_t)PACKS_OPEN_MAX);
}

// Removes what mirror_make() has just made.
static void folder_remove(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        if (unlink(below) != 0)
            folder_remove(below);
    }
    rmdir(path);
}

// Makes the mirror under another name and renames it, so that half a one is never seen.
static bool mirror_make(const char *path, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(path);
    g_autofree char *made = g_strconcat(path, ".new-XXXXXX", NULL);
    if (g_mkdir_with_parents(parent, 0777) != 0 || !g_mkdtemp_full(made, 0777))
        return error_set(error, ERROR_INPUT, "%s: the mirror cannot be made: %s.", path,
                         g_strerror(errno));
    git_repository *repo = NULL;
    if (git_repository_init(&repo, made, 1) != 0)
        return cause_set(error, path);
    git_repository_free(repo);
    if (rename(made, path) == 0)
        return true;
    int failed = errno;
    folder_remove(made);
    // Another process may have made it meanwhile: then that one is opened, or else refused.
    if (failed == ENOTEMPTY || failed == EEXIST || failed == ENOTDIR)
        return true;
    return error_set(error, ERROR_INPUT, "%s: the mirror cannot be made: %s.", path,
                     g_strerror(failed));
}

bool git_mirror_open(const char *path, GitMirror **ret_mirror, GError **error)
{
    library_begin();
    git_repository *repo = NULL;
    int status = git_repository_open_bare(&repo, path);
    if (status == GIT_ENOTFOUND && mirror_make(path, error))
        status = git_repository_open_bare(&repo, path);
    else if (status == GIT_ENOTFOUND)
        status = GIT_EUSER; // mirror_make() has said why
    if (status != 0) {
        if (status != GIT_EUSER)
            error_set(error, ERROR_INPUT,
                      "%s: is there, but no bare git repository; name another folder for the "
                      "mirror or move this one away.",
                      path);
        git_libgit2_shutdown();
        return false;
    }
    GitMirror *mirror = g_new0(GitMirror, 1);
    mirror->path = g_strdup(path);
    mirror->repo = repo;
    *ret_mirror = mirror;
    return true;
}

void git_mirror_close(GitMirror *mirror)
{
    if (!mirror)
        return;
    git_repository_free(mirror->repo);
    git_libgit2_shutdown();
    g_free(mirror->path);
    g_free(mirror);
}

static void tag_free(gpointer data)
{
    GitTag *tag = data;
    g_free(tag->name);
    g_free(tag->tag_hash);
    g_free(tag->commit);
    g_free(tag);
}

static int tag_compare(gconstpointer a, gconstpointer b)
{
    return strcmp((*(const GitTag *const *)a)->name, (*(const GitTag *const *)b)->name);
}

static gint64 tag_time(git_object *object, git_commit *commit)
{
    const git_signature *tagger = NULL;
    if (git_object_type(object) == GIT_OBJECT_TAG)
        tagger = git_tag_tagger((git_tag *)object);
    return tagger ? tagger->when.time : git_commit_time(commit);
}

// What tag ref names; NULL with the complaint when it is no commit.
static GitTag *tag_read(git_repository *repo, git_reference *ref, char **ret_complaint)
{
    const char *name = git_reference_name(ref) + strlen(TAG_PREFIX);
    const git_oid *oid = git_reference_target(ref);
    git_object *object = NULL, *commit = NULL;
    GitTag *tag = NULL;
    if (oid && git_object_lookup(&object, repo, oid, GIT_OBJECT_ANY) == 0 &&
        git_object_peel(&commit, object, GIT_OBJECT_COMMIT) == 0) {
        tag = g_new0(GitTag, 1);
        tag->name = g_strdup(name);
        tag->tag_hash = g_strdup(git_oid_tostr_s(oid));
        tag->commit = g_strdup(git_oid_tostr_s(git_object_id(commit)));
        tag->annotated = git_object_type(object) == GIT_OBJECT_TAG;
        tag->time_s = tag_time(object, (git_commit *)commit);
    } else {
        g_autofree char *line = git_line(name);
        g_autofree char *cause = object ? g_strdup("it names no commit") : git_cause(NULL);
        *ret_complaint = g_strdup_printf("The tag %s is passed over: %s.", line, cause);
    }
    git_object_free(commit);
    git_object_free(object);
    return tag;
}

bool git_mirror_tags(GitMirror *mirror, GPtrArray **ret_tags, GPtrArray **ret_complaints,
                     GError **error)
{
    git_reference_iterator *iterator = NULL;
    if (git_reference_iterator_glob_new(&iterator, mirror->repo, TAG_PREFIX "*") != 0)
        return cause_set(error, mirror->path);
    g_autoptr(GPtrArray) tags = g_ptr_array_new_with_free_func(tag_free);
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    git_reference *ref = NULL;
    int status;
    while ((status = git_reference_next(&ref, iterator)) == 0) {
        char *complaint = NULL;
        GitTag *tag = tag_read(mirror->repo, ref, &complaint);
        g_ptr_array_add(tag ? tags : complaints, tag ? (gpointer)tag : complaint);
        git_reference_free(ref);
    }
    git_reference_iterator_free(iterator);
    if (status != GIT_ITEROVER)
        return cause_set(error, mirror->path);
    g_ptr_array_sort(tags, tag_compare);
    *ret_tags = g_steal_pointer(&tags);
    if (ret_complaints)
        *ret_complaints = g_steal_pointer(&complaints);
    return true;
}

static bool spec_refuse(GitMirror *mirror, const char *spec, int status, GError **error)
{
    g_autofree char *line = git_line(spec);
    if (status == GIT_EAMBIGUOUS)
        return error_set(error, ERROR_INPUT,
                         "\"%s\" names several commits of %s; give more of the hash.", line,
                         mirror->path);
    return error_set(error, ERROR_INPUT,
                     "\"%s\" names no commit of %s; give a tag, a branch or a hash that it has.",
                     line, mirror->path);
}

bool git_mirror_resolve(GitMirror *mirror, const char *spec, char **ret_commit, GError **error)
{
    git_object *object = NULL, *commit = NULL;
    int status = GIT_ENOTFOUND;
    if (strlen(spec) <= SPEC_BYTES_MAX)
        status = git_revparse_single(&object, mirror->repo, spec);
    if (status == 0)
        status = git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
    if (status == 0)
        *ret_commit = g_strdup(git_oid_tostr_s(git_object_id(commit)));
    git_object_free(commit);
    git_object_free(object);
    return status == 0 || spec_refuse(mirror, spec, status, error);
}

bool git_commit_get(GitMirror *mirror, const char *hash, git_commit **ret_commit, GError **error)
{
    git_oid oid;
    if (strlen(hash) == GIT_OID_HEXSZ && git_oid_fromstr(&oid, hash) == 0 &&
        git_commit_lookup(ret_commit, mirror->repo, &oid) == 0)
        return true;
    return spec_refuse(mirror, hash, GIT_ENOTFOUND, error);
}

// A commit says in which encoding it is written; nothing said, or not known: UTF-8.
static char *text_decode(const char *bytes, const char *encoding)
{
    char *text = NULL;
    if (encoding)
        text = g_convert(bytes, -1, "UTF-8", encoding, NULL, NULL, NULL);
    return text ? text : g_utf8_make_valid(bytes, -1);
}

void git_commit_info_free(GitCommit *commit)
{
    if (!commit)
        return;
    g_free(commit->hash);
    g_free(commit->tree_hash);
    g_free(commit->subject);
    g_free(commit->message);
    g_free(commit->author_name);
    g_free(commit->author_mail);
    g_strfreev(commit->parents);
    g_free(commit);
}

static char **parents_read(const git_commit *commit)
{
    guint n = git_commit_parentcount(commit);
    char **parents = g_new0(char *, n + 1);
    for (guint i = 0; i < n; i++)
        parents[i] = g_strdup(git_oid_tostr_s(git_commit_parent_id(commit, i)));
    return parents;
}

bool git_mirror_commit(GitMirror *mirror, const char *hash, GitCommit **ret_commit, GError **error)
{
    git_commit *found = NULL;
    if (!git_commit_get(mirror, hash, &found, error))
        return false;
    const char *encoding = git_commit_message_encoding(found);
    const char *summary = git_commit_summary(found);
    const git_signature *author = git_commit_author(found);
    GitCommit *commit = g_new0(GitCommit, 1);
    commit->hash = g_strdup(git_oid_tostr_s(git_commit_id(found)));
    commit->tree_hash = g_strdup(git_oid_tostr_s(git_commit_tree_id(found)));
    commit->subject = text_decode(summary ? summary : "", encoding);
    commit->message = text_decode(git_commit_message(found), encoding);
    commit->author_name = text_decode(author->name, encoding);
    commit->author_mail = text_decode(author->email, encoding);
    commit->author_s = author->when.time;
    commit->commit_s = git_commit_time(found);
    commit->parents = parents_read(found);
    git_commit_free(found);
    *ret_commit = commit;
    return true;
}

static bool folder_need_empty(const char *dir, GError **error)
{
    if (mkdir(dir, 0777) == 0)
        return true;
    if (errno != EEXIST)
        return error_set(error, ERROR_INPUT, "%s: cannot be made: %s.", dir, g_strerror(errno));
    g_autoptr(GDir) list = g_dir_open(dir, 0, error);
    if (!list)
        return false;
    if (g_dir_read_name(list))
        return error_set(error, ERROR_INPUT, "%s: is not empty; name a new or an empty folder.",
                         dir);
    return true;
}

bool git_mirror_checkout(GitMirror *mirror, const char *hash, const char *dir, GError **error)
{
    git_commit *commit = NULL;
    if (!git_commit_get(mirror, hash, &commit, error))
        return false;
    git_checkout_options options;
    git_checkout_options_init(&options, GIT_CHECKOUT_OPTIONS_VERSION);
    options.checkout_strategy =
        GIT_CHECKOUT_FORCE | GIT_CHECKOUT_DONT_UPDATE_INDEX | GIT_CHECKOUT_DONT_WRITE_INDEX;
    // libgit2 loses its way with a relative one.
    g_autofree char *absolute = g_canonicalize_filename(dir, NULL);
    options.target_directory = absolute;
    bool ok = folder_need_empty(dir, error);
    if (ok && git_checkout_tree(mirror->repo, (git_object *)commit, &options) != 0) {
        g_autofree char *cause = git_cause(NULL);
        ok = error_set(error, ERROR_INPUT, "%s: commit %s cannot be written there: %s.", dir, hash,
                       cause);
    }
    git_commit_free(commit);
    return ok;
}
