// What a search and a repository say, for a report.
#include "marvin/bisect/report_facts.h"

#include <math.h>
#include <string.h>

static const char *hash_of(const ReportSource *source, int commit)
{
    return commit == COMMIT_GOOD ? source->olds[0] : source->range->hash[commit];
}

static void title_free(gpointer title)
{
    git_title_free(title);
}

static bool title_add(const ReportSource *source, int commit, GPtrArray *titles, GError **error)
{
    GitTitle *title = NULL;
    if (!git_repo_title(source->repo, hash_of(source, commit), &title, error))
        return false;
    g_ptr_array_add(titles, title);
    return true;
}

static bool suspect_add(const ReportSource *source, const Suspect *suspect, Report *r,
                        GError **error)
{
    ReportSuspect *s = g_new0(ReportSuspect, 1);
    s->probability = suspect->probability;
    s->is_untestable = source->untestable[suspect->commit];
    g_ptr_array_add(r->suspects, s);
    return git_repo_title(source->repo, hash_of(source, suspect->commit), &s->title, error);
}

// The culprit first, also where others are as probable.
static bool suspects_collect(const ReportSource *source, const Outcome *outcome, Report *r,
                             GError **error)
{
    for (int pass = 0; outcome->is_confirmed && pass < 2; pass++) {
        for (int i = 0; i < outcome->n_suspects; i++) {
            const Suspect *suspect = &outcome->suspects[i];
            bool is_culprit = suspect->commit == outcome->culprit;
            if (is_culprit == (pass == 0) && !suspect_add(source, suspect, r, error))
                return false;
        }
    }
    return true;
}

static bool mark_add(const ReportSource *source, const char *hash, MarkKind kind, double bad,
                     Report *r, GError **error)
{
    g_autoptr(GitTitle) title = NULL;
    if (!git_repo_title(source->repo, hash, &title, error))
        return false;
    ReportMark *mark = g_new0(ReportMark, 1);
    mark->kind = kind;
    mark->hash = g_strdup(hash);
    mark->subject = g_strdup(title->subject);
    mark->bad = bad;
    g_ptr_array_add(r->marks, mark);
    return true;
}

// How probable it is that a commit has the change.
static double bad_mass(const double *mass, const guint64 *bits, int commit)
{
    double bad = 0;
    for (int i = 0; i <= commit; i++)
        bad += bit_is_set(bits, i) ? mass[i] : 0;
    return MIN(bad, 1);
}

/* A tested commit has the change where the culprit is it or an ancestor of it: so the marks never
 * contradict each other, however a single run came out. */
static bool commit_mark(const ReportSource *source, const Outcome *outcome, const double *mass,
                        int c, MarkKind wanted, Report *r, GError **error)
{
    const Graph *graph = source->graph;
    g_autofree guint64 *bits = g_new(guint64, graph_words(graph));
    graph_ancestors(graph, c, bits);
    MarkKind kind = bit_is_set(bits, outcome->culprit) ? MARK_NEW : MARK_OLD;
    return kind != wanted ||
           mark_add(source, hash_of(source, c), kind, bad_mass(mass, bits, c), r, error);
}

// git remembers the last of the bad ones only, so they go from the youngest to the culprit.
static bool marks_collect(const ReportSource *source, const Outcome *outcome, Report *r,
                          GError **error)
{
    int n = source->graph->n;
    bool ok = mark_add(source, source->range->hash[source->range->n - 1], MARK_NEW, NAN, r, error);
    for (char *const *old = source->olds; ok && *old; old++)
        ok = mark_add(source, *old, MARK_OLD, NAN, r, error);
    if (!ok || outcome->culprit < 0)
        return ok;
    g_autofree double *mass = g_new(double, n);
    search_posterior(source->search, mass);
    for (int c = 0; ok && c < n - 1; c++) {
        if (source->tested[c])
            ok = commit_mark(source, outcome, mass, c, MARK_OLD, r, error);
        else if (source->untestable[c])
            ok = mark_add(source, hash_of(source, c), MARK_SKIP, NAN, r, error);
    }
    for (int c = n - 2; ok && c >= 0; c--)
        ok = !source->tested[c] || commit_mark(source, outcome, mass, c, MARK_NEW, r, error);
    return ok;
}

