// A watched tree: its settings checked, and its row and definition.
#include "bob/tree.h"

#include "bob/apt.h"
#include "bob/definition.h"
#include "common/error.h"
#include "common/git.h"
#include "common/suggest.h"
#include "common/text.h"
#include "sql/config_check.h"
#include "sql/queries.h"

#include <string.h>

/* Puts file:line in front of a cause. */
static bool fail_at(const Section *section, const char *key, GError *cause, GError **error)
{
    return error_pass(error, cause, "%s", section_origin(section, key));
}

static bool is_deb(const Section *section)
{
    return strcmp(section_text(section, "kind"), "deb") == 0;
}

static bool check_url(const Section *section, GError **error)
{
    GError *cause = NULL;
    const char *url = section_text(section, "url");
    if (!(is_deb(section) ? apt_sources_check(url, &cause) : git_url_check(url, &cause)))
        return fail_at(section, "url", cause, error);
    return true;
}

static bool is_kernel(const Section *section)
{
    return strcmp(section_text(section, "kind"), "kernel") == 0;
}

static bool check_kernel(const Section *section, GError **error)
{
    static const char *const KEYS[] = {"config", "fragments", "target"};
    for (size_t i = 0; i < G_N_ELEMENTS(KEYS); i++) {
        if (!is_kernel(section) && section_has(section, KEYS[i]))
            return error_set(error, ERROR_INPUT, "%s: only a tree of 'kind = kernel' has %s",
                             section_origin(section, KEYS[i]), KEYS[i]);
    }
    return true;
}

static bool check_packages(const Section *section, GError **error)
{
    bool names_some = false;
    for (const char *const *glob = section_words(section, "packages"); *glob != NULL; glob++)
        names_some |= **glob != '!';
    if (is_deb(section) && !names_some)
        return error_set(error, ERROR_INPUT,
                         "%s: a tree of packages (kind = deb) needs 'packages': globs of their "
                         "names, such as linux-image-6.1.0-*-cloud-amd64",
                         section_origin(section, "packages"));
    if (!is_deb(section) && section_has(section, "packages"))
        return error_set(error, ERROR_INPUT, "%s: only a tree of 'kind = deb' has packages",
                         section_origin(section, "packages"));
    return true;
}

static Policy read_policy(const Section *section)
{
    static const char *const ALL[] = {"*", NULL};
    bool has_all = is_deb(section) && !section_has(section, "releases");
    return (Policy){.is_debian = is_deb(section),
                    .releases = has_all ? ALL : section_words(section, "releases"),
                    .prereleases = section_bool(section, "prereleases"),
                    .first = section_text(section, "first")};
}

bool tree_read(const Site *site, const Section *section, Tree **ret_tree, GError **error)
{
    const char *name = section_name(section);
    if (!text_is_word(name))
        return error_set(error, ERROR_INPUT,
                         "%s: a tree's name is up to 64 letters, digits and . _ + -",
                         section_origin(section, NULL));
    g_autoptr(Tree) tree = g_new0(Tree, 1);
    if (!check_url(section, error) || !check_packages(section, error) ||
        !check_kernel(section, error) || !config_first(section, error) ||
        !config_schedule(section, &tree->schedule, error) ||
        !config_ranges(section, "distros", RANGES_TOUCH, &tree->distros, error) ||
        !config_ranges(section, "toolchains", RANGES_APART, &tree->toolchains, error))
        return false;
    tree->section = section;
    tree->name = name;
    tree->url = section_text(section, "url");
    tree->is_deb = is_deb(section);
    tree->is_kernel = is_kernel(section);
    tree->policy = read_policy(section);
    g_autofree char *file = g_strconcat(name, tree->is_deb ? ".apt" : ".git", NULL);
    tree->mirror = g_build_filename(site->state, "trees", file, NULL);
    *ret_tree = g_steal_pointer(&tree);
    return true;
}

void tree_free(Tree *tree)
{
    if (tree == NULL)
        return;
    g_free(tree->mirror);
    g_clear_pointer(&tree->distros, g_ptr_array_unref);
    g_clear_pointer(&tree->toolchains, g_ptr_array_unref);
    g_free(tree->hash);
    g_free(tree->polled);
    g_free(tree->queued);
    g_free(tree);
}

