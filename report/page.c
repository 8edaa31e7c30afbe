// The frame of all pages.
#include "report/site_pages.h"

#include "report/parts.h"

#include <string.h>

char *page_up(const char *path)
{
    GString *up = g_string_new(NULL);
    for (const char *at = strchr(path, '/'); at != NULL; at = strchr(at + 1, '/'))
        g_string_append(up, "../");
    return g_string_free(up, FALSE);
}

void page_link(Html *html, const char *up, const char *path, const char *text)
{
    g_autofree char *address = g_strconcat(up, path, NULL);
    html_leaf(html, "a", text, "href", address, NULL);
}

void page_begin(Html *html, const char *up, const char *title, const Crumb *crumbs)
{
    g_autofree char *style = g_strconcat(up, "style.css", NULL);
    html_begin_page(html, title, style);
    html_open(html, "header", "class", "top", NULL);
    if (crumbs->text != NULL)
        html_open(html, "nav", "class", "crumbs", "aria-label", "Where this page is", NULL);
    for (const Crumb *crumb = crumbs; crumb->text != NULL; crumb++) {
        page_link(html, up, crumb->path, crumb->text);
        html_leaf(html, "span", "/", "aria-hidden", "true", NULL);
    }
    if (crumbs->text != NULL)
        html_close(html);
    html_leaf(html, "h1", title, NULL);
    html_close(html);
    html_open(html, "main", NULL);
}

void page_twins(Html *html, const char *path)
{
    g_autofree char *csv = site_path_twin(path, "csv");
    g_autofree char *json = site_path_twin(path, "json");
    html_open(html, "p", "class", "twins", NULL);
    html_text(html, "The same as ");
    page_link(html, "", strrchr(csv, '/') == NULL ? csv : strrchr(csv, '/') + 1, "CSV");
    html_text(html, " and ");
    page_link(html, "", strrchr(json, '/') == NULL ? json : strrchr(json, '/') + 1, "JSON");
    html_text(html, ".");
    html_close(html);
}

char *page_end(Html *html, const SiteTree *tree)
{
    html_close(html);
    html_open(html, "footer", NULL);
    html_open(html, "p", NULL);
    html_textf(
        html,
        "Made by marvin-report from stored judgements (procedure %s). Ratios are oriented: above "
        "1.00 is better for every metric. Raw logs stay in the site's store; a page names them "
        "by their hash.",
        FAMILY_PROCEDURE);
    (void)tree;
    html_close(html);
    html_close(html);
    return html_finish(html);
}
