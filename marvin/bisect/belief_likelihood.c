// What each class is worth, Gaussian or binary, the levels integrated out.
#include <math.h>
#include <string.h>

#include "marvin/bisect/belief_internal.h"

enum { STEPS_MAX = 8, MACHINES_MAX = 64 };

/* The groups as the loops want them. */
typedef struct {
    int n_groups, n_machines, n_steps; // steps: the known ones, then the one looked for
    int runs;
    int *test; // index of the group's commit among the tested, or -1: the good endpoint
    int *machine; // 0 .. n_machines-1, without gaps
    double *count; // runs of the group
    double *y; // mean less centre
    double *scale; // of the machine's variance: weights are multiplied by it
    guint8 *known; // [step * n_groups + group]
    double ss, centre;
} Design;

static void design_clear(Design *design)
{
    g_free(design->test);
    g_free(design->machine);
    g_free(design->count);
    g_free(design->y);
    g_free(design->scale);
    g_free(design->known);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Design, design_clear)

// Machines differ in their noise: weights by the within-group variance, drawn to the pooled one.
static void design_scale(Design *design, const Group *groups)
{
    enum { DRAWN = 8 }; // degrees of freedom of the pooled variance
    double ss[MACHINES_MAX] = {0}, df[MACHINES_MAX] = {0}, all_ss = 0, all_df = 0;
    for (int g = 0; g < design->n_groups; g++) {
        ss[design->machine[g]] += groups[g].ss;
        df[design->machine[g]] += groups[g].n - 1;
        all_ss += groups[g].ss;
        all_df += groups[g].n - 1;
    }
    for (int g = 0; g < design->n_groups; g++) {
        int m = design->machine[g];
        design->scale[g] = 1;
        if (design->n_machines > 1 && all_ss > 0)
            design->scale[g] = (DRAWN + df[m]) / (DRAWN + ss[m] * all_df / all_ss);
        design->ss += groups[g].ss * design->scale[g];
    }
}

static void design_set(Design *design, const Belief *belief, const Group *groups, int n_groups,
                       const int *known, int n_known)
{
    int number[MACHINES_MAX];
    memset(number, -1, sizeof number);
    design->n_groups = n_groups;
    design->n_steps = MIN(n_known + 1, STEPS_MAX);
    design->test = g_new(int, n_groups);
    design->machine = g_new(int, n_groups);
    design->count = g_new(double, n_groups);
    design->y = g_new(double, n_groups);
    design->scale = g_new(double, n_groups);
    design->known = g_new0(guint8, (size_t)design->n_steps * (size_t)n_groups);
    for (int g = 0; g < n_groups; g++) {
        const Group *group = &groups[g];
        int *m = &number[group->machine % MACHINES_MAX];
        if (*m < 0)
            *m = design->n_machines++;
        design->machine[g] = *m;
        design->test[g] = group->commit < 0 ? -1 : belief->test_of[group->commit];
        design->count[g] = group->n;
        design->centre += group->n * group->mean;
        design->runs += group->n;
        for (int j = 0; j + 1 < design->n_steps; j++)
            design->known[j * n_groups + g] =
                group->commit >= 0 && graph_reaches(belief->graph, known[j], group->commit);
    }
    design->centre /= design->runs;
    for (int g = 0; g < n_groups; g++)
        design->y[g] = groups[g].mean - design->centre;
    design_scale(design, groups);
}

/* Sums that no class changes, for one rho. */
typedef struct {
    double w[MACHINES_MAX], wy[MACHINES_MAX]; // by machine
    double wx[STEPS_MAX][MACHINES_MAX]; // by known step and machine
    double cross[STEPS_MAX][STEPS_MAX + 1]; // known x known, and with y; centred by machine
    double yy; // centred, with the runs' own squares and the floor
    double constant; // of the log likelihood
} Fixed;

static void fixed_set(Fixed *fixed, const Design *design, double rho, const double *weight,
                      double floor)
{
    int n = design->n_groups, known = design->n_steps - 1;
    memset(fixed, 0, sizeof *fixed);
    fixed->yy = design->ss + design->runs * floor * floor;
    for (int g = 0; g < n; g++) {
        int m = design->machine[g];
        double w = weight[g], y = design->y[g];
        fixed->w[m] += w;
        fixed->wy[m] += w * y;
        fixed->yy += w * y * y;
        fixed->constant -= 0.5 * log1p(design->count[g] * rho);
        for (int j = 0; j < known; j++) {
            if (!design->known[j * n + g])
                continue;
            fixed->wx[j][m] += w;
            fixed->cross[j][known + 1] += w * y;
            for (int i = 0; i < known; i++)
                fixed->cross[j][i] += design->known[i * n + g] ? w : 0;
        }
    }
    for (int m = 0; m < design->n_machines; m++) {
        fixed->yy -= fixed->wy[m] * fixed->wy[m] / fixed->w[m];
        fixed->constant -= 0.5 * log(fixed->w[m]);
        for (int j = 0; j < known; j++) {
            fixed->cross[j][known + 1] -= fixed->wx[j][m] * fixed->wy[m] / fixed->w[m];
            for (int i = 0; i < known; i++)
                fixed->cross[j][i] -= fixed->wx[j][m] * fixed->wx[i][m] / fixed->w[m];
        }
    }
}

/*
 * Gauss elimination of the normal equations a (k x k, and the right side in column k), the step
 * looked for last. Its pivot's square is taken off *yy. False: the steps cannot be told apart.
 */
