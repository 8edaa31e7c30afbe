// Evidence -> oriented values, modes, groups, belief, and the culprits it has verified.
#include <math.h>
#include <string.h>

#include "common/stats/summaries.h"
#include "marvin/bisect/drift.h"
#include "marvin/bisect/search_internal.h"

static const double FLOOR_LEAST = 1e-5; // s_f on the log scale
static const double OUTLIER = 6; // robust deviations
enum { OUTLIER_RUNS = 20 }; // endpoint runs before outliers are looked for

static void scale_set(Search *search)
{
    bool is_positive = !search->options.binary;
    double sum = 0;
    int n = (int)search->evidence->len;
    for (int i = 0; i < n; i++) {
        double value = g_array_index(search->evidence, Evidence, i).value;
        is_positive &= value > 0;
        sum += fabs(value);
    }
    double mean = n > 0 ? sum / n : 1;
    bool is_higher_better = search->options.better == BETTER_HIGHER;
    search->is_log = is_positive;
    search->sign = !search->options.binary && is_higher_better != search->options.find_fix ? -1 : 1;
    if (search->options.binary || search->options.better == BETTER_NONE)
        search->sign = search->options.binary && search->options.find_fix ? -1 : 1;
    search->floor = FLOOR_LEAST;
    if (search->options.resolution > 0 && mean > 0)
        search->floor = fmax(search->floor, search->options.resolution / sqrt(12) / mean);
    if (!is_positive)
        search->floor *= mean > 0 ? mean : 1;
    search->y = g_renew(double, search->y, MAX(n, 1));
    for (int i = 0; i < n; i++) {
        double value = g_array_index(search->evidence, Evidence, i).value;
        search->y[i] = search->sign * (is_positive ? log(value) : value);
    }
}

// Few runs far off, on either endpoint: the likelihood with outliers. Many would be a second mode.
static bool outliers_seen(const Search *search)
{
    int n = 0, far = 0;
    g_autofree double *values = g_new(double, search->evidence->len + 1);
    for (int side = 0; side < 2; side++) {
        for (int m = 0; m < search->options.machines; m++) {
            int count = 0;
            for (guint i = 0; i < search->evidence->len; i++) {
                const Evidence *e = &g_array_index(search->evidence, Evidence, i);
                if (e->machine == m && e->build == 0 && endpoint_side(search, e->commit) == side)
                    values[count++] = search->y[i];
            }
            if (count < 5)
                continue;
            double middle = median(values, count);
            double sd = fmax(median_deviation(values, count), search->floor);
            for (int i = 0; i < count; i++)
                far += fabs(values[i] - middle) > OUTLIER * sd;
            n += count;
        }
    }
    return n >= OUTLIER_RUNS && far > 0 && far <= 0.15 * n;
}

static void groups_sum(Search *search)
{
    int n = (int)search->evidence->len, n_groups = (int)search->groups->len;
    Group *groups = (Group *)search->groups->data;
    search->grouped = g_renew(double, search->grouped, MAX(n, 1));
    g_autofree int *start = g_new0(int, n_groups + 1);
    for (int i = 0; i < n; i++)
        start[g_array_index(search->group_of, int, i) + 1]++;
    for (int g = 0; g < n_groups; g++) {
        start[g + 1] += start[g];
        groups[g].n = 0;
        groups[g].mean = 0;
        groups[g].ss = 0;
        groups[g].values = search->grouped + start[g];
    }
    for (int i = 0; i < n; i++) {
        Group *group = &groups[g_array_index(search->group_of, int, i)];
        search->grouped[start[group - groups] + group->n++] = search->y[i];
        double from_mean = search->y[i] - group->mean;
        group->mean += from_mean / group->n;
        group->ss += from_mean * (search->y[i] - group->mean);
    }
}

// Values of a machine count once both its endpoints have two (one, where outcomes are counted).
static bool machine_counts(const Search *search, int machine)
{
    int least = search->options.binary ? 1 : 2;
    return search->ends.n_machine[0][machine] >= least &&
           search->ends.n_machine[1][machine] >= least;
}

// The groups that count, whose commits the belief then tells apart. Returns how many.
static int groups_used(Search *search, Group *ret_used)
{
    int n_used = 0;
    for (guint g = 0; g < search->groups->len; g++) {
        const Group *group = &g_array_index(search->groups, Group, g);
        if (!machine_counts(search, group->machine))
            continue;
        ret_used[n_used++] = *group;
        if (group->commit >= 0)
            belief_test(search->belief, group->commit);
    }
    return n_used;
}

