// The two charts of the pages.
#include "report/chart.h"

#include "report/axis.h"
#include "report/chart_canvas.h"

#include <cairo.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

enum {
    STRIP_HEIGHT = 44,
    STRIP_LEFT = 112,
    SERIES_HEIGHT = 280,
    SERIES_LEFT = 70,
    MARGIN = 16,
    AXIS_ROOM = 40,
    LABEL_BYTES_MAX = 16,
};

static const CanvasColour INK = {.13, .16, .20};
static const CanvasColour GRID = {.89, .91, .93};
static const CanvasColour BASE = {.42, .45, .50};
static const CanvasColour NEW = {.09, .37, .65};
static const CanvasColour LOSS = {.72, .18, .06};
static const CanvasColour GAIN = {0, .45, .36};

static void widen(double value, double *low, double *high)
{
    if (!isfinite(value))
        return;
    *low = fmin(*low, value);
    *high = fmax(*high, value);
}

static double place(const Axis *axis, double value, double from, double to)
{
    return from + (value - axis->low) / (axis->high - axis->low) * (to - from);
}

static int axis_steps(const Axis *axis)
{
    return (int)lround((axis->high - axis->low) / axis->step);
}

/* A fixed spread around the row's middle, so that equal values stay visible. */
static double jitter(int i)
{
    static const double STEPS[] = {0, -6, 6, -3, 3, -9, 9, -1.5, 4.5, -7.5};
    return STEPS[i % (int)G_N_ELEMENTS(STEPS)];
}

/* --- strips --- */

static Axis strips_axis(const ChartStrip *strips, int n)
{
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < strips[i].n; j++)
            widen(strips[i].values[j], &low, &high);
        widen(strips[i].ci_low, &low, &high);
        widen(strips[i].ci_high, &low, &high);
    }
    return isfinite(low) ? axis_make(low, high, 6) : axis_make(0, 1, 5);
}

static void strips_grid(Canvas *canvas, const Axis *axis, double bottom, const char *unit)
{
    for (int i = 0; i <= axis_steps(axis); i++) {
        double value = axis->low + i * axis->step;
        double x = place(axis, value, STRIP_LEFT, CHART_WIDTH - MARGIN * 2);
        canvas_colour(canvas, GRID, 1);
        canvas_line(canvas, x, MARGIN / 2.0, x, bottom, 1);
        g_autofree char *text = axis_label(axis, value);
        canvas_label(canvas, x, bottom + 16, "middle", "fill=\"#5b6470\"", text);
    }
    g_autofree char *shown = axis_unit(axis, unit);
    canvas_label(canvas, CHART_WIDTH - MARGIN * 2, bottom + 33, "end", "fill=\"#5b6470\"", shown);
}

static void strip_draw(Canvas *canvas, const Axis *axis, const ChartStrip *strip, double y)
{
    double right = CHART_WIDTH - MARGIN * 2;
    CanvasColour colour = strip->is_base ? BASE : NEW;
    g_autofree char *name = canvas_shorten(strip->label, LABEL_BYTES_MAX);
    canvas_label(canvas, STRIP_LEFT - 14, y + 4, "end", "font-weight=\"600\"", name);
    if (isfinite(strip->ci_low) && isfinite(strip->ci_high)) {
        double x0 = place(axis, strip->ci_low, STRIP_LEFT, right);
        double x1 = place(axis, strip->ci_high, STRIP_LEFT, right);
        canvas_colour(canvas, colour, .16);
        cairo_rectangle(canvas->draw, x0, y - 14, fmax(x1 - x0, 1), 28);
        cairo_fill(canvas->draw);
    }
    canvas_colour(canvas, colour, .75);
    for (int i = 0; i < strip->n; i++)
        if (isfinite(strip->values[i]))
            canvas_dot(canvas, place(axis, strip->values[i], STRIP_LEFT, right), y + jitter(i),
                       3.4);
    if (isfinite(strip->median)) {
        double x = place(axis, strip->median, STRIP_LEFT, right);
        canvas_colour(canvas, INK, 1);
        canvas_line(canvas, x, y - 14, x, y + 14, 2);
    }
}

char *chart_strips(const char *title, const char *unit, const ChartStrip *strips, int n)
{
    Canvas canvas;
    double bottom = MARGIN / 2.0 + STRIP_HEIGHT * n;
    canvas_begin(&canvas, CHART_WIDTH, bottom + AXIS_ROOM);
    Axis axis = strips_axis(strips, n);
    strips_grid(&canvas, &axis, bottom, unit);
    for (int i = 0; i < n; i++)
        strip_draw(&canvas, &axis, &strips[i], MARGIN / 2.0 + STRIP_HEIGHT * (i + .5));
    return canvas_end(&canvas, title);
}

/* --- series --- */

static Axis series_axis(const ChartPoint *points, int n)
{
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < points[i].n; j++)
            widen(points[i].values[j], &low, &high);
        widen(points[i].ci_low, &low, &high);
        widen(points[i].ci_high, &low, &high);
    }
    return isfinite(low) ? axis_make(low, high, 5) : axis_make(0, 1, 5);
}

static double series_x(int i, int n)
{
    return SERIES_LEFT + (i + .5) * (CHART_WIDTH - SERIES_LEFT - MARGIN) / n;
}

