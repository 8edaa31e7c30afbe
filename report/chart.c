// Charts by cairo's SVG surface. Geometry is cairo's, text is added as SVG text afterwards, and the
// opening tag is rewritten, so that the file depends neither on fonts nor on what was drawn before.
#include "report/chart.h"

#include "report/axis.h"

#include <cairo-svg.h>
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

typedef struct {
    double r, g, b;
} Colour;

// Okabe and Ito's set, darkened for contrast on white.
static const Colour INK = {.13, .16, .20};
static const Colour GRID = {.89, .91, .93};
static const Colour BASE = {.42, .45, .50};
static const Colour NEW = {.09, .37, .65};
static const Colour LOSS = {.72, .18, .06};
static const Colour GAIN = {0, .45, .36};

typedef struct {
    cairo_surface_t *surface;
    cairo_t *draw;
    GString *svg; // what cairo wrote
    GString *labels; // the text elements
    double height;
} Canvas;

static cairo_status_t collect(void *svg, const unsigned char *data, unsigned length)
{
    g_string_append_len(svg, (const char *)data, length);
    return CAIRO_STATUS_SUCCESS;
}

static void canvas_begin(Canvas *canvas, double height)
{
    canvas->height = height;
    canvas->svg = g_string_new(NULL);
    canvas->labels = g_string_new(NULL);
    canvas->surface =
        cairo_svg_surface_create_for_stream(collect, canvas->svg, CHART_WIDTH, height);
    canvas->draw = cairo_create(canvas->surface);
}

/* The drawing between cairo's opening tag and the end, without the ids that count surfaces. */
static char *canvas_body(const char *svg)
{
    const char *open = strstr(svg, "<svg");
    const char *begin = open == NULL ? NULL : strchr(open, '>');
    const char *end = g_strrstr(svg, "</svg>");
    if (begin == NULL || end == NULL || end < begin)
        return g_strdup("");
    g_autofree char *body = g_strndup(begin + 1, (gsize)(end - begin - 1));
    g_autoptr(GRegex) ids = g_regex_new(" id=\"surface[0-9]+\"", 0, 0, NULL);
    return g_regex_replace_literal(ids, body, -1, 0, "", 0, NULL);
}

static char *canvas_end(Canvas *canvas, const char *title)
{
    cairo_destroy(canvas->draw);
    cairo_surface_finish(canvas->surface);
    cairo_surface_destroy(canvas->surface);
    g_autofree char *body = canvas_body(canvas->svg->str);
    g_autofree char *escaped = g_markup_escape_text(title, -1);
    char *text = g_strdup_printf(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
        "viewBox=\"0 0 %d %.0f\" role=\"img\" font-family=\"system-ui, -apple-system, 'Segoe UI', "
        "Roboto, 'DejaVu Sans', sans-serif\" font-size=\"12\" fill=\"#212933\">\n"
        "<title>%s</title>%s%s</svg>\n",
        CHART_WIDTH, canvas->height, CHART_WIDTH, canvas->height, escaped, body,
        canvas->labels->str);
    g_string_free(canvas->svg, TRUE);
    g_string_free(canvas->labels, TRUE);
    return text;
}

static void set_colour(Canvas *canvas, Colour c, double alpha)
{
    cairo_set_source_rgba(canvas->draw, c.r, c.g, c.b, alpha);
}

static void line(Canvas *canvas, double x0, double y0, double x1, double y1, double width)
{
    cairo_set_line_width(canvas->draw, width);
    cairo_move_to(canvas->draw, x0, y0);
    cairo_line_to(canvas->draw, x1, y1);
    cairo_stroke(canvas->draw);
}

static void dot(Canvas *canvas, double x, double y, double radius)
{
    cairo_new_sub_path(canvas->draw);
    cairo_arc(canvas->draw, x, y, radius, 0, 2 * G_PI);
    cairo_fill(canvas->draw);
}

/* anchor: start, middle, end. extra: further attributes of ours. */
static void label(Canvas *canvas, double x, double y, const char *anchor, const char *extra,
                  const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *escaped = g_markup_escape_text(valid, -1);
    char at[2][32];
    g_ascii_formatd(at[0], sizeof at[0], "%.1f", x);
    g_ascii_formatd(at[1], sizeof at[1], "%.1f", y);
    g_string_append_printf(canvas->labels,
                           "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\"%s%s>%s</text>\n", at[0],
                           at[1], anchor, *extra == '\0' ? "" : " ", extra, escaped);
}

static char *shorten(const char *text, int chars)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    if (g_utf8_strlen(valid, -1) <= chars)
        return g_steal_pointer(&valid);
    g_autofree char *head = g_utf8_substring(valid, 0, chars - 1);
    return g_strconcat(head, "…", NULL);
}

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
        set_colour(canvas, GRID, 1);
        line(canvas, x, MARGIN / 2.0, x, bottom, 1);
        g_autofree char *text = axis_label(axis, value);
        label(canvas, x, bottom + 16, "middle", "fill=\"#5b6470\"", text);
    }
    g_autofree char *shown = axis_unit(axis, unit);
    label(canvas, CHART_WIDTH - MARGIN * 2, bottom + 33, "end", "fill=\"#5b6470\"", shown);
}

