// The facts of a bisection's report.
#include "marvin/bisect/report_collect.h"

#include "common/text.h"
#include "marvin/bisect/report_facts.h"

#include <math.h>
#include <string.h>

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

static void number_add(GString *command, const char *option, double value, const char *unit)
{
    g_autofree char *number = text_number_exact(value);
    g_string_append_printf(command, " %s %s%s", option, number, unit);
}

// What changes what is measured, and where; not the limits of cost, with which nothing would go on.
static void options_add(const BisectionOptions *o, GString *text)
{
    static const BisectionOptions PRESET = BISECTION_PRESET;
    if (o->in_place)
        g_string_append(text, " --in-place");
    report_command_add(text, "--state", o->state);
    if (o->no_revert)
        g_string_append(text, " --no-revert");
    if (o->no_layout)
        g_string_append(text, " --no-layout");
    if (o->stop != PRESET.stop)
        number_add(text, "--stop", o->stop, "");
    if (o->run_limit_s != PRESET.run_limit_s)
        number_add(text, "--timeout", o->run_limit_s, "s");
    if (o->build_limit_s != PRESET.build_limit_s)
        number_add(text, "--build-timeout", o->build_limit_s, "s");
    if (!isnan(o->reported)) {
        g_autofree char *percent = g_strdup_printf("%+.10g%%", 100 * o->reported);
        report_command_add(text, "--reported", percent);
    }
    if (o->seed != PRESET.seed)
        g_string_append_printf(text, " --seed %" G_GUINT64_FORMAT, o->seed);
}

static char *command_format(const Bisection *b)
{
    const BisectionOptions *o = b->options;
    g_autoptr(GString) text = g_string_new("marvin-bisect run");
    if (!g_str_equal(o->repo, "."))
        report_command_add(text, "--repo", o->repo);
    for (const char *const *good = o->goods; good && *good; good++)
        report_command_add(text, "--good", *good);
    report_command_add(text, "--bad", o->bad);
    report_command_add(text, "--config", o->config_old);
    report_command_add(text, NULL, o->config_new);
    report_command_add(text, "--find", o->find_fix ? "fix" : NULL);
    if (o->first_parent)
        g_string_append(text, " --first-parent");
    report_command_add(text, "--build", o->build);
    report_command_add(text, "--metric-from", o->metric_from);
    report_command_add(text, "--better", o->better == BETTER_NONE ? NULL : b->question.better);
    if (o->by_exit)
        g_string_append(text, " --exit-code");
    options_add(o, text);
    // An answer is made again from nothing; what has none goes on.
    g_string_append(text, journal_has_ended(b->journal) ? " --restart --"
                          : o->resume                   ? " --resume --"
                                                        : " --");
    for (const char *const *word = o->command; *word; word++)
        report_command_add(text, NULL, *word);
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
        report_command_add(text, NULL, *word);
    return g_string_free(g_steal_pointer(&text), false);
}

static void ends_collect(const Bisection *b, Report *r)
{
    r->old_name = g_strdup(b->between->old_name);
    r->new_name = g_strdup(b->between->new_name);
    r->unit = g_strdup(b->has_first && !b->probe.by_exit ? b->first.unit : "");
    r->old_level = bisection_level(b, COMMIT_GOOD, &r->n_old);
    r->new_level = bisection_level(b, b->between->range->n - 1, &r->n_new);
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

static void undo_collect(const Bisection *b, Report *r)
{
    r->undo_why_not = g_strdup(b->undo.why_not);
    r->undo_n = b->undo.n;
    r->undo_share = b->undo.share;
    r->undo_low = b->undo.low;
    r->undo_high = b->undo.high;
}

static bool search_collect(const Bisection *b, Report *r, GError **error)
{
    int n = b->between->range->n;
    g_autofree bool *untestable = g_new0(bool, n), *tested = g_new0(bool, n);
    flags_read(b, untestable, tested);
    ReportSource source = {.repo = b->repo,
                           .range = b->between->range,
                           .graph = b->between->graph,
                           .search = b->search,
                           .olds = b->between->olds,
                           .untestable = untestable,
                           .tested = tested};
    return report_add_search(&source, r, error);
}

void report_collect_ends(const Bisection *b, Report *ret_report)
{
    const Outcome *outcome = search_outcome(b->search);
    report_init(ret_report);
    ret_report->state = outcome->kind;
    ret_report->by_exit = b->probe.by_exit;
    ret_report->is_confirmed = outcome->is_confirmed;
    ret_report->endpoints = outcome->endpoints;
    ends_collect(b, ret_report);
}

bool report_collect(const Bisection *b, Report *ret_report, GError **error)
{
    const Outcome *outcome = search_outcome(b->search);
    bool is_spent = bisection_is_spent(b);
    g_auto(Report) r = {0};
    report_init(&r);
    r.why = g_strdup(is_spent ? "the time is used up" : outcome->why);
    r.find_fix = b->options->find_fix;
    r.first_parent = b->options->first_parent;
    r.by_exit = b->probe.by_exit;
    r.is_config = b->configs != NULL;
    r.stop = b->options->stop;
    r.command = command_format(b);
    r.journal = g_strdup(b->journal_path);
    for (guint i = 0; i < b->notes->len; i++)
        g_ptr_array_add(r.notes, g_strdup(b->notes->pdata[i]));
    ends_collect(b, &r);
    costs_collect(b, &r);
    undo_collect(b, &r);
    r.layout = b->layout;
    if (!search_collect(b, &r, error))
        return false;
    if (b->configs && r.n_class > 1) {
        g_free(r.why);
        r.why = g_strdup_printf("it is one of %d options which no mixture that can be tested tells "
                                "apart",
                                r.n_class);
    }
    if (is_spent)
        r.state = OUTCOME_UNDECIDED;
    else if (r.state == OUTCOME_FOUND && !b->configs)
        r.by_hand = by_hand_format(b, bisection_hash(b, outcome->culprit));
    *ret_report = r;
    r = (Report){0};
    return true;
}
