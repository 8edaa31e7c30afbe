// git bisect with k runs a step, and a search in the manner of Pinpoint.
#include "bisect_rivals.h"

#include <math.h>
#include <string.h>

#include "common/stats/ranktest.h"
#include "common/stats/summaries.h"

enum { LOOKS = 5, FIRST = 10, MOST = 160, DRAWN = 400, BUILDS = 60 };
static const double DIFFERENT = 0.01, SURE = 0.99;

static double mean_of_runs(Trial *trial, int commit, int runs)
{
    double sum = 0;
    for (int i = 0; i < runs; i++)
        sum += trial_run(trial, commit, 0);
    return sum / runs;
}

/* The candidate whose weight is nearest to half, the first of equals. */
static int middle_of(const Graph *graph, const bool *is_left, int n_left)
{
    g_autofree int *start = g_new(int, graph->n + 1),
                   *parents = g_new(int, graph->parent_start[graph->n] + 1);
    g_autofree int *index = g_new(int, n_left), *number = g_new(int, graph->n),
                   *weights = g_new(int, n_left);
    int n = 0, edges = 0, best = -1;
    for (int c = 0; c < graph->n; c++) {
        if (!is_left[c])
            continue;
        start[n] = edges;
        for (int e = graph->parent_start[c]; e < graph->parent_start[c + 1]; e++) {
            if (is_left[graph->parents[e]])
                parents[edges++] = number[graph->parents[e]];
        }
        number[c] = n;
        index[n++] = c;
    }
    start[n] = edges;
    g_autoptr(Graph) left = graph_new(n, start, parents, NULL);
    graph_weights(left, weights);
    for (int i = 0; i < n; i++) {
        if (best < 0 || MIN(weights[i], n - weights[i]) > MIN(weights[best], n - weights[best]))
            best = i;
    }
    return index[best];
}

static int git_bisect_line(Trial *trial, int k, double middle, int *ret_runs)
{
    int low = -1, high = trial->history->graph->n - 1, runs = 0;
    while (high - low > 1) {
        int at = low + (high - low) / 2;
        runs += k;
        if (mean_of_runs(trial, at, k) > middle)
            high = at;
        else
            low = at;
    }
    *ret_runs = runs;
    return high;
}

int git_bisect(Trial *trial, int k, int *ret_runs)
{
    const Graph *graph = trial->history->graph;
    double effect = trial->history->effect;
    int n_left = graph->n, runs = 0, ends = MAX(5, (int)ceil(32 / (effect * effect)));
    double middle =
        (mean_of_runs(trial, COMMIT_GOOD, ends) + mean_of_runs(trial, graph->n - 1, ends)) / 2;
    if (graph->is_line)
        return git_bisect_line(trial, k, middle, ret_runs);
    g_autofree bool *is_left = g_new(bool, graph->n);
    g_autofree guint64 *bits = g_new(guint64, graph_words(graph));
    memset(is_left, true, (size_t)graph->n);
    while (n_left > 1) {
        int at = middle_of(graph, is_left, n_left);
        bool is_bad = mean_of_runs(trial, at, k) > middle;
        runs += k;
        graph_ancestors(graph, at, bits);
        n_left = 0;
        for (int c = 0; c < graph->n; c++) {
            is_left[c] &= bit_is_set(bits, c) == is_bad;
            n_left += is_left[c];
        }
    }
    *ret_runs = runs;
    for (int c = 0; c < graph->n; c++) {
        if (is_left[c])
            return c;
    }
    return -1;
}