static double series_y(const Axis *axis, double value)
{
    return place(axis, value, SERIES_HEIGHT - AXIS_ROOM, MARGIN * 2);
}

static void series_grid(Canvas *canvas, const Axis *axis, const char *unit)
{
    for (int i = 0; i <= axis_steps(axis); i++) {
        double value = axis->low + i * axis->step;
        double y = series_y(axis, value);
        canvas_colour(canvas, GRID, 1);
        canvas_line(canvas, SERIES_LEFT, y, CHART_WIDTH - MARGIN, y, 1);
        g_autofree char *text = axis_label(axis, value);
        canvas_label(canvas, SERIES_LEFT - 8, y + 4, "end", "fill=\"#5b6470\"", text);
    }
    g_autofree char *shown = axis_unit(axis, unit);
    canvas_label(canvas, MARGIN / 2.0, MARGIN, "start", "fill=\"#5b6470\"", shown);
}

static void series_names(Canvas *canvas, const ChartPoint *points, int n)
{
    int every = (n + 11) / 12;
    for (int i = 0; i < n; i++) {
        if (i % every != 0 && i + 1 != n)
            continue;
        if (i + 1 == n && i % every != 0 && i % every < (every + 1) / 2)
            continue;
        g_autofree char *name = canvas_shorten(points[i].label, 11);
        canvas_label(canvas, series_x(i, n), SERIES_HEIGHT - AXIS_ROOM + 24, "middle",
                     "fill=\"#5b6470\"", name);
    }
}

static void series_base(Canvas *canvas, const Axis *axis, const ChartPoint *base)
{
    if (base->n == 0 || !isfinite(base->mean))
        return;
    static const double DASHES[] = {2, 4};
    double y = series_y(axis, base->mean);
    canvas_colour(canvas, BASE, 1);
    cairo_set_dash(canvas->draw, DASHES, 2, 0);
    canvas_line(canvas, SERIES_LEFT, y, CHART_WIDTH - MARGIN, y, 1.2);
    cairo_set_dash(canvas->draw, NULL, 0, 0);
    g_autofree char *text = g_strdup_printf("baseline %s", base->label);
    g_autofree char *shown = canvas_shorten(text, 32);
    canvas_label(canvas, CHART_WIDTH - MARGIN, y - 5, "end", "fill=\"#5b6470\" font-size=\"11\"",
                 shown);
}

static void series_change(Canvas *canvas, const ChartPoint *point, double x)
{
    bool loss = point->change_state == STATE_REGRESSED;
    static const double DASHES[] = {5, 3};
    canvas_colour(canvas, loss ? LOSS : GAIN, 1);
    cairo_set_dash(canvas->draw, DASHES, 2, 0);
    canvas_line(canvas, x, MARGIN * 1.6, x, SERIES_HEIGHT - AXIS_ROOM, 1.2);
    cairo_set_dash(canvas->draw, NULL, 0, 0);
    g_autofree char *text = g_strdup_printf("%s %s", loss ? "▼" : "▲", point->change);
    canvas_label(canvas, x, MARGIN, "middle",
                 loss ? "font-weight=\"600\" fill=\"#a82a10\""
                      : "font-weight=\"600\" fill=\"#00665a\"",
                 text);
}

static void series_point(Canvas *canvas, const Axis *axis, const ChartPoint *point, double x,
                         double room)
{
    double spread = fmin(room / 24, 1);
    canvas_colour(canvas, NEW, .35);
    for (int i = 0; i < point->n; i++)
        if (isfinite(point->values[i]))
            canvas_dot(canvas, x + jitter(i) * spread, series_y(axis, point->values[i]), 2.4);
    canvas_colour(canvas, NEW, 1);
    if (isfinite(point->ci_low) && isfinite(point->ci_high))
        canvas_line(canvas, x, series_y(axis, point->ci_low), x, series_y(axis, point->ci_high), 2);
    if (isfinite(point->mean))
        canvas_dot(canvas, x, series_y(axis, point->mean), 4);
}

/* The line through the levels; a gap breaks it. */
static void series_line(Canvas *canvas, const Axis *axis, const ChartPoint *points, int n)
{
    canvas_colour(canvas, NEW, .8);
    for (int i = 1; i < n; i++)
        if (points[i].n > 0 && points[i - 1].n > 0)
            canvas_line(canvas, series_x(i - 1, n), series_y(axis, points[i - 1].mean),
                        series_x(i, n), series_y(axis, points[i].mean), 1.5);
}

char *chart_series(const char *title, const char *unit, const ChartPoint *points, int n, int base)
{
    Canvas canvas;
    canvas_begin(&canvas, CHART_WIDTH, SERIES_HEIGHT);
    Axis axis = series_axis(points, n);
    series_grid(&canvas, &axis, unit);
    series_names(&canvas, points, n);
    if (base >= 0)
        series_base(&canvas, &axis, &points[base]);
    for (int i = 0; i < n; i++)
        if (points[i].change != NULL && n > 1)
            series_change(&canvas, &points[i], (series_x(i, n) + series_x(MAX(i - 1, 0), n)) / 2);
    series_line(&canvas, &axis, points, n);
    for (int i = 0; i < n; i++)
        if (points[i].n > 0)
            series_point(&canvas, &axis, &points[i], series_x(i, n),
                         (double)(CHART_WIDTH - SERIES_LEFT) / n);
    return canvas_end(&canvas, title);
}
