// Endpoints measured again and again as the reference of everything else.
#include "marvin/bisect/drift.h"

#include <math.h>

enum { LEAST = 8, RATIOS = 12 }; // reference runs; steps of the walk's variance
static const double RATIO_LEAST = 1e-5, RATIO_STEP = 3; // in variances of a run
static const double CLEAR = 4; // log likelihood that the walk must gain

/* One reference run: when, counted in runs of its machine, and how far from its endpoint's mean. */
typedef struct {
    int at;
    double residual;
    double level, variance; // filtered, then smoothed; variance in variances of a run
} Reference;

static GArray *references_of(const Search *search, int machine, const double *y)
{
    GArray *references = g_array_new(FALSE, FALSE, sizeof(Reference));
    double mean[2] = {0};
    int n[2] = {0}, at = 0;
    for (guint i = 0; i < search->evidence->len; i++) {
        const Evidence *e = &g_array_index(search->evidence, Evidence, i);
        int side = endpoint_side(search, e->commit);
        if (side >= 0 && e->build == 0 && e->machine == machine)
            mean[side] += (y[i] - mean[side]) / ++n[side];
    }
    for (guint i = 0; i < search->evidence->len; i++) {
        const Evidence *e = &g_array_index(search->evidence, Evidence, i);
        int side = endpoint_side(search, e->commit);
        if (e->machine != machine)
            continue;
        Reference reference = {.at = at};
        at++;
        if (side < 0 || e->build != 0)
            continue;
        reference.residual = y[i] - mean[side];
        g_array_append_val(references, reference);
    }
    return references;
}

/* Kalman filter: a level that walks with `ratio` variances of a run each run. Its log likelihood.
 */
static double filter(Reference *references, int n, double ratio, double floor)
{
    double log_det = 0, squares = 0;
    references[0].level = references[0].residual;
    references[0].variance = 1;
    for (int i = 1; i < n; i++) {
        const Reference *before = &references[i - 1];
        double prior = before->variance + ratio * (references[i].at - before->at);
        double innovation = references[i].residual - before->level, gain = prior / (prior + 1);
        references[i].level = before->level + gain * innovation;
        references[i].variance = prior * (1 - gain);
        log_det += log(prior + 1);
        squares += innovation * innovation / (prior + 1);
    }
    return -0.5 * log_det - 0.5 * (n - 1) * log(squares + n * floor * floor + 1e-300);
}

/* The walk's variance, in those of a run; 0 where a level that stands fits about as well. */
static double ratio_fit(Reference *references, int n, double floor, bool is_forced)
{
    double still = filter(references, n, 0, floor), best = -INFINITY, best_ratio = 0;
    double ratio = RATIO_LEAST;
    for (int i = 0; i < RATIOS; i++, ratio *= RATIO_STEP) {
        double fit = filter(references, n, ratio, floor);
        if (fit > best) {
            best = fit;
            best_ratio = ratio;
        }
    }
    return is_forced || best > still + CLEAR ? best_ratio : 0;
}

/* Rauch, Tung and Striebel: what is known afterwards of the level at each reference. */
static void smooth(Reference *references, int n, double ratio)
{
    for (int i = n - 2; i >= 0; i--) {
        Reference *own = &references[i];
        double prior = own->variance + ratio * (references[i + 1].at - own->at);
        double gain = own->variance / prior;
        own->level += gain * (references[i + 1].level - own->level);
        own->variance += gain * gain * (references[i + 1].variance - prior);
    }
}

/* The level at a run: a reference's own share in it left out; between references on the line. */
static double level_at(const Reference *references, int n, int at, int *next)
{
    while (*next < n && references[*next].at < at)
        (*next)++;
    if (*next < n && references[*next].at == at) {
        const Reference *own = &references[*next];
        double share = fmin(own->variance, 0.9);
        return (own->level - share * own->residual) / (1 - share);
    }
    if (*next == 0 || *next == n)
        return references[MIN(*next, n - 1)].level;
    const Reference *a = &references[*next - 1], *b = &references[*next];
    return a->level + (b->level - a->level) * (at - a->at) / (b->at - a->at);
}

static bool machine_correct(const Search *search, int machine, bool is_forced, double *y)
{
    g_autoptr(GArray) array = references_of(search, machine, y);
    Reference *references = (Reference *)(void *)array->data;
    int n = (int)array->len, next = 0, at = 0;
    if (n < LEAST)
        return false;
    double ratio = ratio_fit(references, n, search->floor, is_forced);
    if (!(ratio > 0))
        return false;
    filter(references, n, ratio, search->floor);
    smooth(references, n, ratio);
    for (guint i = 0; i < search->evidence->len; i++) {
        if (g_array_index(search->evidence, Evidence, i).machine == machine)
            y[i] -= level_at(references, n, at++, &next);
    }
    return true;
}

bool drift_correct(const Search *search, bool is_forced, double *y)
{
    bool is_drifting = is_forced;
    for (int m = 0; m < search->options.machines; m++)
        is_drifting |= machine_correct(search, m, is_forced, y);
    return is_drifting;
}
