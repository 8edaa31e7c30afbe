/*
 * The posterior over the first bad commit, in closed form (STATISTICS C.3.3). Hypothesis b: b came
 * in first; then a tested commit is bad exactly where b is it or an ancestor of it. Given b, values
 * are Gaussian with a mean for good, a mean for bad, one variance of runs, and a variance of builds
 * rho times as large; the means and the variance have the reference prior and are integrated out,
 * rho has a prior on a grid:
 *
 *     ln L(b, rho) = -1/2 sum_m ln W_m - 1/2 ln det C - (n - M - k)/2 ln S - 1/2 sum_g ln(1 + n_g
 * rho)
 *
 * over groups g (the runs of one build on one machine) with weight w_g = n_g / (1 + n_g rho), M
 * machines (each with a level of its own), k steps; C the weighted cross products of the steps'
 * indicators within machines, S the residual sum of squares with the runs' own included. With one
 * machine and one step this is -1/2 ln W_good - 1/2 ln W_bad - (n-2)/2 ln S - ...: C.3's formula.
 * Culprits already known are further steps (k = 1 + known).
 *
 * Hypotheses with the same pattern over the tested commits are one class; testing a commit splits
 * classes. Pure, deterministic; not the choice of steps, not the endpoints' test.
 */
#pragma once

#include "marvin/bisect/graph.h"

#include <glib.h>
#include <stdbool.h>

enum { RHO_MAX = 12 };

/* Weights of the ratio variance between builds / variance between runs. */
typedef struct {
    int n; // 1 .. RHO_MAX
    double value[RHO_MAX]; // >= 0, ascending
    double weight[RHO_MAX]; // > 0; scaled to sum 1 when used
} RhoPrior;

/* The runs of one build on one machine, summed up. */
typedef struct {
    int machine;
    int commit; // -1: the good endpoint
    int build;
    int n;
    double mean;
    double ss; // sum of squares about the mean
    const double *values; // n, borrowed; wanted by the robust likelihood only, else may be NULL
} Group;

/* Class numbers are stable while no commit is tested. */
typedef struct Belief Belief;

/* priors: n weights > 0, copied, or NULL. Borrows graph. */
Belief *belief_new(const Graph *graph, const double *priors);
void belief_free(Belief *belief);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Belief, belief_free)

/* Makes classes tell whether they are good or bad at commit. Idempotent. O(n). */
void belief_test(Belief *belief, int commit);

typedef enum { LIKELIHOOD_GAUSSIAN, LIKELIHOOD_ROBUST, LIKELIHOOD_BINARY } Likelihood;

/* What the likelihood needs besides the groups. */
typedef struct {
    Likelihood kind;
    RhoPrior rho;
    double floor; // s_f: n floor^2 is added to S
    const int *known; // commits already known to be steps
    int n_known;
} BeliefOptions;

/*
 * Sets the posterior from the groups; every group's commit must have been tested. Gaussian and
 * robust: each machine needs runs of the good endpoint and of the last commit, and three in all.
 * Binary: mean is the share of bad outcomes.
 */
void belief_update(Belief *belief, const Group *groups, int n_groups, const BeliefOptions *options);

int belief_classes(const Belief *belief);
const int *belief_class_of(const Belief *belief); // n: commit -> class

double belief_class_prior(const Belief *belief, int class_); // of all classes together 1

/* After belief_update(). Arrays borrowed, one entry a class. */
const double *belief_class_mass(const Belief *belief);
bool belief_class_is_bad(const Belief *belief, int class_, int tested_commit);

/* The same for each value r = 0 .. belief_rhos() - 1 of rho (one, 0, where the likelihood has no
 * grid): P(class and rho), and 1 / W_good and 1 / W_bad under both. */
int belief_rhos(const Belief *belief);
double belief_rho(const Belief *belief, int r);
double belief_rho_mass(const Belief *belief, int r);
const double *belief_joint(const Belief *belief, int r);
const double *belief_inverse_good(const Belief *belief, int r);
const double *belief_inverse_bad(const Belief *belief, int r);

/* ret_shares: of each class, the share of its prior that commit reaches: P(commit is bad | class).
 * 0 or 1 where commit has been tested; else O(n). */
void belief_shares(const Belief *belief, int commit, double *ret_shares);

/* ret_mass: n posterior probabilities, sum 1. */
void belief_posterior(const Belief *belief, double *ret_mass);
/* The same, were rho not the first of its grid (0): scaled to sum 1. */
void belief_posterior_varying(const Belief *belief, double *ret_mass);

/* P(commit is bad): posterior mass of what it reaches; the commit must have been tested. */
double belief_bad(const Belief *belief, int tested_commit);

/*
 * ln of the likelihood of all values under the model, hypotheses and rho summed over. With one more
 * known culprit it has one more flat step: before the two are compared, ln of the range that its
 * size may have is to be taken off the larger model's. Known culprits cost no prior: the larger
 * model's evidence is to be compared with belief_evidence_of() the culprit. Gaussian only.
 */
double belief_evidence(const Belief *belief);
/* The same were commit known to be the first bad one: no prior in it. -INFINITY: cannot be. */
double belief_evidence_of(const Belief *belief, int commit);

/* Posterior means; binary: difference = difference of rates, sd = its binomial deviation. */
typedef struct {
    double good, bad; // levels of machine 0, or pooled over machines
    double difference; // bad - good, of the step that is looked for
    double sd; // of one run about its build
    double rho;
} BeliefLevels;
BeliefLevels belief_levels(const Belief *belief);
