// One tree for its pages: loaded, judged against baseline and predecessor, stored.
#include "report/site_tree.h"

#include "common/error.h"
#include "common/version.h"
#include "report/judge.h"
#include "report/load_db.h"
#include "report/verdict.h"
#include "sql/queries.h"

#include <math.h>
#include <string.h>

static void notice_free(gpointer data)
{
    Notice *notice = data;
    g_free(notice->source);
    g_free(notice->message);
    g_free(notice->last);
    g_free(notice);
}

static void fingerprint_free(gpointer data)
{
    Fingerprint *fingerprint = data;
    json_decref(fingerprint->must);
    json_decref(fingerprint->note);
    json_decref(fingerprint->info);
    g_free(fingerprint);
}

void site_tree_free(SiteTree *tree)
{
    if (tree == NULL)
        return;
    g_clear_pointer(&tree->verdicts, g_hash_table_unref);
    g_clear_pointer(&tree->groups, g_ptr_array_unref);
    g_clear_pointer(&tree->shifts, g_array_unref);
    g_clear_pointer(&tree->tables, g_ptr_array_unref);
    g_clear_pointer(&tree->families, g_ptr_array_unref);
    g_clear_pointer(&tree->previous, g_ptr_array_unref);
    g_clear_pointer(&tree->fingerprints, g_hash_table_unref);
    g_clear_pointer(&tree->notices, g_ptr_array_unref);
    g_clear_pointer(&tree->bisections, g_ptr_array_unref);
    g_clear_pointer(&tree->builds, release_builds_free);
    aa_noise_free(tree->noise);
    dataset_free(tree->dataset);
    g_free(tree->ran_as);
    g_free(tree->folder);
    g_free(tree);
}

/* --- which releases --- */

static bool is_in_range(const char *name, const char *low, const char *high)
{
    if (*low != '\0' && version_compare(name, low) < 0)
        return false;
    if (*high == '\0' || version_compare(name, high) <= 0)
        return true;
    // 3.12 as an upper end holds 3.12.7 too
    const char *digits = name + strcspn(name, "0123456789");
    const char *end = high + strcspn(high, "0123456789");
    return g_str_has_prefix(digits, end) && digits[strlen(end)] == '.';
}

static void take_range(SiteTree *tree)
{
    const char *range = tree->options.range == NULL ? ".." : tree->options.range;
    const char *dots = strstr(range, "..");
    g_autofree char *low = dots == NULL ? g_strdup(range) : g_strndup(range, (gsize)(dots - range));
    const char *high = dots == NULL ? range : dots + 2;
    tree->first = 0;
    tree->last = -1;
    for (int i = 0; i < (int)tree->dataset->releases->len; i++) {
        if (!is_in_range(site_release_name(tree, i), low, high))
            continue;
        tree->first = tree->last < 0 ? i : tree->first;
        tree->last = i;
    }
}

/* Boots and batteries are the first tag's of a commit; one that is not shown has none to lend. */
static void take_names(SiteTree *tree)
{
    int n = (int)tree->dataset->releases->len;
    tree->ran_as = g_new(int, n + 1);
    for (int i = 0; i < n; i++) {
        int64_t subject = dataset_release(tree->dataset, i)->subject_id;
        int at = tree->first;
        while (at < i && dataset_release(tree->dataset, at)->subject_id != subject)
            at++;
        tree->ran_as[i] = i > tree->first ? at : i;
    }
}

static bool has_boots(const SiteTree *tree, int release)
{
    for (guint i = 0; i < tree->dataset->series->len; i++)
        if (series_boots(tree->dataset->series->pdata[i], release) != NULL)
            return true;
    return false;
}

static bool has_settled(const SiteTree *tree, int release)
{
    for (guint i = 0; i < tree->dataset->batteries->len; i++) {
        const Battery *battery = tree->dataset->batteries->pdata[i];
        if (battery->release == release && !g_str_equal(battery->state, "pending"))
            return true;
    }
    return false;
}