static bool step_add(const ReportSource *source, const Culprit *culprit, Report *r, GError **error)
{
    ReportStep *step = g_new0(ReportStep, 1);
    step->probability = culprit->probability;
    step->effect = culprit->effect;
    g_ptr_array_add(r->others, step);
    return git_repo_title(source->repo, hash_of(source, culprit->commit), &step->title, error);
}

static bool culprit_collect(const ReportSource *source, const Outcome *outcome, Report *r,
                            GError **error)
{
    r->effect = outcome->effect;
    r->share = outcome->share;
    r->share_low = outcome->share_low;
    r->share_high = outcome->share_high;
    r->class_probability = outcome->class_probability;
    r->n_class = outcome->n_class;
    r->n_between = outcome->n_between;
    if (outcome->kind != OUTCOME_FOUND)
        return true;
    for (int i = 0; i < outcome->n_before; i++) {
        if (!title_add(source, outcome->before[i], r->before, error))
            return false;
    }
    for (int i = 0; i < outcome->n_culprits; i++) {
        if (outcome->culprits[i].commit != outcome->culprit &&
            !step_add(source, &outcome->culprits[i], r, error))
            return false;
    }
    return true;
}

// All commits that the report names, with one question to git.
static bool titles_prepare(const ReportSource *source, const Outcome *outcome, GError **error)
{
    const GitRange *range = source->range;
    g_autoptr(GPtrArray) hashes = g_ptr_array_new();
    for (char *const *old = source->olds; *old; old++)
        g_ptr_array_add(hashes, *old);
    for (int c = 0; c < range->n; c++) {
        if (source->tested[c] || source->untestable[c] || c == range->n - 1)
            g_ptr_array_add(hashes, range->hash[c]);
    }
    for (int i = 0; i < outcome->n_suspects; i++)
        g_ptr_array_add(hashes, range->hash[outcome->suspects[i].commit]);
    g_ptr_array_add(hashes, NULL);
    return git_repo_titles_read(source->repo, (const char *const *)hashes->pdata, error);
}

void report_init(Report *ret_report)
{
    *ret_report = (Report){.reported = NAN, .share = NAN, .undo_share = NAN};
    ret_report->suspects = g_ptr_array_new_with_free_func(report_suspect_free);
    ret_report->before = g_ptr_array_new_with_free_func(title_free);
    ret_report->others = g_ptr_array_new_with_free_func(report_step_free);
    ret_report->notes = g_ptr_array_new_with_free_func(g_free);
    ret_report->marks = g_ptr_array_new_with_free_func(report_mark_free);
}

bool report_add_search(const ReportSource *source, Report *report, GError **error)
{
    const Outcome *outcome = search_outcome(source->search);
    report->state = outcome->kind;
    report->n_commits = source->range->n;
    report->untestable = outcome->untestable;
    report->runs_left = outcome->runs_left;
    report->is_confirmed = outcome->is_confirmed;
    report->endpoints = outcome->endpoints;
    return titles_prepare(source, outcome, error) &&
           culprit_collect(source, outcome, report, error) &&
           suspects_collect(source, outcome, report, error) &&
           marks_collect(source, outcome, report, error);
}

void report_command_add(GString *command, const char *option, const char *value)
{
    if (!value)
        return;
    g_autofree char *quoted = g_shell_quote(value);
    // Words that need no quotes read better without.
    gsize plain = strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:=,+@%");
    const char *shown = *value && plain == strlen(value) ? value : quoted;
    if (option)
        g_string_append_printf(command, " %s", option);
    g_string_append_printf(command, " %s", shown);
}
