// Builders over time.
#include "report/builds_waterfall.h"

#include "common/text.h"
#include "report/builds_table.h"

#include <math.h>
#include <string.h>

enum { COLUMNS = 64 };

/* The builds of a builder, in order of their beginnings. */
typedef struct {
    const char *builder;
    GPtrArray *builds; // of const BuildRow *
} Lane;

static void lane_free(gpointer data)
{
    Lane *lane = data;
    g_ptr_array_unref(lane->builds);
    g_free(lane);
}

static int lane_compare(gconstpointer a, gconstpointer b)
{
    const Lane *const *x = a, *const *y = b;
    return strcmp((*x)->builder, (*y)->builder);
}

static int start_compare(gconstpointer a, gconstpointer b)
{
    const BuildRow *const *x = a, *const *y = b;
    return ((*x)->started_s > (*y)->started_s) - ((*x)->started_s < (*y)->started_s);
}

static GPtrArray *lanes_of(const Builds *builds)
{
    GPtrArray *lanes = g_ptr_array_new_with_free_func(lane_free);
    g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
    for (int i = 0; i < builds->n; i++) {
        const BuildRow *build = &builds->builds[i];
        Lane *lane = g_hash_table_lookup(by_name, build->builder);
        if (lane == NULL) {
            lane = g_new0(Lane, 1);
            lane->builder = build->builder;
            lane->builds = g_ptr_array_new();
            g_ptr_array_add(lanes, lane);
            g_hash_table_insert(by_name, (gpointer)(guintptr)build->builder, lane);
        }
        g_ptr_array_add(lane->builds, (gpointer)(guintptr)build);
    }
    g_ptr_array_sort(lanes, lane_compare);
    for (guint i = 0; i < lanes->len; i++)
        g_ptr_array_sort(((Lane *)g_ptr_array_index(lanes, i))->builds, start_compare);
    return lanes;
}

static void range_of(const Builds *builds, double *ret_start_s, double *ret_end_s)
{
    *ret_start_s = INFINITY;
    *ret_end_s = -INFINITY;
    for (int i = 0; i < builds->n; i++) {
        *ret_start_s = fmin(*ret_start_s, builds->builds[i].started_s);
        *ret_end_s = fmax(*ret_end_s, builds->builds[i].ended_s);
    }
}

/* "2 builders, 7 builds, 2026-01-17 12:00 UTC .. 2026-01-17 12:30 UTC". */
static char *line_of(const Builds *builds, guint n_lanes)
{
    double start_s = 0, end_s = 0;
    range_of(builds, &start_s, &end_s);
    g_autofree char *from = text_time((gint64)start_s);
    g_autofree char *to = text_time((gint64)end_s);
    return g_strdup_printf("%u builder%s, %d build%s, %s .. %s", n_lanes, n_lanes == 1 ? "" : "s",
                           builds->n, builds->n == 1 ? "" : "s", from, to);
}

/* A line of letters; what is too short for one still gets one. */
static void add_text_lane(GString *text, const Lane *lane, int width, double start_s, double span_s)
{
    char cells[COLUMNS + 1];
    double busy_s = 0;
    memset(cells, ' ', COLUMNS);
    cells[COLUMNS] = '\0';
    for (guint i = 0; i < lane->builds->len; i++) {
        const BuildRow *build = g_ptr_array_index(lane->builds, i);
        int from = (int)((build->started_s - start_s) / span_s * COLUMNS);
        int to = (int)((build->ended_s - start_s) / span_s * COLUMNS);
        busy_s += build->ended_s - build->started_s;
        for (int c = MIN(from, COLUMNS - 1); c <= MIN(MAX(to - 1, from), COLUMNS - 1); c++)
            cells[c] = build_state_letter(build->state);
    }
    g_autofree char *name = text_escape_terminal(lane->builder);
    g_string_append_printf(text, "%-*s |%s| %3.0f %%\n", width, name, cells,
                           CLAMP(busy_s / span_s, 0, 9.99) * 100);
}

