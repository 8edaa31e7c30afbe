/* Shared by belief.c (classes, posterior) and belief_likelihood.c (what each class is worth). */
#pragma once

#include "marvin/bisect/belief.h"

struct Belief {
    const Graph *graph;
    double *priors; // n, or NULL
    int *class_of; // n
    GArray *tested; // int: commits, in the order tested
    int *test_of; // n: index into tested, or -1
    int n_classes, cap_classes, cap_tests;
    guint8 *bad; // [class * cap_tests + test]: whether the class makes the tested commit bad
    int *count; // members of a class
    double *prior; // their prior, summed
    double prior_sum; // of all

    /* set by belief_update() */
    double *mass; // one entry a class
    int n_rho;
    double rho[RHO_MAX], rho_mass[RHO_MAX];
    double *joint, *inverse_good, *inverse_bad; // [rho * n_classes + class]
    double evidence;
    BeliefLevels levels;
};

/* One class under one rho: written by the likelihoods, [class * n_rho + rho]. */
typedef struct {
    double log_likelihood; // -INFINITY: cannot be
    double inverse_good, inverse_bad;
    double good, difference, sd;
} ClassFit;

void likelihood_gaussian(const Belief *belief, const Group *groups, int n_groups,
                         const BeliefOptions *options, ClassFit *ret_fits);
/* The two below have one rho, and write n_classes fits. */
void likelihood_robust(const Belief *belief, const Group *groups, int n_groups,
                       const BeliefOptions *options, ClassFit *ret_fits);
void likelihood_binary(const Belief *belief, const Group *groups, int n_groups, ClassFit *ret_fits);
