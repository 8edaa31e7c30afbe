// What each class is worth where 1 run in 20 is an outlier: levels on a grid from the endpoints.
#include <math.h>
#include <string.h>

#include "common/stats/summaries.h"
#include "marvin/bisect/belief_internal.h"

enum { NODES = 3, ROUNDS = 20 };
static const double OUTLIERS = 0.05, SPREAD = 6; // share, and deviation in those of the rest
static const double NODE[NODES] = {-1.7320508075688772, 0, 1.7320508075688772}; // Gauss-Hermite
static const double NODE_WEIGHT[NODES] = {1.0 / 6, 4.0 / 6, 1.0 / 6};

/* The endpoints of one machine, fitted: levels with their standard errors, one deviation. */
typedef struct {
    double mean[2], error[2], sd;
    double weight[2]; // runs that are no outliers
} Ends;

static double run_log_likelihood(double y, double mean, double sd)
{
    double z = (y - mean) / sd;
    double bulk = (1 - OUTLIERS) * exp(-z * z / 2);
    double tail = OUTLIERS / SPREAD * exp(-z * z / (2 * SPREAD * SPREAD));
    return bulk + tail > 0 ? log(bulk + tail) - log(sd)
                           : log(OUTLIERS / SPREAD) - z * z / (2 * SPREAD * SPREAD) - log(sd);
}

// -1: neither endpoint.
static int endpoint_side(const Belief *belief, const Group *group)
{
    if (group->commit < 0)
        return 0;
    return group->commit == belief->graph->n - 1 ? 1 : -1;
}

static void ends_collect(const Belief *belief, const Group *groups, int n_groups, int machine,
                         GArray *ret_values[2])
{
    for (int g = 0; g < n_groups; g++) {
        int side = endpoint_side(belief, &groups[g]);
        if (side >= 0 && groups[g].machine == machine)
            g_array_append_vals(ret_values[side], groups[g].values, (guint)groups[g].n);
    }
}

// Expectation maximisation: each run is weighed by how likely it is none of the outliers.
static void ends_fit(GArray *const values[2], double floor, Ends *ret_ends)
{
    Ends ends = {0};
    for (int side = 0; side < 2; side++)
        ends.mean[side] = median((const double *)values[side]->data, (int)values[side]->len);
    ends.sd = 0;
    for (int side = 0; side < 2; side++)
        ends.sd +=
            0.5 * median_deviation((const double *)values[side]->data, (int)values[side]->len);
    ends.sd = fmax(ends.sd, fmax(floor, 1e-12));
    for (int round = 0; round < ROUNDS; round++) {
        double squares = 0, all = 0, mean[2] = {0};
        memset(ends.weight, 0, sizeof ends.weight);
        for (int side = 0; side < 2; side++) {
            for (guint i = 0; i < values[side]->len; i++) {
                double y = g_array_index(values[side], double, i),
                       z = (y - ends.mean[side]) / ends.sd;
                double bulk = (1 - OUTLIERS) * exp(-z * z / 2);
                double tail = OUTLIERS / SPREAD * exp(-z * z / (2 * SPREAD * SPREAD));
                double p = bulk + tail > 0 ? bulk / (bulk + tail) : 0;
                double w = p + (1 - p) / (SPREAD * SPREAD);
                ends.weight[side] += w;
                mean[side] += w * y;
                squares += w * (y - ends.mean[side]) * (y - ends.mean[side]);
                all += 1;
            }
        }
        for (int side = 0; side < 2; side++)
            ends.mean[side] = mean[side] / ends.weight[side];
        ends.sd = fmax(sqrt(squares / fmax(all - 2, 1)), fmax(floor, 1e-12));
    }
    for (int side = 0; side < 2; side++)
        ends.error[side] = ends.sd / sqrt(ends.weight[side]);
    *ret_ends = ends;
}

// ret_node[group][side][node]: the group's runs, were its commit on that side at that level.
static void nodes_set(const Group *groups, int n_groups, int machine, const Ends *ends,
                      double *ret_node)
{
    for (int g = 0; g < n_groups; g++) {
        for (int s = 0; s < 2 * NODES; s++) {
            int side = s / NODES;
            double level = ends->mean[side] + ends->error[side] * NODE[s % NODES], sum = 0;
            for (int i = 0; groups[g].machine == machine && i < groups[g].n; i++)
                sum += run_log_likelihood(groups[g].values[i], level, ends->sd);
            ret_node[g * 2 * NODES + s] = sum;
        }
    }
}

static double class_log_likelihood(const Belief *belief, int class_, const Group *groups,
                                   int n_groups, int machine, const double *node)
{
    double sum[2 * NODES] = {0}, top[2] = {-INFINITY, -INFINITY}, log_likelihood = 0;
    for (int g = 0; g < n_groups; g++) {
        // The endpoints made the nodes; they are not counted twice.
        if (groups[g].machine != machine || endpoint_side(belief, &groups[g]) >= 0)
            continue;
        int side = belief_class_is_bad(belief, class_, groups[g].commit);
        for (int i = 0; i < NODES; i++)
            sum[side * NODES + i] += node[g * 2 * NODES + side * NODES + i];
    }
    for (int s = 0; s < 2 * NODES; s++)
        top[s / NODES] = fmax(top[s / NODES], sum[s]);
    for (int side = 0; side < 2; side++) { // the sides are independent: 3 x 3 nodes factor
        double total = 0;
        for (int i = 0; i < NODES; i++)
            total += NODE_WEIGHT[i] * exp(sum[side * NODES + i] - top[side]);
        log_likelihood += top[side] + log(total);
    }
    return log_likelihood;
}

static void fits_weigh(const Belief *belief, const Group *groups, int n_groups, ClassFit *ret_fits)
{
    for (int k = 0; k < belief->n_classes; k++) {
        double weight[2] = {0};
        for (int g = 0; g < n_groups; g++)
            weight[groups[g].commit >= 0 && belief_class_is_bad(belief, k, groups[g].commit)] +=
                groups[g].n;
        ret_fits[k].inverse_good = 1 / fmax(weight[0], 1e-9);
        ret_fits[k].inverse_bad = 1 / fmax(weight[1], 1e-9);
    }
}

void likelihood_robust(const Belief *belief, const Group *groups, int n_groups,
                       const BeliefOptions *options, ClassFit *ret_fits)
{
    g_autofree double *node = g_new(double, (size_t)n_groups * 2 * NODES);
    int machines = 0, seen = 0;
    for (int g = 0; g < n_groups; g++)
        machines = MAX(machines, groups[g].machine + 1);
    for (int m = 0; m < machines; m++) {
        GArray *values[2] = {g_array_new(FALSE, FALSE, sizeof(double)),
                             g_array_new(FALSE, FALSE, sizeof(double))};
        ends_collect(belief, groups, n_groups, m, values);
        if (values[0]->len > 0 && values[1]->len > 0) {
            Ends ends;
            ends_fit(values, options->floor, &ends);
            nodes_set(groups, n_groups, m, &ends, node);
            seen++;
            for (int k = 0; k < belief->n_classes; k++) {
                ClassFit *fit = &ret_fits[k];
                fit->log_likelihood += class_log_likelihood(belief, k, groups, n_groups, m, node);
                fit->good += (ends.mean[0] - fit->good) / seen;
                fit->difference += (ends.mean[1] - ends.mean[0] - fit->difference) / seen;
                fit->sd += (ends.sd - fit->sd) / seen;
            }
        }
        g_array_unref(values[0]);
        g_array_unref(values[1]);
    }
    fits_weigh(belief, groups, n_groups, ret_fits);
}