/* The newest release with a battery that is done, or failed; else the newest with any boot. */
static int newest_of(const SiteTree *tree)
{
    for (int i = tree->last; i >= tree->first; i--)
        if (has_settled(tree, i))
            return i;
    for (int i = tree->last; i >= tree->first; i--)
        if (has_boots(tree, i))
            return i;
    return -1;
}

static int first_with_boots(const SiteTree *tree)
{
    for (int i = tree->first; i <= tree->last; i++)
        if (has_boots(tree, i))
            return i;
    return tree->first;
}

static int baseline_of(const SiteTree *tree, GPtrArray *complaints)
{
    const char *baseline = tree->options.baseline;
    if (g_str_equal(baseline, "previous"))
        return FAMILY_PREVIOUS;
    if (g_str_equal(baseline, "first"))
        return first_with_boots(tree);
    int index = dataset_release_find(tree->dataset, baseline);
    if (index >= 0)
        return site_ran_as(tree, index);
    g_ptr_array_add(complaints,
                    g_strdup_printf("tree %s: there is no release %s to be the baseline; the first "
                                    "release is taken",
                                    tree->options.tree, baseline));
    return first_with_boots(tree);
}

/* --- judging --- */

static bool judge_release(Site *site, SiteTree *tree, int release, int base, GPtrArray *families,
                          GError **error)
{
    FamilyFilter filter = {
        .q = tree->options.q, .machines = tree->options.machines, .noise = tree->noise};
    if (base == release || (base == FAMILY_PREVIOUS && release <= tree->first))
        return true;
    g_autoptr(Family) family = family_make(tree->dataset, base, release, &filter);
    if (family->n_rows == 0)
        return true;
    g_autofree char *report =
        g_strconcat(tree->options.name, base == FAMILY_PREVIOUS ? ":previous" : "", NULL);
    if (!judge_store(site->db, report, family, error))
        return false;
    families->pdata[release] = g_steal_pointer(&family);
    return true;
}

static bool judge_all(Site *site, SiteTree *tree, GError **error)
{
    for (int i = tree->first; i <= tree->last; i++) {
        if (site_ran_as(tree, i) != i)
            continue;
        if (!judge_release(site, tree, i, FAMILY_PREVIOUS, tree->previous, error) ||
            !judge_release(site, tree, i, tree->baseline, tree->families, error))
            return false;
        if (tree->families->pdata[i] != NULL)
            tree->tables->pdata[i] = cell_table_make(tree->families->pdata[i]);
    }
    tree->shifts = shift_find(tree->dataset, tree->previous);
    tree->groups = shift_groups(tree->shifts);
    return judge_store_shifts(site->db, tree->dataset, tree->shifts, &tree->new_changes, error);
}

/* --- what stands beside the numbers --- */

static json_t *object_of(const char *text)
{
    json_t *object = text == NULL ? NULL : json_loads(text, 0, NULL);
    return json_is_object(object) ? object : (json_decref(object), json_object());
}

static char **fingerprint_hashes(const Dataset *dataset)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GStrvBuilder *builder = g_strv_builder_new();
    for (guint i = 0; i < dataset->series->len; i++) {
        for (int j = 0; j < (int)dataset->releases->len; j++) {
            const GArray *boots = series_boots(dataset->series->pdata[i], j);
            for (guint k = 0; boots != NULL && k < boots->len; k++) {
                const char *hash = g_array_index(boots, BootValue, k).fingerprint_hash;
                if (hash != NULL && g_hash_table_add(seen, (gpointer)(guintptr)hash))
                    g_strv_builder_add(builder, hash);
            }
        }
    }
    char **hashes = g_strv_builder_end(builder);
    g_strv_builder_unref(builder);
    return hashes;
}

static bool load_fingerprints(Db *db, SiteTree *tree, GError **error)
{
    g_auto(GStrv) hashes = fingerprint_hashes(tree->dataset);
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_REPORT_FINGERPRINTS, DB_PARAMS(DB_TEXTS((const char *const *)hashes)),
                 &rows, error))
        return false;
    for (int i = 0; i < rows_count(rows); i++) {
        Fingerprint *fingerprint = g_new0(Fingerprint, 1);
        *fingerprint = (Fingerprint){object_of(rows_text(rows, i, "must")),
                                     object_of(rows_text(rows, i, "note")),
                                     object_of(rows_text(rows, i, "info"))};
        g_hash_table_insert(tree->fingerprints, g_strdup(rows_text(rows, i, "hash")), fingerprint);
    }
    return true;
}

