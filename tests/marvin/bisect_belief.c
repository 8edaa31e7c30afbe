// marvin/bisect/belief: the posterior against formulas written out hypothesis by hypothesis.
#include "marvin/bisect/belief.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "common/stats/worlds.h"

enum { N = 23, GROUPS_MAX = 40, COLUMNS_MAX = 6 };

static int draw(Random *random, int below)
{
    return (int)(random_uniform(random) * below);
}

static Graph *merges_make(Random *random)
{
    int start[N + 1], parents[2 * N], edges = 0;
    for (int c = 0; c < N; c++) {
        start[c] = edges;
        if (c == 0)
            continue;
        int second = draw(random, c);
        parents[edges++] = c - 1; // so that the last commit reaches all
        if (second != c - 1 && random_uniform(random) < 0.4)
            parents[edges++] = second;
    }
    start[N] = edges;
    return graph_new(N, start, parents, NULL);
}

/* Groups of endpoints and of some commits, on machines, with a step of 2 at commit 9. */
static int groups_make(const Graph *graph, int machines, Random *random, Group *ret_groups)
{
    int n = 0;
    for (int m = 0; m < machines; m++) {
        for (int i = 0; i < 8; i++) {
            int commit = i == 0 ? -1 : i == 1 ? graph->n - 1 : draw(random, graph->n - 1);
            bool is_bad = commit >= 0 && graph_reaches(graph, 9, commit);
            ret_groups[n++] =
                (Group){.machine = m,
                        .commit = commit,
                        .build = i,
                        .n = 2 + draw(random, 5),
                        .mean = 100 + 10 * m + 2 * is_bad + 0.3 * random_normal(random),
                        .ss = 1 + random_uniform(random)};
        }
    }
    return n;
}

static RhoPrior rho_prior(void)
{
    return (RhoPrior){.n = 3, .value = {0, 0.1, 1}, .weight = {0.5, 0.3, 0.2}};
}

/* C.3.3 as it is printed: two means, one variance. */
static double log_likelihood_printed(const Graph *graph, int b, const Group *groups, int n,
                                     double rho, double floor)
{
    double w[2] = {0}, wy[2] = {0}, s = 0, constant = 0;
    int runs = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int g = 0; g < n; g++) {
            int bad = groups[g].commit >= 0 && graph_reaches(graph, b, groups[g].commit);
            double weight = groups[g].n / (1 + groups[g].n * rho);
            if (pass == 0) {
                w[bad] += weight;
                wy[bad] += weight * groups[g].mean;
                constant -= 0.5 * log(1 + groups[g].n * rho);
                runs += groups[g].n;
            } else {
                double from_mean = groups[g].mean - wy[bad] / w[bad];
                s += groups[g].ss + weight * from_mean * from_mean;
            }
        }
    }
    s += runs * floor * floor;
    return constant - 0.5 * log(w[0]) - 0.5 * log(w[1]) - 0.5 * (runs - 2) * log(s);
}

/* The same with any columns: X'WX by elimination, all columns written out. */
static double log_likelihood_columns(const Graph *graph, int b, const int *known, int n_known,
                                     int machines, const Group *groups, int n, double rho)
{
    int k = machines + n_known + 1, runs = 0;
    double a[COLUMNS_MAX][COLUMNS_MAX + 1], s = 0, log_det = 0, constant = 0;
    memset(a, 0, sizeof a);
    for (int g = 0; g < n; g++) {
        double x[COLUMNS_MAX] = {0}, weight = groups[g].n / (1 + groups[g].n * rho);
        x[groups[g].machine] = 1;
        for (int j = 0; j <= n_known; j++)
            x[machines + j] = groups[g].commit >= 0 &&
                              graph_reaches(graph, j < n_known ? known[j] : b, groups[g].commit);
        for (int i = 0; i < k; i++) {
            for (int j = 0; j < k; j++)
                a[i][j] += weight * x[i] * x[j];
            a[i][k] += weight * x[i] * groups[g].mean;
        }
        s += groups[g].ss + weight * groups[g].mean * groups[g].mean;
        constant -= 0.5 * log(1 + groups[g].n * rho);
        runs += groups[g].n;
    }
    for (int j = 0; j < k; j++) {
        if (!(a[j][j] > 1e-9))
            return -INFINITY;
        log_det += log(a[j][j]);
        s -= a[j][k] * a[j][k] / a[j][j];
        for (int i = j + 1; i < k; i++) {
            double factor = a[i][j] / a[j][j];
            for (int l = j; l <= k; l++)
                a[i][l] -= factor * a[j][l];
        }
    }
    return constant - 0.5 * log_det - 0.5 * (runs - k) * log(s);
}

static void normalise(double *log_mass, int n)
{
    double top = -INFINITY, sum = 0;
    for (int i = 0; i < n; i++)
        top = fmax(top, log_mass[i]);
    for (int i = 0; i < n; i++)
        sum += log_mass[i] = exp(log_mass[i] - top);
    for (int i = 0; i < n; i++)
        log_mass[i] /= sum;
}

static double log_sum(const double *values, int n)
{
    double top = -INFINITY, sum = 0;
    for (int i = 0; i < n; i++)
        top = fmax(top, values[i]);
    for (int i = 0; i < n; i++)
        sum += exp(values[i] - top);
    return isinf(top) ? top : top + log(sum);
}

