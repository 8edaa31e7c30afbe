// Bad against bad without the culprit.
#include "marvin/bisect/revert.h"

#include <math.h>
#include <string.h>

#include "common/git.h"
#include "marvin/bisect/recovery.h"

/* So many boots that give nothing are enough to know. */
enum { TRIES = 5 };

void revert_clear(Revert *revert)
{
    g_free(revert->commit);
    *revert = (Revert){0};
}

bool revert_make(const char *mirror, const char *tip, const char *culprit, Revert *revert,
                 GError **error)
{
    g_autoptr(GitMirror) tree = NULL;
    if (!git_mirror_open(mirror, &tree, error) ||
        !git_mirror_revert(tree, tip, culprit, &revert->commit, error))
        return false;
    revert->is_tried = true;
    return true;
}

static Level level_of(const EvidenceRows *rows, const char *revision, bool is_log)
{
    Level level = {0};
    for (guint i = 0; i < rows->values->len; i++) {
        const BootValue *value = g_ptr_array_index(rows->values, i);
        if (value->machine == 0 && isfinite(value->value) && strcmp(value->revision, revision) == 0)
            level_add(&level, is_log ? log(value->value) : value->value);
    }
    return level;
}

static void count_boots(Revert *revert, const EvidenceRows *rows)
{
    int n_failed = 0;
    revert->n_open = 0;
    for (guint i = 0; i < rows->requests->len; i++) {
        const Request *request = g_ptr_array_index(rows->requests, i);
        if (strcmp(request->purpose, "revert") != 0)
            continue;
        revert->n_open += request->n_open;
        n_failed += request->n_failed;
        revert->is_broken = revert->is_broken || request->is_build_failed;
    }
    revert->is_broken = revert->is_broken || (revert->n == 0 && n_failed >= TRIES);
}

void revert_read(Revert *revert, const Queued *bisection, const EvidenceRows *rows,
                 const Outcome *outcome)
{
    revert->n_wanted = 0;
    revert->n = 0;
    if (revert->commit == NULL)
        return;
    bool is_log = outcome->endpoints.is_log;
    Level good = level_of(rows, bisection->good[0], is_log);
    Level bad = level_of(rows, bisection->bad, is_log);
    Level back = level_of(rows, revert->commit, is_log);
    Recovery recovery = recovery_estimate(&good, &bad, &back);
    int enough = recovery_runs(outcome->separation);
    revert->n = back.n;
    count_boots(revert, rows);
    revert->share = recovery.share;
    revert->low = recovery.low;
    revert->high = recovery.high;
    if (!revert->is_broken && back.n < enough)
        revert->n_wanted = enough - back.n;
}
