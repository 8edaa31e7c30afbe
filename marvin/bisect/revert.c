// Bad against bad without the culprit.
#include "marvin/bisect/revert.h"

#include <math.h>
#include <string.h>

#include "common/git.h"
#include "common/stats/tdist.h"

enum { RUNS_LEAST = 5, RUNS_MOST = 40 };

/* Sums of one commit's values. */
typedef struct {
    int n;
    double mean, ss;
} Sums;

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

static void sums_add(Sums *sums, double value)
{
    double delta = value - sums->mean;
    sums->n++;
    sums->mean += delta / sums->n;
    sums->ss += delta * (value - sums->mean);
}

static Sums sums_of(const EvidenceRows *rows, const char *revision, bool is_log)
{
    Sums sums = {0};
    for (guint i = 0; i < rows->values->len; i++) {
        const BootValue *value = g_ptr_array_index(rows->values, i);
        if (value->machine == 0 && isfinite(value->value) && strcmp(value->revision, revision) == 0)
            sums_add(&sums, is_log ? log(value->value) : value->value);
    }
    return sums;
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
    revert->is_broken = revert->is_broken || (revert->n == 0 && n_failed >= RUNS_LEAST);
}

static void estimate(Revert *revert, const Sums *good, const Sums *bad, const Sums *back)
{
    double whole = bad->mean - good->mean, part = bad->mean - back->mean;
    int df = good->n + bad->n + back->n - 3;
    revert->share = revert->low = revert->high = NAN;
    if (good->n < 1 || bad->n < 1 || back->n < 1 || df < 1 || whole == 0)
        return;
    double variance = (good->ss + bad->ss + back->ss) / df, share = part / whole;
    // Gradient of (b - r) / (b - g) by r, b, g.
    double by_back = -1 / whole, by_bad = (1 - share) / whole, by_good = share / whole;
    double se = sqrt(variance * (by_back * by_back / back->n + by_bad * by_bad / bad->n +
                                 by_good * by_good / good->n));
    double half = student_quantile(.975, df) * se;
    revert->share = share;
    revert->low = share - half;
    revert->high = share + half;
}

void revert_read(Revert *revert, const Queued *bisection, const EvidenceRows *rows,
                 const Outcome *outcome)
{
    revert->n_wanted = 0;
    revert->n = 0;
    if (revert->commit == NULL)
        return;
    bool is_log = outcome->endpoints.is_log;
    Sums good = sums_of(rows, bisection->good[0], is_log);
    Sums bad = sums_of(rows, bisection->bad, is_log);
    Sums back = sums_of(rows, revert->commit, is_log);
    double ratio = fmax(.25, outcome->separation);
    int enough = CLAMP((int)ceil(16 / (ratio * ratio)), RUNS_LEAST, RUNS_MOST);
    revert->n = back.n;
    count_boots(revert, rows);
    estimate(revert, &good, &bad, &back);
    if (!revert->is_broken && back.n < enough)
        revert->n_wanted = enough - back.n;
}

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *revert_format(const Revert *revert)
{
    bool is_measured = revert->commit != NULL && revert->n > 0;
    const char *state = !revert->is_tried        ? "none"
                        : revert->commit == NULL ? "conflicts"
                        : revert->is_broken      ? "broken"
                        : is_measured            ? "measured"
                                                 : "none";
    return json_pack("{s:s, s:s?, s:o, s:o, s:o, s:i}", "state", state, "commit", revert->commit,
                     "share", is_measured ? real_or_null(revert->share) : json_null(), "ci_low",
                     is_measured ? real_or_null(revert->low) : json_null(), "ci_high",
                     is_measured ? real_or_null(revert->high) : json_null(), "n", revert->n);
}