static bool load_notices(Db *db, SiteTree *tree, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_REPORT_NOTICES, DB_PARAMS(DB_TEXT(tree->options.tree)), &rows, error))
        return false;
    for (int i = 0; i < rows_count(rows); i++) {
        Notice *notice = g_new0(Notice, 1);
        *notice = (Notice){g_strdup(rows_text(rows, i, "source")),
                           g_strdup(rows_text(rows, i, "message")),
                           g_strdup(rows_text(rows, i, "last")), (int)rows_int(rows, i, "times")};
        g_ptr_array_add(tree->notices, notice);
    }
    return true;
}

static bool has_distros(const Dataset *dataset)
{
    for (guint i = 1; i < dataset->series->len; i++) {
        const Series *a = dataset->series->pdata[0], *b = dataset->series->pdata[i];
        if (g_strcmp0(a->distro, b->distro) != 0)
            return true;
    }
    return false;
}

static SiteTree *tree_new(const SiteTreeOptions *options)
{
    SiteTree *tree = g_new0(SiteTree, 1);
    tree->options = *options;
    tree->folder = pages_name(options->tree);
    tree->families = g_ptr_array_new_with_free_func((GDestroyNotify)family_free);
    tree->previous = g_ptr_array_new_with_free_func((GDestroyNotify)family_free);
    tree->tables = g_ptr_array_new_with_free_func((GDestroyNotify)cell_table_free);
    tree->fingerprints = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, fingerprint_free);
    tree->notices = g_ptr_array_new_with_free_func(notice_free);
    return tree;
}

bool site_tree_load(Site *site, const SiteTreeOptions *options, SiteTree **ret_tree,
                    GPtrArray *complaints, GError **error)
{
    g_autoptr(SiteTree) tree = tree_new(options);
    if (!load_releases(site->db, options->tree_id, options->tree, &tree->dataset, error))
        return false;
    int n = (int)tree->dataset->releases->len;
    if (n > 0 && !load_boots(site->db, tree->dataset, 0, n - 1, error))
        return false;
    dataset_failures_end(tree->dataset);
    dataset_sort(tree->dataset);
    tree->noise = aa_noise_new(tree->dataset);
    g_ptr_array_set_size(tree->families, n);
    g_ptr_array_set_size(tree->previous, n);
    g_ptr_array_set_size(tree->tables, n);
    take_range(tree);
    take_names(tree);
    tree->newest = newest_of(tree);
    tree->baseline = baseline_of(tree, complaints);
    tree->with_distro = has_distros(tree->dataset);
    if (!judge_all(site, tree, error) || !load_fingerprints(site->db, tree, error) ||
        !load_notices(site->db, tree, error) ||
        !bisections_load(site->db, options->tree_id, &tree->bisections, error) ||
        !release_builds_load(site->db, tree->dataset, &tree->builds, error) ||
        !verdict_load(site->db, tree, &tree->verdicts, error))
        return false;
    *ret_tree = g_steal_pointer(&tree);
    return true;
}

/* --- answers --- */

bool site_wants_machine(const SiteTree *tree, const char *machine)
{
    const char *const *machines = tree->options.machines;
    return machines == NULL || machines[0] == NULL || g_strv_contains(machines, machine);
}

bool site_has_builds(const SiteTree *tree)
{
    for (int i = tree->first; i <= tree->last; i++) {
        if (release_builds_of(tree->builds, i) != NULL)
            return true;
    }
    return false;
}

int site_ran_as(const SiteTree *tree, int release)
{
    return tree->ran_as[release];
}

const Family *site_family(const SiteTree *tree, int release)
{
    return release < 0 ? NULL : tree->families->pdata[site_ran_as(tree, release)];
}

