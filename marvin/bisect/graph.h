/*
 * The commits of a range as a graph: candidate sets and weights exactly as git has them, ancestors
 * as bitsets. Pure: built from arrays; reading them from a git tree is load.h's work. It knows
 * nothing of runs or probabilities.
 *
 * Commits are numbers 0 .. n-1 in topological order: every parent is smaller than its child. Bit i
 * of a bitset of graph_words() words is commit i.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Read only after graph_new(). Owned by the caller, freed with graph_free(). */
typedef struct {
    int n;
    int *parent_start; // n + 1: parents of c are parents[parent_start[c] .. parent_start[c+1]-1]
    int *parents;
    int *child_start; // n + 1, likewise
    int *children;
    bool is_line; // every commit's only parent is the one before it
} Graph;

/*
 * n >= 1 commits with their parents, copied. ERROR_INPUT where a parent is not smaller than its
 * child, or twice the same.
 */
Graph *graph_new(int n, const int *parent_start, const int *parents, GError **error);
/* n commits, each the parent of the next. */
Graph *graph_new_line(int n);
void graph_free(Graph *graph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Graph, graph_free)

/*
 * The candidates between goods and bad, as `git bisect` has them: what bad reaches (through first
 * parents only where first_parent), bad included, less all that any good reaches, by any parent.
 * A good need not be an ancestor of bad. The last commit of the new graph is bad; order is kept;
 * parents outside are dropped, so a commit without parents stands on good history.
 * ret_index: commit of the new graph -> commit of whole, n of them, freed by the caller with
 * g_free(). ERROR_INPUT where nothing is left: a good reaches bad.
 */
Graph *graph_candidates(const Graph *whole, int bad, const int *goods, int n_goods,
                        bool first_parent, int **ret_index, GError **error);

/* Words of a bitset over the commits. */
int graph_words(const Graph *graph);

/* Sets ret_bits (graph_words) to what commit reaches, itself included. O(edges before commit). */
void graph_ancestors(const Graph *graph, int commit, guint64 *ret_bits);

/* Whether a is b or an ancestor of b. */
bool graph_reaches(const Graph *graph, int a, int b);

/*
 * ret_weights: for each of the n commits how many it reaches, itself included: git's weight.
 * `git rev-list --bisect-all` prints min(weight, n - weight). Exact, in O(n edges / 64).
 */
void graph_weights(const Graph *graph, int *ret_weights);

/* The shortest way from each commit to one of the marked ones along edges in either direction;
 * n everywhere where none is marked. marked: n flags. ret_distance: n. */
void graph_distances(const Graph *graph, const bool *marked, int *ret_distance);

static inline bool bit_is_set(const guint64 *bits, int i)
{
    return (bits[i >> 6] >> (i & 63)) & 1;
}
