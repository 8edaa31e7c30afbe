// The pages of a report: each tree loaded, judged and rendered; then the index of trees.
#include "report/site.h"

#include "common/error.h"
#include "common/store.h"
#include "report/parts.h"
#include "report/site_pages.h"
#include "report/words.h"
#include "sql/queries.h"

#include <string.h>

/* What the functions here hand on. */
typedef struct {
    Site *site;
    const SitePlan *plan;
    Pages *pages;
    Store *store;
    SiteSummary summary;
    GPtrArray *complaints;
} Making;

static const char *report_text(const SitePlan *plan, const char *key)
{
    return plan->report == NULL ? NULL : section_text(plan->report, key);
}

static bool check_stop(const SitePlan *plan, GError **error)
{
    if (plan->is_stopped == NULL || !plan->is_stopped())
        return true;
    return error_set(error, ERROR_INTERRUPTED,
                     "stopped; `marvin-report site` goes on where it was");
}

static const char *baseline_of(const Making *making, const char *tree)
{
    const char *own = report_text(making->plan, "baseline");
    if (own != NULL)
        return own;
    const Section *section = settings_find(making->site->settings, "tree", tree);
    const char *baseline = section == NULL ? NULL : section_text(section, "baseline");
    return baseline == NULL ? "first" : baseline;
}

static SiteTreeOptions options_of(const Making *making, const char *tree, int tree_id)
{
    const Section *report = making->plan->report;
    return (SiteTreeOptions){.name = report == NULL ? "" : section_name(report),
                             .title = report_text(making->plan, "title"),
                             .tree = tree,
                             .tree_id = tree_id,
                             .baseline = baseline_of(making, tree),
                             .range = report_text(making->plan, "range"),
                             .machines = report == NULL ? NULL : section_words(report, "machines"),
                             .q = section_real(making->site->marvin, "error-rate")};
}

static bool render_cells(Making *making, const SiteTree *tree, int release, GError **error)
{
    const CellTable *table = tree->tables->pdata[release];
    for (guint i = 0; table != NULL && i < table->cells->len; i++)
        if (table->cells->pdata[i] != NULL &&
            !page_cell(making->pages, tree, release, table->cells->pdata[i], error))
            return false;
    return true;
}

static bool load_units(void *data, const char *key, Rows **ret_units, GError **error)
{
    Db *db = data;
    return db_rows(db, &QUERY_REPORT_BUILD_UNITS, DB_PARAMS(DB_TEXT(key)), ret_units, error);
}

static bool render_builds(Making *making, const SiteTree *tree, GError **error)
{
    for (int i = tree->first; i <= tree->last; i++)
        if (!page_build(making->pages, tree, i, load_units, making->site->db, error))
            return false;
    return page_builds(making->pages, tree, error) &&
           twins_build_logs(making->pages, tree, making->store, error);
}

static bool render_tree(Making *making, const SiteTree *tree, GError **error)
{
    int total = tree->last - tree->first + 2;
    for (int i = tree->first; i <= tree->last; i++) {
        if (!check_stop(making->plan, error) || !page_release(making->pages, tree, i, error) ||
            !render_cells(making, tree, i, error))
            return false;
        if (making->plan->progress != NULL)
            making->plan->progress(tree->options.tree, i - tree->first + 1, total);
    }
    for (guint i = 0; i < tree->dataset->series->len; i++) {
        const Series *series = tree->dataset->series->pdata[i];
        if (site_wants_machine(tree, series->machine) &&
            !page_series(making->pages, tree, series, error))
            return false;
    }
    if (making->plan->progress != NULL)
        making->plan->progress(tree->options.tree, total, total);
    g_autofree char *index = site_path_index(tree);
    return page_index(making->pages, tree, index, error) &&
           pages_bisections(making->pages, tree, error) &&
           twins_changes(making->pages, tree, error) &&
           twins_coverage(making->pages, tree, error) && render_builds(making, tree, error);
}

/* --- the index of several trees --- */

static bool has_numbers(const SiteTree *tree)
{
    for (guint i = 0; i < tree->dataset->series->len; i++)
        for (int j = tree->first; j <= tree->last; j++)
            if (series_boots(tree->dataset->series->pdata[i], j) != NULL)
                return true;
    return false;
}

