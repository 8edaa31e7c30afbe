/*
 * Writing HTML: an element stack, escaping by default. Not a template engine: a page is C that
 * opens, writes text and closes. Only html_raw_trusted() writes bytes as they are.
 *
 *     html_open(h, "td", "class", "number", NULL);
 *     html_text(h, name); // escaped, whatever it holds
 *     html_close(h);
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Html Html; // freed with html_free(), or by html_finish()

Html *html_new(void);
void html_free(Html *html);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Html, html_free)

/* An element with attributes: name, value pairs, ended by NULL. A NULL value leaves its attribute
 * out. element and names are literals of ours; values are escaped. */
void html_open(Html *html, const char *element, ...) G_GNUC_NULL_TERMINATED;
/* The same for one without an end tag: meta, link, img, br. */
void html_void(Html *html, const char *element, ...) G_GNUC_NULL_TERMINATED;
/* The same with text inside, closed at once. */
void html_leaf(Html *html, const char *element, const char *text, ...) G_GNUC_NULL_TERMINATED;
/* Closes the innermost open element. */
void html_close(Html *html);

/* Text, escaped; bytes that are no UTF-8 and control characters become U+FFFD. NULL: nothing. */
void html_text(Html *html, const char *text);
void html_textf(Html *html, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Markup of our own making only. */
void html_raw_trusted(Html *html, const char *markup);

/* Begins a document: doctype, head with title, style sheet and viewport, and opens body.
 * style: relative address of the style sheet; NULL: it is written into the page. */
void html_begin_page(Html *html, const char *title, const char *style);
/* Closes what is open and returns the text, to be freed by the caller; frees html. */
char *html_finish(Html *html);