static bool normal_solve(double a[STEPS_MAX][STEPS_MAX + 1], int k, double *yy, double *ret_log_det,
                         double *ret_last)
{
    double log_det = 0;
    for (int j = 0; j < k; j++) {
        double pivot = a[j][j];
        if (!(pivot > 1e-9))
            return false;
        log_det += log(pivot);
        *yy -= a[j][k] * a[j][k] / pivot;
        for (int i = j + 1; i < k; i++) {
            double factor = a[i][j] / pivot;
            for (int l = j; l <= k; l++)
                a[i][l] -= factor * a[j][l];
        }
    }
    *ret_log_det = log_det;
    *ret_last = a[k - 1][k] / a[k - 1][k - 1];
    return true;
}

static void class_fit(const Design *design, const Fixed *fixed, const double *weight,
                      const guint8 *bad, double floor, ClassFit *ret_fit)
{
    int k = design->n_steps, n = design->n_groups;
    double wb[MACHINES_MAX], yb[MACHINES_MAX], a[STEPS_MAX][STEPS_MAX + 1], yy = fixed->yy;
    memset(wb, 0, sizeof(double) * (size_t)design->n_machines);
    memset(yb, 0, sizeof(double) * (size_t)design->n_machines);
    for (int j = 0; j < k; j++)
        a[k - 1][j] = 0;
    for (int g = 0; g < n; g++) {
        if (design->test[g] < 0 || !bad[design->test[g]])
            continue;
        wb[design->machine[g]] += weight[g];
        yb[design->machine[g]] += weight[g] * design->y[g];
        for (int j = 0; j + 1 < k; j++)
            a[k - 1][j] += design->known[j * n + g] ? weight[g] : 0;
    }
    double all = 0, all_bad = 0, all_y = 0, bad_y = 0;
    a[k - 1][k - 1] = 0;
    a[k - 1][k] = 0;
    for (int m = 0; m < design->n_machines; m++) {
        double share = wb[m] / fixed->w[m];
        a[k - 1][k - 1] += wb[m] - wb[m] * share;
        a[k - 1][k] += yb[m] - share * fixed->wy[m];
        for (int j = 0; j + 1 < k; j++)
            a[k - 1][j] -= fixed->wx[j][m] * share;
        all += fixed->w[m];
        all_bad += wb[m];
        all_y += fixed->wy[m];
        bad_y += yb[m];
    }
    for (int j = 0; j + 1 < k; j++) {
        memcpy(a[j], fixed->cross[j], sizeof a[j]);
        a[j][k - 1] = a[k - 1][j];
    }
    double log_det = 0, last = 0, df = design->runs - design->n_machines - k;
    *ret_fit = (ClassFit){.log_likelihood = -INFINITY};
    if (!normal_solve(a, k, &yy, &log_det, &last))
        return;
    yy = fmax(yy, design->runs * floor * floor);
    yy = fmax(yy, 1e-300);
    ret_fit->log_likelihood = fixed->constant - 0.5 * log_det - 0.5 * df * log(yy) +
                              lgamma(0.5 * df) - 0.5 * df * log(G_PI);
    ret_fit->inverse_good = 1 / fmax(all - all_bad, 1e-9);
    ret_fit->inverse_bad = 1 / fmax(all_bad, 1e-9);
    ret_fit->difference = last;
    ret_fit->good = design->centre + (all_y - bad_y) * ret_fit->inverse_good;
    ret_fit->sd = sqrt(yy / fmax(df, 1));
}

void likelihood_gaussian(const Belief *belief, const Group *groups, int n_groups,
                         const BeliefOptions *options, ClassFit *ret_fits)
{
    g_auto(Design) design = {0};
    design_set(&design, belief, groups, n_groups, options->known, options->n_known);
    g_autofree double *weight = g_new(double, n_groups);
    for (int r = 0; r < options->rho.n; r++) {
        double rho = options->rho.value[r];
        for (int g = 0; g < n_groups; g++)
            weight[g] = design.scale[g] * design.count[g] / (1 + design.count[g] * rho);
        Fixed fixed;
        fixed_set(&fixed, &design, rho, weight, options->floor);
        for (int k = 0; k < belief->n_classes; k++)
            class_fit(&design, &fixed, weight, belief->bad + (size_t)k * (size_t)belief->cap_tests,
                      options->floor, &ret_fits[k * options->rho.n + r]);
    }
}

static double log_beta(double a, double b)
{
    return lgamma(a) + lgamma(b) - lgamma(a + b);
}

void likelihood_binary(const Belief *belief, const Group *groups, int n_groups, ClassFit *ret_fits)
{
    for (int k = 0; k < belief->n_classes; k++) {
        double fails[2] = {0.5, 0.5}, passes[2] = {0.5, 0.5}; // of commits that are good, bad
        for (int g = 0; g < n_groups; g++) {
            int side = groups[g].commit >= 0 && belief_class_is_bad(belief, k, groups[g].commit);
            fails[side] += groups[g].n * groups[g].mean;
            passes[side] += groups[g].n * (1 - groups[g].mean);
        }
        double good = fails[0] / (fails[0] + passes[0]), bad = fails[1] / (fails[1] + passes[1]);
        ret_fits[k] = (ClassFit){
            .log_likelihood = log_beta(fails[0], passes[0]) + log_beta(fails[1], passes[1]),
            .inverse_good = 1 / (fails[0] + passes[0]),
            .inverse_bad = 1 / (fails[1] + passes[1]),
            .good = good,
            .difference = bad - good,
            .sd = sqrt((good * (1 - good) + bad * (1 - bad)) / 2),
        };
    }
}
