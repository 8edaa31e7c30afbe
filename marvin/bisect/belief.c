// Classes of hypotheses, refined as commits are tested, and their posterior.
#include "marvin/bisect/belief.h"

#include <math.h>
#include <string.h>

#include "marvin/bisect/belief_internal.h"

static void classes_reserve(Belief *belief, int classes, int tests)
{
    int cap_tests = belief->cap_tests, cap_classes = belief->cap_classes;
    while (cap_tests < tests)
        cap_tests *= 2;
    while (cap_classes < classes)
        cap_classes *= 2;
    if (cap_tests == belief->cap_tests && cap_classes == belief->cap_classes)
        return;
    guint8 *bad = g_new0(guint8, (size_t)cap_classes * (size_t)cap_tests);
    for (int k = 0; k < belief->n_classes; k++)
        memcpy(bad + (size_t)k * (size_t)cap_tests,
               belief->bad + (size_t)k * (size_t)belief->cap_tests, (size_t)belief->cap_tests);
    g_free(belief->bad);
    belief->bad = bad;
    belief->cap_tests = cap_tests;
    belief->cap_classes = cap_classes;
    belief->count = g_renew(int, belief->count, cap_classes);
    belief->prior = g_renew(double, belief->prior, cap_classes);
    belief->mass = g_renew(double, belief->mass, cap_classes);
}

static void classes_sum_priors(Belief *belief)
{
    for (int k = 0; k < belief->n_classes; k++)
        belief->prior[k] = belief->priors ? 0 : belief->count[k];
    for (int b = 0; belief->priors && b < belief->graph->n; b++)
        belief->prior[belief->class_of[b]] += belief->priors[b];
}

Belief *belief_new(const Graph *graph, const double *priors)
{
    Belief *belief = g_new0(Belief, 1);
    belief->graph = graph;
    belief->priors = priors ? g_memdup2(priors, sizeof(double) * (size_t)graph->n) : NULL;
    belief->class_of = g_new0(int, graph->n);
    belief->tested = g_array_new(FALSE, FALSE, sizeof(int));
    belief->test_of = g_new(int, graph->n);
    for (int c = 0; c < graph->n; c++)
        belief->test_of[c] = -1;
    belief->cap_classes = 16;
    belief->cap_tests = 16;
    belief->bad = g_new0(guint8, 16 * 16);
    belief->count = g_new0(int, 16);
    belief->prior = g_new0(double, 16);
    belief->mass = g_new0(double, 16);
    belief->n_classes = 1;
    belief->count[0] = graph->n;
    classes_sum_priors(belief);
    belief->prior_sum = belief->prior[0];
    return belief;
}

void belief_free(Belief *belief)
{
    if (!belief)
        return;
    g_free(belief->priors);
    g_free(belief->class_of);
    g_array_unref(belief->tested);
    g_free(belief->test_of);
    g_free(belief->bad);
    g_free(belief->count);
    g_free(belief->prior);
    g_free(belief->mass);
    g_free(belief->joint);
    g_free(belief->inverse_good);
    g_free(belief->inverse_bad);
    g_free(belief);
}

// Moves the members of `from` that bits has into a class of their own.
static void class_split(Belief *belief, int from, int inside)
{
    int added = belief->n_classes++;
    memcpy(belief->bad + (size_t)added * (size_t)belief->cap_tests,
           belief->bad + (size_t)from * (size_t)belief->cap_tests, (size_t)belief->cap_tests);
    belief->count[added] = inside;
    belief->count[from] -= inside;
}

