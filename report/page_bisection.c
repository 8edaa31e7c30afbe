// Bisections: their list on the dashboard, and a page each.
#include "report/site_pages.h"

#include "report/bisections.h"
#include "report/compare.h"
#include "report/words.h"

#include <math.h>
#include <string.h>

enum { SHOWN = 10, SUSPECTS_SHOWN = 50 };

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static char *path_of(const SiteTree *tree, const BisectionEntry *entry)
{
    return g_strdup_printf("%s/bisections/%" G_GINT64_FORMAT ".html", tree->folder, entry->id);
}

/* "-5.20 % [-6.00, -4.40]"; freed with g_free. */
static char *effect_format(const json_t *object)
{
    double effect = 100 * number(object, "effect"), low = 100 * number(object, "ci_low");
    double high = 100 * number(object, "ci_high");
    if (!isfinite(effect))
        return g_strdup("not measured");
    if (!isfinite(low) || !isfinite(high))
        return g_strdup_printf("%+.2f %%", effect);
    return g_strdup_printf("%+.2f %% [%+.2f, %+.2f]", effect, low, high);
}

/* "toybench/size=1000 throughput, v1.0 to v1.1"; freed with g_free. */
static char *title_format(const BisectionEntry *entry)
{
    const char *known = text(entry->answer, "metric");
    const char *metric = *entry->metric != '\0' || known == NULL ? entry->metric : known;
    return g_strdup_printf("%s%s%s, %s to %s", entry->trial_key, *metric == '\0' ? "" : " ", metric,
                           entry->good, entry->bad);
}

/* Whether a bisection was about this change: the same trial and metric, and a range that the change
 * lies in. */
static bool is_about(const SiteTree *tree, const BisectionEntry *entry, const Shift *shift)
{
    const char *metric = json_string_value(json_object_get(entry->answer, "metric"));
    int good = dataset_release_find(tree->dataset, entry->good);
    int bad = dataset_release_find(tree->dataset, entry->bad);
    return good >= 0 && bad >= 0 && MIN(good, bad) <= shift->before &&
           MAX(good, bad) >= shift->release && metric != NULL &&
           strcmp(entry->trial_key, shift->series->trial_key) == 0 &&
           strcmp(metric, shift->series->metric->name) == 0;
}

void cell_bisection(Html *html, const SiteTree *tree, const char *up, const Shift *shift)
{
    for (guint i = 0; i < tree->bisections->len; i++) {
        const BisectionEntry *entry = tree->bisections->pdata[i];
        const char *culprit = bisection_culprit(entry);
        if (culprit == NULL || !is_about(tree, entry, shift))
            continue;
        g_autofree char *path = path_of(tree, entry);
        g_autofree char *name = g_strndup(culprit, 12);
        html_text(html, "by ");
        page_link(html, up, path, name);
        html_textf(html, " (\"%s\"), probability %.3g", bisection_subject(entry),
                   bisection_probability(entry));
        return;
    }
}

/* --- the list --- */

static void write_item(Html *html, const SiteTree *tree, const char *up,
                       const BisectionEntry *entry)
{
    const char *culprit = bisection_culprit(entry);
    g_autofree char *path = path_of(tree, entry);
    g_autofree char *name = title_format(entry);
    html_open(html, "li", NULL);
    page_link(html, up, path, name);
    if (culprit != NULL)
        html_textf(html, ": %.12s (\"%s\"), probability %.3g", culprit, bisection_subject(entry),
                   bisection_probability(entry));
    else
        html_textf(html, ": %s%s%s", entry->state, entry->why == NULL ? "" : ", ",
                   entry->why == NULL ? "" : entry->why);
    html_close(html);
}

void section_bisections(Html *html, const SiteTree *tree, const char *up)
{
    if (tree->bisections->len == 0)
        return;
    html_leaf(html, "h2", "Bisections", NULL);
    html_open(html, "ul", NULL);
    for (guint i = 0; i < tree->bisections->len && i < SHOWN; i++)
        write_item(html, tree, up, tree->bisections->pdata[i]);
    html_close(html);
    if (tree->bisections->len > SHOWN)
        html_textf(html, "and %u older ones", tree->bisections->len - SHOWN);
}

/* --- a page --- */

static void write_fact(Html *html, const char *name, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    html_open(html, "tr", NULL);
    html_leaf(html, "th", name, "scope", "row", NULL);
    html_leaf(html, "td", value, "class", "wrap", NULL);
    html_close(html);
}

static char *share_format(const json_t *share)
{
    if (!isfinite(number(share, "share")))
        return NULL;
    return g_strdup_printf("%.0f %% [%.0f, %.0f]", 100 * number(share, "share"),
                           100 * number(share, "low"), 100 * number(share, "high"));
}

static char *ends_format(const json_t *answer)
{
    const json_t *ends = json_object_get(answer, "endpoints");
    g_autofree char *effect = effect_format(ends);
    bool confirmed = json_is_true(json_object_get(ends, "confirmed"));
    if (ends == NULL)
        return NULL;
    return g_strdup_printf("%s, n=%.0f and %.0f: %s", effect, number(ends, "n_old"),
                           number(ends, "n_new"),
                           confirmed ? "reproduces" : "not shown to reproduce");
}

static char *costs_format(const json_t *answer)
{
    const json_t *runs = json_object_get(answer, "runs");
    if (runs == NULL)
        return NULL;
    return g_strdup_printf("%.0f boots for the endpoints, %.0f to search, %.0f to verify; %.0f "
                           "builds; %.0f commits could not be tested",
                           number(runs, "endpoints"), number(runs, "search"),
                           number(runs, "verify"), number(answer, "builds"),
                           number(answer, "untestable"));
}

