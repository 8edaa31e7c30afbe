// The commits of a range: candidates as git has them, weights, ancestors and distances.
#include "marvin/bisect/graph.h"

#include <string.h>

#include "common/error.h"

enum { BLOCK_WORDS = 8 }; // of 64 commits whose descendants are found in one pass

static void graph_link_children(Graph *graph)
{
    graph->child_start = g_new0(int, graph->n + 1);
    graph->children = g_new(int, MAX(1, graph->parent_start[graph->n]));
    for (int e = 0; e < graph->parent_start[graph->n]; e++)
        graph->child_start[graph->parents[e] + 1]++;
    for (int c = 0; c < graph->n; c++)
        graph->child_start[c + 1] += graph->child_start[c];
    g_autofree int *filled = g_memdup2(graph->child_start, sizeof(int) * (size_t)(graph->n + 1));
    for (int c = 0; c < graph->n; c++) {
        for (int e = graph->parent_start[c]; e < graph->parent_start[c + 1]; e++)
            graph->children[filled[graph->parents[e]]++] = c;
    }
}

static bool line_is(const Graph *graph)
{
    for (int c = 0; c < graph->n; c++) {
        int count = graph->parent_start[c + 1] - graph->parent_start[c];
        if (count != (c > 0) || (c > 0 && graph->parents[graph->parent_start[c]] != c - 1))
            return false;
    }
    return true;
}

Graph *graph_new(int n, const int *parent_start, const int *parents, GError **error)
{
    for (int c = 0; c < n; c++) {
        for (int e = parent_start[c]; e < parent_start[c + 1]; e++) {
            bool is_twice = false;
            for (int f = parent_start[c]; f < e; f++)
                is_twice |= parents[f] == parents[e];
            if (parents[e] < 0 || parents[e] >= c || is_twice) {
                error_set(error, ERROR_INPUT,
                          "Commit %d of a graph of %d has the parent %d: parents come before their "
                          "children, once each.",
                          c, n, parents[e]);
                return NULL;
            }
        }
    }
    if (n < 1) {
        error_set(error, ERROR_INPUT, "A graph needs at least one commit.");
        return NULL;
    }
    Graph *graph = g_new0(Graph, 1);
    graph->n = n;
    graph->parent_start = g_memdup2(parent_start, sizeof(int) * (size_t)(n + 1));
    graph->parents = g_new0(int, MAX(1, parent_start[n]));
    if (parent_start[n] > 0)
        memcpy(graph->parents, parents, sizeof(int) * (size_t)parent_start[n]);
    graph->is_line = line_is(graph);
    graph_link_children(graph);
    return graph;
}

Graph *graph_new_line(int n)
{
    g_autofree int *start = g_new(int, n + 1), *parents = g_new(int, MAX(1, n));
    for (int c = 0; c <= n; c++)
        start[c] = MAX(0, c - 1);
    for (int c = 1; c < n; c++)
        parents[c - 1] = c - 1;
    return graph_new(n, start, parents, NULL);
}

void graph_free(Graph *graph)
{
    if (!graph)
        return;
    g_free(graph->parent_start);
    g_free(graph->parents);
    g_free(graph->child_start);
    g_free(graph->children);
    g_free(graph);
}

// Spreads flags from children to parents, up to all parents or the first.
static void flags_spread(const Graph *graph, bool *flags, bool first_parent)
{
    for (int c = graph->n - 1; c >= 0; c--) {
        if (!flags[c])
            continue;
        int end = graph->parent_start[c + 1];
        if (first_parent)
            end = MIN(end, graph->parent_start[c] + 1);
        for (int e = graph->parent_start[c]; e < end; e++)
            flags[graph->parents[e]] = true;
    }
}

// The commits with kept set and their edges among one another, renumbered.
static Graph *graph_restrict(const Graph *whole, const bool *kept, bool first_parent,
                             int *ret_index)
{
    g_autofree int *number = g_new(int, whole->n), *start = g_new(int, whole->n + 1);
    g_autofree int *parents = g_new(int, MAX(1, whole->parent_start[whole->n]));
    int n = 0, edges = 0;
    for (int c = 0; c < whole->n; c++) {
        if (!kept[c])
            continue;
        start[n] = edges;
        int end = whole->parent_start[c + 1];
        if (first_parent)
            end = MIN(end, whole->parent_start[c] + 1);
        for (int e = whole->parent_start[c]; e < end; e++) {
            if (kept[whole->parents[e]])
                parents[edges++] = number[whole->parents[e]];
        }
        ret_index[n] = c;
        number[c] = n++;
    }
    start[n] = edges;
    return graph_new(n, start, parents, NULL);
}