static void tree_entry(Html *html, const SiteTree *tree)
{
    const Family *family = site_family(tree, tree->newest);
    g_autofree char *path = site_path_index(tree);
    html_open(html, "section", NULL);
    html_open(html, "h2", NULL);
    page_link(html, "", path, tree->options.tree);
    html_close(html);
    if (family != NULL) {
        html_open(html, "p", "class", "lead", NULL);
        html_textf(html, "%s against %s", site_release_name(tree, tree->newest),
                   site_release_name(tree, family->base));
        html_close(html);
        parts_tally(html, family);
        section_changes_brief(html, tree);
    } else {
        html_leaf(html, "p",
                  has_numbers(tree) ? "Only the baseline has run yet." : "Nothing has run yet.",
                  "class", "lead", NULL);
    }
    section_trouble_brief(html, tree);
    html_close(html);
}

static bool render_root(Making *making, const GPtrArray *trees, GError **error)
{
    if (trees->len == 1)
        return page_index(making->pages, trees->pdata[0], "index.html", error);
    const char *title = report_text(making->plan, "title");
    Html *html = html_new();
    page_begin(html, "", title == NULL ? "Performance of releases" : title,
               (const Crumb[]){{NULL, NULL}});
    if (trees->len == 0)
        html_leaf(html, "p", "No tree has been watched yet: bob does that.", "class", "quiet",
                  NULL);
    for (guint i = 0; i < trees->len; i++)
        tree_entry(html, trees->pdata[i]);
    g_autofree char *text = page_end(html, NULL);
    return pages_write(making->pages, "index.html", text, error);
}

/* --- the whole --- */

static bool wants_tree(const SitePlan *plan, const char *tree)
{
    const char *const *names = plan->report == NULL ? NULL : section_words(plan->report, "tree");
    return names == NULL || names[0] == NULL || g_strv_contains(names, tree);
}

static bool make_trees(Making *making, const Rows *rows, GPtrArray *trees, GError **error)
{
    for (int i = 0; i < rows_count(rows); i++) {
        const char *name = rows_text(rows, i, "name");
        if (!wants_tree(making->plan, name))
            continue;
        SiteTreeOptions options = options_of(making, name, (int)rows_int(rows, i, "id"));
        SiteTree *tree = NULL;
        if (!check_stop(making->plan, error) ||
            !site_tree_load(making->site, &options, &tree, making->complaints, error))
            return false;
        g_ptr_array_add(trees, tree);
        making->summary.new_changes += tree->new_changes;
        if (!render_tree(making, tree, error))
            return false;
    }
    return true;
}

static bool make(Making *making, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    g_autoptr(GPtrArray) trees = g_ptr_array_new_with_free_func((GDestroyNotify)site_tree_free);
    return db_rows(making->site->db, &QUERY_REPORT_TREES, DB_NO_PARAMS, &rows, error) &&
           pages_write(making->pages, "style.css", PARTS_STYLE, error) &&
           make_trees(making, rows, trees, error) && render_root(making, trees, error) &&
           pages_finish(making->pages, error);
}

/* Two reports in one folder would remove each other's pages. */
static bool take_folder(Site *site, const SitePlan *plan, Pages *pages, GError **error)
{
    const char *owner = pages_owner(pages);
    const char *name = plan->report == NULL ? "" : section_name(plan->report);
    if (owner != NULL && *owner != '\0' && strcmp(owner, name) != 0 &&
        settings_find(site->settings, "report", owner) != NULL)
        return error_set(
            error, ERROR_INPUT,
            "%s has the pages of the report %s; give each report an `output` of its own",
            plan->output, owner);
    pages_set_owner(pages, name);
    return true;
}

bool site_make(Site *site, const SitePlan *plan, SiteSummary *ret_summary, GPtrArray *complaints,
               GError **error)
{
    g_autoptr(Pages) pages = NULL;
    g_autoptr(Store) store = NULL;
    if (!pages_open(plan->output, &pages, error) || !take_folder(site, plan, pages, error) ||
        !store_open(site->store, &store, error))
        return false;
    Making making = {
        .site = site, .plan = plan, .pages = pages, .store = store, .complaints = complaints};
    if (!make(&making, error))
        return false;
    *ret_summary = making.summary;
    ret_summary->written = pages_written(pages);
    ret_summary->unchanged = pages_unchanged(pages);
    ret_summary->removed = pages_removed(pages);
    return true;
}
