/*
 * The two charts of the pages, as SVG files: samples per release, and a series over all releases.
 * The only user of cairo. Pure: values in, text out; the same values give the same bytes. Text is
 * SVG text in the reader's own fonts, not glyphs of this machine's.
 */
#pragma once

#include "common/stats/state.h"

#include <glib.h>
#include <stdbool.h>

enum { CHART_WIDTH = 720 };

/* One row of a strip chart: the boots of one release. Borrows all. NAN: none. */
typedef struct {
    const char *label; // "v1.0"
    const double *values;
    int n;
    double median;
    double ci_low, ci_high; // of the release's level
    bool is_base;
} ChartStrip;

/* Strips below one another over one axis. title is what a screen reader says. The caller frees. */
char *chart_strips(const char *title, const char *unit, const ChartStrip *strips, int n);

/* One release of a series. Borrows all. n = 0: a gap. */
typedef struct {
    const char *label;
    const double *values;
    int n;
    double mean;
    double ci_low, ci_high;
    const char *change; // NULL, or what to write beside a marker: "-32 %"
    State change_state; // STATE_REGRESSED or STATE_IMPROVED: colour and symbol of the marker
} ChartPoint;

/* Releases from left to right. base: index of the baseline, -1 for none: its mean is drawn through.
 * The caller frees. */
char *chart_series(const char *title, const char *unit, const ChartPoint *points, int n, int base);
