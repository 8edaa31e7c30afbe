// The list of changes: one entry for what one release did to one benchmark.
#include "report/site_pages.h"

#include "report/parts.h"
#include "report/verdict.h"
#include "report/words.h"

#include <math.h>
#include <string.h>

enum { SHOWN = 20 };

static bool is_current(const SiteTree *tree, const ShiftGroup *group)
{
    for (guint i = 0; i < group->shifts->len; i++)
        if (site_shift_until(tree, group->shifts->pdata[i]) < 0)
            return true;
    return false;
}

/* What a person said of it, in a row of its own. */
static void write_verdict(Html *html, const SiteTree *tree, const Shift *shift)
{
    const Verdict *verdict = g_hash_table_lookup(tree->verdicts, shift);
    if (verdict == NULL)
        return;
    html_open(html, "tr", NULL);
    html_leaf(html, "td", "", NULL);
    html_open(html, "td", "colspan", "6", "class", "wrap note", NULL);
    html_leaf(html, "strong", verdict->verdict, NULL);
    html_textf(html, ": %s (%s%s%s)", verdict->why, verdict->who,
               verdict->given == NULL ? "" : ", ", verdict->given == NULL ? "" : verdict->given);
    for (char **won = verdict->won; won != NULL && *won != NULL; won++)
        html_textf(html, "; won: %s", *won);
    if (verdict->evidence != NULL)
        html_textf(html, "; evidence: %s", verdict->evidence);
    html_close(html);
    html_close(html);
}

static void write_row(Html *html, const SiteTree *tree, const char *up, const Shift *shift)
{
    const Metric *metric = shift->series->metric;
    g_autofree char *path = site_path_series(tree, shift->series);
    g_autofree char *place = site_place(tree, shift->series->machine, shift->series->distro);
    g_autofree char *size = percent_format(shift->ratio);
    g_autofree char *interval = interval_format(shift->ci_low, shift->ci_high);
    g_autofree char *before = value_format(shift->level_before);
    g_autofree char *after = value_format(shift->level_after);
    int until = site_shift_until(tree, shift);
    html_open(html, "tr", NULL);
    html_leaf(html, "td", place, NULL);
    html_open(html, "td", NULL);
    g_autofree char *name = g_strdup_printf("%s %s", shift->series->trial_key, metric->name);
    page_link(html, up, path, name);
    html_close(html);
    html_leaf(html, "td", size, "class", "number", NULL);
    html_open(html, "td", NULL);
    html_textf(html, "ratio %s", interval);
    html_close(html);
    html_open(html, "td", NULL);
    html_textf(html, "%s to %s %s", before, after, metric->unit);
    html_close(html);
    html_open(html, "td", "class", "wrap note", NULL);
    if (until < 0)
        html_textf(html, "still so in %s", site_release_name(tree, tree->last));
    else
        html_textf(html, "until %s", site_release_name(tree, until));
    const char *caveat = mode_caveat(site_mode(shift->series, shift->release));
    if (caveat != NULL)
        html_textf(html, "; %s", caveat);
    html_close(html);
    html_open(html, "td", "class", "wrap note", NULL);
    cell_bisection(html, tree, up, shift);
    html_close(html);
    html_close(html);
    write_verdict(html, tree, shift);
}

static int compare_names(gconstpointer left, gconstpointer right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The machines of a group, once each, joined by commas. */
static char *machines_of(const SiteTree *tree, const ShiftGroup *group)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < group->shifts->len; i++) {
        const Shift *shift = group->shifts->pdata[i];
        g_autofree char *place = site_place(tree, shift->series->machine, shift->series->distro);
        bool known = false;
        for (guint j = 0; j < names->len && !known; j++)
            known = strcmp(names->pdata[j], place) == 0;
        if (!known)
            g_ptr_array_add(names, g_steal_pointer(&place));
    }
    g_ptr_array_sort(names, compare_names);
    g_ptr_array_add(names, NULL);
    return g_strjoinv(", ", (char **)names->pdata);
}

static void write_group(Html *html, const SiteTree *tree, const char *up, const ShiftGroup *group)
{
    const Shift *largest = group->shifts->pdata[0];
    bool loss = group->state == STATE_REGRESSED;
    const Release *release = dataset_release(tree->dataset, group->release);
    g_autofree char *size = percent_format(largest->ratio);
    g_autofree char *machines = machines_of(tree, group);
    g_autofree char *path = site_path_release(tree, group->release);
    html_open(html, "li", "class", loss ? "loss" : "gain", NULL);
    html_open(html, "h3", NULL);
    html_open(html, "span", "class", "size", NULL);
    html_textf(html, "%s %s", state_symbol(group->state), size);
    html_close(html);
    html_textf(html, "%s since ", group->benchmark);
    if (site_family(tree, group->release) != NULL)
        page_link(html, up, path, release->name);
    else
        html_text(html, release->name);
    html_textf(html, " on %s", machines);
    html_close(html);
    html_open(html, "p", "class", "note", NULL);
    html_textf(html, "%s against %s; released %s", state_word(group->state),
               site_release_name(tree, largest->before), release->date);
    html_close(html);
    html_open(html, "div", "class", "scroll", NULL);
    html_open(html, "table", NULL);
    for (guint i = 0; i < group->shifts->len; i++)
        write_row(html, tree, up, group->shifts->pdata[i]);
    html_close(html);
    html_close(html);
    html_close(html);
}

