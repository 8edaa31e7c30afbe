// Trees of packages: the archive's versions become releases, and are fetched for a build.
#include "bob/deb.h"

#include "bob/debversion.h"
#include "common/error.h"
#include "sql/queries.h"

#include <string.h>

enum { TROUBLES_MAX = 50 };

/* A version that is known: all owned by rows. */
typedef struct {
    const char *version, *package, *hash;
} Known;

static void trouble_take(Watch *watch, char *sentence)
{
    if (watch->troubles->len < TROUBLES_MAX)
        g_ptr_array_add(watch->troubles, sentence);
    else
        g_free(sentence);
}

static int package_compare(gconstpointer a, gconstpointer b)
{
    const AptPackage *const *x = a, *const *y = b;
    int order = deb_version_compare((*x)->version, (*y)->version);
    return order != 0 ? order : strcmp((*x)->name, (*y)->name);
}

/* What the policy admits, in version order; packages keeps it. */
static GPtrArray *admitted(const Tree *tree, const GPtrArray *packages, Watch *watch)
{
    GPtrArray *found = g_ptr_array_new();
    for (guint i = 0; i < packages->len; i++) {
        AptPackage *package = g_ptr_array_index(packages, i);
        const char *name = deb_version_name(package->version);
        TagFate fate = policy_judge(&tree->policy, name);
        if (fate == TAG_ADMITTED)
            g_ptr_array_add(found, package);
        if (fate != TAG_REFUSED)
            continue;
        g_autofree char *shown = name_format(package->version);
        g_autofree char *why = release_name_complaint(name);
        trouble_take(watch, g_strdup_printf("the version \"%s\" of %s is left out: %s", shown,
                                            package->name, why));
    }
    g_ptr_array_sort(found, package_compare);
    return found;
}

static bool load_known(Db *db, const Tree *tree, Rows **ret_rows, GHashTable **ret_known,
                       GError **error)
{
    if (!db_rows(db, &QUERY_BOB_PACKAGE_LIST, DB_PARAMS(DB_INT(tree->id)), ret_rows, error))
        return false;
    GHashTable *known = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    for (int i = 0; i < rows_count(*ret_rows); i++) {
        Known *row = g_new(Known, 1);
        *row = (Known){.version = rows_text(*ret_rows, i, "version"),
                       .package = rows_text(*ret_rows, i, "package"),
                       .hash = rows_text(*ret_rows, i, "hash")};
        g_hash_table_insert(known, (gpointer)(guintptr)rows_text(*ret_rows, i, "name"), row);
    }
    *ret_known = known;
    return true;
}

static bool is_known(const Known *known, const AptPackage *package)
{
    return known != NULL && g_strcmp0(known->version, package->version) == 0 &&
           g_strcmp0(known->package, package->name) == 0 &&
           g_strcmp0(known->hash, package->sha256) == 0;
}

static char *tell_other(const Known *known, const AptPackage *package)
{
    if (known != NULL && g_strcmp0(known->package, package->name) == 0)
        return g_strdup_printf("%s %s has changed in the archive from SHA-256 %.12s.. to %.12s..; "
                               "the release stays what it was when it was found",
                               package->name, package->version, known->hash, package->sha256);
    return g_strdup_printf("%s %s is no release: another package of the tree has that version "
                           "(%s); narrow 'packages', or make a tree of each",
                           package->name, package->version,
                           known != NULL ? known->package : "found in the same poll");
}

/* *ret_what: "new", "known" or "other" (a constant). */
static bool store_package(Db *db, const Tree *tree, const AptPackage *package,
                          const char **ret_what, GError **error)
{
    const char *name = deb_version_name(package->version);
    g_autofree char *sort_key = deb_version_sort_key(package->version);
    g_autoptr(Rows) subject = NULL;
    g_autoptr(Rows) now = NULL;
    g_autoptr(Rows) release = NULL;
    if (!db_row(db, &QUERY_BOB_PACKAGE_STORE,
                DB_PARAMS(DB_INT(tree->id), DB_TEXT(package->version), DB_TEXT(package->name),
                          DB_TEXT(package->sha256), DB_TEXT(package->summary)),
                &subject, error))
        return false;
    *ret_what = "other";
    if (rows_bool(subject, 0, "is_other"))
        return true;
    if (!db_row(db, &QUERY_BOB_NOW, DB_NO_PARAMS, &now, error) ||
        !db_row(db, &QUERY_BOB_RELEASE_STORE,
                DB_PARAMS(DB_INT(tree->id), DB_INT(rows_int(subject, 0, "subject_id")),
                          DB_TEXT(name), DB_TEXT(sort_key),
                          DB_BOOL(deb_version_is_prerelease(package->version)), DB_BOOL(true),
                          DB_INT(rows_int(now, 0, "now_s"))),
                &release, error))
        return false;
    const char *what = rows_text(release, 0, "what");
    *ret_what = strcmp(what, "new") == 0 ? "new" : strcmp(what, "known") == 0 ? "known" : "other";
    return true;
}