static json_int_t disk_limit(const Section *section)
{
    if (section_has(section, "build-disk"))
        return section_int(section, "build-disk");
    return (json_int_t)(is_kernel(section) ? 30 : 4) << 30;
}

/* What builds and pages need to know of a tree; no password. */
static json_t *tree_definition(const Tree *tree)
{
    const Section *section = tree->section;
    g_autofree char *url = tree->is_deb ? apt_sources_format(tree->url) : git_url_format(tree->url);
    json_t *body = json_pack(
        "{s:s, s:s, s:s, s:s?, s:f, s:I, s:I}", "name", tree->name, "kind",
        section_text(section, "kind"), "url", url, "baseline", section_text(section, "baseline"),
        "build_deadline_s", section_real(section, "build-deadline"), "build_disk_bytes",
        disk_limit(section), "build_log_bytes", (json_int_t)section_int(section, "build-log"));
    const char *farm = section_text(section, "farm");
    if (body != NULL && farm != NULL)
        json_object_set_new(body, "farm", json_string(farm));
    return body;
}

bool tree_store(Db *db, Tree *tree, GError **error)
{
    g_autoptr(json_t) body = tree_definition(tree);
    g_autofree char *hash = NULL;
    g_autoptr(Rows) known = NULL;
    if (body == NULL)
        return error_set(error, ERROR_INPUT, "%s: the settings of the tree %s are not UTF-8",
                         section_file(tree->section), tree->name);
    if (!definition_store(db, "tree", tree->name, body, &hash, error) ||
        !db_rows(db, &QUERY_BOB_TREE_FIND, DB_PARAMS(DB_TEXT(tree->name)), &known, error))
        return false;
    const char *kind = section_text(tree->section, "kind");
    bool is_same = rows_count(known) == 1 && strcmp(rows_text(known, 0, "kind"), kind) == 0 &&
                   strcmp(rows_text(known, 0, "definition_hash"), hash) == 0;
    g_autoptr(Rows) stored = NULL;
    if (!is_same &&
        !db_row(db, &QUERY_BOB_TREE_STORE,
                DB_PARAMS(DB_TEXT(tree->name), DB_TEXT(kind), DB_TEXT(hash)), &stored, error))
        return false;
    tree->id = (int)rows_int(is_same ? known : stored, 0, "id");
    g_free(tree->hash);
    tree->hash = g_steal_pointer(&hash);
    if (rows_count(known) == 1) {
        g_free(tree->polled);
        g_free(tree->queued);
        tree->polled = g_strdup(rows_text(known, 0, "polled"));
        tree->queued = g_strdup(rows_text(known, 0, "queued"));
    }
    return true;
}

char *tree_policy_format(const Tree *tree)
{
    const Policy *policy = &tree->policy;
    g_autofree char *globs = g_strjoinv(" ", (char **)(guintptr)policy->releases);
    return g_strdup_printf("%s|%d|%s|%s", globs, policy->prereleases,
                           policy->first ? policy->first : "", section_text(tree->section, "kind"));
}

bool tree_note(Db *db, Tree *tree, const char *polled, const char *queued, GError **error)
{
    if (!db_none(db, &QUERY_BOB_TREE_NOTE,
                 DB_PARAMS(DB_INT(tree->id), DB_TEXT(polled), DB_TEXT(queued)), error))
        return false;
    if (polled != NULL) {
        g_free(tree->polled);
        tree->polled = g_strdup(polled);
    }
    if (queued != NULL) {
        g_free(tree->queued);
        tree->queued = g_strdup(queued);
    }
    return true;
}

bool tree_section_get(const Site *site, const char *name, const Section **ret_section,
                      GError **error)
{
    const Section *section = settings_find(site->settings, "tree", name);
    if (section != NULL) {
        *ret_section = section;
        return true;
    }
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (int i = 0; (section = settings_at(site->settings, "tree", i)) != NULL; i++)
        g_ptr_array_add(names, (gpointer)(guintptr)section_name(section));
    g_autofree char *hint =
        suggest_format(name, (const char *const *)names->pdata, (int)names->len);
    return error_set(error, ERROR_INPUT, "there is no tree '%s' in %s%s", name, site->config, hint);
}
