/*
 * What charts draw on: shapes by cairo, text as SVG text in the reader's own fonts. The same calls
 * give the same bytes. Used by report/chart*.c alone.
 */
#pragma once

#include <glib.h>

/* Okabe and Ito's set, darkened for contrast on white. */
typedef struct {
    double r, g, b;
} CanvasColour;

/* Between canvas_begin() and canvas_end(), which frees what it holds. */
typedef struct {
    struct _cairo_surface *surface;
    struct _cairo *draw;
    GString *svg; // what cairo wrote
    GString *labels; // the text elements
    double width, height;
} Canvas;

void canvas_begin(Canvas *canvas, double width, double height);
/* The file. title is what a screen reader says. The caller frees. */
char *canvas_end(Canvas *canvas, const char *title);

void canvas_colour(Canvas *canvas, CanvasColour colour, double alpha);
void canvas_line(Canvas *canvas, double x0, double y0, double x1, double y1, double width);
void canvas_dot(Canvas *canvas, double x, double y, double radius);
/* A filled rectangle, at least a pixel wide. */
void canvas_bar(Canvas *canvas, double x, double y, double width, double height);
/* What lies between n points and a line below them, filled. */
void canvas_area(Canvas *canvas, const double *x, const double *y, int n, double bottom);
/* anchor: start, middle, end. extra: further attributes of ours, or "". */
void canvas_label(Canvas *canvas, double x, double y, const char *anchor, const char *extra,
                  const char *text);
/* At most so many characters, the last an ellipsis; the caller frees. */
char *canvas_shorten(const char *text, int chars);