static bool store_new(Db *db, const Tree *tree, const GPtrArray *packages, GHashTable *known,
                      Watch *watch, GError **error)
{
    for (guint i = 0; i < packages->len; i++) {
        const AptPackage *package = g_ptr_array_index(packages, i);
        const char *name = deb_version_name(package->version);
        const Known *row = g_hash_table_lookup(known, name);
        const char *what = "known";
        if (!is_known(row, package) && !store_package(db, tree, package, &what, error))
            return false;
        if (strcmp(what, "new") == 0)
            g_ptr_array_add(watch->found, g_strdup(name));
        else if (strcmp(what, "other") == 0)
            trouble_take(watch, tell_other(row, package));
    }
    return true;
}

/* An archive that has none of the packages: a mistake at first, and news later. */
static bool check_some(const Tree *tree, const GPtrArray *packages, GHashTable *known, Watch *watch,
                       GError **error)
{
    if (packages->len > 0)
        return true;
    g_autofree char *globs =
        g_strjoinv(" ", (char **)(guintptr)section_words(tree->section, "packages"));
    if (g_hash_table_size(known) == 0)
        return error_set(error, ERROR_INPUT,
                         "%s: the archive has no package that matches '%s'; `apt-cache search` "
                         "lists what there is",
                         section_origin(tree->section, "packages"), globs);
    trouble_take(watch, g_strdup_printf("the archive has no package of '%s' any more; its releases "
                                        "stay",
                                        globs));
    return true;
}

static bool store_all(Db *db, const Tree *tree, const GPtrArray *packages, Watch *watch,
                      GError **error)
{
    g_autoptr(Rows) rows = NULL;
    g_autoptr(GHashTable) known = NULL;
    g_autoptr(GPtrArray) wanted = admitted(tree, packages, watch);
    return load_known(db, tree, &rows, &known, error) &&
           check_some(tree, packages, known, watch, error) &&
           store_new(db, tree, wanted, known, watch, error);
}

static bool open_archive(const char *folder, const char *sources, Apt **ret_apt, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(folder);
    if (g_mkdir_with_parents(parent, 0755) != 0)
        return error_set(error, ERROR_INPUT, "cannot make the folder %s", parent);
    return apt_open(folder, sources, ret_apt, error);
}

static bool list(Apt *apt, const Tree *tree, GPtrArray **ret_packages, GError **error)
{
    return apt_list(apt, section_words(tree->section, "packages"), ret_packages, error);
}

bool deb_watch(Db *db, Tree *tree, AptStop is_stopped, void *data, Watch *ret_watch, GError **error)
{
    g_auto(Watch) watch = {.found = g_ptr_array_new_with_free_func(g_free),
                           .troubles = g_ptr_array_new_with_free_func(g_free)};
    g_autoptr(Apt) apt = NULL;
    g_autoptr(GPtrArray) packages = NULL;
    g_autoptr(GError) away = NULL;
    if (!tree_store(db, tree, error) || !open_archive(tree->mirror, tree->url, &apt, error))
        return false;
    bool is_updated = apt_update(apt, is_stopped, data, &away);
    if (g_error_matches(away, MARVIN_ERROR, ERROR_INTERRUPTED)) {
        g_propagate_error(error, g_steal_pointer(&away));
        return false;
    }
    if (!list(apt, tree, &packages, is_updated ? error : NULL) ||
        (!is_updated && packages->len == 0) || !db_begin(db, is_updated ? error : NULL)) {
        if (!is_updated)
            g_propagate_error(error, g_steal_pointer(&away));
        return false;
    }
    bool stored = store_all(db, tree, packages, &watch, error);
    if (!db_end(db, stored, stored ? error : NULL) || !stored)
        return false;
    if (!is_updated) {
        g_propagate_error(error, g_steal_pointer(&away));
        return false;
    }
    *ret_watch = watch;
    watch = (Watch){0};
    return true;
}

bool deb_release_want(Db *db, const Tree *tree, const char *name, GError **error)
{
    g_autoptr(Apt) apt = NULL;
    g_autoptr(GPtrArray) packages = NULL;
    if (!open_archive(tree->mirror, tree->url, &apt, error) || !list(apt, tree, &packages, error))
        return false;
    for (guint i = 0; i < packages->len; i++) {
        const AptPackage *package = g_ptr_array_index(packages, i);
        const char *what = NULL;
        g_autofree char *why = release_name_complaint(deb_version_name(package->version));
        if (why == NULL && strcmp(deb_version_name(package->version), name) == 0)
            return store_package(db, tree, package, &what, error);
    }
    return error_set(error, ERROR_INPUT, "no package of the tree %s has the version '%s'",
                     tree->name, name);
}

bool deb_fetch(const char *folder, const char *sources, const AptPackage *package, const char *dir,
               AptStop is_stopped, void *data, gint64 *ret_time_s, GError **error)
{
    g_autoptr(Apt) apt = NULL;
    g_autoptr(GError) cause = NULL;
    g_autofree char *path = NULL;
    if (!open_archive(folder, sources, &apt, error))
        return false;
    if (!apt_download(apt, package, dir, is_stopped, data, &path, &cause)) {
        // Another builder found it, or the archive has moved on since.
        bool is_asked = g_error_matches(cause, MARVIN_ERROR, ERROR_INTERRUPTED);
        if (is_asked || !apt_update(apt, is_stopped, data, NULL) ||
            !apt_download(apt, package, dir, is_stopped, data, &path, NULL)) {
            g_propagate_error(error, g_steal_pointer(&cause));
            return false;
        }
    }
    *ret_time_s = deb_file_time(path);
    return true;
}
