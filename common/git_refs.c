// References of the mirror and of a remote, and what differs between the two.
#include <string.h>

#include "common/git_internal.h"
#include "common/hash.h"

#define REF_PART_BYTES_MAX 250 // a file name, and room for ".lock"

typedef struct {
    char *name;
    git_oid oid;
} Ref;

static void ref_free(gpointer data)
{
    Ref *ref = data;
    g_free(ref->name);
    g_free(ref);
}

static int ref_compare(gconstpointer a, gconstpointer b)
{
    return strcmp((*(const Ref *const *)a)->name, (*(const Ref *const *)b)->name);
}

static void ref_add(GPtrArray *refs, const char *name, const git_oid *oid)
{
    Ref *ref = g_new0(Ref, 1);
    ref->name = g_strdup(name);
    ref->oid = *oid;
    g_ptr_array_add(refs, ref);
}

static void ref_change_free(gpointer data)
{
    GitRefChange *change = data;
    g_free(change->name);
    g_free(change->old_hash);
    g_free(change->new_hash);
    g_free(change);
}

static void change_add(GitFetchReport *report, const char *name, GitRefChangeKind kind,
                       const Ref *old, const Ref *new)
{
    GitRefChange *change = g_new0(GitRefChange, 1);
    change->name = g_strdup(name);
    change->kind = kind;
    change->old_hash = old ? g_strdup(git_oid_tostr_s(&old->oid)) : NULL;
    change->new_hash = new ? g_strdup(git_oid_tostr_s(&new->oid)) : NULL;
    g_ptr_array_add(report->changes, change);
}

GitFetchReport *git_fetch_report_new(void)
{
    GitFetchReport *report = g_new0(GitFetchReport, 1);
    report->changes = g_ptr_array_new_with_free_func(ref_change_free);
    report->complaints = g_ptr_array_new_with_free_func(g_free);
    return report;
}

void git_fetch_report_free(GitFetchReport *report)
{
    if (!report)
        return;
    g_ptr_array_unref(report->changes);
    g_ptr_array_unref(report->complaints);
    g_free(report->digest);
    g_free(report);
}

static bool is_mirrored(const char *name)
{
    return g_str_has_prefix(name, "refs/heads/") || g_str_has_prefix(name, "refs/tags/");
}

// Whether a file system can hold the reference.
static bool is_storable(const char *name)
{
    for (const char *part = name; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL)
        if (strcspn(part, "/") > REF_PART_BYTES_MAX)
            return false;
    int valid = 0;
    return git_reference_name_is_valid(&valid, name) == 0 && valid;
}

GPtrArray *git_refs_of_remote(const git_remote_head **heads, gsize n, GPtrArray *complaints)
{
    GPtrArray *refs = g_ptr_array_new_with_free_func(ref_free);
    for (gsize i = 0; i < n; i++) {
        const char *name = heads[i]->name;
        if (!is_mirrored(name) || g_str_has_suffix(name, "^{}"))
            continue;
        if (is_storable(name)) {
            ref_add(refs, name, &heads[i]->oid);
            continue;
        }
        g_autofree char *line = git_line(name);
        g_ptr_array_add(complaints,
                        g_strdup_printf("The reference %s is passed over: it has no valid name, or "
                                        "one longer than %d bytes.",
                                        line, REF_PART_BYTES_MAX));
    }
    g_ptr_array_sort(refs, ref_compare);
    return refs;
}

// Those that a predicate picks, or all; NULL when the mirror cannot be read.
static GPtrArray *refs_read(git_repository *repo, bool (*is_wanted)(const char *name))
{
    git_reference_iterator *iterator = NULL;
    if (git_reference_iterator_new(&iterator, repo) != 0)
        return NULL;
    g_autoptr(GPtrArray) refs = g_ptr_array_new_with_free_func(ref_free);
    git_reference *ref = NULL;
    int status;
    while ((status = git_reference_next(&ref, iterator)) == 0) {
        const char *name = git_reference_name(ref);
        if (git_reference_target(ref) && (!is_wanted || is_wanted(name)))
            ref_add(refs, name, git_reference_target(ref));
        git_reference_free(ref);
    }
    git_reference_iterator_free(iterator);
    if (status != GIT_ITEROVER)
        return NULL;
    g_ptr_array_sort(refs, ref_compare);
    return g_steal_pointer(&refs);
}

GPtrArray *git_refs_of_mirror(git_repository *repo)
{
    return refs_read(repo, is_mirrored);
}

char *git_refs_digest(const GPtrArray *refs)
{
    g_autoptr(GByteArray) all = g_byte_array_new();
    for (guint i = 0; i < refs->len; i++) {
        const Ref *ref = refs->pdata[i];
        g_byte_array_append(all, ref->oid.id, sizeof ref->oid.id);
        g_byte_array_append(all, (const guint8 *)ref->name, (guint)strlen(ref->name) + 1);
    }
    return hash_bytes(all->data, all->len);
}

void git_refs_compare(const GPtrArray *have, const GPtrArray *want, GitFetchReport *report)
{
    guint h = 0, w = 0;
    while (h < have->len || w < want->len) {
        const Ref *old = h < have->len ? have->pdata[h] : NULL;
        const Ref *new = w < want->len ? want->pdata[w] : NULL;
        int order = !old ? 1 : !new ? -1 : strcmp(old->name, new->name);
        if (order < 0)
            change_add(report, old->name, GIT_REF_GONE, old, NULL);
        else if (order > 0)
            change_add(report, new->name, GIT_REF_NEW, NULL, new);
        else if (!git_oid_equal(&old->oid, &new->oid))
            change_add(report, new->name, GIT_REF_MOVED, old, new);
        h += order <= 0;
        w += order >= 0;
    }
}

// git's pack-refs format: a line each, sorted; without the trait "peeled" readers peel themselves.
bool git_refs_add(GitMirror *mirror, const GPtrArray *changes)
{
    g_autoptr(GPtrArray) refs = refs_read(mirror->repo, NULL);
    if (!refs)
        return false;
    for (guint i = 0; i < changes->len; i++) {
        const GitRefChange *change = changes->pdata[i];
        git_oid oid;
        if (change->kind == GIT_REF_NEW && git_oid_fromstr(&oid, change->new_hash) == 0)
            ref_add(refs, change->name, &oid);
    }
    g_ptr_array_sort(refs, ref_compare);
    g_autoptr(GString) text = g_string_new("# pack-refs with: sorted \n");
    for (guint i = 0; i < refs->len; i++) {
        const Ref *ref = refs->pdata[i];
        g_string_append_printf(text, "%s %s\n", git_oid_tostr_s(&ref->oid), ref->name);
    }
    g_autofree char *path = g_build_filename(mirror->path, "packed-refs", NULL);
    g_autoptr(GError) error = NULL;
    if (g_file_set_contents_full(path, text->str, (gssize)text->len,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644,
                                 &error))
        return true;
    git_error_set_str(GIT_ERROR_REFERENCE, error->message);
    return false;
}
