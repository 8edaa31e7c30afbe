// The HTML writer: every byte of text and attribute goes through escape().
#include "report/html.h"

#include "report/parts.h"

#include <stdarg.h>
#include <string.h>

struct Html {
    GString *out;
    GPtrArray *open; // of const char *, literals: the elements to be closed
};

static const char *const BLOCKS[] = {
    "html", "head",  "body",   "header",  "main",    "footer",  "nav", "section",
    "div",  "table", "thead",  "tbody",   "tr",      "ul",      "ol",  "li",
    "dl",   "dt",    "dd",     "p",       "h1",      "h2",      "h3",  "meta",
    "link", "title", "figure", "details", "summary", "caption", "pre", NULL};

static bool is_block(const char *element)
{
    return g_strv_contains(BLOCKS, element);
}

static void escape_char(GString *out, gunichar c)
{
    switch (c) {
    case '&':
        g_string_append(out, "&amp;");
        break;
    case '<':
        g_string_append(out, "&lt;");
        break;
    case '>':
        g_string_append(out, "&gt;");
        break;
    case '"':
        g_string_append(out, "&quot;");
        break;
    case '\'':
        g_string_append(out, "&#39;");
        break;
    default:
        if ((c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) ||
            (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef))
            c = 0xfffd;
        g_string_append_unichar(out, c);
    }
}

static void escape(GString *out, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at))
        escape_char(out, g_utf8_get_char(at));
}

static void begin_tag(Html *html, const char *element, va_list pairs)
{
    if (is_block(element) && html->out->len > 0)
        g_string_append_c(html->out, '\n');
    g_string_append_printf(html->out, "<%s", element);
    for (const char *name = va_arg(pairs, const char *); name != NULL;
         name = va_arg(pairs, const char *)) {
        const char *value = va_arg(pairs, const char *);
        if (value == NULL)
            continue;
        g_string_append_printf(html->out, " %s=\"", name);
        escape(html->out, value);
        g_string_append_c(html->out, '"');
    }
    g_string_append_c(html->out, '>');
}

Html *html_new(void)
{
    Html *html = g_new0(Html, 1);
    html->out = g_string_sized_new(16384);
    html->open = g_ptr_array_new();
    return html;
}

void html_free(Html *html)
{
    if (html == NULL)
        return;
    g_string_free(html->out, TRUE);
    g_ptr_array_unref(html->open);
    g_free(html);
}

void html_open(Html *html, const char *element, ...)
{
    va_list pairs;
    va_start(pairs, element);
    begin_tag(html, element, pairs);
    va_end(pairs);
    g_ptr_array_add(html->open, (gpointer)(guintptr)element);
}

void html_void(Html *html, const char *element, ...)
{
    va_list pairs;
    va_start(pairs, element);
    begin_tag(html, element, pairs);
    va_end(pairs);
}

void html_leaf(Html *html, const char *element, const char *text, ...)
{
    va_list pairs;
    va_start(pairs, text);
    begin_tag(html, element, pairs);
    va_end(pairs);
    g_ptr_array_add(html->open, (gpointer)(guintptr)element);
    html_text(html, text);
    html_close(html);
}

void html_close(Html *html)
{
    g_return_if_fail(html->open->len > 0);
    const char *element = g_ptr_array_steal_index(html->open, html->open->len - 1);
    g_string_append_printf(html->out, "</%s>", element);
}

void html_text(Html *html, const char *text)
{
    if (text != NULL)
        escape(html->out, text);
}

void html_textf(Html *html, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    html_text(html, text);
}

void html_raw_trusted(Html *html, const char *markup)
{
    g_string_append(html->out, markup);
}

static void html_style(Html *html)
{
    html_open(html, "style", NULL);
    html_raw_trusted(html, PARTS_STYLE);
    html_close(html);
}

void html_begin_page(Html *html, const char *title, const char *style)
{
    html_raw_trusted(html, "<!DOCTYPE html>");
    html_open(html, "html", "lang", "en", NULL);
    html_open(html, "head", NULL);
    html_void(html, "meta", "charset", "utf-8", NULL);
    html_void(html, "meta", "name", "viewport", "content", "width=device-width, initial-scale=1",
              NULL);
    html_leaf(html, "title", title, NULL);
    if (style != NULL)
        html_void(html, "link", "rel", "stylesheet", "href", style, NULL);
    else
        html_style(html);
    html_close(html);
    html_open(html, "body", NULL);
}

char *html_finish(Html *html)
{
    while (html->open->len > 0)
        html_close(html);
    g_string_append_c(html->out, '\n');
    char *text = g_string_free(g_steal_pointer(&html->out), FALSE);
    html->out = g_string_new(NULL);
    html_free(html);
    return text;
}
