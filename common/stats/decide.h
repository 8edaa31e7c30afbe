/*
 * The decision procedure (STATISTICS A.3) for a family: all metric-level comparisons of one
 * (report, release, baseline). The only function of the project that turns two releases' numbers
 * into a state; `compare`, the site, `aa` and the simulations all call it. It is a pure function of
 * its arguments: no files, no database, no clock. Cells are made of its states by state.h, the one
 * number of a cell by composite.h, change points of a series are changes.h.
 *
 * A value is one number per boot, already collapsed (A.3.1): iterations and samples within a run
 * are never handed in as replicates. NAN stands for "null" in every double of Judged.
 */
#pragma once

#include "common/stats/orient.h"
#include "common/stats/state.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What the history of the series knows (A.3.5 prior, A.3.8 noise). All zero: nothing.
 * var, df: pooled variance within a release over the last 20 releases, and its degrees of freedom
 * (see prior_history() in prior.h). Used from 10 df on.
 * is_log: var is of ln(value); else of the value itself, in its unit squared. Ignored where the
 * scale is not the one that the member is judged on.
 * tau_a: standard deviation between A/A pairs beyond their standard errors, in ln units (noise.h).
 * floor_a: 0, or the ln ratio that replaces L_A by A.3.9 (noise.h).
 */
typedef struct {
    double var;
    double df;
    bool is_log;
    double tau_a;
    double floor_a;
} History;

/* One comparison. Borrows its arrays for the call. */
typedef struct {
    const double *base; // n_base values, one a boot, in boot order; NaN and Inf count as failed
    int n_base;
    const double *new_; // n_new values
    int n_new;
    Better better;
    double margin; // m as a fraction (.02); the plan's or the metric's
    double resolution; // of the metric, in its unit; 0 = not known
    bool deterministic; // counts and sizes: judged without a test, no member of M
    History history;
    State preset; // STATE_NONE, or failed, pending, not-comparable: passed through, no member of M
} Member;

typedef enum {
    WARN_SERIAL = 1, // boots are not independent: lag-1 correlation; see n_eff
    WARN_MODES = 2, // a side with 20 or more boots looks bimodal
} Warning;

typedef struct {
    int n_base, n_new; // values used
    int n_failed; // values rejected (NaN, Inf), both sides
    double base, new_; // the shown levels: arithmetic means over boots, in the metric's unit
    double ratio; // Hodges-Lehmann, oriented: above 1 is better; null on the linear scale
    double ci_low, ci_high; // 95 %, oriented, from the test that gave p; null on the linear scale
    double p_mwu, p_welch; // always given where defined; they choose nothing
    double p, q, q_red; // null where not in M
    double mde; // smallest visible effect, a fraction, never below the margin; M only
    int boots_needed; // a side; -1 = null. Only where undecided
    State state;
    const char *test; // "welch-moderated", "mann-whitney", "exact" (deterministic), "none"
    const char *reason; // static text or NULL: "suspect", "changed", "too noisy for this margin",
                        // "base is zero", "values vary" (deterministic in name only)
    unsigned warnings; // of Warning
    double rho1,
        n_eff; // lag-1 of the residuals in boot order, boots they are worth; null: n+m < 20
    // The working, for storing, A/A noise and charts; on the scale of the test (ln, or
    // value/|base|):
    double effect; // Hodges-Lehmann shift, new - base, not oriented
    double difference; // of means, new - base, not oriented
    double se, df; // moderated Welch
    double prior_var, prior_df; // the prior it used; prior_df 0 = none
    bool is_log; // false: the linear scale
    bool in_m; // member of M
} Judged;

typedef struct {
    double q; // false discovery rate, 0 = .05; also the level of every decision
    uint64_t seed; // of the drawn regroupings; 0 = the fixed default. Order of members is no matter
    bool by; // Benjamini-Yekutieli instead of Benjamini-Hochberg
} FamilyOptions;

/* What a page says once about its family. */
typedef struct {
    int size; // M
    double q;
    int reds, greens;
    bool calibrated; // at least 100 members: p-values were calibrated on the page
    double prior_var, prior_df; // the family's own prior; prior_df 0 where fewer than 20 members
} FamilySummary;

/*
 * Judges n members at once. options may be NULL (all defaults), ret_summary too; ret_judged has
 * room for n. Cannot fail. margin must be >= 0.
 */
void family_decide(const Member *members, int n, const FamilyOptions *options, Judged *ret_judged,
                   FamilySummary *ret_summary);
