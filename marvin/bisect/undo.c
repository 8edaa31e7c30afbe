// Undoing the culprit on the new end: whether the change goes away with it.
#include <math.h>
#include <string.h>

#include "common/cmd.h"
#include "common/error.h"
#include "marvin/bisect/bisection.h"
#include "marvin/bisect/recovery.h"

#define WHOLE "whole"
#define REVERTED "reverted"

static Level level_read(const Bisection *b, EntryKind kind, const char *word, const char *hash,
                        bool is_log)
{
    Level level = {0};
    const GPtrArray *entries = journal_entries(b->journal);
    for (guint i = 0; i < entries->len; i++) {
        const Entry *e = entries->pdata[i];
        if (e->kind == kind && (!word || g_str_equal(e->word, word)) &&
            (!hash || g_str_equal(e->commit, hash)))
            level_add(&level, is_log ? log(e->value) : e->value);
    }
    return level;
}

static void share_compute(Bisection *b, bool is_log)
{
    Level whole = level_read(b, ENTRY_TIP, WHOLE, NULL, is_log);
    Level reverted = level_read(b, ENTRY_TIP, REVERTED, NULL, is_log);
    Level old = level_read(b, ENTRY_RUN, NULL, b->between->old_commit, is_log);
    Recovery recovery = recovery_estimate(&old, &whole, &reverted);
    b->undo.n = MIN(whole.n, reverted.n);
    b->undo.share = recovery.share;
    b->undo.low = recovery.low;
    b->undo.high = recovery.high;
}

// In a new work tree at the new end: nothing, or the culprit undone.
static char *revert_prepare(Bisection *b, const char *dir)
{
    const Outcome *outcome = search_outcome(b->search);
    const char *const revert[] = {"revert", "--no-commit", bisection_hash(b, outcome->culprit),
                                  NULL};
    g_auto(ProcResult) result = {0};
    if (git_repo_git(b->repo, dir, revert, 0, &result, NULL))
        return NULL;
    return g_strdup_printf("it does not revert cleanly on %s", b->between->new_name);
}

static bool tip_add(Bisection *b, const char *word, const ProbeResult *result, GError **error)
{
    Entry *entry = g_new0(Entry, 1);
    entry->kind = ENTRY_TIP;
    entry->word = g_strdup(word);
    entry->value = result->value.number;
    entry->unit = g_strdup(result->value.unit);
    entry->seconds = result->seconds;
    return journal_add(b->journal, entry, error);
}

// One run of one of the two trees; a run that fails ends the attempt.
static bool tip_run(Bisection *b, bool is_reverted, GError **error)
{
    const char *hash = b->between->new_commit;
    g_autofree char *dir = NULL;
    g_auto(ProbeResult) result = {0};
    if (!bisection_place(b, hash, is_reverted ? 1 : 0,
                         is_reverted && !b->configs ? revert_prepare : NULL, &dir, &b->undo.why_not,
                         error))
        return false;
    if (b->undo.why_not)
        return true;
    b->doing = "verify by a revert";
    if (!probe_run(&b->probe, dir, hash, &result, error))
        return false;
    b->undo.why_not = g_steal_pointer(&result.why);
    return b->undo.why_not || tip_add(b, is_reverted ? REVERTED : WHOLE, &result, error);
}

// Why it was not measured when the answer was given, if nothing came after it.
static char *why_not_then(const Bisection *b)
{
    const GPtrArray *entries = journal_entries(b->journal);
    if (!journal_has_ended(b->journal))
        return NULL;
    return g_strdup(((const Entry *)entries->pdata[entries->len - 1])->why);
}

static char *why_not(const Bisection *b, const Outcome *outcome)
{
    const GitRange *range = b->between->range;
    int c = outcome->culprit;
    if (b->options->no_revert)
        return g_strdup("not asked for");
    if (b->probe.by_exit)
        return g_strdup("exit codes only");
    if (c == range->n - 1)
        return g_strdup("it is the last commit: its parent was compared");
    if (range->first_parent_at[c + 1] - range->first_parent_at[c] > 1)
        return g_strdup("it is a merge");
    return why_not_then(b);
}

bool bisection_undo(Bisection *b, GError **error)
{
    const Outcome *outcome = search_outcome(b->search);
    if (outcome->kind != OUTCOME_FOUND)
        return true;
    b->undo.why_not = why_not(b, outcome);
    bool is_log = outcome->endpoints.is_log;
    int runs = recovery_runs(outcome->separation);
    while (!b->undo.why_not) {
        Level whole = level_read(b, ENTRY_TIP, WHOLE, NULL, is_log);
        Level reverted = level_read(b, ENTRY_TIP, REVERTED, NULL, is_log);
        if (MIN(whole.n, reverted.n) >= runs)
            break;
        if (cmd_stop_requested())
            return error_set(error, ERROR_INTERRUPTED, "interrupted.");
        if (!tip_run(b, reverted.n <= whole.n, error))
            return false;
    }
    if (!b->undo.why_not)
        share_compute(b, is_log);
    return true;
}
