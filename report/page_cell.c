// The page of a cell: each metric with its samples drawn, its numbers and its test; then the
// environment of both releases and the boots behind it all.
#include "report/site_pages.h"

#include "report/chart.h"
#include "report/levels.h"
#include "report/parts.h"
#include "report/words.h"

#include <math.h>
#include <string.h>

/* What the functions of this page hand on. */
typedef struct {
    Pages *pages;
    const SiteTree *tree;
    int release;
    const Cell *cell;
    const char *path;
    const char *up;
} Page;

/* --- a metric --- */

static void level_row(Html *html, const char *name, const Level *level, int failed)
{
    html_open(html, "tr", NULL);
    html_leaf(html, "th", name, "scope", "row", NULL);
    parts_number(html, failed > 0 ? g_strdup_printf("%d (+%d failed)", level->n, failed)
                                  : g_strdup_printf("%d", level->n));
    parts_number(html, value_format(level->mean));
    parts_number(html, value_format(level->median));
    if (isfinite(level->variation)) {
        char text[32];
        g_ascii_formatd(text, sizeof text, "%.2f", level->variation * 100);
        parts_number(html, g_strconcat(text, " %", NULL));
    } else {
        parts_number(html, g_strdup("–"));
    }
    parts_number(html, value_format(level->minimum));
    parts_number(html, value_format(level->maximum));
    html_close(html);
}

static void fact(Html *html, const char *name, char *text)
{
    html_leaf(html, "dt", name, NULL);
    html_leaf(html, "dd", text, NULL);
    g_free(text);
}

static char *test_text(const Judged *judged)
{
    if (judged->test == NULL || strcmp(judged->test, "none") == 0)
        return g_strdup("none");
    g_autofree char *p = probability_format(judged->p);
    g_autofree char *q = probability_format(judged->q);
    g_autofree char *mwu = probability_format(judged->p_mwu);
    g_autofree char *welch = probability_format(judged->p_welch);
    return g_strdup_printf("%s, p %s, q %s (Mann-Whitney %s, Welch %s)", judged->test, p, q, mwu,
                           welch);
}

static void write_decision(Html *html, const FamilyRow *row)
{
    const Judged *judged = &row->judged;
    html_open(html, "dl", "class", "facts", NULL);
    html_leaf(html, "dt", "State", NULL);
    html_open(html, "dd", NULL);
    parts_state(html, judged->state);
    g_autofree char *note = parts_note(row);
    html_textf(html, "%s%s", *note == '\0' ? "" : " ", note);
    html_close(html);
    if (isfinite(judged->ratio)) {
        g_autofree char *ratio = ratio_format(judged->ratio);
        g_autofree char *percent = percent_format(judged->ratio);
        g_autofree char *interval = interval_format(judged->ci_low, judged->ci_high);
        fact(html, "Ratio, oriented",
             g_strdup_printf("%s (%s), 95 %% interval %s", ratio, percent, interval));
    }
    fact(html, "Test", test_text(judged));
    g_autofree char *margin = percent_format(1 + row->series->margin);
    fact(html, "Margin", g_strdup(margin + 1));
    if (isfinite(judged->mde)) {
        g_autofree char *mde = percent_format(1 + judged->mde);
        fact(html, "Smallest effect it could see", g_strdup(mde + 1));
    }
    if (judged->boots_needed > 0)
        fact(html, "Boots still needed a side", g_strdup_printf("%d", judged->boots_needed));
    html_close(html);
}

static bool write_chart(const Page *page, Html *html, const FamilyRow *row, int index,
                        GError **error)
{
    g_auto(Level) base = level_of_values(row->base_values, row->n_base);
    g_auto(Level) new_ = level_of_values(row->new_values, row->n_new);
    ChartStrip strips[] = {{site_release_name(page->tree, row->base), base.values, base.n,
                            base.median, base.ci_low, base.ci_high, true},
                           {site_release_name(page->tree, row->new_), new_.values, new_.n,
                            new_.median, new_.ci_low, new_.ci_high, false}};
    const Metric *metric = row->series->metric;
    g_autofree char *title =
        g_strdup_printf("%s %s in %s: one point a boot, %s above %s", row->series->trial_key,
                        metric->name, metric->unit, strips[0].label, strips[1].label);
    g_autofree char *svg = chart_strips(title, metric->unit, strips, 2);
    g_autofree char *ending = g_strdup_printf("%d.svg", index);
    g_autofree char *path = site_path_twin(page->path, ending);
    if (!pages_write(page->pages, path, svg, error))
        return false;
    html_open(html, "figure", NULL);
    html_void(html, "img", "src", strrchr(path, '/') + 1, "alt", title, "width", "720", "height",
              "136", NULL);
    html_leaf(html, "figcaption",
              "One point a boot. The line is the median, the band the 95 % interval of the mean.",
              NULL);
    html_close(html);
    parts_table_begin(html, (const char *const[]){"Release", "number:Boots", "number:Mean",
                                                  "number:Median", "number:CV", "number:Min",
                                                  "number:Max", NULL});
    level_row(html, strips[0].label, &base, row->failed_base);
    level_row(html, strips[1].label, &new_, row->failed_new);
    parts_table_end(html);
    return true;
}

