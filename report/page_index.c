// The dashboard, and the page of each release: what changed, and the table of benchmarks.
#include "report/site_pages.h"

#include "report/parts.h"
#include "report/words.h"

#include <math.h>
#include <string.h>

/* --- the releases, newest first --- */

static void release_pill(Html *html, const SiteTree *tree, const char *up, int release, int current)
{
    html_open(html, "li", NULL);
    if (release == current || site_family(tree, release) == NULL) {
        html_leaf(html, release == current ? "strong" : "span", site_release_name(tree, release),
                  NULL);
    } else {
        g_autofree char *path = site_path_release(tree, release);
        page_link(html, up, path, site_release_name(tree, release));
    }
    html_close(html);
}

void section_releases(Html *html, const SiteTree *tree, const char *up, int current)
{
    enum { SHOWN = 12 };
    html_open(html, "ul", "class", "releases", NULL);
    for (int i = tree->last; i >= tree->first && i > tree->last - SHOWN; i--)
        release_pill(html, tree, up, i, current);
    html_close(html);
    if (tree->last - SHOWN < tree->first)
        return;
    html_open(html, "details", NULL);
    html_leaf(html, "summary", "Older releases", NULL);
    html_open(html, "ul", "class", "releases", NULL);
    for (int i = tree->last - SHOWN; i >= tree->first; i--)
        release_pill(html, tree, up, i, current);
    html_close(html);
    html_close(html);
}

/* --- the table --- */

/* The release that brought the cell's state: the latest of its members'. */
static int cell_since(const SiteTree *tree, const Cell *cell)
{
    int since = -1;
    for (int i = 0; i < cell->n_rows; i++)
        since = MAX(since, site_since(tree, cell->rows[i]));
    return since;
}

static void cell_number(Html *html, const SiteTree *tree, int release, const Cell *cell)
{
    int since = cell_since(tree, cell);
    if (isfinite(cell->composite.ratio)) {
        g_autofree char *ratio = ratio_format(cell->composite.ratio);
        html_leaf(html, "span", ratio, "class", "ratio", NULL);
    }
    parts_state(html, cell->state);
    if (since < 0)
        return;
    html_open(html, "span", "class", "since", NULL);
    html_textf(html, "%s %s", since == release ? "in" : "since", site_release_name(tree, since));
    html_close(html);
}

static void cell_below(Html *html, const Cell *cell)
{
    html_open(html, "span", "class", "worst", NULL);
    if (cell->worst != NULL) {
        g_autofree char *ratio = ratio_format(cell->worst->judged.ratio);
        const Series *series = cell->worst->series;
        const char *params = strchr(series->trial_key, '/');
        html_textf(html, "worst of %d: %s %s%s%s", cell->composite.present, ratio,
                   params == NULL ? "" : params + 1, params == NULL ? "" : " ",
                   series->metric->name);
    } else if (cell->reason != NULL && !isfinite(cell->composite.ratio)) {
        g_autofree char *valid = g_utf8_make_valid(cell->reason, -1);
        bool is_long = g_utf8_strlen(valid, -1) > 60;
        g_autofree char *head = g_utf8_substring(valid, 0, is_long ? 59 : g_utf8_strlen(valid, -1));
        html_textf(html, "%s%s", head, is_long ? "…" : "");
    } else if (isfinite(cell->composite.ci_low)) {
        g_autofree char *interval =
            interval_format(cell->composite.ci_low, cell->composite.ci_high);
        html_text(html, interval);
    }
    html_close(html);
}

static void write_cell(Html *html, const SiteTree *tree, const char *up, int release,
                       const Cell *cell)
{
    if (cell == NULL) {
        html_leaf(html, "td", "·", "class", "cell note", "title", "not asked for", NULL);
        return;
    }
    g_autofree char *path = site_path_cell(tree, release, cell);
    g_autofree char *address = g_strconcat(up, path, NULL);
    g_autofree char *classes = g_strconcat("cell ", parts_state_class(cell->state), NULL);
    html_open(html, "td", "class", classes, NULL);
    html_open(html, "a", "href", address, "title", cell->reason, NULL);
    cell_number(html, tree, release, cell);
    cell_below(html, cell);
    html_close(html);
    html_close(html);
}

