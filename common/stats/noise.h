/*
 * The noise of a series beyond what its boots show, from comparisons of a release with itself (A/A
 * pairs; STATISTICS A.3.8 and A.3.9). Feeds History.tau_a and History.floor_a.
 */
#pragma once

/* One A/A pair, from Judged: effect, se, and p as a family of its own; all on the log scale. */
typedef struct {
    double effect;
    double se;
    double p;
} AaPair;

/* sqrt(max(0, Var(ln R) - mean SE^2)); 0 with fewer than 5 pairs. */
double noise_tau(const AaPair *pairs, int n);

/*
 * 0, or, where more than q of at least 20 pairs would be red alone (p <= q and |ln R| >= level),
 * the 95 % quantile of |ln R|. level: L_A before, ln units.
 */
double noise_floor(const AaPair *pairs, int n, double level, double q);