static int doubles_compare(gconstpointer a, gconstpointer b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov's asymptotic p of the largest distance of the distributions. */
static double smirnov_p(const double *a, int n, const double *b, int m)
{
    g_autofree double *x = g_memdup2(a, sizeof(double) * (size_t)n);
    g_autofree double *y = g_memdup2(b, sizeof(double) * (size_t)m);
    qsort(x, (size_t)n, sizeof(double), doubles_compare);
    qsort(y, (size_t)m, sizeof(double), doubles_compare);
    double most = 0, p = 0, sign = 1;
    for (int i = 0, j = 0; i < n && j < m;) {
        double at = fmin(x[i], y[j]);
        while (i < n && x[i] <= at)
            i++;
        while (j < m && y[j] <= at)
            j++;
        most = fmax(most, fabs((double)i / n - (double)j / m));
    }
    double root = sqrt((double)n * m / (n + m)), t = (root + 0.12 + 0.11 / root) * most;
    for (int k = 1; k <= 100; k++, sign = -sign)
        p += 2 * sign * exp(-2 * k * k * t * t);
    return fmin(1, fmax(0, t < 0.2 ? 1 : p));
}

static double pair_p(const double *a, int n, const double *b, int m)
{
    g_autofree int *ranks = g_new(int, n + m);
    double ties = 0, u = 0;
    rank_doubled(a, n, b, m, ranks, &ties);
    for (int i = 0; i < m; i++)
        u += ranks[n + i] / 2.0;
    u -= m * (m + 1) / 2.0;
    return fmin(rank_normal_p(u, n, m, ties), smirnov_p(a, n, b, m));
}

struct Pinpoint {
    double same[LOOKS]; // p above it at 10, 20 .. 160 runs: the same
};

Pinpoint *pinpoint_new(double effect, guint64 seed)
{
    Pinpoint *pinpoint = g_new(Pinpoint, 1);
    Random random;
    random_init(&random, seed);
    for (int look = 0, n = FIRST; look < LOOKS; look++, n *= 2) {
        double a[MOST], b[MOST], p[DRAWN];
        for (int i = 0; i < DRAWN; i++) {
            for (int j = 0; j < n; j++) {
                a[j] = random_normal(&random);
                b[j] = random_normal(&random) + effect;
            }
            p[i] = pair_p(a, n, b, n);
        }
        qsort(p, DRAWN, sizeof(double), doubles_compare);
        pinpoint->same[look] = p[(int)(SURE * DRAWN)];
    }
    return pinpoint;
}

void pinpoint_free(Pinpoint *pinpoint)
{
    g_free(pinpoint);
}

typedef enum { PAIR_SAME, PAIR_UNKNOWN, PAIR_DIFFERENT } Pair;

/* A commit that is measured. */
typedef struct {
    int commit, n;
    double values[MOST];
} Measured;

static Pair pair_compare(const Pinpoint *pinpoint, const Measured *a, const Measured *b)
{
    double p = pair_p(a->values, a->n, b->values, b->n);
    int look = 0;
    for (int n = FIRST; 2 * n <= MIN(a->n, b->n) && look + 1 < LOOKS; n *= 2)
        look++;
    if (p <= DIFFERENT)
        return PAIR_DIFFERENT;
    return p <= pinpoint->same[look] && MIN(a->n, b->n) < MOST ? PAIR_UNKNOWN : PAIR_SAME;
}

static void measure(Trial *trial, Measured *measured, int n)
{
    while (measured->n < n)
        measured->values[measured->n++] = trial_run(trial, measured->commit, 0);
}

static void insert(Trial *trial, GPtrArray *list, guint at, int commit)
{
    Measured *measured = g_new0(Measured, 1);
    measured->commit = commit;
    measure(trial, measured, FIRST);
    g_ptr_array_insert(list, (int)at, measured);
}

/* One round over the pairs; whether anything was measured. */
static bool round_make(const Pinpoint *pinpoint, Trial *trial, GPtrArray *list)
{
    for (guint i = 0; i + 1 < list->len; i++) {
        Measured *a = g_ptr_array_index(list, i), *b = g_ptr_array_index(list, i + 1);
        Pair pair = pair_compare(pinpoint, a, b);
        if (pair == PAIR_UNKNOWN) {
            Measured *fewer = a->n <= b->n ? a : b;
            measure(trial, fewer, 2 * fewer->n);
            return true;
        }
        if (pair == PAIR_DIFFERENT && b->commit - a->commit > 1 && list->len < BUILDS) {
            insert(trial, list, i + 1, a->commit + (b->commit - a->commit) / 2);
            return true;
        }
    }
    return false;
}

int pinpoint_search(const Pinpoint *pinpoint, Trial *trial, int *ret_runs)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    int named = -1, runs = -2 * FIRST;
    insert(trial, list, 0, COMMIT_GOOD);
    insert(trial, list, 1, trial->history->graph->n - 1);
    while (round_make(pinpoint, trial, list)) {
    }
    for (guint i = 0; i < list->len; i++) {
        const Measured *a = g_ptr_array_index(list, i);
        runs += a->n;
        const Measured *b = i + 1 < list->len ? g_ptr_array_index(list, i + 1) : NULL;
        if (!b || pair_compare(pinpoint, a, b) != PAIR_DIFFERENT)
            continue;
        named = named == -1 && b->commit - a->commit == 1 ? b->commit : -2;
    }
    *ret_runs = runs;
    return named;
}
