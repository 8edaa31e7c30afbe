// What a search knows, for reports: the answer, the suspects, effects, costs, what is left.
#include <math.h>
#include <string.h>

#include "marvin/bisect/search_internal.h"

static int suspects_compare(gconstpointer a, gconstpointer b)
{
    const Suspect *x = a, *y = b;
    if (x->probability != y->probability)
        return x->probability < y->probability ? 1 : -1;
    return x->commit - y->commit;
}

// Found, and in the class of the culprit.
static bool is_in_answer(const Search *search, int commit)
{
    return search->outcome.kind == OUTCOME_FOUND &&
           search->class_of_suspect[commit] == search->class_of_suspect[search->culprits[0].commit];
}

static void suspects_set(Search *search)
{
    g_array_set_size(search->suspects, 0);
    const double *mass = search_mass(search);
    double least = 1e-6 / search->graph->n, sum = 0;
    guint n = 0;
    for (int c = 0; c < search->graph->n; c++) {
        if (mass[c] > least)
            g_array_append_vals(search->suspects, &(Suspect){c, mass[c]}, 1);
    }
    g_array_sort(search->suspects, suspects_compare);
    while (n < search->suspects->len && sum < search->options.stop - 1e-9)
        sum += g_array_index(search->suspects, Suspect, n++).probability;
    // What cannot be told from the culprit is as suspect, also where less mass would do.
    for (guint i = n; i < search->suspects->len; i++) {
        Suspect suspect = g_array_index(search->suspects, Suspect, i);
        if (is_in_answer(search, suspect.commit))
            g_array_index(search->suspects, Suspect, n++) = suspect;
    }
    g_array_set_size(search->suspects, n);
    search->outcome.suspects = (const Suspect *)(void *)search->suspects->data;
    search->outcome.n_suspects = (int)n;
}

// Oriented to what the metric did.
static Change change_of(const Search *search, double change, double low, double high)
{
    double sign = search->sign;
    return (Change){.change = sign * change,
                    .low = sign > 0 ? low : -high,
                    .high = sign > 0 ? high : -low,
                    .is_log = search->is_log};
}

static Change step_change(const Search *search, const Step *step)
{
    double most = search->options.binary ? 1 : INFINITY; // of a difference of rates
    return change_of(search, step->change, fmax(-most, step->change - 1.96 * step->error),
                     fmin(most, step->change + 1.96 * step->error));
}

// The most probable commit of the most probable class.
static int culprit_of(const Search *search)
{
    int culprit = search->top;
    for (int c = 0; c < search->graph->n; c++) {
        if (search->class_of_suspect[c] == search->top && search->mass[c] > search->mass[culprit])
            culprit = c;
    }
    return culprit;
}

static void culprit_set(Search *search)
{
    Outcome *outcome = &search->outcome;
    for (int i = 0; i < search->n_culprits; i++) {
        Step step = verify_step(search, search->class_of_suspect[search->culprits[i].commit]);
        search->culprits[i].effect = step_change(search, &step);
    }
    outcome->culprits = search->culprits;
    outcome->n_culprits = search->n_culprits;
    if (search->top < 0)
        return;
    Step step = verify_step(search, search->top);
    outcome->culprit = culprit_of(search);
    outcome->probability = search->mass[outcome->culprit];
    outcome->class_probability = search->top_mass;
    outcome->effect = step_change(search, &step);
    if (search->n_culprits > 0) {
        outcome->culprit = search->culprits[0].commit;
        outcome->probability = search->culprits[0].probability;
        outcome->class_probability = search->culprits[0].class_probability;
        outcome->effect = search->culprits[0].effect;
    }
    double whole = outcome->endpoints.change;
    outcome->share = outcome->effect.change / whole;
    outcome->share_low = (whole > 0 ? outcome->effect.low : outcome->effect.high) / whole;
    outcome->share_high = (whole > 0 ? outcome->effect.high : outcome->effect.low) / whole;
}

// Marks the commits and all that they reach.
static void reached_mark(const Graph *graph, const GArray *commits, bool *is_reached)
{
    for (guint i = 0; i < commits->len; i++) {
        if (g_array_index(commits, int, i) != COMMIT_GOOD)
            is_reached[g_array_index(commits, int, i)] = true;
    }
    for (int c = graph->n - 1; c >= 0; c--) {
        for (int e = graph->parent_start[c]; is_reached[c] && e < graph->parent_start[c + 1]; e++)
            is_reached[graph->parents[e]] = true;
    }
}

// Between which commits the culprit's effect was measured.
static void between_set(Search *search)
{
    Outcome *outcome = &search->outcome;
    int n = search->graph->n;
    g_autoptr(GArray) after = g_array_new(FALSE, FALSE, sizeof(int));
    g_autofree bool *is_new = g_new0(bool, n), *is_old = g_new0(bool, n);
    g_array_set_size(search->before, 0);
    suspects_verify(search, search->class_of_suspect[outcome->culprit], after, search->before);
    reached_mark(search->graph, after, is_new);
    reached_mark(search->graph, search->before, is_old);
    for (int c = 0; c < n; c++)
        outcome->n_between += is_new[c] && !is_old[c];
    outcome->before = (const int *)(void *)search->before->data;
    outcome->n_before = (int)search->before->len;
}