const char *site_release_name(const SiteTree *tree, int release)
{
    return dataset_release(tree->dataset, release)->name;
}

int site_shift_until(const SiteTree *tree, const Shift *shift)
{
    for (guint i = 0; i < tree->shifts->len; i++) {
        const Shift *later = &g_array_index(tree->shifts, Shift, i);
        if (later->series == shift->series && later->release > shift->release)
            return later->release;
    }
    return -1;
}

int site_since(const SiteTree *tree, const FamilyRow *row)
{
    int since = -1;
    for (guint i = 0; i < tree->shifts->len; i++) {
        const Shift *shift = &g_array_index(tree->shifts, Shift, i);
        if (shift->series == row->series && shift->state == row->judged.state &&
            shift->release > row->base && shift->release <= row->new_)
            since = shift->release;
    }
    return since;
}

const Fingerprint *site_fingerprint(const SiteTree *tree, const Series *series, int release)
{
    const GArray *boots = series_boots(series, release);
    for (guint i = 0; boots != NULL && i < boots->len; i++) {
        const char *hash = g_array_index(boots, BootValue, i).fingerprint_hash;
        if (hash != NULL)
            return g_hash_table_lookup(tree->fingerprints, hash);
    }
    return NULL;
}

const char *site_mode(const Series *series, int release)
{
    const GArray *boots = series_boots(series, release);
    return boots == NULL || boots->len == 0 ? NULL : g_array_index(boots, BootValue, 0).mode;
}

char *site_path_index(const SiteTree *tree)
{
    return g_strconcat(tree->folder, "/index.html", NULL);
}

char *site_path_release(const SiteTree *tree, int release)
{
    g_autofree char *name = pages_name(site_release_name(tree, release));
    return g_strconcat(tree->folder, "/release/", name, "/index.html", NULL);
}

static char *place_folder(const char *machine, const char *distro)
{
    g_autofree char *first = pages_name(machine == NULL ? "-" : machine);
    g_autofree char *second = pages_name(distro == NULL ? "-" : distro);
    return g_strconcat(first, "+", second, NULL);
}

char *site_path_cell(const SiteTree *tree, int release, const Cell *cell)
{
    g_autofree char *name = pages_name(site_release_name(tree, release));
    g_autofree char *place = place_folder(cell->machine, cell->distro);
    g_autofree char *benchmark = pages_name(cell->benchmark);
    return g_strconcat(tree->folder, "/release/", name, "/", place, "/", benchmark, ".html", NULL);
}

char *site_path_series(const SiteTree *tree, const Series *series)
{
    g_autofree char *place = place_folder(series->machine, series->distro);
    g_autofree char *whole = g_strconcat(series->trial_key, ":", series->metric->name, NULL);
    g_autofree char *name = pages_name(whole);
    g_autofree char *identity = g_strndup(series->metric->identity, 8);
    g_autofree char *version = pages_name(identity);
    return g_strconcat(tree->folder, "/series/", place, "/", name, "-", version, ".html", NULL);
}

char *site_path_builds(const SiteTree *tree)
{
    return g_strconcat(tree->folder, "/builds.html", NULL);
}

char *site_path_build(const SiteTree *tree, int release)
{
    g_autofree char *name = pages_name(site_release_name(tree, release));
    return g_strconcat(tree->folder, "/release/", name, "/build.html", NULL);
}

char *site_path_build_log(const SiteTree *tree, int release, const char *key)
{
    g_autofree char *name = pages_name(site_release_name(tree, release));
    return g_strconcat(tree->folder, "/release/", name, "/build-", key, ".txt", NULL);
}

char *site_path_twin(const char *path, const char *ending)
{
    const char *dot = strrchr(path, '.');
    g_autofree char *stem = g_strndup(path, (gsize)(dot - path));
    return g_strconcat(stem, ".", ending, NULL);
}

char *site_place(const SiteTree *tree, const char *machine, const char *distro)
{
    if (!tree->with_distro || distro == NULL)
        return g_strdup(machine);
    return g_strconcat(machine, ", ", distro, NULL);
}
