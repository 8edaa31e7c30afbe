// The page of a series: its level over all releases, and where it changed.
#include "report/site_pages.h"

#include "report/chart.h"
#include "report/compare.h"
#include "report/levels.h"
#include "report/parts.h"
#include "report/words.h"

#include <math.h>
#include <string.h>

/* A release of the series, ready for chart and table. */
typedef struct {
    int release;
    Level level;
    const FamilyRow *row; // against the baseline, or NULL
    const FamilyRow *step; // against the release before, or NULL
    const Shift *shift; // a change that this release brought, or NULL
    char *size; // of the shift: "−32 %"
} Point;

static void point_clear(gpointer data)
{
    Point *point = data;
    level_clear(&point->level);
    g_free(point->size);
}

static const Shift *shift_at(const SiteTree *tree, const Series *series, int release)
{
    for (guint i = 0; i < tree->shifts->len; i++) {
        const Shift *shift = &g_array_index(tree->shifts, Shift, i);
        if (shift->series == series && shift->release == release)
            return shift;
    }
    return NULL;
}

static GArray *take_points(const SiteTree *tree, const Series *series)
{
    GArray *points = g_array_new(FALSE, FALSE, sizeof(Point));
    g_array_set_clear_func(points, point_clear);
    for (int i = tree->first; i <= tree->last; i++) {
        if (site_ran_as(tree, i) != i)
            continue; // another name of a point that is there
        const Family *family = tree->families->pdata[i], *previous = tree->previous->pdata[i];
        Point point = {.release = i,
                       .level = level_make(series, i),
                       .row = family == NULL ? NULL : family_find(family, series),
                       .step = previous == NULL ? NULL : family_find(previous, series),
                       .shift = shift_at(tree, series, i)};
        point.size = point.shift == NULL ? NULL : percent_format(point.shift->ratio);
        g_array_append_val(points, point);
    }
    return points;
}

static char *draw(const SiteTree *tree, const Series *series, const GArray *points,
                  const char *title)
{
    g_autofree ChartPoint *drawn = g_new0(ChartPoint, points->len + 1);
    int base = -1;
    for (guint i = 0; i < points->len; i++) {
        const Point *point = &g_array_index(points, Point, i);
        if (tree->baseline != FAMILY_PREVIOUS && point->release == tree->baseline)
            base = (int)i;
        drawn[i] = (ChartPoint){site_release_name(tree, point->release),
                                point->level.values,
                                point->level.n,
                                point->level.mean,
                                point->level.ci_low,
                                point->level.ci_high,
                                point->size,
                                point->shift == NULL ? STATE_NONE : point->shift->state};
    }
    return chart_series(title, series->metric->unit, drawn, (int)points->len, base);
}

static void ratio_cell(Html *html, const FamilyRow *row)
{
    parts_number(html, row == NULL ? g_strdup("–") : ratio_format(row->judged.ratio));
}

static void write_point(Html *html, const SiteTree *tree, const char *up, const Point *point)
{
    const Release *release = dataset_release(tree->dataset, point->release);
    html_open(html, "tr", NULL);
    html_open(html, "th", "scope", "row", NULL);
    g_autofree char *path = site_path_release(tree, point->release);
    if (site_family(tree, point->release) != NULL)
        page_link(html, up, path, release->name);
    else
        html_text(html, release->name);
    html_close(html);
    html_leaf(html, "td", release->date, NULL);
    parts_number(html, g_strdup_printf("%d", point->level.n));
    parts_number(html, value_format(point->level.mean));
    parts_number(html, value_format(point->level.median));
    char variation[32] = "–";
    if (isfinite(point->level.variation))
        g_ascii_formatd(variation, sizeof variation - 4, "%.2f", point->level.variation * 100);
    parts_number(html, g_strconcat(variation, isfinite(point->level.variation) ? " %" : "", NULL));
    ratio_cell(html, point->step);
    ratio_cell(html, point->row);
    html_open(html, "td", NULL);
    if (point->row != NULL)
        parts_state(html, point->row->judged.state);
    html_close(html);
    html_open(html, "td", NULL);
    if (point->shift != NULL) {
        html_open(html, "span", "class",
                  point->shift->state == STATE_REGRESSED ? "state s-regressed" : "state s-improved",
                  NULL);
        html_textf(html, "%s %s", state_symbol(point->shift->state), point->size);
        html_close(html);
    }
    html_close(html);
    html_close(html);
}

static void write_table(Html *html, const SiteTree *tree, const char *up, const GArray *points)
{
    parts_table_begin(
        html, (const char *const[]){"Release", "Date", "number:Boots", "number:Mean",
                                    "number:Median", "number:CV", "number:To the one before",
                                    "number:To the baseline", "State", "Change", NULL});
    for (guint i = points->len; i-- > 0;)
        write_point(html, tree, up, &g_array_index(points, Point, i));
    parts_table_end(html);
}