/* Losses before gains, each largest first; those of one release where release >= 0. */
static int write_groups(Html *html, const SiteTree *tree, const char *up, bool current, int release)
{
    static const State ORDER[] = {STATE_REGRESSED, STATE_IMPROVED};
    int n = 0;
    for (size_t k = 0; k < G_N_ELEMENTS(ORDER); k++) {
        for (guint i = 0; i < tree->groups->len && n < SHOWN; i++) {
            const ShiftGroup *group = tree->groups->pdata[i];
            if (group->state != ORDER[k] || (release >= 0 && group->release != release) ||
                (release < 0 && is_current(tree, group) != current))
                continue;
            if (n++ == 0)
                html_open(html, "ol", "class", "changes", NULL);
            write_group(html, tree, up, group);
        }
    }
    if (n > 0)
        html_close(html);
    return n;
}

/* --- drifts: worse than the baseline, and no release did it alone --- */

static void write_drift(Html *html, const SiteTree *tree, const char *up, const FamilyRow *row)
{
    g_autofree char *path = site_path_series(tree, row->series);
    g_autofree char *size = percent_format(row->judged.ratio);
    g_autofree char *place = site_place(tree, row->series->machine, row->series->distro);
    g_autofree char *name =
        g_strdup_printf("%s %s", row->series->trial_key, row->series->metric->name);
    html_open(html, "li", "class", row->judged.state == STATE_REGRESSED ? "loss" : "gain", NULL);
    html_open(html, "h3", NULL);
    html_open(html, "span", "class", "size", NULL);
    html_textf(html, "%s %s", state_symbol(row->judged.state), size);
    html_close(html);
    page_link(html, up, path, name);
    html_textf(html, " on %s", place);
    html_close(html);
    html_open(html, "p", "class", "note", NULL);
    html_textf(
        html,
        "%s against %s; over the whole series no single release stands out: a slow drift, or "
        "releases that differ by as much anyway",
        state_word(row->judged.state), site_release_name(tree, row->base));
    if (mode_caveat(row->mode) != NULL)
        html_textf(html, "; %s", mode_caveat(row->mode));
    html_close(html);
    html_close(html);
}

static int write_drifts(Html *html, const SiteTree *tree, const char *up)
{
    const Family *family = site_family(tree, tree->newest);
    int n = 0;
    for (int i = 0; family != NULL && i < family->n_rows; i++) {
        const FamilyRow *row = &family->rows[i];
        State state = row->judged.state;
        if ((state != STATE_REGRESSED && state != STATE_IMPROVED) || site_since(tree, row) >= 0)
            continue;
        if (n++ == 0) {
            html_leaf(html, "h3", "Not to be put down to one release", NULL);
            html_open(html, "ol", "class", "changes", NULL);
        }
        write_drift(html, tree, up, row);
    }
    if (n > 0)
        html_close(html);
    return n;
}

/* --- sections --- */

void section_changes_brief(Html *html, const SiteTree *tree)
{
    write_groups(html, tree, "", true, -1);
}

void section_changes(Html *html, const SiteTree *tree, const char *up)
{
    html_leaf(html, "h2", "Biggest changes", NULL);
    int n = write_groups(html, tree, up, true, -1) + write_drifts(html, tree, up);
    if (n == 0)
        html_leaf(html, "p", "No change of level is known.", "class", "quiet", NULL);
    g_autoptr(GPtrArray) over = g_ptr_array_new();
    for (guint i = 0; i < tree->groups->len; i++)
        if (!is_current(tree, tree->groups->pdata[i]))
            g_ptr_array_add(over, tree->groups->pdata[i]);
    if (over->len > 0) {
        html_open(html, "details", NULL);
        g_autofree char *count = count_format((int)over->len, "change");
        html_open(html, "summary", NULL);
        html_textf(html, "%s that a later release ended", count);
        html_close(html);
        write_groups(html, tree, up, false, -1);
        html_close(html);
    }
    if (tree->groups->len > 0) {
        html_open(html, "p", "class", "twins", NULL);
        html_text(html, "All changes as ");
        g_autofree char *csv = g_strconcat(tree->folder, "/changes.csv", NULL);
        g_autofree char *json = g_strconcat(tree->folder, "/changes.json", NULL);
        page_link(html, up, csv, "CSV");
        html_text(html, " and ");
        page_link(html, up, json, "JSON");
        html_text(html, ".");
        html_close(html);
    }
}

void section_release_changes(Html *html, const SiteTree *tree, const char *up, int release)
{
    html_leaf(html, "h2", "What changed in this release", NULL);
    if (write_groups(html, tree, up, true, release) > 0)
        return;
    const Family *family = tree->previous->pdata[release];
    html_leaf(html, "p",
              family == NULL || family->summary.size == 0
                  ? "Nothing could be compared with the release before."
                  : "Nothing changed its level against the release before.",
              "class", "quiet", NULL);
}
