// Watching: fetch a tree, compare its tags with the releases known, store what is new.
#include "bob/watch.h"

#include "bob/deb.h"
#include "common/error.h"
#include "common/hash.h"
#include "common/version.h"
#include "sql/queries.h"

#include <glib/gstdio.h>
#include <string.h>

/* Bounds what one poll can say: foreign trees may have a hundred thousand odd tags. */
enum { TROUBLES_MAX = 50 };

static void __attribute__((format(printf, 2, 3))) trouble_add(Watch *watch, const char *format, ...)
{
    if (watch->troubles->len >= TROUBLES_MAX)
        return;
    va_list args;
    va_start(args, format);
    char *text = watch->troubles->len == TROUBLES_MAX - 1
                     ? g_strdup("there are more tags that are no releases; they are not listed")
                     : g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(watch->troubles, text);
}

/* Without hashes: a branch that is rewritten every day is told of once. */
static void tell_rewrite(const GitRefChange *change, Watch *watch)
{
    static const char HEADS[] = "refs/heads/";
    if (!change->is_rewrite || !g_str_has_prefix(change->name, HEADS))
        return;
    g_autofree char *shown = name_format(change->name + strlen(HEADS));
    trouble_add(
        watch,
        "the history of the branch %s was rewritten; its old commits are kept, and releases "
        "stay what they were when they were found",
        shown);
}

/* What a poll of these references goes by; freed with g_free. */
static char *polled_digest(const Tree *tree, const char *references)
{
    g_autofree char *policy = tree_policy_format(tree);
    g_autofree char *all = g_strconcat(references, policy, NULL);
    return hash_string(all);
}

static bool is_polled(const char *references, gpointer data)
{
    const Tree *tree = data;
    g_autofree char *digest = polled_digest(tree, references);
    return g_strcmp0(digest, tree->polled) == 0;
}

/* *ret_digest: what the references and the policy are now, freed with g_free. */
static bool fetch(const Tree *tree, GitMirror *mirror, const GitFetchOptions *options, Watch *watch,
                  char **ret_digest, GError **error)
{
    g_autoptr(GitFetchReport) report = NULL;
    if (!git_mirror_fetch(mirror, tree->url, options, &report, error))
        return false;
    for (guint i = 0; i < report->complaints->len; i++)
        trouble_add(watch, "%s", (const char *)g_ptr_array_index(report->complaints, i));
    for (guint i = 0; i < report->changes->len; i++)
        tell_rewrite(g_ptr_array_index(report->changes, i), watch);
    *ret_digest = polled_digest(tree, report->digest);
    return true;
}

static int tag_compare(gconstpointer a, gconstpointer b)
{
    const GitTag *const *x = a, *const *y = b;
    int order = version_compare((*x)->name, (*y)->name);
    return order != 0 ? order : strcmp((*x)->name, (*y)->name);
}

/* The admitted tags of the mirror in version order, the mirror's array keeping them. */
static GPtrArray *tags_admitted(const Tree *tree, GPtrArray *tags, Watch *watch)
{
    GPtrArray *admitted = g_ptr_array_new();
    for (guint i = 0; i < tags->len; i++) {
        GitTag *tag = g_ptr_array_index(tags, i);
        TagFate fate = policy_judge(&tree->policy, tag->name);
        if (fate == TAG_ADMITTED)
            g_ptr_array_add(admitted, tag);
        if (fate != TAG_REFUSED)
            continue;
        g_autofree char *shown = name_format(tag->name);
        g_autofree char *why = release_name_complaint(tag->name);
        trouble_add(watch,
                    "the tag \"%s\" is left out: %s; a release's name is up to 128 letters, digits "
                    "and . _ + ~ / @ -",
                    shown, why);
    }
    g_ptr_array_sort(admitted, tag_compare);
    return admitted;
}

/* name -> commit of the releases known; both owned by rows. */
static bool load_known(Db *db, const Tree *tree, Rows **ret_rows, GHashTable **ret_known,
                       GError **error)
{
    if (!db_rows(db, &QUERY_BOB_RELEASE_LIST, DB_PARAMS(DB_INT(tree->id)), ret_rows, error))
        return false;
    GHashTable *known = g_hash_table_new(g_str_hash, g_str_equal);
    for (int i = 0; i < rows_count(*ret_rows); i++)
        g_hash_table_insert(known, (gpointer)(guintptr)rows_text(*ret_rows, i, "name"),
                            (gpointer)(guintptr)rows_text(*ret_rows, i, "revision"));
    *ret_known = known;
    return true;
}

static bool store_tag(Db *db, const Tree *tree, GitMirror *mirror, const GitTag *tag,
                      const char *known_commit, Watch *watch, GError **error)
{
    const char *what = "";
    if (!release_store(db, tree, mirror, tag, &what, error))
        return false;
    if (known_commit != NULL)
        trouble_add(watch,
                    "the tag %s moved from %.12s to %.12s; the release stays the commit that it "
                    "was when it was found",
                    tag->name, known_commit, tag->commit);
    else if (strcmp(what, "new") == 0)
        g_ptr_array_add(watch->found, g_strdup(tag->name));
    return true;
}

