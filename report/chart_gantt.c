// What ran when, in lanes over a time axis.
#include "report/chart_gantt.h"

#include "common/text.h"
#include "report/chart_canvas.h"

#include <math.h>
#include <string.h>

enum {
    WIDTH = 960,
    LEFT = 200,
    RIGHT = 90,
    LANE = 20,
    BAR = 14,
    LOAD = 64,
    AXIS = 24,
    TOP = 10,
    LABEL_CHARS = 28,
    LETTER_WIDTH = 7,
    TICKS_MAX = 8,
};

static const CanvasColour GRID = {.89, .91, .93};
static const CanvasColour TONES[] = {
    [GANTT_GOOD] = {.09, .37, .65}, [GANTT_BAD] = {.72, .18, .06},  [GANTT_OPEN] = {.42, .45, .50},
    [GANTT_PART] = {0, .45, .36},   [GANTT_SPAN] = {.62, .75, .87},
};
static const CanvasColour BUSY = {.34, .56, .78};
static const CanvasColour WAIT = {.84, .55, .13};

typedef struct {
    Canvas canvas;
    double span_s;
    gint64 origin_s;
    double lanes_top, bottom;
} Chart;

static double place(const Chart *chart, double at_s)
{
    double share = chart->span_s > 0 ? CLAMP(at_s / chart->span_s, 0, 1) : 0;
    return LEFT + share * (WIDTH - LEFT - RIGHT);
}

/* The round step that gives at most TICKS_MAX ticks. */
static double tick_step(double span_s)
{
    static const double STEPS[] = {.1,     .2,     .5,      1,       2,       5,     10,
                                   20,     30,     60,      120,     300,     600,   1200,
                                   1800,   3600,   7200,    10800,   21600,   43200, 86400,
                                   172800, 604800, 2592000, 7776000, 15552000};
    for (size_t i = 0; i < G_N_ELEMENTS(STEPS); i++) {
        if (span_s / STEPS[i] <= TICKS_MAX)
            return STEPS[i];
    }
    return ceil(span_s / TICKS_MAX / 31536000) * 31536000;
}

/* "12:30", at midnight and where days are counted "17 Jan". */
static char *clock_label(gint64 at_s, double step_s)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(at_s);
    static const char *const MONTHS[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (time == NULL)
        return g_strdup("");
    if (step_s >= 86400 || at_s % 86400 == 0)
        return g_strdup_printf("%d %s", g_date_time_get_day_of_month(time),
                               MONTHS[g_date_time_get_month(time) - 1]);
    return g_strdup_printf("%02d:%02d", g_date_time_get_hour(time), g_date_time_get_minute(time));
}

static void draw_axis(Chart *chart)
{
    double step_s = tick_step(chart->span_s);
    // Ticks of a clock stand at round times.
    double first_s = chart->origin_s == 0 ? 0
                                          : ceil((double)chart->origin_s / step_s) * step_s -
                                                (double)chart->origin_s;
    for (double at_s = first_s; at_s <= chart->span_s * 1.0001; at_s += step_s) {
        double x = place(chart, at_s);
        canvas_colour(&chart->canvas, GRID, 1);
        canvas_line(&chart->canvas, x, TOP, x, chart->bottom, 1);
        g_autofree char *text = chart->origin_s == 0
                                    ? (at_s > 0 ? text_seconds(at_s) : g_strdup("0"))
                                    : clock_label(chart->origin_s + (gint64)at_s, step_s);
        canvas_label(&chart->canvas, x, chart->bottom + 16, "middle", "fill=\"#5b6470\"", text);
    }
}

static void draw_curve(Chart *chart, const GanttLoad *load, const double *share,
                       CanvasColour colour)
{
    g_autofree double *x = g_new(double, (gsize)load->n);
    g_autofree double *y = g_new(double, (gsize)load->n);
    for (int i = 0; i < load->n; i++) {
        x[i] = place(chart, (i + .5) * load->every_s);
        y[i] = TOP + LOAD - 14 - CLAMP(share[i], 0, 1) * (LOAD - 14);
    }
    canvas_colour(&chart->canvas, colour, .8);
    canvas_area(&chart->canvas, x, y, load->n, TOP + LOAD - 14);
}

static void draw_load(Chart *chart, const GanttLoad *load)
{
    draw_curve(chart, load, load->busy, BUSY);
    draw_curve(chart, load, load->wait, WAIT);
    canvas_label(&chart->canvas, LEFT - 10, TOP + 20, "end", "fill=\"#2f6ca3\"", "processors busy");
    canvas_label(&chart->canvas, LEFT - 10, TOP + 38, "end", "fill=\"#8a5a08\"",
                 "waiting for disks");
}

static void draw_bar(Chart *chart, const GanttBar *bar, double y)
{
    double x = place(chart, bar->start_s), width = place(chart, bar->end_s) - x;
    canvas_colour(&chart->canvas, TONES[bar->tone], bar->tone == GANTT_OPEN ? .55 : 1);
    canvas_bar(&chart->canvas, x, y, width, BAR);
    int room = (int)(width / LETTER_WIDTH);
    if (bar->label == NULL || room < 4)
        return;
    g_autofree char *text = canvas_shorten(bar->label, room);
    canvas_label(&chart->canvas, x + 3, y + BAR - 3, "start",
                 bar->tone == GANTT_SPAN ? "font-size=\"11\"" : "font-size=\"11\" fill=\"#fff\"",
                 text);
}

static void draw_lane(Chart *chart, const GanttLane *lane, int i)
{
    double y = chart->lanes_top + i * LANE, last_s = 0;
    g_autofree char *name = canvas_shorten(lane->label, LABEL_CHARS);
    canvas_label(&chart->canvas, LEFT - 10, y + BAR - 2, "end", "", name);
    for (int k = 0; k < lane->n; k++) {
        draw_bar(chart, &lane->bars[k], y);
        last_s = fmax(last_s, lane->bars[k].end_s);
    }
    if (lane->note != NULL)
        canvas_label(&chart->canvas, place(chart, last_s) + 5, y + BAR - 3, "start",
                     "font-size=\"11\" fill=\"#5b6470\"", lane->note);
}

char *chart_gantt(const char *title, const GanttLane *lanes, int n, double span_s, gint64 origin_s,
                  const GanttLoad *load)
{
    Chart chart = {.span_s = span_s, .origin_s = origin_s};
    bool has_load = load != NULL && load->n > 1;
    chart.lanes_top = TOP + (has_load ? LOAD : 0);
    chart.bottom = chart.lanes_top + n * LANE;
    canvas_begin(&chart.canvas, WIDTH, chart.bottom + AXIS);
    draw_axis(&chart);
    if (has_load)
        draw_load(&chart, load);
    for (int i = 0; i < n; i++)
        draw_lane(&chart, &lanes[i], i);
    return canvas_end(&chart.canvas, title);
}
