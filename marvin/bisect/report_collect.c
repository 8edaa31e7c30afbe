// The facts of a bisection's report.
#include "marvin/bisect/report_collect.h"

#include <math.h>
#include <string.h>

static void title_free(gpointer title)
{
    git_title_free(title);
}

static bool title_add(const Bisection *b, int commit, GPtrArray *titles, GError **error)
{
    GitTitle *title = NULL;
    if (!git_repo_title(b->repo, bisection_hash(b, commit), &title, error))
        return false;
    g_ptr_array_add(titles, title);
    return true;
}

// Flags of the commits that the journal calls untestable, and of those that have runs.
static void flags_read(const Bisection *b, bool *ret_untestable, bool *ret_tested)
{
    const GPtrArray *entries = journal_entries(b->journal);
    for (guint i = 0; i < entries->len; i++) {
        const Entry *e = entries->pdata[i];
        int commit = e->commit ? git_range_find(b->between->range, e->commit) : -1;
        if (commit < 0)
            continue;
        if (e->kind == ENTRY_UNTESTABLE)
            ret_untestable[commit] = true;
        else if (e->kind == ENTRY_RUN)
            ret_tested[commit] = true;
    }
}

static bool suspect_add(const Bisection *b, const Suspect *suspect, const bool *untestable,
                        Report *r, GError **error)
{
    ReportSuspect *s = g_new0(ReportSuspect, 1);
    s->probability = suspect->probability;
    s->is_untestable = untestable[suspect->commit];
    g_ptr_array_add(r->suspects, s);
    return git_repo_title(b->repo, bisection_hash(b, suspect->commit), &s->title, error);
}

// The culprit first, also where others are as probable.
static bool suspects_collect(const Bisection *b, const Outcome *outcome, const bool *untestable,
                             Report *r, GError **error)
{
    for (int pass = 0; outcome->is_confirmed && pass < 2; pass++) {
        for (int i = 0; i < outcome->n_suspects; i++) {
            const Suspect *suspect = &outcome->suspects[i];
            bool is_culprit = suspect->commit == outcome->culprit;
            if (is_culprit == (pass == 0) && !suspect_add(b, suspect, untestable, r, error))
                return false;
        }
    }
    return true;
}

