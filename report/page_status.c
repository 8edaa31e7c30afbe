// How far the machines are, what is pending, and what failed.
#include "report/site_pages.h"

#include "report/parts.h"
#include "report/words.h"

#include <math.h>
#include <string.h>

enum { COVERAGE_SHOWN = 12, FAILURES_SHOWN = 30 };

/* --- coverage --- */

static GArray *places_of(const SiteTree *tree)
{
    GArray *places = g_array_new(FALSE, FALSE, sizeof(CellColumn));
    for (guint i = 0; i < tree->dataset->batteries->len; i++) {
        const Battery *battery = tree->dataset->batteries->pdata[i];
        CellColumn place = {battery->machine, battery->distro};
        if (!site_wants_machine(tree, battery->machine))
            continue;
        guint at = 0;
        int order = 1;
        for (; at < places->len; at++) {
            const CellColumn *known = &g_array_index(places, CellColumn, at);
            order = strcmp(known->machine, place.machine);
            order = order != 0 ? order : g_strcmp0(known->distro, place.distro);
            if (order >= 0)
                break;
        }
        if (at == places->len || order != 0)
            g_array_insert_val(places, at, place);
    }
    return places;
}

static bool is_at(const Battery *battery, int release, const CellColumn *place)
{
    return battery->release == release && strcmp(battery->machine, place->machine) == 0 &&
           g_strcmp0(battery->distro, place->distro) == 0;
}

static const char *build_word(const Battery *battery)
{
    if (battery->build == NULL || strcmp(battery->build, "done") == 0)
        return battery->done == 0 ? "queued" : NULL;
    if (strcmp(battery->build, "failed") == 0)
        return "build failed";
    return "waits for its build";
}

static void coverage_cell(Html *html, const SiteTree *tree, int release, const CellColumn *place)
{
    int boots = 0, done = 0, failed = 0, n = 0;
    const Battery *pending = NULL, *broken = NULL;
    for (guint i = 0; i < tree->dataset->batteries->len; i++) {
        const Battery *battery = tree->dataset->batteries->pdata[i];
        if (!is_at(battery, release, place))
            continue;
        n++;
        boots += battery->boots;
        done += battery->done;
        failed += battery->failed;
        if (strcmp(battery->state, "pending") == 0)
            pending = battery;
        if (strcmp(battery->state, "failed") == 0)
            broken = battery;
    }
    if (n == 0) {
        html_leaf(html, "td", "·", "class", "note", "title", "not asked for", NULL);
        return;
    }
    html_open(html, "td", "class",
              broken != NULL    ? "s-failed"
              : pending != NULL ? "s-pending"
                                : NULL,
              NULL);
    html_textf(html, "%s %d/%d boots",
               broken != NULL    ? "✗"
               : pending != NULL ? "…"
                                 : "✓",
               done, boots);
    const Battery *said = broken != NULL ? broken : pending;
    if (said != NULL && build_word(said) != NULL)
        html_textf(html, ", %s", build_word(said));
    else if (failed > 0)
        html_textf(html, ", %d failed", failed);
    html_close(html);
}

static void coverage_rows(Html *html, const SiteTree *tree, const char *up, const GArray *places,
                          int from, int to)
{
    g_autoptr(GPtrArray) columns = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(columns, g_strdup("Release"));
    for (guint i = 0; i < places->len; i++) {
        const CellColumn *place = &g_array_index(places, CellColumn, i);
        g_ptr_array_add(columns, site_place(tree, place->machine, place->distro));
    }
    g_ptr_array_add(columns, NULL);
    parts_table_begin(html, (const char *const *)columns->pdata);
    for (int i = from; i >= to; i--) {
        html_open(html, "tr", NULL);
        html_open(html, "th", "scope", "row", NULL);
        int ran = site_ran_as(tree, i);
        bool has_page = site_family(tree, i) != NULL;
        g_autofree char *path = has_page ? site_path_release(tree, i) : site_path_build(tree, ran);
        if (has_page || release_builds_of(tree->builds, ran) != NULL)
            page_link(html, up, path, site_release_name(tree, i));
        else
            html_text(html, site_release_name(tree, i));
        html_close(html);
        for (guint j = 0; j < places->len; j++)
            coverage_cell(html, tree, ran, &g_array_index(places, CellColumn, j));
        html_close(html);
    }
    parts_table_end(html);
}