// How many commits the answer names: where no testable one tells them apart, it says so.
static void class_set(Search *search)
{
    Outcome *outcome = &search->outcome;
    for (int c = 0; c < search->graph->n; c++)
        outcome->n_class += is_in_answer(search, c);
    if (outcome->n_class < 2)
        return;
    g_free(search->why);
    search->why = g_strdup_printf("it is one of %d commits which no testable commit tells apart",
                                  outcome->n_class);
    outcome->why = search->why;
}

static void costs_set(Search *search)
{
    Outcome *outcome = &search->outcome;
    for (guint i = 0; i < search->evidence->len; i++) {
        switch (g_array_index(search->evidence, Evidence, i).purpose) {
        case PURPOSE_GIVEN:
            outcome->runs_given++;
            break;
        case PURPOSE_ENDPOINTS:
            outcome->runs_endpoints++;
            break;
        case PURPOSE_SEARCH:
            outcome->runs_search++;
            break;
        case PURPOSE_VERIFY:
            outcome->runs_verify++;
            break;
        }
    }
    for (guint g = 0; g < search->groups->len; g++) {
        const Group *group = &g_array_index(search->groups, Group, g);
        bool is_first = true; // of several machines that ran this build
        for (guint h = 0; h < g; h++) {
            const Group *other = &g_array_index(search->groups, Group, h);
            is_first &= other->commit != group->commit || other->build != group->build;
        }
        outcome->builds += is_first;
    }
    outcome->untestable = search->n_untestable;
}

static double entropy_of(const Search *search)
{
    double bits = 0;
    for (int c = 0; c < search->graph->n; c++) {
        if (search->mass[c] > 0)
            bits -= search->mass[c] * log2(search->mass[c]);
    }
    return bits;
}

static void left_set(Search *search)
{
    Outcome *outcome = &search->outcome;
    if (outcome->kind != OUTCOME_RUNNING)
        return;
    bool is_open = search->ends.state == ENDPOINTS_OPEN;
    double bits = is_open ? log2(search->graph->n) : entropy_of(search);
    double strength = is_open ? fmax(0.5, search->ends.separation) : search->strength;
    if (!isfinite(strength))
        strength = 1;
    double need =
        fmax(0, -log2(1 - search->options.stop) + log2(1 - fmin(search->top_mass, 0.999)));
    outcome->runs_left = 1.3 * (bits + need) / info_capacity(fmin(strength, 8)) +
                         2 * fmax(VERIFY_MIN, 16 / (strength * strength));
    outcome->builds_left = bits + 2;
    if (is_open)
        outcome->runs_left += 2 * fmax(0, search->ends.look - search->ends.n[0]);
}

static void kind_set(Search *search)
{
    Outcome *outcome = &search->outcome;
    Action action = search_next(search, 0, NULL, 0);
    outcome->kind = OUTCOME_RUNNING;
    outcome->why = search->ends.state == ENDPOINTS_OPEN ? "the endpoints are being compared"
                                                        : "the search goes on";
    if (search->ends.state == ENDPOINTS_ABSENT) {
        outcome->kind = OUTCOME_NOT_REPRODUCED;
        outcome->why = search->ends.why;
    } else if (search->is_whole) {
        outcome->kind = OUTCOME_FOUND;
        outcome->why = "the culprit is verified against its parents";
    } else if (action.kind == ACTION_DONE) {
        outcome->kind = OUTCOME_UNDECIDED;
        outcome->why = search->stuck;
    }
}

const Outcome *search_outcome(Search *search)
{
    derive(search);
    if (search->has_outcome)
        return &search->outcome;
    search->has_outcome = true;
    Change none = {NAN, NAN, NAN, search->is_log};
    search->outcome =
        (Outcome){.culprit = -1, .effect = none, .share = NAN, .share_low = NAN, .share_high = NAN};
    Outcome *outcome = &search->outcome;
    kind_set(search);
    outcome->is_confirmed = search->ends.state == ENDPOINTS_CONFIRMED;
    outcome->endpoints =
        change_of(search, search->ends.change, search->ends.low, search->ends.high);
    outcome->n_good = search->ends.n[0];
    outcome->n_bad = search->ends.n[1];
    outcome->confirmed_at = search->ends.first;
    outcome->separation = outcome->is_confirmed ? search->strength : search->ends.separation;
    outcome->is_robust = search->is_robust;
    outcome->is_drifting = search->is_drifting;
    outcome->rho = search->levels.rho;
    if (outcome->is_confirmed) {
        suspects_set(search);
        culprit_set(search);
        class_set(search);
        if (outcome->kind == OUTCOME_FOUND)
            between_set(search);
    }
    costs_set(search);
    left_set(search);
    return outcome;
}