static bool write_metric(const Page *page, Html *html, int index, GError **error)
{
    const FamilyRow *row = page->cell->rows[index];
    const Metric *metric = row->series->metric;
    const char *better = metric->better == BETTER_HIGHER  ? "more is better"
                         : metric->better == BETTER_LOWER ? "less is better"
                                                          : "no direction";
    html_open(html, "section", NULL);
    html_open(html, "h2", NULL);
    html_textf(html, "%s %s", row->series->trial_key, metric->name);
    html_close(html);
    html_open(html, "p", "class", "note", NULL);
    if (metric_is_none(metric))
        html_text(html, "It failed before it gave a number in any metric. ");
    else
        html_textf(html, "%s, %s; %s of a boot's samples. ", metric->unit, better,
                   metric->statistic);
    g_autofree char *series = site_path_series(page->tree, row->series);
    page_link(html, page->up, series, "Over all releases");
    html_close(html);
    write_decision(html, row);
    bool written = row->n_base + row->n_new == 0 || write_chart(page, html, row, index, error);
    html_close(html);
    return written;
}

/* --- environment --- */

static const char *text_of(const json_t *object, const char *key, char **ret_buffer)
{
    const json_t *value = object == NULL ? NULL : json_object_get(object, key);
    if (value == NULL)
        return "absent";
    if (json_is_string(value))
        return json_string_value(value);
    char *dumped = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
    *ret_buffer = g_strdup(dumped);
    free(dumped);
    return *ret_buffer;
}

/* The keys of both objects, in order; the caller frees the list. */
static GList *keys_of(json_t *a, json_t *b)
{
    GList *keys = NULL;
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(a, key, value) keys = g_list_prepend(keys, (gpointer)(guintptr)key);
    json_object_foreach(b, key, value) if (a == NULL || json_object_get(a, key) == NULL) keys =
        g_list_prepend(keys, (gpointer)(guintptr)key);
    return g_list_sort(keys, (GCompareFunc)strcmp);
}

static int environment_rows(Html *html, const char *class, json_t *base, json_t *new_,
                            bool different)
{
    int n = 0;
    g_autoptr(GList) keys = keys_of(base, new_);
    for (const GList *at = keys; at != NULL; at = at->next) {
        g_autofree char *left_buffer = NULL;
        g_autofree char *right_buffer = NULL;
        const char *left = text_of(base, at->data, &left_buffer);
        const char *right = text_of(new_, at->data, &right_buffer);
        if ((strcmp(left, right) != 0) != different)
            continue;
        html_open(html, "tr", NULL);
        html_leaf(html, "th", at->data, "scope", "row", NULL);
        html_leaf(html, "td", class, "class", "note", NULL);
        html_leaf(html, "td", left, "class", "wrap", NULL);
        if (different)
            html_leaf(html, "td", right, "class", "wrap", NULL);
        html_close(html);
        n++;
    }
    return n;
}

static int environment_classes(Html *html, const Fingerprint *base, const Fingerprint *new_,
                               bool different)
{
    return environment_rows(html, "must match", base->must, new_->must, different) +
           environment_rows(html, "note", base->note, new_->note, different) +
           environment_rows(html, "information", base->info, new_->info, different);
}

static void write_environment(const Page *page, Html *html)
{
    const FamilyRow *row = page->cell->rows[0];
    const Fingerprint *base = site_fingerprint(page->tree, row->series, row->base);
    const Fingerprint *new_ = site_fingerprint(page->tree, row->series, row->new_);
    html_leaf(html, "h2", "Environment", NULL);
    if (base == NULL || new_ == NULL) {
        html_leaf(html, "p", "The environment of one of the releases was not recorded.", "class",
                  "quiet", NULL);
        return;
    }
    const char *names[] = {site_release_name(page->tree, row->base),
                           site_release_name(page->tree, row->new_)};
    if (base == new_) {
        html_leaf(html, "p", "The same on both sides.", NULL);
    } else {
        html_leaf(html, "p", "What differs between the two releases:", NULL);
        parts_table_begin(html, (const char *const[]){"What", "Class", names[0], names[1], NULL});
        environment_classes(html, base, new_, true);
        parts_table_end(html);
    }
    html_open(html, "details", NULL);
    html_leaf(html, "summary", "What is the same", NULL);
    parts_table_begin(html, (const char *const[]){"What", "Class", "Value", NULL});
    environment_classes(html, base, new_, false);
    parts_table_end(html);
    html_close(html);
}