static bool mark_add(const Bisection *b, const char *hash, MarkKind kind, double bad, Report *r,
                     GError **error)
{
    g_autoptr(GitTitle) title = NULL;
    if (!git_repo_title(b->repo, hash, &title, error))
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
static bool commit_mark(const Bisection *b, const Outcome *outcome, const double *mass, int c,
                        MarkKind wanted, Report *r, GError **error)
{
    const Graph *graph = b->between->graph;
    g_autofree guint64 *bits = g_new(guint64, graph_words(graph));
    graph_ancestors(graph, c, bits);
    MarkKind kind = bit_is_set(bits, outcome->culprit) ? MARK_NEW : MARK_OLD;
    return kind != wanted ||
           mark_add(b, bisection_hash(b, c), kind, bad_mass(mass, bits, c), r, error);
}

// git remembers the last of the bad ones only, so they go from the youngest to the culprit.
static bool marks_collect(const Bisection *b, const Outcome *outcome, const bool *untestable,
                          const bool *tested, Report *r, GError **error)
{
    int n = b->between->graph->n;
    bool ok = mark_add(b, b->between->new_commit, MARK_NEW, NAN, r, error);
    for (char **old = b->between->olds; ok && *old; old++)
        ok = mark_add(b, *old, MARK_OLD, NAN, r, error);
    if (!ok || outcome->culprit < 0)
        return ok;
    g_autofree double *mass = g_new(double, n);
    search_posterior(b->search, mass);
    for (int c = 0; ok && c < n - 1; c++) {
        if (tested[c])
            ok = commit_mark(b, outcome, mass, c, MARK_OLD, r, error);
        else if (untestable[c])
            ok = mark_add(b, bisection_hash(b, c), MARK_SKIP, NAN, r, error);
    }
    for (int c = n - 2; ok && c >= 0; c--)
        ok = !tested[c] || commit_mark(b, outcome, mass, c, MARK_NEW, r, error);
    return ok;
}

static void command_add(GString *text, const char *option, const char *value)
{
    if (!value)
        return;
    g_autofree char *quoted = g_shell_quote(value);
    // Words that need no quotes read better without.
    gsize plain = strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:=,+@%");
    const char *shown = *value && plain == strlen(value) ? value : quoted;
    if (option)
        g_string_append_printf(text, " %s", option);
    g_string_append_printf(text, " %s", shown);
}

static char *command_format(const Bisection *b)
{
    const BisectionOptions *o = b->options;
    g_autoptr(GString) text = g_string_new("marvin-bisect run");
    if (!g_str_equal(o->repo, "."))
        command_add(text, "--repo", o->repo);
    for (const char *const *good = o->goods; *good; good++)
        command_add(text, "--good", *good);
    command_add(text, "--bad", o->bad);
    command_add(text, "--find", o->find_fix ? "fix" : NULL);
    if (o->first_parent)
        g_string_append(text, " --first-parent");
    command_add(text, "--build", o->build);
    command_add(text, "--metric-from", o->metric_from);
    command_add(text, "--better", o->better == BETTER_NONE ? NULL : b->question.better);
    if (o->by_exit)
        g_string_append(text, " --exit-code");
    g_string_append(text, " --restart --");
    for (const char *const *word = o->command; *word; word++)
        command_add(text, NULL, *word);
    return g_string_free(g_steal_pointer(&text), false);
}

static char *by_hand_format(const Bisection *b, const char *culprit)
{
    const BisectionOptions *o = b->options;
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_printf(text, "git worktree add --detach ../try %.12s && cd ../try", culprit);
    if (o->build)
        g_string_append_printf(text, " && %s", o->build);
    g_string_append(text, " &&");
    for (const char *const *word = o->command; *word; word++)
        command_add(text, NULL, *word);
    return g_string_free(g_steal_pointer(&text), false);
}

static void ends_collect(const Bisection *b, const Outcome *outcome, Report *r)
{
    r->old_name = g_strdup(b->between->old_name);
    r->new_name = g_strdup(b->between->new_name);
    r->unit = g_strdup(b->has_first && !b->probe.by_exit ? b->first.unit : "");
    r->old_level = bisection_level(b, COMMIT_GOOD, &r->n_old);
    r->new_level = bisection_level(b, b->between->range->n - 1, &r->n_new);
    r->is_confirmed = outcome->is_confirmed;
    r->endpoints = outcome->endpoints;
    r->reported = b->options->reported;
}

static void costs_collect(const Bisection *b, Report *r)
{
    BisectionCosts costs = bisection_costs(b);
    r->runs_endpoints = costs.endpoints;
    r->runs_search = costs.search;
    r->runs_verify = costs.verify;
    r->builds = costs.builds;
    r->seconds = costs.seconds;
}

static void arrays_make(Report *r)
{
    r->suspects = g_ptr_array_new_with_free_func(report_suspect_free);
    r->parents = g_ptr_array_new_with_free_func(title_free);
    r->others = g_ptr_array_new_with_free_func(report_step_free);
    r->notes = g_ptr_array_new_with_free_func(g_free);
    r->marks = g_ptr_array_new_with_free_func(report_mark_free);
}

static bool step_add(const Bisection *b, const Culprit *culprit, Report *r, GError **error)
{
    ReportStep *step = g_new0(ReportStep, 1);
    step->probability = culprit->probability;
    step->effect = culprit->effect;
    g_ptr_array_add(r->others, step);
    return git_repo_title(b->repo, bisection_hash(b, culprit->commit), &step->title, error);
}

static bool culprit_collect(const Bisection *b, const Outcome *outcome, Report *r, GError **error)
{
    const GitRange *range = b->between->range;
    r->effect = outcome->effect;
    r->share = outcome->share;
    r->share_low = outcome->share_low;
    r->share_high = outcome->share_high;
    r->class_probability = outcome->class_probability;
    r->undo_why_not = g_strdup(b->undo.why_not);
    r->undo_n = b->undo.n;
    r->undo_share = b->undo.share;
    r->undo_low = b->undo.low;
    r->undo_high = b->undo.high;
    if (outcome->kind != OUTCOME_FOUND)
        return true;
    r->by_hand = by_hand_format(b, bisection_hash(b, outcome->culprit));
    for (int i = range->first_parent_at[outcome->culprit];
         i < range->first_parent_at[outcome->culprit + 1]; i++) {
        if (!title_add(b, range->parent[i], r->parents, error))
            return false;
    }
    if (r->parents->len == 0 && !title_add(b, COMMIT_GOOD, r->parents, error))
        return false;
    for (int i = 0; i < outcome->n_culprits; i++) {
        if (outcome->culprits[i].commit != outcome->culprit &&
            !step_add(b, &outcome->culprits[i], r, error))
            return false;
    }
    return true;
}

bool report_collect(const Bisection *b, Report *ret_report, GError **error)
{
    const Outcome *outcome = search_outcome(b->search);
    bool is_spent = bisection_is_spent(b);
    g_auto(Report) r = {.state = is_spent ? OUTCOME_UNDECIDED : outcome->kind,
                        .why = g_strdup(is_spent ? "the time is used up" : outcome->why),
                        .find_fix = b->options->find_fix,
                        .first_parent = b->options->first_parent,
                        .by_exit = b->probe.by_exit,
                        .n_commits = b->between->range->n,
                        .untestable = outcome->untestable,
                        .stop = b->options->stop,
                        .runs_left = outcome->runs_left,
                        .command = command_format(b),
                        .journal = g_strdup(b->journal_path)};
    arrays_make(&r);
    for (guint i = 0; i < b->notes->len; i++)
        g_ptr_array_add(r.notes, g_strdup(b->notes->pdata[i]));
    g_autofree bool *untestable = g_new0(bool, r.n_commits), *tested = g_new0(bool, r.n_commits);
    flags_read(b, untestable, tested);
    ends_collect(b, outcome, &r);
    costs_collect(b, &r);
    if (!culprit_collect(b, outcome, &r, error) ||
        !suspects_collect(b, outcome, untestable, &r, error) ||
        !marks_collect(b, outcome, untestable, tested, &r, error))
        return false;
    *ret_report = r;
    r = (Report){0};
    return true;
}