Graph *graph_candidates(const Graph *whole, int bad, const int *goods, int n_goods,
                        bool first_parent, int **ret_index, GError **error)
{
    g_autofree bool *kept = g_new0(bool, whole->n), *excluded = g_new0(bool, whole->n);
    kept[bad] = true;
    flags_spread(whole, kept, first_parent);
    for (int i = 0; i < n_goods; i++)
        excluded[goods[i]] = true;
    flags_spread(whole, excluded, false);
    int n = 0;
    for (int c = 0; c < whole->n; c++) {
        kept[c] &= !excluded[c];
        n += kept[c];
    }
    if (n == 0) {
        error_set(error, ERROR_INPUT,
                  "There is no commit between good and bad: bad is an ancestor "
                  "of a good one. Are they swapped?");
        return NULL;
    }
    *ret_index = g_new(int, n);
    return graph_restrict(whole, kept, first_parent, *ret_index);
}

int graph_words(const Graph *graph)
{
    return (graph->n + 63) / 64;
}

void graph_ancestors(const Graph *graph, int commit, guint64 *ret_bits)
{
    memset(ret_bits, 0, sizeof(guint64) * (size_t)graph_words(graph));
    if (graph->is_line) {
        memset(ret_bits, 0xff, sizeof(guint64) * (size_t)((commit + 1) / 64));
        if ((commit + 1) % 64)
            ret_bits[(commit + 1) / 64] = (1ull << ((commit + 1) % 64)) - 1;
        return;
    }
    ret_bits[commit >> 6] |= 1ull << (commit & 63);
    for (int c = commit; c >= 0; c--) {
        if (!bit_is_set(ret_bits, c))
            continue;
        for (int e = graph->parent_start[c]; e < graph->parent_start[c + 1]; e++)
            ret_bits[graph->parents[e] >> 6] |= 1ull << (graph->parents[e] & 63);
    }
}

bool graph_reaches(const Graph *graph, int a, int b)
{
    if (a > b)
        return false;
    if (graph->is_line || a == b)
        return true;
    g_autofree guint64 *bits = g_new(guint64, graph_words(graph));
    graph_ancestors(graph, b, bits);
    return bit_is_set(bits, a);
}

void graph_weights(const Graph *graph, int *ret_weights)
{
    memset(ret_weights, 0, sizeof(int) * (size_t)graph->n);
    g_autofree guint64 *bits = g_new(guint64, (size_t)graph->n * BLOCK_WORDS);
    for (int first = 0; first < graph->n; first += 64 * BLOCK_WORDS) {
        for (int c = first; c < graph->n; c++) {
            guint64 *own = bits + (size_t)c * BLOCK_WORDS;
            memset(own, 0, sizeof(guint64) * BLOCK_WORDS);
            if (c - first < 64 * BLOCK_WORDS)
                own[(c - first) >> 6] |= 1ull << ((c - first) & 63);
            for (int e = graph->parent_start[c]; e < graph->parent_start[c + 1]; e++) {
                if (graph->parents[e] < first)
                    continue;
                const guint64 *parent = bits + (size_t)graph->parents[e] * BLOCK_WORDS;
                for (int w = 0; w < BLOCK_WORDS; w++)
                    own[w] |= parent[w];
            }
            for (int w = 0; w < BLOCK_WORDS; w++)
                ret_weights[c] += __builtin_popcountll(own[w]);
        }
    }
}

void graph_distances(const Graph *graph, const bool *marked, int *ret_distance)
{
    g_autofree int *queue = g_new(int, graph->n);
    int head = 0, tail = 0;
    for (int c = 0; c < graph->n; c++) {
        ret_distance[c] = marked[c] ? 0 : graph->n;
        if (marked[c])
            queue[tail++] = c;
    }
    while (head < tail) {
        int c = queue[head++], next = ret_distance[c] + 1;
        for (int e = graph->parent_start[c]; e < graph->parent_start[c + 1]; e++) {
            if (ret_distance[graph->parents[e]] > next) {
                ret_distance[graph->parents[e]] = next;
                queue[tail++] = graph->parents[e];
            }
        }
        for (int e = graph->child_start[c]; e < graph->child_start[c + 1]; e++) {
            if (ret_distance[graph->children[e]] > next) {
                ret_distance[graph->children[e]] = next;
                queue[tail++] = graph->children[e];
            }
        }
    }
}
