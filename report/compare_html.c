// A comparison as one page that stands alone: its style is inside.
#include "report/compare.h"

#include "report/html.h"
#include "report/parts.h"

static void write_family(Html *html, const Family *family)
{
    const Release *base = dataset_release(family->dataset, family->base);
    const Release *new_ = dataset_release(family->dataset, family->new_);
    const char *tree = new_->tree != NULL ? new_->tree : family->dataset->tree;
    html_open(html, "h1", NULL);
    html_textf(html, "%s%s%s against %s", tree == NULL ? "" : tree, tree == NULL ? "" : " ",
               new_->name, base->name);
    html_close(html);
    parts_tally(html, family);
    parts_error_rate(html, family);
    g_autofree const FamilyRow **rows = g_new0(const FamilyRow *, (gsize)family->n_rows + 1);
    for (int i = 0; i < family->n_rows; i++)
        rows[i] = &family->rows[i];
    parts_rows(html, family, rows, family->n_rows);
}

char *compare_html(const GPtrArray *families)
{
    Html *html = html_new();
    html_begin_page(html, "Comparison", NULL);
    html_open(html, "main", NULL);
    unsigned states = 0;
    for (guint i = 0; i < families->len; i++) {
        const Family *family = families->pdata[i];
        write_family(html, family);
        for (int j = 0; j < family->n_rows; j++)
            states |= 1u << family->rows[j].judged.state;
    }
    parts_legend(html, states);
    return html_finish(html);
}