static void write_facts(Html *html, const SiteTree *tree, const Series *series)
{
    const Metric *metric = series->metric;
    g_autofree char *name = series_format(series, tree->with_distro);
    g_autofree char *command = g_strdup_printf("marvin-report changes '%s'", name);
    html_open(html, "p", "class", "lead", NULL);
    if (metric_is_none(metric))
        html_text(html, "It failed before it gave a number in any metric, in every boot.");
    else
        html_textf(html, "%s, %s; %s of a boot's samples, one number a boot.", metric->unit,
                   metric->better == BETTER_HIGHER  ? "more is better"
                   : metric->better == BETTER_LOWER ? "less is better"
                                                    : "no direction",
                   metric->statistic);
    const char *caveat = NULL;
    for (int i = tree->last; i >= tree->first && caveat == NULL; i--)
        caveat = mode_explanation(site_mode(series, i));
    if (caveat != NULL)
        html_textf(html, " Here it is %s.", caveat);
    html_close(html);
    if (metric_is_none(metric))
        return; // nothing to find changes in
    html_open(html, "p", "class", "note", NULL);
    html_text(html, "On the command line: ");
    html_leaf(html, "code", command, NULL);
    html_close(html);
}

/* --- twins --- */

static json_t *point_json(const SiteTree *tree, const Point *point)
{
    json_t *object = json_object();
    const Release *release = dataset_release(tree->dataset, point->release);
    json_object_set_new(object, "release", json_string(release->name));
    json_object_set_new(object, "date", json_string(release->date));
    json_object_set_new(object, "n", json_integer(point->level.n));
    json_object_set_new(object, "mean",
                        point->level.n > 0 ? json_real(point->level.mean) : json_null());
    json_t *values = json_array();
    for (int i = 0; i < point->level.n; i++)
        json_array_append_new(values, json_real(point->level.values[i]));
    json_object_set_new(object, "values", values);
    const Judged *judged = point->row == NULL ? NULL : &point->row->judged;
    json_object_set_new(object, "ratio",
                        judged != NULL && isfinite(judged->ratio) ? json_real(judged->ratio)
                                                                  : json_null());
    const char *state = judged == NULL ? NULL : state_format(judged->state);
    json_object_set_new(object, "state", state == NULL ? json_null() : json_string(state));
    json_object_set_new(object, "change",
                        point->shift == NULL ? json_null() : json_real(point->shift->ratio));
    return object;
}

static bool write_twins(Pages *pages, const SiteTree *tree, const char *path, const GArray *points,
                        GError **error)
{
    json_t *list = json_array();
    g_autoptr(GString) csv = g_string_new("value,release\r\n");
    for (guint i = 0; i < points->len; i++) {
        const Point *point = &g_array_index(points, Point, i);
        json_array_append_new(list, point_json(tree, point));
        for (int j = 0; j < point->level.n; j++) {
            char number[40];
            g_string_append_printf(
                csv, "%s,%s\r\n",
                g_ascii_formatd(number, sizeof number, "%.17g", point->level.values[j]),
                site_release_name(tree, point->release));
        }
    }
    g_autofree char *json = compare_json_text(list);
    json_decref(list);
    g_autofree char *json_path = site_path_twin(path, "json");
    g_autofree char *csv_path = site_path_twin(path, "csv");
    return pages_write(pages, json_path, json, error) &&
           pages_write(pages, csv_path, csv->str, error);
}

bool page_series(Pages *pages, const SiteTree *tree, const Series *series, GError **error)
{
    g_autofree char *path = site_path_series(tree, series);
    g_autofree char *up = page_up(path);
    g_autofree char *place = site_place(tree, series->machine, series->distro);
    g_autofree char *title =
        g_strdup_printf("%s %s on %s", series->trial_key, series->metric->name, place);
    g_autofree char *index = site_path_index(tree);
    g_autoptr(GArray) points = take_points(tree, series);
    g_autofree char *svg = draw(tree, series, points, title);
    g_autofree char *svg_path = site_path_twin(path, "svg");
    Html *html = html_new();
    page_begin(
        html, up, title,
        (const Crumb[]){{"Reports", "index.html"}, {tree->options.tree, index}, {NULL, NULL}});
    write_facts(html, tree, series);
    html_open(html, "figure", NULL);
    html_void(html, "img", "src", strrchr(svg_path, '/') + 1, "alt", title, "width", "720",
              "height", "280", NULL);
    html_leaf(html, "figcaption",
              "A pale point a boot; the dark one is the mean with its 95 % interval. A dashed line "
              "marks the "
              "release that brought a change.",
              NULL);
    html_close(html);
    write_table(html, tree, up, points);
    page_twins(html, path);
    g_autofree char *text = page_end(html, tree);
    return pages_write(pages, svg_path, svg, error) && pages_write(pages, path, text, error) &&
           write_twins(pages, tree, path, points, error);
}
