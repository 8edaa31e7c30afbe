// Drawing by cairo's SVG surface. Geometry is cairo's, text is added as SVG text afterwards, and
// the opening tag is rewritten, so that the file depends neither on fonts nor on what was drawn
// before.
#include "report/chart_canvas.h"

#include <cairo-svg.h>
#include <math.h>
#include <string.h>

static cairo_status_t collect(void *svg, const unsigned char *data, unsigned length)
{
    g_string_append_len(svg, (const char *)data, length);
    return CAIRO_STATUS_SUCCESS;
}

void canvas_begin(Canvas *canvas, double width, double height)
{
    canvas->width = width;
    canvas->height = height;
    canvas->svg = g_string_new(NULL);
    canvas->labels = g_string_new(NULL);
    canvas->surface = cairo_svg_surface_create_for_stream(collect, canvas->svg, width, height);
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

char *canvas_end(Canvas *canvas, const char *title)
{
    cairo_destroy(canvas->draw);
    cairo_surface_finish(canvas->surface);
    cairo_surface_destroy(canvas->surface);
    g_autofree char *body = canvas_body(canvas->svg->str);
    g_autofree char *escaped = g_markup_escape_text(title, -1);
    char *text =
        g_strdup_printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
                        "viewBox=\"0 0 %.0f %.0f\" role=\"img\" font-family=\"system-ui, "
                        "-apple-system, 'Segoe UI', "
                        "Roboto, 'DejaVu Sans', sans-serif\" font-size=\"12\" fill=\"#212933\">\n"
                        "<title>%s</title>%s%s</svg>\n",
                        canvas->width, canvas->height, canvas->width, canvas->height, escaped, body,
                        canvas->labels->str);
    g_string_free(canvas->svg, TRUE);
    g_string_free(canvas->labels, TRUE);
    return text;
}

void canvas_colour(Canvas *canvas, CanvasColour c, double alpha)
{
    cairo_set_source_rgba(canvas->draw, c.r, c.g, c.b, alpha);
}

void canvas_line(Canvas *canvas, double x0, double y0, double x1, double y1, double width)
{
    cairo_set_line_width(canvas->draw, width);
    cairo_move_to(canvas->draw, x0, y0);
    cairo_line_to(canvas->draw, x1, y1);
    cairo_stroke(canvas->draw);
}

void canvas_dot(Canvas *canvas, double x, double y, double radius)
{
    cairo_new_sub_path(canvas->draw);
    cairo_arc(canvas->draw, x, y, radius, 0, 2 * G_PI);
    cairo_fill(canvas->draw);
}

void canvas_label(Canvas *canvas, double x, double y, const char *anchor, const char *extra,
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

char *canvas_shorten(const char *text, int chars)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    if (g_utf8_strlen(valid, -1) <= chars)
        return g_steal_pointer(&valid);
    g_autofree char *head = g_utf8_substring(valid, 0, chars - 1);
    return g_strconcat(head, "…", NULL);
}

void canvas_bar(Canvas *canvas, double x, double y, double width, double height)
{
    cairo_rectangle(canvas->draw, x, y, fmax(width, 1), height);
    cairo_fill(canvas->draw);
}

void canvas_area(Canvas *canvas, const double *x, const double *y, int n, double bottom)
{
    if (n < 1)
        return;
    cairo_move_to(canvas->draw, x[0], bottom);
    for (int i = 0; i < n; i++)
        cairo_line_to(canvas->draw, x[i], y[i]);
    cairo_line_to(canvas->draw, x[n - 1], bottom);
    cairo_close_path(canvas->draw);
    cairo_fill(canvas->draw);
}