static unsigned states_of(const CellTable *table, const Family *family)
{
    unsigned states = 0;
    for (guint i = 0; i < table->cells->len; i++)
        if (table->cells->pdata[i] != NULL)
            states |= 1u << ((const Cell *)table->cells->pdata[i])->state;
    for (int i = 0; i < family->n_rows; i++)
        states |= 1u << family->rows[i].judged.state;
    return states;
}

/* What every number of a column is not, or NULL. */
static const char *column_caveat(const CellTable *table, guint column)
{
    const char *caveat = NULL;
    for (guint i = 0; i < table->benchmarks->len && caveat == NULL; i++) {
        const Cell *cell = cell_at(table, i, column);
        if (cell != NULL && cell->n_rows > 0)
            caveat = mode_explanation(cell->rows[0]->mode);
    }
    return caveat;
}

static void write_head(Html *html, const SiteTree *tree, const CellTable *table)
{
    g_autoptr(GPtrArray) columns = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(columns, g_strdup("Benchmark"));
    for (guint i = 0; i < table->columns->len; i++) {
        const CellColumn *column = cell_column(table, i);
        g_ptr_array_add(columns, site_place(tree, column->machine, column->distro));
        if (column_caveat(table, i) != NULL) {
            html_open(html, "p", "class", "note", NULL);
            html_textf(html, "%s counts %s.", (char *)columns->pdata[i + 1],
                       column_caveat(table, i));
            html_close(html);
        }
    }
    g_ptr_array_add(columns, NULL);
    parts_table_begin(html, (const char *const *)columns->pdata);
}

void section_table(Html *html, const SiteTree *tree, const char *up, int release)
{
    const CellTable *table = tree->tables->pdata[release];
    const Family *family = site_family(tree, release);
    if (table == NULL) {
        bool is_base =
            release == (tree->baseline == FAMILY_PREVIOUS ? tree->first : tree->baseline);
        html_leaf(html, "p",
                  is_base ? "This release is the baseline: there is nothing to compare it with."
                          : "Neither this release nor its baseline has run: nothing is compared.",
                  NULL);
        return;
    }
    write_head(html, tree, table);
    for (guint i = 0; i < table->benchmarks->len; i++) {
        html_open(html, "tr", NULL);
        html_leaf(html, "th", table->benchmarks->pdata[i], "scope", "row", NULL);
        for (guint j = 0; j < table->columns->len; j++)
            write_cell(html, tree, up, release, cell_at(table, i, j));
        html_close(html);
    }
    parts_table_end(html);
    parts_legend(html, states_of(table, family));
}

/* --- the pages --- */

static char *heading(const SiteTree *tree, int release)
{
    const Family *family = site_family(tree, release);
    if (release < 0 || family == NULL)
        return g_strdup(tree->options.tree);
    return g_strdup_printf("%s %s against %s", tree->options.tree, site_release_name(tree, release),
                           site_release_name(tree, family->base));
}

static char *baseline_text(const SiteTree *tree)
{
    if (tree->baseline == FAMILY_PREVIOUS)
        return g_strdup("each release is compared with the one before it");
    return g_strdup_printf("every release is compared with %s",
                           site_release_name(tree, tree->baseline));
}

static void write_lead(Html *html, const SiteTree *tree, int release)
{
    const Release *about = dataset_release(tree->dataset, release);
    g_autofree char *baseline = baseline_text(tree);
    html_open(html, "p", "class", "lead", NULL);
    html_textf(html, "Released %s%s%s; %s.", about->date, about->summary == NULL ? "" : ", ",
               about->summary == NULL ? "" : about->summary, baseline);
    html_close(html);
}