void section_coverage(Html *html, const SiteTree *tree, const char *up)
{
    html_leaf(html, "h2", "Coverage", NULL);
    g_autoptr(GArray) places = places_of(tree);
    if (places->len == 0) {
        html_leaf(html, "p", "Nothing has been asked for.", "class", "quiet", NULL);
        return;
    }
    int split = MAX(tree->first, tree->last - COVERAGE_SHOWN + 1);
    coverage_rows(html, tree, up, places, tree->last, split);
    if (split > tree->first) {
        html_open(html, "details", NULL);
        html_leaf(html, "summary", "Older releases", NULL);
        coverage_rows(html, tree, up, places, split - 1, tree->first);
        html_close(html);
    }
    html_open(html, "p", "class", "twins", NULL);
    html_text(html, "The same as ");
    g_autofree char *csv = g_strconcat(tree->folder, "/coverage.csv", NULL);
    g_autofree char *json = g_strconcat(tree->folder, "/coverage.json", NULL);
    page_link(html, up, csv, "CSV");
    html_text(html, " and ");
    page_link(html, up, json, "JSON");
    html_text(html, ".");
    html_close(html);
}

/* --- trouble --- */

static void failure_row(Html *html, const char *release, const char *where, const char *what,
                        const char *log)
{
    html_open(html, "tr", NULL);
    html_leaf(html, "th", release, "scope", "row", NULL);
    html_leaf(html, "td", where, NULL);
    html_leaf(html, "td", what, "class", "wrap", NULL);
    html_open(html, "td", NULL);
    if (log != NULL)
        html_leaf(html, "a", "build log", "href", log, NULL);
    html_close(html);
    html_close(html);
}

/* Of a release: its builds that failed, with a log each. */
static int build_failures(Html *html, const SiteTree *tree, const char *up, int release)
{
    const GPtrArray *attempts = release_builds_of(tree->builds, release);
    int n = 0;
    for (guint i = 0; attempts != NULL && i < attempts->len; i++) {
        const BuildRow *build = attempts->pdata[i];
        if (!release_build_failed(tree->builds, build))
            continue;
        bool has_log = build->log_hash != NULL && build_state_tone(build->state) == GANTT_BAD;
        g_autofree char *log = site_path_build_log(tree, release, build->key);
        g_autofree char *page = site_path_build(tree, release);
        g_autofree char *address = g_strconcat(up, has_log ? log : page, NULL);
        g_autofree char *what = build_failure_text(build);
        failure_row(html, site_release_name(tree, release), "build", what, address);
        n++;
    }
    return n;
}

static int battery_failures(Html *html, const SiteTree *tree, const char *up)
{
    int n = 0;
    for (int i = tree->last; i >= tree->first && n < FAILURES_SHOWN; i--) {
        int n_builds = build_failures(html, tree, up, i);
        n += n_builds;
        for (guint j = 0; j < tree->dataset->batteries->len && n < FAILURES_SHOWN; j++) {
            const Battery *battery = tree->dataset->batteries->pdata[j];
            bool build = g_strcmp0(battery->build, "failed") == 0;
            if (battery->release != i || battery->failed == 0 || (build && n_builds > 0))
                continue; // one build, said once
            g_autofree char *where =
                build ? g_strdup("build") : site_place(tree, battery->machine, battery->distro);
            g_autofree char *what =
                g_strdup_printf("%s%s", build ? "" : "boot: ",
                                battery->reason == NULL ? "no reason is known" : battery->reason);
            failure_row(html, site_release_name(tree, i), where, what, NULL);
            n_builds += build;
            n++;
        }
    }
    return n;
}

/* Boots of a series at a release without a number: how many, and the first reason. */
static int failed_boots(const Series *series, int release, const char **ret_why)
{
    const GArray *boots = series_boots(series, release);
    int n = 0;
    for (guint i = 0; boots != NULL && i < boots->len; i++) {
        const BootValue *boot = &g_array_index(boots, BootValue, i);
        if (isfinite(boot->value))
            continue;
        *ret_why = n++ == 0 ? boot->message : *ret_why;
    }
    return n;
}

static void trial_failures(Html *html, const SiteTree *tree, int room)
{
    for (int i = tree->last; i >= tree->first; i--) {
        for (guint j = 0; j < tree->dataset->series->len && room > 0; j++) {
            const Series *series = tree->dataset->series->pdata[j];
            const char *why = NULL;
            int n = failed_boots(series, i, &why);
            if (n == 0)
                continue;
            g_autofree char *place = site_place(tree, series->machine, series->distro);
            g_autofree char *boots = count_format(n, "boot");
            g_autofree char *what =
                g_strdup_printf("%s %s, %s: %s", series->trial_key, series->metric->name, boots,
                                why == NULL ? "the trial failed" : why);
            failure_row(html, site_release_name(tree, i), place, what, NULL);
            room--;
        }
    }
}

