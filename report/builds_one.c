// Where the time of one build went.
#include "common/text.h"
#include "report/builds_table.h"
#include "report/builds_waterfall.h"
#include "report/parts.h"

#include <math.h>
#include <string.h>

enum { COLUMNS = 40, LANES_MAX = 60, LOAD_MAX = 1024 };

/* A unit that has a lane, and the tasks in it. */
typedef struct {
    const char *kind, *name;
    double start_s, end_s, took_s;
    int n;
    bool failed;
} Unit;

static Unit unit_at(const Rows *rows, int i)
{
    return (Unit){.kind = rows_text(rows, i, "kind"),
                  .name = rows_text(rows, i, "name"),
                  .start_s = rows_real(rows, i, "start_s"),
                  .end_s = rows_real(rows, i, "end_s"),
                  .took_s = rows_real(rows, i, "took_s"),
                  .n = (int)rows_int(rows, i, "n"),
                  .failed = rows_bool(rows, i, "failed")};
}

static int longest_compare(gconstpointer a, gconstpointer b)
{
    const Unit *x = a, *y = b;
    bool x_step = strcmp(x->kind, "step") == 0, y_step = strcmp(y->kind, "step") == 0;
    if (x_step != y_step)
        return x_step ? -1 : 1; // steps stay
    return (y->took_s > x->took_s) - (y->took_s < x->took_s);
}

static int start_compare(gconstpointer a, gconstpointer b)
{
    const Unit *x = a, *y = b;
    bool x_step = strcmp(x->kind, "step") == 0, y_step = strcmp(y->kind, "step") == 0;
    if (x_step != y_step)
        return x_step ? -1 : 1;
    if (x->start_s != y->start_s)
        return x->start_s < y->start_s ? -1 : 1;
    return (y->end_s > x->end_s) - (y->end_s < x->end_s);
}

/* Steps, directories and packages: the steps and the longest others, in order of beginning. */
static GArray *lanes_of(const Rows *rows, int *ret_left_out)
{
    GArray *units = g_array_new(FALSE, FALSE, sizeof(Unit));
    for (int i = 0; i < rows_count(rows); i++) {
        Unit unit = unit_at(rows, i);
        if (strcmp(unit.kind, "task") != 0)
            g_array_append_val(units, unit);
    }
    g_array_sort(units, longest_compare);
    *ret_left_out = MAX((int)units->len - LANES_MAX, 0);
    g_array_set_size(units, MIN(units->len, (guint)LANES_MAX));
    g_array_sort(units, start_compare);
    return units;
}

static bool is_task_of(const Unit *task, const Unit *package)
{
    size_t length = strlen(package->name);
    return strcmp(task->kind, "task") == 0 && strcmp(package->kind, "package") == 0 &&
           strncmp(task->name, package->name, length) == 0 && task->name[length] == ':';
}

/* The bars of a lane: the tasks of a package, else the unit itself; what is spread over a longer
 * time than it took is faint. */
static void add_bars(GArray *bars, const Rows *rows, const Unit *unit)
{
    bool has_tasks = false;
    bool is_spread = unit->took_s < 0.9 * (unit->end_s - unit->start_s);
    GanttTone tone = unit->failed                      ? GANTT_BAD
                     : strcmp(unit->kind, "step") == 0 ? GANTT_GOOD
                     : is_spread                       ? GANTT_SPAN
                                                       : GANTT_PART;
    for (int i = 0; i < rows_count(rows) && strcmp(unit->kind, "package") == 0; i++) {
        Unit task = unit_at(rows, i);
        if (!is_task_of(&task, unit))
            continue;
        GanttBar bar = {task.start_s, task.end_s, task.name + strlen(unit->name) + 1,
                        task.failed ? GANTT_BAD : GANTT_PART};
        g_array_append_val(bars, bar);
        has_tasks = true;
    }
    GanttBar whole = {unit->start_s, unit->end_s, NULL, tone};
    if (!has_tasks)
        g_array_append_val(bars, whole);
}

/* A list of shares; the caller frees. */
static double *read_shares(const json_t *list, int n)
{
    double *shares = g_new0(double, (gsize)n + 1);
    for (int i = 0; i < n; i++)
        shares[i] = json_number_value(json_array_get(list, (size_t)i));
    return shares;
}

