// A few untested commits out of all: those whose P(bad) is nearest to a quantile.
#include <math.h>
#include <string.h>

#include "marvin/bisect/choice_internal.h"

enum { SAMPLES = 256, SAMPLE_WORDS = SAMPLES / 64 };
static const double DECAY = 0.02; // of n: how far a broken neighbourhood reaches
static const double VARYING_LEAST = 1e-3; // P(rho > 0) below which it is not looked at apart

/* The best so far, best first. */
typedef struct {
    int n;
    int commit[NEAREST_EACH];
    double score[NEAREST_EACH];
} Ranking;

static void ranking_offer(Ranking *ranking, int commit, double score)
{
    if (ranking->n == NEAREST_EACH && score <= ranking->score[NEAREST_EACH - 1])
        return;
    int at = ranking->n < NEAREST_EACH ? ranking->n++ : NEAREST_EACH - 1;
    while (at > 0 && ranking->score[at - 1] < score) {
        ranking->score[at] = ranking->score[at - 1];
        ranking->commit[at] = ranking->commit[at - 1];
        at--;
    }
    ranking->score[at] = score;
    ranking->commit[at] = commit;
}

double about_quantile(double p, double quantile)
{
    return p < quantile ? 0.5 * p / quantile : 1 - 0.5 * (1 - p) / (1 - quantile);
}

double testable_factor(const Search *search, int commit)
{
    if (search->n_untestable == 0)
        return 1;
    double reach = fmax(1, DECAY * search->graph->n);
    return 1 - exp(-search->distance[commit] / reach);
}

/* P(bad) of every commit from hypotheses drawn at equal steps of the posterior. */
static void masses_sample(const Graph *graph, const double *mass, double *ret_bad)
{
    g_autofree guint64 *bits = g_new0(guint64, (size_t)graph->n * SAMPLE_WORDS);
    double sum = 0;
    int drawn = 0;
    for (int c = 0; c < graph->n; c++) {
        guint64 *own = bits + (size_t)c * SAMPLE_WORDS;
        sum += mass[c];
        for (; drawn < SAMPLES && (drawn + 0.5) / SAMPLES <= sum; drawn++)
            own[drawn >> 6] |= 1ull << (drawn & 63);
        for (int e = graph->parent_start[c]; e < graph->parent_start[c + 1]; e++) {
            const guint64 *parent = bits + (size_t)graph->parents[e] * SAMPLE_WORDS;
            for (int w = 0; w < SAMPLE_WORDS; w++)
                own[w] |= parent[w];
        }
        int count = 0;
        for (int w = 0; w < SAMPLE_WORDS; w++)
            count += __builtin_popcountll(own[w]);
        ret_bad[c] = (double)count / SAMPLES;
    }
}

static void masses_line(int n, const double *mass, double *ret_bad)
{
    double sum = 0;
    for (int c = 0; c < n; c++)
        ret_bad[c] = sum += mass[c];
}

void choice_masses(const Graph *graph, const double *mass, const int *commits, int count,
                   double *ret_masses)
{
    g_autofree guint64 *reached = g_new0(guint64, graph->n);
    memset(ret_masses, 0, sizeof(double) * (size_t)count);
    for (int i = 0; i < count; i++)
        reached[commits[i]] |= 1ull << i;
    for (int c = graph->n - 1; c >= 0; c--) {
        guint64 by = reached[c];
        if (by == 0)
            continue;
        for (int e = graph->parent_start[c]; e < graph->parent_start[c + 1]; e++)
            reached[graph->parents[e]] |= by;
        for (guint64 left = by; left != 0; left &= left - 1)
            ret_masses[__builtin_ctzll(left)] += mass[c];
    }
}

/* Commits that are not to be offered as new: run already, under way, or untestable. */
static bool *taken_make(const Search *search, const Action *pending, int n_pending)
{
    bool *is_taken = g_memdup2(search->untestable, sizeof(bool) * (size_t)search->graph->n);
    for (guint g = 0; g < search->groups->len; g++) {
        const Group *group = &g_array_index(search->groups, Group, g);
        if (group->commit >= 0)
            is_taken[group->commit] = true;
    }
    for (int i = 0; i < n_pending; i++) {
        if (pending[i].commit >= 0)
            is_taken[pending[i].commit] = true;
    }
    return is_taken;
}

static void nearest_by(const Search *search, const double *mass, double quantile,
                       const bool *is_taken, Nearest *ret_nearest)
{
    const Graph *graph = search->graph;
    g_autofree double *bad = g_new(double, graph->n);
    Ranking ranking = {0};
    double built = 1 + search->options.costs.build / (3 * search->options.costs.run);
    if (graph->is_line)
        masses_line(graph->n, mass, bad);
    else
        masses_sample(graph, mass, bad);
    for (int c = 0; c + 1 < graph->n; c++) {
        if (is_taken[c])
            continue;
        double p = about_quantile(bad[c], quantile);
        ranking_offer(&ranking, c,
                      p * (1 - p) * testable_factor(search, c) * (search->built[c] ? built : 1));
    }
    for (int i = 0; i < ranking.n; i++) {
        bool is_new = true;
        for (int j = 0; j < ret_nearest->n; j++)
            is_new &= ret_nearest->commit[j] != ranking.commit[i];
        if (is_new)
            ret_nearest->commit[ret_nearest->n++] = ranking.commit[i];
    }
}

void nearest_find(const Search *search, double quantile, const Action *pending, int n_pending,
                  Nearest *ret_nearest)
{
    g_autofree bool *is_taken = taken_make(search, pending, n_pending);
    ret_nearest->n = 0;
    nearest_by(search, search->mass, quantile, is_taken, ret_nearest);
    double fixed = belief_rho_mass(search->belief, 0);
    if (belief_rhos(search->belief) < 2 || 1 - fixed < VARYING_LEAST)
        return;
    g_autofree double *mass = g_new(double, search->graph->n);
    belief_posterior_varying(search->belief, mass);
    nearest_by(search, mass, quantile, is_taken, ret_nearest);
}

double quantile_free(const Search *search, const Action *pending, int n_pending)
{
    bool is_used[MACHINES] = {false};
    int k = search->options.machines, chosen = -1;
    for (int i = 0; i < n_pending; i++) {
        if (pending[i].purpose != PURPOSE_SEARCH || endpoint_side(search, pending[i].commit) >= 0)
            continue;
        double p = 0;
        int nearest = -1;
        choice_masses(search->graph, search->mass, &pending[i].commit, 1, &p);
        for (int j = 0; j < k; j++) {
            if (!is_used[j] && (nearest < 0 || fabs((j + 1.0) / (k + 1) - p) <
                                                   fabs((nearest + 1.0) / (k + 1) - p)))
                nearest = j;
        }
        if (nearest >= 0)
            is_used[nearest] = true;
    }
    for (int j = 0; j < k; j++) {
        if (!is_used[j] && (chosen < 0 || abs(2 * j + 1 - k) < abs(2 * chosen + 1 - k)))
            chosen = j;
    }
    return chosen < 0 ? 0.5 : (chosen + 1.0) / (k + 1);
}