static bool store_tags(Db *db, const Tree *tree, GitMirror *mirror, Watch *watch, GError **error)
{
    g_autoptr(GPtrArray) tags = NULL, complaints = NULL;
    if (!git_mirror_tags(mirror, &tags, &complaints, error))
        return false;
    for (guint i = 0; complaints != NULL && i < complaints->len; i++)
        trouble_add(watch, "%s", (const char *)g_ptr_array_index(complaints, i));
    g_autoptr(GPtrArray) admitted = tags_admitted(tree, tags, watch);
    if (admitted->len == 0 && tags->len > 0)
        trouble_add(watch, "%s: none of the %u tags is a release that `releases` admits",
                    section_origin(tree->section, "releases"), tags->len);
    g_autoptr(Rows) rows = NULL;
    g_autoptr(GHashTable) known = NULL;
    if (!load_known(db, tree, &rows, &known, error))
        return false;
    for (guint i = 0; i < admitted->len; i++) {
        const GitTag *tag = g_ptr_array_index(admitted, i);
        const char *commit = g_hash_table_lookup(known, tag->name);
        if ((commit == NULL || strcmp(commit, tag->commit) != 0) &&
            !store_tag(db, tree, mirror, tag, commit, watch, error))
            return false;
    }
    return true;
}

/* All that is new, and that it was looked at, in one transaction. */
static bool store_news(Db *db, Tree *tree, GitMirror *mirror, const char *digest, Watch *watch,
                       GError **error)
{
    if (!db_begin(db, error))
        return false;
    bool stored =
        store_tags(db, tree, mirror, watch, error) && tree_note(db, tree, digest, NULL, error);
    return db_end(db, stored, stored ? error : NULL) && stored;
}

static bool open_mirror(const Tree *tree, GitMirror **ret_mirror, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(tree->mirror);
    if (g_mkdir_with_parents(folder, 0755) != 0)
        return error_set(error, ERROR_INPUT, "cannot make the folder %s", folder);
    return git_mirror_open(tree->mirror, ret_mirror, error);
}

void watch_clear(Watch *watch)
{
    g_clear_pointer(&watch->found, g_ptr_array_unref);
    g_clear_pointer(&watch->troubles, g_ptr_array_unref);
}

/* A fetch of git's that is asked about an archive's. */
typedef struct {
    bool (*on_fetch)(const GitProgress *progress, gpointer data);
    gpointer data;
} Asked;

static bool must_stop(void *data)
{
    const Asked *asked = data;
    GitProgress none = {0};
    return asked->on_fetch != NULL && !asked->on_fetch(&none, asked->data);
}

bool tree_watch(Db *db, Tree *tree, bool (*on_fetch)(const GitProgress *progress, gpointer data),
                gpointer data, Watch *ret_watch, GError **error)
{
    Asked asked = {.on_fetch = on_fetch, .data = data};
    if (tree->is_deb)
        return deb_watch(db, tree, must_stop, &asked, ret_watch, error);
    g_auto(Watch) watch = {.found = g_ptr_array_new_with_free_func(g_free),
                           .troubles = g_ptr_array_new_with_free_func(g_free)};
    GitFetchOptions options = {
        .progress = on_fetch, .data = data, .is_known = is_polled, .known_data = tree};
    g_autoptr(GitMirror) mirror = NULL;
    g_autofree char *digest = NULL;
    if (!tree_store(db, tree, error) || !open_mirror(tree, &mirror, error) ||
        !fetch(tree, mirror, &options, &watch, &digest, error))
        return false;
    if (g_strcmp0(digest, tree->polled) != 0 &&
        !store_news(db, tree, mirror, digest, &watch, error))
        return false;
    *ret_watch = watch;
    watch = (Watch){0};
    return true;
}

bool subject_store(Db *db, const Tree *tree, GitMirror *mirror, const char *commit, gint64 *ret_id,
                   GError **error)
{
    g_autoptr(GitCommit) info = NULL;
    g_autoptr(Rows) rows = NULL;
    if (!git_mirror_commit(mirror, commit, &info, error) ||
        !db_row(db, &QUERY_BOB_SUBJECT_STORE,
                DB_PARAMS(DB_INT(tree->id), DB_TEXT(info->hash), DB_INT(info->commit_s),
                          DB_TEXT(info->subject)),
                &rows, error))
        return false;
    *ret_id = rows_int(rows, 0, "id");
    return true;
}

bool release_store(Db *db, const Tree *tree, GitMirror *mirror, const GitTag *tag,
                   const char **ret_what, GError **error)
{
    static const char *const WHATS[] = {"new", "known", "moved"};
    gint64 subject_id = 0;
    g_autofree char *sort_key = version_sort_key(tag->name);
    g_autoptr(Rows) rows = NULL;
    if (!subject_store(db, tree, mirror, tag->commit, &subject_id, error) ||
        !db_row(db, &QUERY_BOB_RELEASE_STORE,
                DB_PARAMS(DB_INT(tree->id), DB_INT(subject_id), DB_TEXT(tag->name),
                          DB_TEXT(sort_key), DB_BOOL(version_is_prerelease(tag->name)),
                          DB_BOOL(tag->annotated), DB_INT(tag->time_s)),
                &rows, error))
        return false;
    const char *what = rows_text(rows, 0, "what");
    *ret_what = WHATS[1];
    for (size_t i = 0; i < G_N_ELEMENTS(WHATS); i++) {
        if (strcmp(what, WHATS[i]) == 0)
            *ret_what = WHATS[i];
    }
    return true;
}