/* "0.998", or of a class that no testable commit tells apart; freed with g_free. */
static char *certainty_format(const json_t *answer)
{
    double own = number(answer, "probability"), all = number(answer, "class_probability");
    if (!(all - own >= 0.0005))
        return g_strdup_printf("%.4g", own);
    return g_strdup_printf("%.3g; %.4g with commits that no testable one tells from it", own, all);
}

static void write_further(Html *html, const json_t *answer)
{
    size_t i = 0;
    const json_t *further = NULL;
    json_array_foreach(json_object_get(answer, "further_culprits"), i, further)
    {
        const char *commit = text(further, "commit"), *subject = text(further, "subject");
        g_autofree char *effect = effect_format(further);
        g_autofree char *fact =
            g_strdup_printf("%.12s (\"%s\"): %s, probability %.4g", commit == NULL ? "" : commit,
                            subject == NULL ? "" : subject, effect, number(further, "probability"));
        write_fact(html, "Further culprit", fact);
    }
}

static void write_facts(Html *html, const BisectionEntry *entry)
{
    const json_t *answer = entry->answer;
    const char *culprit = bisection_culprit(entry);
    g_autofree char *effect = effect_format(answer);
    g_autofree char *share = share_format(json_object_get(answer, "explained"));
    g_autofree char *revert = share_format(json_object_get(answer, "revert"));
    g_autofree char *ends = ends_format(answer);
    g_autofree char *costs = costs_format(answer);
    html_open(html, "div", "class", "scroll", NULL);
    html_open(html, "table", NULL);
    write_fact(html, "Endpoints", ends);
    if (culprit != NULL) {
        g_autofree char *probability = certainty_format(answer);
        g_autofree char *author =
            g_strdup_printf("%s <%s>", text(answer, "author"), text(answer, "author_mail"));
        write_fact(html, "Commit", culprit);
        write_fact(html, "Subject", text(answer, "subject"));
        write_fact(html, "Author", author);
        write_fact(html, "Probability", probability);
        write_fact(html, "Effect", effect);
        write_fact(html, "Share of the change", share);
        write_fact(html, "Its revert recovers", revert);
        write_fact(html, "With another layout", text(json_object_get(answer, "layout"), "says"));
        write_further(html, answer);
    }
    write_fact(html, "Machines", entry->machines);
    write_fact(html, "Cost", costs);
    html_close(html);
    html_close(html);
}

static void write_suspects(Html *html, const json_t *answer)
{
    const json_t *set = json_object_get(answer, "credible_set");
    size_t n = json_array_size(set);
    if (n < 2)
        return;
    html_leaf(html, "h2", "Suspects", NULL);
    html_open(html, "div", "class", "scroll", NULL);
    html_open(html, "table", NULL);
    for (size_t i = 0; i < n && i < SUSPECTS_SHOWN; i++) {
        const json_t *suspect = json_array_get(set, i);
        const char *hash = text(suspect, "commit");
        html_open(html, "tr", NULL);
        html_open(html, "td", "class", "number", NULL);
        html_textf(html, "%.1f %%", 100 * number(suspect, "probability"));
        html_close(html);
        html_open(html, "td", "title", hash, NULL);
        html_textf(html, "%.12s", hash == NULL ? "" : hash);
        html_close(html);
        html_open(html, "td", "class", "wrap", NULL);
        html_textf(html, "%s%s", text(suspect, "subject") == NULL ? "" : text(suspect, "subject"),
                   json_is_true(json_object_get(suspect, "untestable")) ? " (cannot be tested)"
                                                                        : "");
        html_close(html);
        html_close(html);
    }
    html_close(html);
    html_close(html);
    if (n > SUSPECTS_SHOWN)
        html_textf(html, "and %zu more", n - SUSPECTS_SHOWN);
}

static void write_pre(Html *html, const char *heading, const char *lines)
{
    if (lines == NULL)
        return;
    html_leaf(html, "h2", heading, NULL);
    html_leaf(html, "pre", lines, NULL);
}

static bool page_bisection(Pages *pages, const SiteTree *tree, const BisectionEntry *entry,
                           GError **error)
{
    Html *html = html_new();
    g_autofree char *path = path_of(tree, entry);
    g_autofree char *up = page_up(path);
    g_autofree char *index = site_path_index(tree);
    g_autofree char *what = title_format(entry);
    g_autofree char *title = g_strdup_printf("Bisection %" G_GINT64_FORMAT ": %s", entry->id, what);
    page_begin(
        html, up, title,
        (const Crumb[]){{"Reports", "index.html"}, {tree->options.tree, index}, {NULL, NULL}});
    html_open(html, "p", "class", "lead", NULL);
    html_textf(html, "%s%s%s; begun %s%s%s.", entry->state, entry->why == NULL ? "" : ": ",
               entry->why == NULL ? "" : entry->why, entry->begun,
               entry->ended == NULL ? "" : ", ended ", entry->ended == NULL ? "" : entry->ended);
    html_close(html);
    write_facts(html, entry);
    write_suspects(html, entry->answer);
    write_pre(html, "Report", text(entry->answer, "report"));
    write_pre(html, "For git bisect replay", text(entry->answer, "git_log"));
    g_autofree char *page = page_end(html, tree);
    g_autofree char *twin = site_path_twin(path, "json");
    g_autofree char *json = compare_json_text(entry->answer);
    return pages_write(pages, path, page, error) && pages_write(pages, twin, json, error);
}

bool pages_bisections(Pages *pages, const SiteTree *tree, GError **error)
{
    for (guint i = 0; i < tree->bisections->len; i++)
        if (!page_bisection(pages, tree, tree->bisections->pdata[i], error))
            return false;
    return true;
}