char *build_svg(const BuildRow *build, const Rows *rows)
{
    int left_out = 0;
    g_autoptr(GArray) units = lanes_of(rows, &left_out);
    g_autofree GanttLane *lanes = g_new0(GanttLane, (gsize)units->len + 1);
    g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < units->len; i++) {
        const Unit *unit = &g_array_index(units, Unit, i);
        GArray *bars = g_array_new(FALSE, FALSE, sizeof(GanttBar));
        add_bars(bars, rows, unit);
        g_ptr_array_add(kept, bars);
        g_ptr_array_add(notes, text_seconds(unit->took_s));
        lanes[i] = (GanttLane){unit->name, notes->pdata[i],
                               (const GanttBar *)(gconstpointer)bars->data, (int)bars->len};
    }
    json_t *facts = json_loads(build->facts != NULL ? build->facts : "{}", 0, NULL);
    const json_t *load = json_object_get(facts, "load");
    int n = (int)MIN(json_array_size(json_object_get(load, "busy")), (size_t)LOAD_MAX);
    g_autofree double *busy = read_shares(json_object_get(load, "busy"), n);
    g_autofree double *wait = read_shares(json_object_get(load, "wait"), n);
    GanttLoad curve = {json_number_value(json_object_get(load, "every_s")), busy, wait, n};
    json_decref(facts);
    g_autofree char *title = g_strdup_printf("build %s of %s %s", build->key, build->tree,
                                             build->release != NULL ? build->release : "");
    return chart_gantt(title, lanes, (int)units->len, fmax(build->ended_s - build->started_s, .1),
                       0, &curve);
}

/* "toy v1.0 on alpha, 2026-01-17 12:00 UTC, done after 3m20s; debian-12, gcc". */
static char *line_of(const BuildRow *build)
{
    g_autofree char *when = text_time((gint64)build->started_s);
    g_autofree char *took = text_seconds(build->ended_s - build->started_s);
    return g_strdup_printf("%s %s on %s, %s, %s after %s%s%s%s%s%s%s", build->tree,
                           build->release != NULL ? build->release : "", build->builder, when,
                           build->state, took, build->failed_step != NULL ? " in " : "",
                           build->failed_step != NULL ? build->failed_step : "",
                           *build->distro != '\0' ? "; " : "", build->distro,
                           *build->toolchain != '\0' ? ", " : "", build->toolchain);
}

char *build_text(const BuildRow *build, const Rows *rows)
{
    int left_out = 0;
    g_autoptr(GArray) units = lanes_of(rows, &left_out);
    double span_s = fmax(build->ended_s - build->started_s, .1);
    g_autofree char *line = line_of(build);
    g_autofree char *safe = text_escape_terminal(line);
    GString *text = g_string_new(safe);
    g_string_append_c(text, '\n');
    for (guint i = 0; i < units->len; i++) {
        const Unit *unit = &g_array_index(units, Unit, i);
        char cells[COLUMNS + 1];
        memset(cells, ' ', COLUMNS);
        cells[COLUMNS] = '\0';
        int from = CLAMP((int)(unit->start_s / span_s * COLUMNS), 0, COLUMNS - 1);
        int to = CLAMP((int)ceil(unit->end_s / span_s * COLUMNS), from + 1, COLUMNS);
        memset(cells + from, unit->failed ? 'x' : '#', (size_t)(to - from));
        g_autofree char *name = text_escape_terminal(unit->name);
        g_autofree char *took = text_seconds(unit->took_s);
        g_string_append_printf(text, "%-9s %-32.32s |%s| %8s  %d\n", unit->kind, name, cells, took,
                               unit->n);
    }
    if (left_out > 0)
        g_string_append_printf(text, "%d shorter ones are left out\n", left_out);
    return g_string_free(text, FALSE);
}

static void table(Html *html, const void *data)
{
    static const char *const HEAD[] = {"Kind",       "Name",         "number:Start", "number:Took",
                                       "number:CPU", "number:Parts", "State",        NULL};
    const Rows *rows = data;
    parts_table_begin(html, HEAD);
    for (int i = 0; i < rows_count(rows); i++) {
        Unit unit = unit_at(rows, i);
        bool has_cpu = !rows_is_null(rows, i, "cpu_s");
        html_open(html, "tr", NULL);
        parts_text(html, g_strdup(unit.kind));
        parts_text(html, g_strdup(unit.name));
        parts_number(html, text_seconds(unit.start_s));
        parts_number(html, text_seconds(unit.took_s));
        parts_number(html, has_cpu ? text_seconds(rows_real(rows, i, "cpu_s")) : g_strdup(""));
        parts_number(html, g_strdup_printf("%d", unit.n));
        parts_text(html, g_strdup(unit.failed ? "✗ failed" : ""));
        html_close(html);
    }
    parts_table_end(html);
}

char *build_html(const BuildRow *build, const Rows *rows)
{
    g_autofree char *heading = g_strdup_printf("Build %s", build->key);
    g_autofree char *line = line_of(build);
    g_autofree char *picture = build_svg(build, rows);
    return builds_page(heading, line, picture, table, rows);
}