char *waterfall_text(const Builds *builds)
{
    g_autoptr(GPtrArray) lanes = lanes_of(builds);
    if (builds->n == 0)
        return g_strdup("no builds\n");
    double start_s = 0, end_s = 0;
    int width = 7;
    range_of(builds, &start_s, &end_s);
    double span_s = fmax(end_s - start_s, 1);
    GString *text = g_string_new(NULL);
    g_autofree char *line = line_of(builds, lanes->len);
    g_autofree char *column = text_seconds(span_s / COLUMNS);
    g_string_append_printf(text, "%s; a column is %s\n", line, column);
    for (guint i = 0; i < lanes->len; i++)
        width = MAX(width, (int)strlen(((Lane *)g_ptr_array_index(lanes, i))->builder));
    for (guint i = 0; i < lanes->len; i++)
        add_text_lane(text, g_ptr_array_index(lanes, i), MIN(width, 40), start_s, span_s);
    g_string_append(text, "# built, x failed, > at work, ? lost, - cancelled; %: of the time\n");
    return g_string_free(text, FALSE);
}

char *waterfall_svg(const Builds *builds)
{
    g_autoptr(GPtrArray) lanes = lanes_of(builds);
    g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func(g_free);
    g_autofree GanttBar *bars = g_new0(GanttBar, (gsize)builds->n + 1);
    g_autofree GanttLane *rows = g_new0(GanttLane, (gsize)lanes->len + 1);
    double start_s = 0, end_s = 0;
    int used = 0;
    range_of(builds, &start_s, &end_s);
    for (guint i = 0; i < lanes->len; i++) {
        const Lane *lane = g_ptr_array_index(lanes, i);
        rows[i] =
            (GanttLane){.label = lane->builder, .bars = bars + used, .n = (int)lane->builds->len};
        for (guint k = 0; k < lane->builds->len; k++) {
            const BuildRow *build = g_ptr_array_index(lane->builds, k);
            char *label = g_strdup_printf("%s %s %s", build_state_symbol(build->state), build->tree,
                                          build->release != NULL ? build->release : "");
            g_ptr_array_add(labels, label);
            bars[used++] = (GanttBar){build->started_s - start_s, build->ended_s - start_s, label,
                                      build_state_tone(build->state)};
        }
    }
    return chart_gantt("builders over time", rows, (int)lanes->len,
                       builds->n > 0 ? fmax(end_s - start_s, 1) : 1,
                       builds->n > 0 ? (gint64)start_s : 1, NULL);
}

static void table(Html *html, const void *data)
{
    builds_table_html(html, data);
}

char *waterfall_html(const Builds *builds)
{
    g_autoptr(GPtrArray) lanes = lanes_of(builds);
    g_autofree char *picture = waterfall_svg(builds);
    g_autofree char *line =
        builds->n > 0 ? line_of(builds, lanes->len) : g_strdup("There are no builds.");
    return builds_page("Builders over time", line, picture, table, builds);
}

json_t *waterfall_json(const Builds *builds)
{
    g_autoptr(GPtrArray) lanes = lanes_of(builds);
    json_t *list = json_array();
    for (guint i = 0; i < lanes->len; i++) {
        const Lane *lane = g_ptr_array_index(lanes, i);
        json_t *rows = json_array();
        for (guint k = 0; k < lane->builds->len; k++)
            json_array_append_new(rows, build_row_json(g_ptr_array_index(lane->builds, k)));
        json_array_append_new(list,
                              json_pack("{s:s, s:o}", "builder", lane->builder, "builds", rows));
    }
    return list;
}

json_t *build_json(const BuildRow *build, const Rows *units)
{
    json_t *all = build_row_json(build), *list = json_array();
    json_t *facts = json_loads(build->facts != NULL ? build->facts : "{}", 0, NULL);
    for (int i = 0; i < rows_count(units); i++)
        json_array_append_new(
            list,
            json_pack(
                "{s:s, s:s, s:f, s:f, s:f, s:o, s:I, s:b}", "kind", rows_text(units, i, "kind"),
                "name", rows_text(units, i, "name"), "start", rows_real(units, i, "start_s"), "end",
                rows_real(units, i, "end_s"), "took", rows_real(units, i, "took_s"), "cpu",
                rows_is_null(units, i, "cpu_s") ? json_null()
                                                : json_real(rows_real(units, i, "cpu_s")),
                "n", (json_int_t)rows_int(units, i, "n"), "failed", rows_bool(units, i, "failed")));
    json_object_set_new(all, "units", list);
    json_object_set_new(all, "facts", facts != NULL ? facts : json_object());
    return all;
}