static void strip_draw(Canvas *canvas, const Axis *axis, const ChartStrip *strip, double y)
{
    double right = CHART_WIDTH - MARGIN * 2;
    Colour colour = strip->is_base ? BASE : NEW;
    g_autofree char *name = shorten(strip->label, LABEL_BYTES_MAX);
    label(canvas, STRIP_LEFT - 14, y + 4, "end", "font-weight=\"600\"", name);
    if (isfinite(strip->ci_low) && isfinite(strip->ci_high)) {
        double x0 = place(axis, strip->ci_low, STRIP_LEFT, right);
        double x1 = place(axis, strip->ci_high, STRIP_LEFT, right);
        set_colour(canvas, colour, .16);
        cairo_rectangle(canvas->draw, x0, y - 14, fmax(x1 - x0, 1), 28);
        cairo_fill(canvas->draw);
    }
    set_colour(canvas, colour, .75);
    for (int i = 0; i < strip->n; i++)
        if (isfinite(strip->values[i]))
            dot(canvas, place(axis, strip->values[i], STRIP_LEFT, right), y + jitter(i), 3.4);
    if (isfinite(strip->median)) {
        double x = place(axis, strip->median, STRIP_LEFT, right);
        set_colour(canvas, INK, 1);
        line(canvas, x, y - 14, x, y + 14, 2);
    }
}

char *chart_strips(const char *title, const char *unit, const ChartStrip *strips, int n)
{
    Canvas canvas;
    double bottom = MARGIN / 2.0 + STRIP_HEIGHT * n;
    canvas_begin(&canvas, bottom + AXIS_ROOM);
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
        set_colour(canvas, GRID, 1);
        line(canvas, SERIES_LEFT, y, CHART_WIDTH - MARGIN, y, 1);
        g_autofree char *text = axis_label(axis, value);
        label(canvas, SERIES_LEFT - 8, y + 4, "end", "fill=\"#5b6470\"", text);
    }
    g_autofree char *shown = axis_unit(axis, unit);
    label(canvas, MARGIN / 2.0, MARGIN, "start", "fill=\"#5b6470\"", shown);
}

static void series_names(Canvas *canvas, const ChartPoint *points, int n)
{
    int every = (n + 11) / 12;
    for (int i = 0; i < n; i++) {
        if (i % every != 0 && i + 1 != n)
            continue;
        if (i + 1 == n && i % every != 0 && i % every < (every + 1) / 2)
            continue;
        g_autofree char *name = shorten(points[i].label, 11);
        label(canvas, series_x(i, n), SERIES_HEIGHT - AXIS_ROOM + 24, "middle", "fill=\"#5b6470\"",
              name);
    }
}

static void series_base(Canvas *canvas, const Axis *axis, const ChartPoint *base)
{
    if (base->n == 0 || !isfinite(base->mean))
        return;
    static const double DASHES[] = {2, 4};
    double y = series_y(axis, base->mean);
    set_colour(canvas, BASE, 1);
    cairo_set_dash(canvas->draw, DASHES, 2, 0);
    line(canvas, SERIES_LEFT, y, CHART_WIDTH - MARGIN, y, 1.2);
    cairo_set_dash(canvas->draw, NULL, 0, 0);
    g_autofree char *text = g_strdup_printf("baseline %s", base->label);
    g_autofree char *shown = shorten(text, 32);
    label(canvas, CHART_WIDTH - MARGIN, y - 5, "end", "fill=\"#5b6470\" font-size=\"11\"", shown);
}

static void series_change(Canvas *canvas, const ChartPoint *point, double x)
{
    bool loss = point->change_state == STATE_REGRESSED;
    static const double DASHES[] = {5, 3};
    set_colour(canvas, loss ? LOSS : GAIN, 1);
    cairo_set_dash(canvas->draw, DASHES, 2, 0);
    line(canvas, x, MARGIN * 1.6, x, SERIES_HEIGHT - AXIS_ROOM, 1.2);
    cairo_set_dash(canvas->draw, NULL, 0, 0);
    g_autofree char *text = g_strdup_printf("%s %s", loss ? "▼" : "▲", point->change);
    label(canvas, x, MARGIN, "middle",
          loss ? "font-weight=\"600\" fill=\"#a82a10\"" : "font-weight=\"600\" fill=\"#00665a\"",
          text);
}

static void series_point(Canvas *canvas, const Axis *axis, const ChartPoint *point, double x,
                         double room)
{
    double spread = fmin(room / 24, 1);
    set_colour(canvas, NEW, .35);
    for (int i = 0; i < point->n; i++)
        if (isfinite(point->values[i]))
            dot(canvas, x + jitter(i) * spread, series_y(axis, point->values[i]), 2.4);
    set_colour(canvas, NEW, 1);
    if (isfinite(point->ci_low) && isfinite(point->ci_high))
        line(canvas, x, series_y(axis, point->ci_low), x, series_y(axis, point->ci_high), 2);
    if (isfinite(point->mean))
        dot(canvas, x, series_y(axis, point->mean), 4);
}

/* The line through the levels; a gap breaks it. */
static void series_line(Canvas *canvas, const Axis *axis, const ChartPoint *points, int n)
{
    set_colour(canvas, NEW, .8);
    for (int i = 1; i < n; i++)
        if (points[i].n > 0 && points[i - 1].n > 0)
            line(canvas, series_x(i - 1, n), series_y(axis, points[i - 1].mean), series_x(i, n),
                 series_y(axis, points[i].mean), 1.5);
}

char *chart_series(const char *title, const char *unit, const ChartPoint *points, int n, int base)
{
    Canvas canvas;
    canvas_begin(&canvas, SERIES_HEIGHT);
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