static Belief *belief_of(const Graph *graph, const double *priors, const Group *groups, int n,
                         const BeliefOptions *options)
{
    Belief *belief = belief_new(graph, priors);
    for (int g = 0; g < n; g++) {
        if (groups[g].commit >= 0)
            belief_test(belief, groups[g].commit);
    }
    belief_update(belief, groups, n, options);
    return belief;
}

static void assert_near(const double *seen, const double *wanted)
{
    for (int b = 0; b < N; b++)
        g_assert_cmpfloat_with_epsilon(seen[b], wanted[b], 1e-7);
}

static void test_the_posterior_is_the_printed_formula(void)
{
    Random random;
    random_init(&random, 21);
    for (int trial = 0; trial < 40; trial++) {
        g_autoptr(Graph) graph = merges_make(&random);
        Group groups[GROUPS_MAX];
        double priors[N], wanted[N], seen[N], by_rho[3], floor = 0.05;
        int n = groups_make(graph, 1, &random, groups);
        RhoPrior rho = rho_prior();
        for (int b = 0; b < N; b++) {
            priors[b] = 0.1 + random_uniform(&random);
            for (int r = 0; r < 3; r++)
                by_rho[r] = log(rho.weight[r]) +
                            log_likelihood_printed(graph, b, groups, n, rho.value[r], floor);
            wanted[b] = log(priors[b]) + log_sum(by_rho, 3);
        }
        normalise(wanted, N);
        BeliefOptions options = {.rho = rho, .floor = floor};
        g_autoptr(Belief) belief = belief_of(graph, priors, groups, n, &options);
        belief_posterior(belief, seen);
        assert_near(seen, wanted);
    }
}

static void test_machines_and_known_culprits_are_columns(void)
{
    Random random;
    random_init(&random, 22);
    for (int trial = 0; trial < 40; trial++) {
        g_autoptr(Graph) graph = merges_make(&random);
        Group groups[GROUPS_MAX];
        double wanted[N], seen[N];
        // Equal variances within groups: machines that are equally noisy are weighed equally.
        int n = groups_make(graph, trial % 2 ? 1 : 2, &random, groups), known[] = {4};
        for (int g = 0; g < n; g++) {
            groups[g].n = 4;
            groups[g].ss = 1.5;
        }
        int n_known = trial % 3 == 0 ? 0 : 1;
        for (int b = 0; b < N; b++)
            wanted[b] =
                log_likelihood_columns(graph, b, known, n_known, trial % 2 ? 1 : 2, groups, n, 0.1);
        normalise(wanted, N);
        BeliefOptions options = {
            .rho = {.n = 1, .value = {0.1}, .weight = {1}}, .known = known, .n_known = n_known};
        g_autoptr(Belief) belief = belief_of(graph, NULL, groups, n, &options);
        belief_posterior(belief, seen);
        assert_near(seen, wanted);
    }
}

static void test_outcomes_are_counted(void)
{
    g_autoptr(Graph) graph = graph_new_line(N);
    const Group groups[] = {{.commit = -1, .n = 8, .mean = 0.125},
                            {.commit = N - 1, .n = 8, .mean = 1},
                            {.commit = 10, .n = 2, .mean = 0.5}};
    double wanted[N], seen[N];
    for (int b = 0; b < N; b++) {
        double bad[2] = {1.5, 8.5}, good[2] = {7.5, 0.5};
        bad[b <= 10]++;
        good[b <= 10]++;
        wanted[b] = 0;
        for (int s = 0; s < 2; s++)
            wanted[b] += lgamma(bad[s]) + lgamma(good[s]) - lgamma(bad[s] + good[s]);
    }
    normalise(wanted, N);
    BeliefOptions options = {.kind = LIKELIHOOD_BINARY};
    g_autoptr(Belief) belief = belief_of(graph, NULL, groups, 3, &options);
    belief_posterior(belief, seen);
    assert_near(seen, wanted);
}

static void test_classes_are_patterns_over_the_tested_commits(void)
{
    Random random;
    random_init(&random, 23);
    g_autoptr(Graph) graph = merges_make(&random);
    g_autoptr(Belief) belief = belief_new(graph, NULL);
    const int tested[] = {N - 1, 7, 15, 3, 12, 7};
    for (int i = 0; i < 6; i++)
        belief_test(belief, tested[i]);
    const int *class_of = belief_class_of(belief);
    for (int a = 0; a < N; a++) {
        for (int b = 0; b < N; b++) {
            bool is_same = true;
            for (int i = 0; i < 6; i++)
                is_same &= graph_reaches(graph, a, tested[i]) == graph_reaches(graph, b, tested[i]);
            g_assert_cmpint(class_of[a] == class_of[b], ==, is_same);
        }
        for (int i = 0; i < 6; i++)
            g_assert_cmpint(belief_class_is_bad(belief, class_of[a], tested[i]), ==,
                            graph_reaches(graph, a, tested[i]));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bisect/belief/printed", test_the_posterior_is_the_printed_formula);
    g_test_add_func("/bisect/belief/columns", test_machines_and_known_culprits_are_columns);
    g_test_add_func("/bisect/belief/outcomes", test_outcomes_are_counted);
    g_test_add_func("/bisect/belief/classes", test_classes_are_patterns_over_the_tested_commits);
    return g_test_run();
}