void belief_test(Belief *belief, int commit)
{
    if (belief->test_of[commit] >= 0)
        return;
    int n = belief->graph->n, test = (int)belief->tested->len, before = belief->n_classes;
    belief->test_of[commit] = test;
    g_array_append_val(belief->tested, commit);
    g_autofree guint64 *bits = g_new(guint64, graph_words(belief->graph));
    graph_ancestors(belief->graph, commit, bits);
    g_autofree int *inside = g_new0(int, before), *moved = g_new(int, before);
    for (int b = 0; b <= commit; b++)
        inside[belief->class_of[b]] += bit_is_set(bits, b);
    classes_reserve(belief, 2 * before, test + 1);
    for (int k = 0; k < before; k++) {
        moved[k] = k;
        if (inside[k] > 0 && inside[k] < belief->count[k]) {
            moved[k] = belief->n_classes;
            class_split(belief, k, inside[k]);
        }
        belief->bad[(size_t)k * (size_t)belief->cap_tests + (size_t)test] = 0;
        if (inside[k] > 0)
            belief->bad[(size_t)moved[k] * (size_t)belief->cap_tests + (size_t)test] = 1;
    }
    for (int b = 0; belief->n_classes > before && b <= commit && b < n; b++) {
        if (bit_is_set(bits, b))
            belief->class_of[b] = moved[belief->class_of[b]];
    }
    classes_sum_priors(belief);
}

static int fits_make(const Belief *belief, const Group *groups, int n_groups,
                     const BeliefOptions *options, ClassFit **ret_fits)
{
    int n_rho = options->kind == LIKELIHOOD_GAUSSIAN ? options->rho.n : 1;
    *ret_fits = g_new0(ClassFit, (size_t)belief->n_classes * (size_t)n_rho);
    if (options->kind == LIKELIHOOD_GAUSSIAN)
        likelihood_gaussian(belief, groups, n_groups, options, *ret_fits);
    else if (options->kind == LIKELIHOOD_ROBUST)
        likelihood_robust(belief, groups, n_groups, options, *ret_fits);
    else
        likelihood_binary(belief, groups, n_groups, *ret_fits);
    return n_rho;
}

static void levels_add(BeliefLevels *levels, const ClassFit *fit, double p, double rho)
{
    levels->good += p * fit->good;
    levels->bad += p * (fit->good + fit->difference);
    levels->difference += p * fit->difference;
    levels->sd += p * fit->sd;
    levels->rho += p * rho;
}

// Adds priors to the likelihoods; the largest of the sums.
static double fits_weigh(const Belief *belief, const RhoPrior *rho, ClassFit *fits)
{
    double top = -INFINITY;
    for (int i = 0; i < belief->n_classes * belief->n_rho; i++) {
        fits[i].log_likelihood += log(belief->prior[i / belief->n_rho]);
        if (belief->n_rho > 1)
            fits[i].log_likelihood += log(rho->weight[i % belief->n_rho]);
        top = fmax(top, fits[i].log_likelihood);
    }
    return top;
}

static void joint_reserve(Belief *belief)
{
    int size = belief->n_classes * belief->n_rho;
    belief->joint = g_renew(double, belief->joint, size);
    belief->inverse_good = g_renew(double, belief->inverse_good, size);
    belief->inverse_bad = g_renew(double, belief->inverse_bad, size);
}

void belief_update(Belief *belief, const Group *groups, int n_groups, const BeliefOptions *options)
{
    g_autofree ClassFit *fits = NULL;
    belief->n_rho = fits_make(belief, groups, n_groups, options, &fits);
    bool is_grid = options->kind == LIKELIHOOD_GAUSSIAN;
    double top = fits_weigh(belief, &options->rho, fits), total = 0;
    joint_reserve(belief);
    for (int i = 0; i < belief->n_classes * belief->n_rho; i++)
        total += exp(fits[i].log_likelihood - top);
    belief->evidence = top + log(MAX(total, G_MINDOUBLE)) - log(belief->prior_sum);
    belief->levels = (BeliefLevels){0};
    memset(belief->mass, 0, sizeof(double) * (size_t)belief->n_classes);
    for (int r = 0; r < belief->n_rho; r++) {
        belief->rho[r] = is_grid ? options->rho.value[r] : 0;
        belief->rho_mass[r] = 0;
        for (int k = 0; k < belief->n_classes; k++) {
            const ClassFit *fit = &fits[k * belief->n_rho + r];
            int at = r * belief->n_classes + k;
            double p = exp(fit->log_likelihood - top) / total;
            belief->joint[at] = p;
            belief->inverse_good[at] = fit->inverse_good;
            belief->inverse_bad[at] = fit->inverse_bad;
            belief->mass[k] += p;
            belief->rho_mass[r] += p;
            if (p > 0)
                levels_add(&belief->levels, fit, p, belief->rho[r]);
        }
    }
}

