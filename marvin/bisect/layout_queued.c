// The layout test from rows.
#include "marvin/bisect/layout_queued.h"

#include <math.h>
#include <string.h>

#include "common/git.h"

#define PURPOSE "layout"

static const char NOT_KNOWN[] =
    "the recipe knows no other layout: it does not mention MARVIN_LAYOUT";
static const char SAME_BYTES[] =
    "the recipe knows no other layout: with MARVIN_LAYOUT=other it builds the same binaries";

/* So many boots that give nothing are enough to know. */
enum { TRIES = 3 };

void layout_clear(Layout *layout)
{
    g_free(layout->twin[0]);
    g_free(layout->twin[1]);
    *layout = (Layout){0};
}

static Level level_of(const EvidenceRows *rows, const char *revision, int machine, bool is_log)
{
    Level level = {0};
    for (guint i = 0; i < rows->values->len; i++) {
        const BootValue *value = g_ptr_array_index(rows->values, i);
        if (value->machine == machine && isfinite(value->value) &&
            strcmp(value->revision, revision) == 0)
            level_add(&level, is_log ? log(value->value) : value->value);
    }
    return level;
}

static const char *artifact_of(const EvidenceRows *rows, const char *revision)
{
    for (guint i = 0; i < rows->values->len; i++) {
        const BootValue *value = g_ptr_array_index(rows->values, i);
        if (value->artifact != NULL && strcmp(value->revision, revision) == 0)
            return value->artifact;
    }
    for (guint i = 0; i < rows->requests->len; i++) {
        const Request *request = g_ptr_array_index(rows->requests, i);
        if (request->artifact != NULL && strcmp(request->revision, revision) == 0)
            return request->artifact;
    }
    return NULL;
}

static bool are_same(const EvidenceRows *rows, const char *revision, const char *other)
{
    const char *artifact = artifact_of(rows, revision);
    return artifact != NULL && g_strcmp0(artifact, artifact_of(rows, other)) == 0;
}

/* Where culprit and parent both ran most often; false: nowhere. */
static bool choose_machine(const LayoutSource *source, bool is_log, int *ret_machine)
{
    int most = 0;
    for (int m = 0; m < source->bisection->n_machines; m++) {
        int n[2];
        for (int i = 0; i < 2; i++)
            n[i] = level_of(source->rows, source->revision[i], m, is_log).n;
        if (MIN(n[0], n[1]) <= most)
            continue;
        most = MIN(n[0], n[1]);
        *ret_machine = m;
    }
    return most > 0;
}

static double separation_of(const Level levels[2])
{
    int df = levels[0].n + levels[1].n - 2;
    double variance = df > 0 ? (levels[0].ss + levels[1].ss) / df : 0;
    double change = levels[1].mean - levels[0].mean;
    return variance > 0 ? fabs(change) / sqrt(variance) : INFINITY;
}

/* What is asked for, by twin. */
static bool count_requests(Layout *layout, const EvidenceRows *rows, bool *ret_is_broken)
{
    bool is_asked = false;
    int n_failed = 0;
    layout->n_open = 0;
    for (guint i = 0; i < rows->requests->len; i++) {
        const Request *request = g_ptr_array_index(rows->requests, i);
        for (int side = 0; side < 2; side++) {
            if (strcmp(request->purpose, PURPOSE) != 0 || layout->twin[side] == NULL ||
                strcmp(request->revision, layout->twin[side]) != 0)
                continue;
            is_asked = true;
            layout->machine = request->machine;
            layout->last_boot[side] = MAX(layout->last_boot[side], request->last_boot);
            layout->n_open += request->n_open;
            n_failed += request->n_failed;
            *ret_is_broken = *ret_is_broken || request->is_build_failed;
        }
    }
    *ret_is_broken = *ret_is_broken || n_failed >= TRIES;
    return is_asked;
}

