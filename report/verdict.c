// Verdicts of a tree, and which of them no longer hold.
#include "report/verdict.h"

#include "report/series_name.h"
#include "sql/queries.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void verdict_free(gpointer data)
{
    Verdict *verdict = data;
    g_free(verdict->verdict);
    g_free(verdict->who);
    g_free(verdict->why);
    g_free(verdict->given);
    g_free(verdict->evidence);
    g_strfreev(verdict->won);
    g_free(verdict);
}

static const Shift *shift_of(const SiteTree *tree, const Rows *rows, int i)
{
    for (guint j = 0; j < tree->shifts->len; j++) {
        const Shift *shift = &g_array_index(tree->shifts, Shift, j);
        const Series *series = shift->series;
        if (series->machine_id == rows_int(rows, i, "machine_id") &&
            series->distro_id == rows_int(rows, i, "distro_id") &&
            series->metric->id == rows_int(rows, i, "metric_id") &&
            dataset_release(tree->dataset, shift->release)->subject_id ==
                rows_int(rows, i, "subject_id") &&
            strcmp(series->trial_key, rows_text(rows, i, "trial_key")) == 0)
            return shift;
    }
    return NULL;
}

static char **won_list(const char *text)
{
    GStrvBuilder *builder = g_strv_builder_new();
    json_t *list = text == NULL ? NULL : json_loads(text, 0, NULL);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_is_string(json_array_get(list, i)))
            g_strv_builder_add(builder, json_string_value(json_array_get(list, i)));
    json_decref(list);
    char **won = g_strv_builder_end(builder);
    g_strv_builder_unref(builder);
    return won;
}