int belief_classes(const Belief *belief)
{
    return belief->n_classes;
}

const int *belief_class_of(const Belief *belief)
{
    return belief->class_of;
}

double belief_class_prior(const Belief *belief, int class_)
{
    return belief->prior[class_] / belief->prior_sum;
}

const double *belief_class_mass(const Belief *belief)
{
    return belief->mass;
}

bool belief_class_is_bad(const Belief *belief, int class_, int tested_commit)
{
    int test = belief->test_of[tested_commit];
    return belief->bad[(size_t)class_ * (size_t)belief->cap_tests + (size_t)test];
}

int belief_rhos(const Belief *belief)
{
    return belief->n_rho;
}

double belief_rho(const Belief *belief, int r)
{
    return belief->rho[r];
}

double belief_rho_mass(const Belief *belief, int r)
{
    return belief->rho_mass[r];
}

const double *belief_joint(const Belief *belief, int r)
{
    return belief->joint + (size_t)r * (size_t)belief->n_classes;
}

const double *belief_inverse_good(const Belief *belief, int r)
{
    return belief->inverse_good + (size_t)r * (size_t)belief->n_classes;
}

const double *belief_inverse_bad(const Belief *belief, int r)
{
    return belief->inverse_bad + (size_t)r * (size_t)belief->n_classes;
}

void belief_shares(const Belief *belief, int commit, double *ret_shares)
{
    if (belief->test_of[commit] >= 0) {
        for (int k = 0; k < belief->n_classes; k++)
            ret_shares[k] = belief_class_is_bad(belief, k, commit);
        return;
    }
    g_autofree guint64 *bits = g_new(guint64, graph_words(belief->graph));
    graph_ancestors(belief->graph, commit, bits);
    memset(ret_shares, 0, sizeof(double) * (size_t)belief->n_classes);
    for (int b = 0; b <= commit; b++) {
        if (bit_is_set(bits, b))
            ret_shares[belief->class_of[b]] += belief->priors ? belief->priors[b] : 1;
    }
    for (int k = 0; k < belief->n_classes; k++)
        ret_shares[k] = fmin(1, ret_shares[k] / belief->prior[k]);
}

static void class_mass_spread(const Belief *belief, const double *class_mass, double *ret_mass)
{
    g_autofree double *scale = g_new(double, belief->n_classes);
    for (int k = 0; k < belief->n_classes; k++)
        scale[k] = class_mass[k] / belief->prior[k];
    for (int b = 0; b < belief->graph->n; b++)
        ret_mass[b] = scale[belief->class_of[b]] * (belief->priors ? belief->priors[b] : 1);
}

void belief_posterior(const Belief *belief, double *ret_mass)
{
    class_mass_spread(belief, belief->mass, ret_mass);
}

void belief_posterior_varying(const Belief *belief, double *ret_mass)
{
    g_autofree double *mass = g_new(double, belief->n_classes);
    const double *fixed = belief_joint(belief, 0);
    double total = 0;
    for (int k = 0; k < belief->n_classes; k++) {
        mass[k] = fmax(0, belief->mass[k] - fixed[k]);
        total += mass[k];
    }
    for (int k = 0; k < belief->n_classes; k++)
        mass[k] = total > 0 ? mass[k] / total : 0;
    class_mass_spread(belief, mass, ret_mass);
}

double belief_bad(const Belief *belief, int tested_commit)
{
    double sum = 0;
    for (int k = 0; k < belief->n_classes; k++) {
        if (belief_class_is_bad(belief, k, tested_commit))
            sum += belief->mass[k];
    }
    return fmin(1, sum);
}

double belief_evidence(const Belief *belief)
{
    return belief->evidence;
}

double belief_evidence_of(const Belief *belief, int commit)
{
    int k = belief->class_of[commit];
    return belief->evidence + log(belief->mass[k] / belief->prior[k] * belief->prior_sum);
}

BeliefLevels belief_levels(const Belief *belief)
{
    return belief->levels;
}