/* Two builds and the boots, as they took lately, within what is left; NULL: they are affordable. */
static const char *too_dear(const LayoutSource *source, int runs)
{
    const Queued *bisection = source->bisection;
    const Outcome *outcome = source->outcome;
    double price = 2 * source->rows->build_s + 2 * runs * source->rows->run_s;
    int boots =
        outcome->runs_endpoints + outcome->runs_search + outcome->runs_verify + source->n_revert;
    if (bisection->budget_s > 0 && bisection->age_s + price > bisection->budget_s)
        return "its two builds and their boots do not fit into the rest of the time budget";
    if (bisection->max_runs > 0 && boots + 2 * runs > bisection->max_runs)
        return "its boots do not fit into the rest of --max-runs";
    return NULL;
}

/* What can be said without building; NULL: it is to be measured. */
static const char *why_not(const LayoutSource *source)
{
    if (source->bisection->no_layout)
        return "not asked for";
    if (source->revision[0] == NULL)
        return "it is a merge";
    return source->knows_layout ? NULL : NOT_KNOWN;
}

static void result_set(Layout *layout, LayoutKind kind, const char *why)
{
    layout->result = (LayoutResult){.kind = kind,
                                    .why = why,
                                    .effect = {NAN, NAN, NAN, true},
                                    .share = NAN,
                                    .low = NAN,
                                    .high = NAN};
}

/* One boot of each shows whether the recipe took notice; then the rest, in turns. */
static void measure(Layout *layout, const LayoutSource *source, const Level ordinary[2],
                    bool is_log)
{
    const EvidenceRows *rows = source->rows;
    Level other[2];
    for (int i = 0; i < 2; i++)
        other[i] = level_of(rows, layout->twin[i], layout->machine, is_log);
    int n = MIN(other[0].n, other[1].n);
    if (n >= layout->runs) {
        layout->result = layout_judge(ordinary, other, is_log);
        return;
    }
    result_set(layout, LAYOUT_OPEN, NULL);
    layout->result.n = n;
    // each side what it lacks: a planner that was killed in between has asked for one of them
    for (int i = 0; i < 2 && layout->n_open == 0; i++)
        layout->n_wanted[i] = MAX(0, (n == 0 ? 1 : layout->runs) - other[i].n);
}

/* With the subjects made: what became of them. */
static void read_twins(Layout *layout, const LayoutSource *source, bool is_log)
{
    bool is_broken = false;
    bool is_asked = count_requests(layout, source->rows, &is_broken);
    Level ordinary[2];
    for (int i = 0; i < 2; i++)
        ordinary[i] = level_of(source->rows, source->revision[i], layout->machine, is_log);
    layout->runs = layout_runs(separation_of(ordinary));
    const char *dear = is_asked ? NULL : too_dear(source, layout->runs);
    if (dear != NULL)
        result_set(layout, LAYOUT_NOT_MEASURED, dear);
    else if (are_same(source->rows, source->revision[1], layout->twin[1]))
        result_set(layout, LAYOUT_NOT_MEASURED, SAME_BYTES);
    else if (is_broken)
        result_set(layout, LAYOUT_NOT_MEASURED, "with another layout they cannot be built or run");
    else
        measure(layout, source, ordinary, is_log);
    if (layout->result.kind == LAYOUT_OPEN && strcmp(source->bisection->state, "running") != 0)
        result_set(layout, LAYOUT_NOT_MEASURED, "the bisection ended before");
}

bool layout_look(Layout *layout, const LayoutSource *source, GError **error)
{
    bool is_log = source->outcome->endpoints.is_log;
    layout->n_wanted[0] = layout->n_wanted[1] = 0;
    if (source->revision[0] != NULL &&
        are_same(source->rows, source->revision[1], source->revision[0])) {
        result_set(layout, LAYOUT_IDENTICAL, NULL);
        return true;
    }
    const char *why = why_not(source);
    if (why == NULL && !choose_machine(source, is_log, &layout->machine))
        why = "the commit and its parent have not both run on one machine";
    if (why != NULL) {
        result_set(layout, LAYOUT_NOT_MEASURED, why);
        return true;
    }
    g_autoptr(GitMirror) mirror = NULL;
    for (int i = 0; i < 2; i++) {
        if (layout->twin[i] == NULL &&
            ((mirror == NULL && !git_mirror_open(source->mirror, &mirror, error)) ||
             !git_mirror_relayout(mirror, source->revision[i], &layout->twin[i], error)))
            return false;
    }
    read_twins(layout, source, is_log);
    return true;
}