void derive_fit(Search *search, const Group *used, int n_used, int beside)
{
    int known[KNOWN_MAX + 1], n_known = 0;
    for (int i = 0; i < search->n_culprits; i++)
        known[n_known++] = search->culprits[i].commit;
    if (beside >= 0)
        known[n_known++] = beside;
    bool is_robust = search->is_robust && n_known == 0;
    BeliefOptions options = {
        .kind = search->options.binary ? LIKELIHOOD_BINARY
                : is_robust            ? LIKELIHOOD_ROBUST
                                       : LIKELIHOOD_GAUSSIAN,
        .rho = search->options.rho,
        .floor = search->floor,
        .known = known,
        .n_known = n_known,
    };
    belief_update(search->belief, used, n_used, &options);
}

void derive_belief(Search *search)
{
    g_autofree Group *used = g_new(Group, MAX(1, search->groups->len));
    int n_used = groups_used(search, used);
    derive_fit(search, used, n_used, -1);
    search->evidence_alone = belief_evidence(search->belief);
    search->beside = further_find(search, used, n_used);
    if (search->beside >= 0)
        derive_fit(search, used, n_used, search->beside);
    belief_posterior(search->belief, search->mass);
    search->levels = belief_levels(search->belief);
    double sd = fmax(search->levels.sd, 1e-300);
    search->strength = fmax(0.25, fabs(search->levels.difference) / sd);
    suspects_top(search);
}

// ln of how much better a further step beside the culprits found explains the values than none.
// `before` is the evidence of the culprit alone: that of all commits together is about 1/n of it.
static double further_evidence(Search *search, double before)
{
    derive_belief(search);
    return search->evidence_alone - before - further_price(search);
}

// Whether the culprits found are all: they explain the change, or the values want no further one.
// Where that is open (they lean to one, or their interval is short of the change), more runs of the
// last one are to settle it.
static bool culprits_suffice(Search *search, double evidence)
{
    int last = search->culprits[search->n_culprits - 1].commit;
    if (search->options.binary || search->is_robust || search->n_culprits == KNOWN_MAX ||
        !verify_is_partial(search))
        return true;
    bool is_short = verify_excludes_whole(search);
    search->is_doubtful = true;
    bool is_settled = verify_is_done(search, last); // of the belief that found it
    double further = further_evidence(search, evidence);
    search->is_doubtful = further <= FURTHER && !is_settled && (further > 0 || is_short);
    return further <= FURTHER && !search->is_doubtful;
}

// Found and verified, but it explains a part only: known from here on, and the rest is searched.
static void culprits_find(Search *search)
{
    while (search->top_mass >= search->options.stop && verify_is_done(search, search->top)) {
        int commit = search->top;
        bool is_beside = search->beside >= 0; // another step was seen already
        double evidence = is_beside ? -INFINITY : belief_evidence_of(search->belief, commit);
        search->culprits[search->n_culprits++] = (Culprit){.commit = commit,
                                                           .probability = search->mass[commit],
                                                           .class_probability = search->top_mass};
        if (search->n_culprits == 1)
            memcpy(search->first_mass, search->mass,
                   sizeof *search->mass * (size_t)search->graph->n);
        search->is_whole = culprits_suffice(search, evidence);
        if (!search->is_whole && !search->is_doubtful)
            continue;
        search->n_culprits--; // the posterior that found it
        derive_belief(search);
        search->n_culprits += search->is_whole;
        return;
    }
}

void derive(Search *search)
{
    if (search->is_fresh)
        return;
    search->is_fresh = true;
    search->has_outcome = false;
    search->n_culprits = 0;
    search->is_whole = false;
    search->is_doubtful = false;
    search->beside = -1;
    search->top = -1;
    search->top_mass = 0;
    memset(search->mass, 0, sizeof(double) * (size_t)search->graph->n);
    scale_set(search);
    endpoints_test(search, search->y, &search->ends);
    search->is_drifting = search->options.drift == SWITCH_ON;
    search->is_robust = search->options.robust == SWITCH_ON;
    if (search->ends.state != ENDPOINTS_CONFIRMED)
        return;
    if (search->options.drift != SWITCH_OFF && !search->options.binary)
        search->is_drifting = drift_correct(search, search->is_drifting, search->y);
    if (search->options.robust == SWITCH_AUTO && !search->options.binary)
        search->is_robust = outliers_seen(search);
    groups_sum(search);
    derive_belief(search);
    culprits_find(search);
}
