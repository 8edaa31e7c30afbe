/*
 * A chart of what ran when: lanes with bars over a time axis, and above them how busy the system
 * was. Builders over days, and the steps and units of one build (as bootchart has it). Pure, as
 * report/chart.h.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    GANTT_GOOD, // ended well
    GANTT_BAD,
    GANTT_OPEN, // still runs, lost or cancelled
    GANTT_PART, // a part of something
    GANTT_SPAN, // from the first to the last of something, faint
} GanttTone;

/* Times in seconds after the chart's beginning. Borrows all. */
typedef struct {
    double start_s, end_s;
    const char *label; // written inside where there is room; NULL: none
    GanttTone tone;
} GanttBar;

typedef struct {
    const char *label;
    const char *note; // behind the last bar; NULL: none
    const GanttBar *bars;
    int n;
} GanttLane;

/* Shares from 0 to 1, a point every so many seconds from the beginning. n = 0: no curve. */
typedef struct {
    double every_s;
    const double *busy, *wait;
    int n;
} GanttLoad;

/* origin_s: when it begins, seconds since 1970, and the axis says the time of day in UTC; 0: it
 * counts from 0. The caller frees. */
char *chart_gantt(const char *title, const GanttLane *lanes, int n, double span_s, gint64 origin_s,
                  const GanttLoad *load);
