// What a bisection found, for people and for git.
#include "marvin/bisect/report.h"

#include <math.h>
#include <string.h>

#include "common/clock.h"
#include "common/text.h"

#define SUSPECTS_SHOWN 10
#define HASH_SHOWN 12
#define NAME_SHOWN 80 // of an option

void report_suspect_free(gpointer data)
{
    ReportSuspect *suspect = data;
    git_title_free(suspect->title);
    g_free(suspect);
}

void report_step_free(gpointer data)
{
    ReportStep *step = data;
    git_title_free(step->title);
    g_free(step);
}

void report_mark_free(gpointer data)
{
    ReportMark *mark = data;
    g_free(mark->hash);
    g_free(mark->subject);
    g_free(mark);
}

void report_clear(Report *r)
{
    GPtrArray **arrays[] = {&r->suspects, &r->before, &r->others, &r->notes, &r->marks};
    for (gsize i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_clear_pointer(arrays[i], g_ptr_array_unref);
    char **texts[] = {&r->why,          &r->old_name, &r->new_name, &r->unit,
                      &r->undo_why_not, &r->command,  &r->by_hand,  &r->journal};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        g_clear_pointer(texts[i], g_free);
}

static double percent(const Change *change, double x)
{
    return 100 * (change->is_log ? expm1(x) : x);
}

char *report_change(const Report *r, const Change *change)
{
    if (isnan(change->change))
        return g_strdup("not measured");
    double x = change->change, low = change->low, high = change->high;
    const char *unit = change->is_log || r->by_exit ? " %" : r->unit;
    if (change->is_log || r->by_exit) {
        x = percent(change, x);
        low = percent(change, low);
        high = percent(change, high);
    }
    // As many digits as the interval has use for.
    int digits = fabs(high - low) < 0.1 ? 3 : fabs(high - low) < 1 ? 2 : 1;
    if (isnan(low))
        return g_strdup_printf("%+.*f%s", digits, x, unit);
    return g_strdup_printf("%+.*f%s%s [%+.*f, %+.*f]", digits, x, *unit && *unit != ' ' ? " " : "",
                           unit, digits, low, digits, high);
}

/* The interval of a share, in words that a layout result uses. */
static char *layout_share(const Report *r)
{
    const LayoutResult *layout = &r->layout;
    g_autofree char *change = report_change(r, &layout->effect);
    if (isnan(layout->low))
        return g_strdup_printf("%s (n=%d each)", change, layout->n);
    return g_strdup_printf("%s, %.0f %% [%.0f, %.0f] of it (n=%d each)", change,
                           100 * layout->share, 100 * layout->low, 100 * layout->high, layout->n);
}

char *report_layout(const Report *r)
{
    const LayoutResult *layout = &r->layout;
    g_autofree char *share = layout_share(r);
    switch (layout->kind) {
    case LAYOUT_NOT_MEASURED:
        return layout->why ? g_strdup_printf("not measured: %s", layout->why) : NULL;
    case LAYOUT_OPEN:
        return g_strdup_printf("being measured (n=%d each)", layout->n);
    case LAYOUT_IDENTICAL:
        return g_strdup(
            "identical binaries: noise: the commit and its parent build the same bytes, "
            "so that what differs is not the commit");
    case LAYOUT_STAYS:
        return g_strdup_printf("the effect stays with another layout: %s", share);
    case LAYOUT_PARTLY:
        return g_strdup_printf("a part of the effect stays with another layout: %s", share);
    case LAYOUT_APPARENT:
        return g_strdup_printf("apparent: code layout: built with another layout the effect is %s",
                               share);
    case LAYOUT_UNCLEAR:
        break;
    }
    return g_strdup_printf("not clear whether the effect stays with another layout: %s", share);
}

/* What makes the answer another one is said first. */
static bool is_caution(const Report *r)
{
    return r->state == OUTCOME_FOUND &&
           (r->layout.kind == LAYOUT_IDENTICAL || r->layout.kind == LAYOUT_APPARENT);
}

static char *level_format(const Report *r, const char *name, double level, int n)
{
    if (n == 0)
        return g_strdup_printf("%s not run", name);
    if (r->by_exit)
        return g_strdup_printf("%s %.0f of %d fail", name, level * n, n);
    g_autofree char *number = text_number(level, 4);
    return g_strdup_printf("%s %s%s%s (n=%d)", name, number, *r->unit ? " " : "", r->unit, n);
}

char *report_endpoints(const Report *r)
{
    g_autofree char *old = level_format(r, r->old_name, r->old_level, r->n_old);
    g_autofree char *new = level_format(r, r->new_name, r->new_level, r->n_new);
    g_autofree char *change = report_change(r, &r->endpoints);
    g_autoptr(GString) text = g_string_new(NULL);
    if (r->state == OUTCOME_NOT_REPRODUCED) {
        g_string_append(text, "does not reproduce: ");
        if (!isnan(r->reported))
            g_string_append_printf(text, "reported %+.1f %%, now ", 100 * r->reported);
        g_string_append_printf(text, "%s, n=%d  (%s, %s)", change, MIN(r->n_old, r->n_new), old,
                               new);
    } else {
        g_string_append_printf(text, "%s, %s: %s", old, new, change);
        if (!isnan(r->reported))
            g_string_append_printf(text, " (reported %+.1f %%)", 100 * r->reported);
        if (r->is_confirmed)
            g_string_append(text, ": reproduces");
    }
    return g_string_free(g_steal_pointer(&text), false);
}

static int hash_shown(const Report *r)
{
    return r->is_config ? NAME_SHOWN : HASH_SHOWN;
}

static void row(GString *text, const char *name, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void row(GString *text, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_string_append_printf(text, "%-12s", name);
    g_string_append_vprintf(text, format, args);
    g_string_append_c(text, '\n');
    va_end(args);
}

static void suspects_write(const Report *r, GString *text)
{
    guint n = r->suspects->len;
    if (n < 2)
        return;
    for (guint i = 0; i < MIN(n, SUSPECTS_SHOWN); i++) {
        const ReportSuspect *s = r->suspects->pdata[i];
        row(text, i ? "" : "suspects", "%5.1f %%  %.*s %s%s", 100 * s->probability, hash_shown(r),
            s->title->hash, s->title->subject, s->is_untestable ? "  (cannot be tested)" : "");
    }
    if (n > SUSPECTS_SHOWN)
        row(text, "", "and %u more", n - SUSPECTS_SHOWN);
}

static void culprit_write(const Report *r, GString *text)
{
    const ReportSuspect *s = r->suspects->pdata[0];
    g_autofree char *date = clock_format(s->title->author_s);
    row(text, r->find_fix ? "fix" : "culprit", "%s", s->title->hash);
    row(text, "", "%s", s->title->subject);
    if (!r->is_config)
        row(text, "", "%s <%s>, %.10s", s->title->author, s->title->mail, date);
    if (s->probability >= r->class_probability - 1e-9)
        row(text, "probability", "%.3f", s->probability);
    else
        row(text, "probability", "%.3f; %.3f with commits that no testable one tells from it",
            s->probability, r->class_probability);
}

static void effect_write(const Report *r, GString *text)
{
    if (!isnan(r->effect.change)) {
        g_autofree char *change = report_change(r, &r->effect);
        const GitTitle *before = r->before->len ? r->before->pdata[0] : NULL;
        bool is_one = r->n_between < 2;
        g_autofree char *together =
            is_one ? g_strdup("") : g_strdup_printf(", %d commits together", r->n_between);
        if (r->is_config && is_one)
            row(text, "effect", "%s when it is switched behind those before it", change);
        else if (r->is_config)
            row(text, "effect", "%s when %d options are switched behind those before them", change,
                r->n_between);
        else
            row(text, "effect", "%s against %s%.*s%s", change,
                r->before->len < 2 ? ""
                : is_one           ? "its parents, first "
                                   : "the nearest that can be tested, first ",
                hash_shown(r), before ? before->hash : r->old_name, together);
    }
    if (!isnan(r->share))
        row(text, "", "%.0f %% [%.0f, %.0f] of the change between the ends", 100 * r->share,
            100 * r->share_low, 100 * r->share_high);
    if (r->share_high < 1 && r->others->len == 0)
        row(text, "", "the rest of the change has another cause");
    if (!r->undo_why_not)
        row(text, "revert", "on %s it recovers %.0f %% [%.0f, %.0f] of the %s (n=%d each)",
            r->new_name, 100 * r->undo_share, 100 * r->undo_low, 100 * r->undo_high,
            r->find_fix ? "change" : "loss", r->undo_n);
    else
        row(text, "revert", "not measured: %s", r->undo_why_not);
    g_autofree char *layout = report_layout(r);
    if (layout && !is_caution(r))
        row(text, "layout", "%s", layout);
    for (guint i = 0; i < r->others->len; i++) {
        const ReportStep *step = r->others->pdata[i];
        g_autofree char *change = report_change(r, &step->effect);
        row(text, i ? "" : "also", "%.*s %s: %s, probability %.3f", hash_shown(r),
            step->title->hash, step->title->subject, change, step->probability);
    }
}

static void costs_write(const Report *r, GString *text)
{
    g_autofree char *time = text_seconds(r->seconds);
    g_autofree char *untestable =
        r->untestable ? g_strdup_printf("; %d cannot be tested", r->untestable) : g_strdup("");
    row(text, "searched", "%d %s%s", r->n_commits, r->is_config ? "options" : "commits",
        untestable);
    row(text, "runs", "%d of the ends, %d to search, %d to verify; %d builds; %s",
        r->runs_endpoints, r->runs_search, r->runs_verify, r->builds, time);
}

char *report_text(const Report *r)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *endpoints = report_endpoints(r);
    g_autofree char *layout = report_layout(r);
    if (is_caution(r))
        row(text, "but", "%s", layout);
    row(text, "ends", "%s", endpoints);
    if (r->state == OUTCOME_FOUND)
        culprit_write(r, text);
    else if (r->state == OUTCOME_RUNNING || r->state == OUTCOME_UNDECIDED)
        row(text, r->state == OUTCOME_RUNNING ? "so far" : "undecided", "%s", r->why);
    else
        row(text, "because", "%s", r->why);
    suspects_write(r, text);
    if (r->state == OUTCOME_FOUND)
        effect_write(r, text);
    if (r->is_open && r->state != OUTCOME_RUNNING)
        row(text, "running", "boots that check this answer are under way: it is not final");
    costs_write(r, text);
    for (guint i = 0; i < r->notes->len; i++)
        row(text, "note", "%s", (const char *)r->notes->pdata[i]);
    if (r->state == OUTCOME_FOUND) {
        const GitTitle *title = ((const ReportSuspect *)r->suspects->pdata[0])->title;
        if (r->by_hand)
            row(text, "by hand", "%s", r->by_hand);
        if (!r->is_config && r->n_class < 2)
            row(text, "tag", "%s: %.*s (\"%s\")", r->find_fix ? "Fixed-by" : "Fixes", hash_shown(r),
                title->hash, title->subject);
    }
    row(text, "again", "%s", r->command);
    row(text, "record", "%s", r->journal);
    return g_string_free(g_steal_pointer(&text), false);
}

// --- git ---------------------------------------------------------------------------------------

static const char *mark_word(const Report *r, MarkKind kind)
{
    if (kind == MARK_SKIP)
        return "skip";
    if (r->find_fix)
        return kind == MARK_OLD ? "broken" : "fixed";
    return kind == MARK_OLD ? "good" : "bad";
}

char *report_git_log(const Report *r)
{
    g_autoptr(GString) text = g_string_new("git bisect start");
    if (r->find_fix)
        g_string_append(text, " '--term-new' 'fixed' '--term-old' 'broken'");
    if (r->first_parent)
        g_string_append(text, " '--first-parent'");
    g_string_append_c(text, '\n');
    for (guint i = 0; i < r->marks->len; i++) {
        const ReportMark *mark = r->marks->pdata[i];
        const char *word = mark_word(r, mark->kind);
        g_string_append_printf(text, "# %s: [%s] %s", word, mark->hash, mark->subject);
        if (!isnan(mark->bad))
            g_string_append_printf(text, " (P(%s) = %.3f)", mark_word(r, MARK_NEW), mark->bad);
        g_string_append_printf(text, "\ngit bisect %s %s\n", word, mark->hash);
    }
    if (r->state == OUTCOME_FOUND) {
        const ReportSuspect *s = r->suspects->pdata[0];
        g_string_append_printf(text, "# first %s commit: [%s] %s (probability %.3f)\n",
                               mark_word(r, MARK_NEW), s->title->hash, s->title->subject,
                               s->probability);
    }
    return g_string_free(g_steal_pointer(&text), false);
}