char *verdict_evidence(const Rows *rows, int i)
{
    const char *culprit = rows_text(rows, i, "culprit"), *subject = rows_text(rows, i, "subject");
    const char *says = rows_text(rows, i, "layout_says");
    double share = rows_real(rows, i, "revert_share");
    g_autoptr(GString) text = g_string_new("bisection ");
    if (rows_text(rows, i, "bisection_id") == NULL)
        return NULL;
    g_string_append(text, rows_text(rows, i, "bisection_id"));
    if (strcmp(rows_text(rows, i, "state"), "found") != 0 || culprit == NULL) {
        g_string_append(text, ": it does not reproduce");
        return g_string_free(g_steal_pointer(&text), FALSE);
    }
    g_string_append_printf(text, " found %.12s (%s), probability %.3f", culprit,
                           subject != NULL ? subject : "", rows_real(rows, i, "probability"));
    if (isfinite(share))
        g_string_append_printf(text, "; its revert recovers %.0f %%", 100 * share);
    if (says != NULL)
        g_string_append_printf(text, "; %s", says);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

bool verdict_is_doubted(const Rows *rows, int i)
{
    const char *layout = rows_text(rows, i, "layout");
    return g_strcmp0(rows_text(rows, i, "state"), "not-reproduced") == 0 ||
           g_strcmp0(layout, "code-layout") == 0 || g_strcmp0(layout, "identical") == 0;
}

static Verdict *verdict_of(const Rows *rows, int i)
{
    Verdict *verdict = g_new0(Verdict, 1);
    *verdict = (Verdict){.verdict = g_strdup(rows_text(rows, i, "verdict")),
                         .who = g_strdup(rows_text(rows, i, "who")),
                         .why = g_strdup(rows_text(rows, i, "why")),
                         .given = g_strdup(rows_text(rows, i, "given")),
                         .won = won_list(rows_text(rows, i, "won")),
                         .evidence = verdict_evidence(rows, i),
                         .band_low = rows_real(rows, i, "band_low"),
                         .band_high = rows_real(rows, i, "band_high")};
    return verdict;
}

/* --- reopening --- */

/* The next change of the series after this one; NULL: none. */
static const Shift *next_shift(const SiteTree *tree, const Shift *shift)
{
    int until = site_shift_until(tree, shift);
    for (guint i = 0; i < tree->shifts->len; i++) {
        const Shift *later = &g_array_index(tree->shifts, Shift, i);
        if (until >= 0 && later->series == shift->series && later->release == until)
            return later;
    }
    return NULL;
}

/* The level moved on in the same direction, out of the band; NULL: it did not. The caller frees. */
static char *left_band(const SiteTree *tree, const Shift *shift, const Verdict *verdict)
{
    const Shift *later = next_shift(tree, shift);
    if (later == NULL || later->state != shift->state ||
        (later->level_after >= verdict->band_low && later->level_after <= verdict->band_high))
        return NULL;
    return g_strdup_printf("%s moved the level further: it was %s",
                           site_release_name(tree, later->release), verdict->verdict);
}

/* As TAG or TREE:TAG; -1: the tree has no such release. */
static int release_called(const SiteTree *tree, const char *name)
{
    g_autofree char *prefix = g_strconcat(tree->dataset->tree, ":", NULL);
    const char *tag = g_str_has_prefix(name, prefix) ? name + strlen(prefix) : name;
    int release = dataset_release_find(tree->dataset, tag);
    return release < 0 ? -1 : site_ran_as(tree, release);
}

static const Shift *shift_named(const SiteTree *tree, const SeriesName *name, int release)
{
    for (guint i = 0; i < tree->shifts->len; i++) {
        const Shift *shift = &g_array_index(tree->shifts, Shift, i);
        const Series *series = shift->series;
        if (shift->release == release && strcmp(series->trial_key, name->trial_key) == 0 &&
            strcmp(series->metric->name, name->metric) == 0 &&
            strcmp(series->machine, name->machine) == 0 &&
            (name->distro == NULL || strcmp(series->distro, name->distro) == 0))
            return shift;
    }
    return NULL;
}

/* Why what won there does not hold any more; NULL: it does, or this report does not show it. */
static char *win_lost(const SiteTree *tree, const char *cell)
{
    g_auto(SeriesName) name = {0};
    if (!cell_name_parse(cell, &name, NULL))
        return g_strdup_printf("what won, %s, is no cell", cell);
    int release = release_called(tree, name.release);
    const Shift *win = shift_named(tree, &name, release);
    const Shift *later = win == NULL ? NULL : next_shift(tree, win);
    bool is_shown =
        release > tree->first && release <= tree->last && site_wants_machine(tree, name.machine);
    if (win != NULL && win->state != STATE_IMPROVED)
        return g_strdup_printf("what won, %s, became worse there", cell);
    if (later != NULL && later->state != win->state)
        return g_strdup_printf("what won, %s, was lost again in %s", cell,
                               site_release_name(tree, later->release));
    // Releases that are not of the tree were never a win; others may lie beyond the report's range.
    if (win == NULL && (is_shown || release < 0))
        return g_strdup_printf("what won, %s, is not seen any more", cell);
    return NULL;
}

/* A win that is gone; NULL: all hold. The caller frees. */
static char *lost_win(const SiteTree *tree, const Verdict *verdict)
{
    char *why = NULL;
    for (char **cell = verdict->won; why == NULL && cell != NULL && *cell != NULL; cell++)
        why = win_lost(tree, *cell);
    return why;
}

/* *ret_reopened becomes true where the verdict has lost its ground. */
static bool reopen(Db *db, const SiteTree *tree, int64_t change_id, const Shift *shift,
                   const Verdict *verdict, bool *ret_reopened, GError **error)
{
    if (strcmp(verdict->verdict, "reopened") == 0)
        return true;
    g_autofree char *why = left_band(tree, shift, verdict);
    if (why == NULL)
        why = lost_win(tree, verdict);
    if (why == NULL)
        return true;
    *ret_reopened = true;
    return db_none(db, &QUERY_REPORT_VERDICT_STORE,
                   DB_PARAMS(DB_INT(change_id), DB_TEXT("reopened"), DB_TEXT("marvin-report"),
                             DB_TEXT(why), DB_TEXT("[]"), DB_REAL(NAN), DB_REAL(NAN)),
                   error);
}

static bool load(Db *db, const SiteTree *tree, GHashTable *verdicts, bool *ret_reopened,
                 GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_REPORT_VERDICTS, DB_PARAMS(DB_INT(tree->dataset->tree_id)), &rows,
                 error))
        return false;
    for (int i = 0; i < rows_count(rows); i++) {
        const Shift *shift = shift_of(tree, rows, i);
        if (shift == NULL)
            continue;
        Verdict *verdict = verdict_of(rows, i);
        g_hash_table_insert(verdicts, (gpointer)(guintptr)shift, verdict);
        if (!reopen(db, tree, rows_int(rows, i, "change_id"), shift, verdict, ret_reopened, error))
            return false;
    }
    return true;
}

bool verdict_load(Db *db, const SiteTree *tree, GHashTable **ret_verdicts, GError **error)
{
    g_autoptr(GHashTable) verdicts = g_hash_table_new_full(NULL, NULL, NULL, verdict_free);
    bool reopened = false;
    if (!load(db, tree, verdicts, &reopened, error) ||
        (reopened && !load(db, tree, verdicts, &reopened, error)))
        return false;
    *ret_verdicts = g_steal_pointer(&verdicts);
    return true;
}