/* --- boots --- */

static void boot_rows(const Page *page, Html *html, const FamilyRow *row, int release)
{
    const GArray *boots = series_boots(row->series, release);
    for (guint i = 0; boots != NULL && i < boots->len; i++) {
        const BootValue *boot = &g_array_index(boots, BootValue, i);
        html_open(html, "tr", NULL);
        html_leaf(html, "th", site_release_name(page->tree, release), "scope", "row", NULL);
        html_leaf(html, "td", row->series->trial_key, NULL);
        parts_number(html, g_strdup_printf("%d", boot->boot));
        parts_number(html, g_strdup_printf("%" G_GINT64_FORMAT, boot->run_id));
        parts_number(html, value_format(boot->value));
        parts_number(html, g_strdup_printf("%d", boot->n));
        html_open(html, "td", NULL);
        if (boot->message != NULL && !isfinite(boot->value))
            html_textf(html, "%s ", boot->message);
        g_autofree char *hash = g_strndup(boot->raw_hash == NULL ? "" : boot->raw_hash, 16);
        html_leaf(html, "code", hash, "title", boot->raw_hash, NULL);
        html_close(html);
        html_close(html);
    }
}

static void write_boots(const Page *page, Html *html)
{
    html_leaf(html, "h2", "Boots", NULL);
    html_open(html, "p", "class", "note", NULL);
    html_text(
        html,
        "Each with its value in the first metric of its trial and the hash of its raw logs. ");
    html_leaf(html, "code", "marvin again RUN", NULL);
    html_text(html, " does one over; in the site's store a hash ab12.. is the file ");
    html_leaf(html, "code", "objects/ab/12..", NULL);
    html_text(html, ", for ");
    html_leaf(html, "code", "zstd -dc FILE | tar -x", NULL);
    html_text(html, ".");
    html_close(html);
    html_open(html, "details", NULL);
    html_leaf(html, "summary", "Show the boots", NULL);
    parts_table_begin(html,
                      (const char *const[]){"Release", "Trial", "number:Boot", "number:Run",
                                            "number:Value", "number:Samples", "Raw logs", NULL});
    const char *last = "";
    for (int i = 0; i < page->cell->n_rows; i++) {
        const FamilyRow *row = page->cell->rows[i];
        if (strcmp(row->series->trial_key, last) == 0)
            continue;
        last = row->series->trial_key;
        boot_rows(page, html, row, row->base);
        boot_rows(page, html, row, row->new_);
    }
    parts_table_end(html);
    html_close(html);
}

/* --- the page --- */

static void write_summary(const Page *page, Html *html)
{
    const Cell *cell = page->cell;
    const Composite *composite = &cell->composite;
    html_open(html, "p", "class", "lead", NULL);
    parts_state(html, cell->state);
    if (isfinite(composite->ratio)) {
        g_autofree char *ratio = ratio_format(composite->ratio);
        g_autofree char *interval = interval_format(composite->ci_low, composite->ci_high);
        html_textf(
            html,
            " %s, 95 %% interval %s, the geometric mean of %d of %d metrics; %d better, %d worse.",
            ratio, interval, composite->present, composite->expected, composite->better,
            composite->worse);
        if (cell->provisional)
            html_text(html, " Provisional: boots are still to come.");
    } else if (cell->reason != NULL) {
        html_textf(html, " %s", cell->reason);
    }
    html_close(html);
    parts_rows(html, site_family(page->tree, page->release), cell->rows, cell->n_rows);
    page_twins(html, page->path);
}

bool page_cell(Pages *pages, const SiteTree *tree, int release, const Cell *cell, GError **error)
{
    g_autofree char *path = site_path_cell(tree, release, cell);
    g_autofree char *up = page_up(path);
    g_autofree char *place = site_place(tree, cell->machine, cell->distro);
    const char *base = site_release_name(tree, site_family(tree, release)->base);
    g_autofree char *title = g_strdup_printf("%s on %s: %s against %s", cell->benchmark, place,
                                             site_release_name(tree, release), base);
    g_autofree char *index = site_path_index(tree);
    g_autofree char *above = site_path_release(tree, release);
    Page page = {pages, tree, release, cell, path, up};
    g_autoptr(Html) html = html_new();
    page_begin(html, up, title,
               (const Crumb[]){{"Reports", "index.html"},
                               {tree->options.tree, index},
                               {site_release_name(tree, release), above},
                               {NULL, NULL}});
    write_summary(&page, html);
    for (int i = 0; i < cell->n_rows; i++)
        if (!write_metric(&page, html, i, error))
            return false;
    write_environment(&page, html);
    write_boots(&page, html);
    g_autofree char *text = page_end(g_steal_pointer(&html), tree);
    return pages_write(pages, path, text, error) &&
           twins_family(pages, path, site_family(tree, release), cell->rows, cell->n_rows, error);
}
