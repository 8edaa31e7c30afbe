// The layout test in a git tree: culprit and parent built with MARVIN_LAYOUT=other, run in turns.
#include <math.h>
#include <string.h>

#include "common/cmd.h"
#include "common/error.h"
#include "marvin/bisect/bisection.h"

#define VARIANT 2 // of a work tree: 0 as it is, 1 with the culprit undone

static Level level_of(const Bisection *b, EntryKind kind, const char *hash)
{
    const GPtrArray *entries = journal_entries(b->journal);
    bool is_log = search_outcome(b->search)->endpoints.is_log;
    Level level = {0};
    for (guint i = 0; i < entries->len; i++) {
        const Entry *e = entries->pdata[i];
        if (e->kind == kind && g_str_equal(e->commit, hash))
            level_add(&level, is_log ? log(e->value) : e->value);
    }
    return level;
}

// Parent and culprit; false: a merge.
static bool sides_find(const Bisection *b, const char *ret_hash[2])
{
    const GitRange *range = b->between->range;
    int c = search_outcome(b->search)->culprit;
    int first = range->first_parent_at[c], n = range->first_parent_at[c + 1] - first;
    ret_hash[0] = n == 0 ? b->between->old_commit : range->hash[range->parent[first]];
    ret_hash[1] = range->hash[c];
    return n < 2;
}

// Two builds and their runs, as they took so far.
static const char *too_dear(const Bisection *b, int runs)
{
    BisectionCosts costs = bisection_costs(b);
    const GPtrArray *entries = journal_entries(b->journal);
    double build_s = 0;
    int all = costs.endpoints + costs.search + costs.verify;
    for (guint i = 0; i < entries->len; i++) {
        const Entry *e = entries->pdata[i];
        build_s += e->kind == ENTRY_BUILD ? e->seconds : 0;
    }
    double price =
        2 * build_s / MAX(costs.builds, 1) + 2.0 * runs * (costs.seconds - build_s) / MAX(all, 1);
    if (b->options->budget_s > 0 && costs.seconds + price > b->options->budget_s)
        return "its two builds and their runs do not fit into the rest of --budget";
    if (b->options->max_runs > 0 && all + 2 * runs > b->options->max_runs)
        return "its runs do not fit into the rest of --max-runs";
    return NULL;
}

static const char *why_not(const Bisection *b)
{
    const char *hash[2];
    if (b->options->no_layout)
        return "not asked for";
    if (b->probe.by_exit)
        return "exit codes only";
    if (b->configs)
        return "options of a configuration are no commits";
    if (!b->options->build || !strstr(b->options->build, "MARVIN_LAYOUT"))
        return "--build knows no other layout: it does not mention MARVIN_LAYOUT";
    if (b->options->in_place)
        return "in place, objects of one layout would be linked into the other";
    if (!sides_find(b, hash))
        return "it is a merge";
    return NULL;
}

static bool run_add(Bisection *b, const char *hash, const ProbeResult *result, GError **error)
{
    Entry *entry = g_new0(Entry, 1);
    entry->kind = ENTRY_LAYOUT;
    entry->commit = g_strdup(hash);
    entry->value = result->value.number;
    entry->unit = g_strdup(result->value.unit);
    entry->seconds = result->seconds;
    return journal_add(b->journal, entry, error);
}

// One run of one of the two; *ret_is_broken: it gave nothing.
static bool side_run(Bisection *b, const char *hash, bool *ret_is_broken, GError **error)
{
    g_autofree char *dir = NULL, *why = NULL;
    g_auto(ProbeResult) result = {0};
    b->probe.other_layout = true; // for the build; the run is as all others
    bool placed = bisection_place(b, hash, VARIANT, NULL, &dir, &why, error);
    b->probe.other_layout = false;
    *ret_is_broken = placed && why;
    if (!placed || why)
        return placed;
    b->doing = "verify with another layout";
    if (!probe_run(&b->probe, dir, hash, &result, error))
        return false;
    *ret_is_broken = result.why != NULL;
    return result.why || run_add(b, hash, &result, error);
}

static bool measure(Bisection *b, const char *const hash[2], int runs, bool *ret_is_broken,
                    GError **error)
{
    while (!*ret_is_broken) {
        int n[2];
        for (int i = 0; i < 2; i++)
            n[i] = level_of(b, ENTRY_LAYOUT, hash[i]).n;
        if (MIN(n[0], n[1]) >= runs)
            break;
        if (cmd_stop_requested())
            return error_set(error, ERROR_INTERRUPTED, "interrupted.");
        if (!side_run(b, hash[n[1] < n[0]], ret_is_broken, error))
            return false;
    }
    return true;
}

static double separation_of(const Level levels[2])
{
    int df = levels[0].n + levels[1].n - 2;
    double variance = df > 0 ? (levels[0].ss + levels[1].ss) / df : 0;
    return variance > 0 ? fabs(levels[1].mean - levels[0].mean) / sqrt(variance) : INFINITY;
}

bool bisection_layout(Bisection *b, GError **error)
{
    const char *hash[2];
    bool is_broken = false;
    if (search_outcome(b->search)->kind != OUTCOME_FOUND)
        return true;
    b->layout.why = why_not(b);
    if (b->layout.why || !sides_find(b, hash))
        return true;
    Level usual[2] = {level_of(b, ENTRY_RUN, hash[0]), level_of(b, ENTRY_RUN, hash[1])}, other[2];
    int runs = layout_runs(separation_of(usual));
    int begun = level_of(b, ENTRY_LAYOUT, hash[0]).n;
    if (MIN(usual[0].n, usual[1].n) == 0)
        b->layout.why = "the commit and its parent have not both run";
    else if (begun == 0)
        b->layout.why =
            journal_has_ended(b->journal) ? "the answer was given without it" : too_dear(b, runs);
    if (b->layout.why)
        return true;
    if (!journal_has_ended(b->journal) && !measure(b, hash, runs, &is_broken, error))
        return false;
    for (int i = 0; i < 2; i++)
        other[i] = level_of(b, ENTRY_LAYOUT, hash[i]);
    if (is_broken || other[0].n == 0 || other[1].n == 0)
        b->layout.why = "with another layout they cannot be built or run";
    else
        b->layout = layout_judge(usual, other, search_outcome(b->search)->endpoints.is_log);
    return true;
}