/* A second tag of a commit shows what ran under the first. */
static void write_other_name(Html *html, const SiteTree *tree, const char *up, int release)
{
    int ran = site_ran_as(tree, release);
    if (ran == release)
        return;
    html_open(html, "p", "class", "note", NULL);
    html_text(html, "The same commit as ");
    g_autofree char *path = site_path_release(tree, ran);
    page_link(html, up, path, site_release_name(tree, ran));
    html_textf(html, ", under which name it has run; all that is said of %s here is said of both.",
               site_release_name(tree, ran));
    html_close(html);
}

static bool write_twins(Pages *pages, const char *path, const Family *family, GError **error)
{
    g_autofree const FamilyRow **rows = g_new0(const FamilyRow *, (gsize)family->n_rows + 1);
    for (int i = 0; i < family->n_rows; i++)
        rows[i] = &family->rows[i];
    return twins_family(pages, path, family, rows, family->n_rows, error);
}

static void write_judged(Html *html, const SiteTree *tree, const char *up, const char *path,
                         int release)
{
    const Family *family = site_family(tree, release);
    if (family != NULL) {
        parts_tally(html, family);
        parts_error_rate(html, family);
    }
    section_releases(html, tree, up, release);
    if (path == NULL)
        section_changes(html, tree, up);
    else
        section_release_changes(html, tree, up, site_ran_as(tree, release));
    html_leaf(html, "h2", "All benchmarks", NULL);
    section_table(html, tree, up, site_ran_as(tree, release));
}

bool page_index(Pages *pages, const SiteTree *tree, const char *path, GError **error)
{
    Html *html = html_new();
    g_autofree char *up = page_up(path);
    g_autofree char *made = heading(tree, tree->newest);
    const char *title = tree->options.title == NULL ? made : tree->options.title;
    page_begin(html, up, title,
               (const Crumb[]){{*up == '\0' ? NULL : "Reports", "index.html"}, {NULL, NULL}});
    if (title != made)
        html_leaf(html, "p", made, "class", "lead", NULL);
    if (tree->newest >= 0) {
        write_lead(html, tree, tree->newest);
        write_judged(html, tree, up, NULL, tree->newest);
        if (site_family(tree, tree->newest) != NULL)
            page_twins(html, path);
    } else {
        html_leaf(html, "p", "Nothing has run yet.", "class", "quiet", NULL);
    }
    section_bisections(html, tree, up);
    section_coverage(html, tree, up);
    section_builds_brief(html, tree, up);
    section_trouble(html, tree, up);
    g_autofree char *text = page_end(html, tree);
    const Family *family = site_family(tree, tree->newest);
    return pages_write(pages, path, text, error) &&
           (family == NULL || write_twins(pages, path, family, error));
}

bool page_release(Pages *pages, const SiteTree *tree, int release, GError **error)
{
    const Family *family = site_family(tree, release);
    if (family == NULL)
        return true;
    Html *html = html_new();
    g_autofree char *path = site_path_release(tree, release);
    g_autofree char *up = page_up(path);
    g_autofree char *index = site_path_index(tree);
    g_autofree char *title = heading(tree, release);
    page_begin(
        html, up, title,
        (const Crumb[]){{"Reports", "index.html"}, {tree->options.tree, index}, {NULL, NULL}});
    write_lead(html, tree, release);
    write_other_name(html, tree, up, release);
    section_build(html, tree, up, site_ran_as(tree, release));
    write_judged(html, tree, up, path, release);
    page_twins(html, path);
    html_leaf(html, "h2", "All metrics", NULL);
    g_autofree const FamilyRow **rows = g_new0(const FamilyRow *, (gsize)family->n_rows + 1);
    for (int i = 0; i < family->n_rows; i++)
        rows[i] = &family->rows[i];
    parts_rows(html, family, rows, family->n_rows);
    g_autofree char *text = page_end(html, tree);
    return pages_write(pages, path, text, error) && write_twins(pages, path, family, error);
}