static bool has_failures(const SiteTree *tree)
{
    for (guint i = 0; i < tree->dataset->batteries->len; i++)
        if (((const Battery *)tree->dataset->batteries->pdata[i])->failed > 0)
            return true;
    for (int i = tree->first; i <= tree->last; i++)
        if (release_has_failed_build(tree->builds, i))
            return true;
    const char *why = NULL;
    for (guint i = 0; i < tree->dataset->series->len; i++)
        for (int j = tree->first; j <= tree->last; j++)
            if (failed_boots(tree->dataset->series->pdata[i], j, &why) > 0)
                return true;
    return false;
}

static void write_notices(Html *html, const SiteTree *tree)
{
    html_leaf(html, "h2", "Notices", NULL);
    parts_table_begin(html, (const char *const[]){"From", "What", "number:Times", "Last", NULL});
    for (guint i = 0; i < tree->notices->len; i++) {
        const Notice *notice = tree->notices->pdata[i];
        html_open(html, "tr", NULL);
        html_leaf(html, "th", notice->source, "scope", "row", NULL);
        html_leaf(html, "td", notice->message, "class", "wrap", NULL);
        parts_number(html, g_strdup_printf("%d", notice->times));
        html_leaf(html, "td", notice->last, NULL);
        html_close(html);
    }
    parts_table_end(html);
}

void section_trouble(Html *html, const SiteTree *tree, const char *up)
{
    if (has_failures(tree)) {
        html_leaf(html, "h2", "Failures", NULL);
        parts_table_begin(html, (const char *const[]){"Release", "Where", "What", "Log", NULL});
        int n = battery_failures(html, tree, up);
        trial_failures(html, tree, FAILURES_SHOWN - n);
        parts_table_end(html);
    }
    if (tree->notices->len > 0)
        write_notices(html, tree);
}

/* Releases whose build failed, and boots that failed otherwise. */
static void count_failures(const SiteTree *tree, int *ret_builds, int *ret_boots)
{
    *ret_builds = *ret_boots = 0;
    for (int i = tree->last; i >= tree->first; i--) {
        bool has_failed = release_has_failed_build(tree->builds, i);
        for (guint j = 0; j < tree->dataset->batteries->len; j++) {
            const Battery *battery = tree->dataset->batteries->pdata[j];
            if (battery->release != i || battery->failed == 0)
                continue;
            if (g_strcmp0(battery->build, "failed") != 0)
                *ret_boots += battery->failed;
            else
                has_failed = true; // one build, counted once
        }
        *ret_builds += has_failed;
    }
}

static int count_failed_series(const SiteTree *tree)
{
    int n_series = 0;
    const char *why = NULL;
    for (guint i = 0; i < tree->dataset->series->len; i++) {
        int n_failed = 0;
        for (int j = tree->first; j <= tree->last; j++)
            n_failed += failed_boots(tree->dataset->series->pdata[i], j, &why);
        n_series += n_failed > 0;
    }
    return n_series;
}

void section_trouble_brief(Html *html, const SiteTree *tree)
{
    int n_builds = 0, n_boots = 0;
    count_failures(tree, &n_builds, &n_boots);
    if (n_builds + n_boots > 0) {
        g_autofree char *builds = count_format(n_builds, "build");
        g_autofree char *boots = count_format(n_boots, "boot");
        html_open(html, "p", "class", "note", NULL);
        html_textf(html, "%s %s%s%s failed.", state_symbol(STATE_FAILED),
                   n_builds > 0 ? builds : boots, n_builds > 0 && n_boots > 0 ? " and " : "",
                   n_builds > 0 && n_boots > 0 ? boots : "");
        html_close(html);
    }
    int n_series = count_failed_series(tree);
    if (n_series > 0) {
        html_open(html, "p", "class", "note", NULL);
        html_textf(html, "%s %d of its series ha%s failed trials.", state_symbol(STATE_FAILED),
                   n_series, n_series == 1 ? "s" : "ve");
        html_close(html);
    }
    if (tree->newest < 0 && tree->notices->len > 0) {
        const Notice *notice = tree->notices->pdata[0];
        html_leaf(html, "p", notice->message, "class", "note", NULL);
    }
}
