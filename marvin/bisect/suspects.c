// Classes that no testable commit separates, the most probable one, and what would verify it.
#include <string.h>

#include "marvin/bisect/search_internal.h"

// Whether another of the commits is an ancestor of this one: what reaches it reaches both.
static bool is_covered(const Graph *graph, const GArray *commits, int commit)
{
    for (guint i = 0; i < commits->len; i++) {
        int other = g_array_index(commits, int, i);
        if (other != commit && graph_reaches(graph, other, commit))
            return true;
    }
    return false;
}

static void commits_add(GArray *commits, int commit)
{
    for (guint i = 0; i < commits->len; i++) {
        if (g_array_index(commits, int, i) == commit)
            return;
    }
    g_array_append_val(commits, commit);
}

static int commits_compare(gconstpointer a, gconstpointer b)
{
    return *(const int *)a - *(const int *)b;
}

/*
 * The nearest testable descendants of an untestable commit, those above others left out, ascending.
 * Whatever test tells the commit from others is one of them or a descendant.
 */
static GArray *frontier_of(const Search *search, int commit, GHashTable *frontiers)
{
    const Graph *graph = search->graph;
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(int));
    for (int e = graph->child_start[commit]; e < graph->child_start[commit + 1]; e++) {
        int child = graph->children[e];
        if (!search->untestable[child]) {
            commits_add(all, child);
            continue;
        }
        const GArray *above = g_hash_table_lookup(frontiers, GINT_TO_POINTER(child));
        for (guint i = 0; i < above->len; i++)
            commits_add(all, g_array_index(above, int, i));
    }
    GArray *least = g_array_new(FALSE, FALSE, sizeof(int));
    for (guint i = 0; i < all->len; i++) {
        int child = g_array_index(all, int, i);
        if (!is_covered(graph, all, child))
            g_array_append_val(least, child);
    }
    g_array_sort(least, commits_compare);
    return least;
}

static GHashTable *frontiers_make(const Search *search)
{
    GHashTable *frontiers = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
    for (int c = search->graph->n - 1; c >= 0; c--) {
        if (search->untestable[c])
            g_hash_table_insert(frontiers, GINT_TO_POINTER(c), frontier_of(search, c, frontiers));
    }
    return frontiers;
}

static bool is_same_set(const GArray *a, const GArray *b)
{
    return a->len == b->len && memcmp(a->data, b->data, sizeof(int) * a->len) == 0;
}

void suspects_classify(Search *search)
{
    g_autoptr(GHashTable) frontiers = frontiers_make(search);
    g_autoptr(GArray) split = g_array_new(FALSE, FALSE, sizeof(int)); // with more than one above
    for (int c = 0; c < search->graph->n; c++) {
        search->class_of_suspect[c] = c;
        if (!search->untestable[c])
            continue;
        const GArray *above = g_hash_table_lookup(frontiers, GINT_TO_POINTER(c));
        if (above->len == 1) {
            search->class_of_suspect[c] = g_array_index(above, int, 0);
            continue;
        }
        for (guint i = 0; i < split->len; i++) {
            int other = g_array_index(split, int, i);
            if (is_same_set(above, g_hash_table_lookup(frontiers, GINT_TO_POINTER(other))))
                search->class_of_suspect[c] = other;
        }
        if (search->class_of_suspect[c] == c)
            g_array_append_val(split, c);
    }
    graph_distances(search->graph, search->untestable, search->distance);
}

void suspects_top(Search *search)
{
    int n = search->graph->n;
    const double *by_class = search->mass;
    g_autofree double *sums = NULL;
    if (search->n_untestable > 0) {
        sums = g_new0(double, n);
        for (int c = 0; c < n; c++)
            sums[search->class_of_suspect[c]] += search->mass[c];
        by_class = sums;
    }
    search->top = 0;
    for (int c = 1; c < n; c++) {
        if (by_class[c] > by_class[search->top])
            search->top = c;
    }
    search->top_mass = by_class[search->top];
}

static void below_add(const Search *search, int commit, int class_, bool *seen, GArray *ret_before)
{
    const Graph *graph = search->graph;
    if (graph->parent_start[commit] == graph->parent_start[commit + 1])
        commits_add(ret_before, COMMIT_GOOD);
    for (int e = graph->parent_start[commit]; e < graph->parent_start[commit + 1]; e++) {
        int parent = graph->parents[e];
        if (!search->untestable[parent])
            commits_add(ret_before, parent);
        else if (!seen[parent] && search->class_of_suspect[parent] != class_) {
            seen[parent] = true;
            below_add(search, parent, class_, seen, ret_before);
        }
    }
}

void suspects_verify(const Search *search, int commit, GArray *ret_after, GArray *ret_before)
{
    g_autofree bool *seen = g_new0(bool, search->graph->n);
    for (int c = 0; c < search->graph->n; c++) {
        if (search->class_of_suspect[c] == commit)
            below_add(search, c, commit, seen, ret_before);
    }
    if (!search->untestable[commit]) {
        g_array_append_val(ret_after, commit);
        return;
    }
    g_autoptr(GHashTable) frontiers = frontiers_make(search);
    const GArray *above = g_hash_table_lookup(frontiers, GINT_TO_POINTER(commit));
    g_array_append_vals(ret_after, above->data, above->len);
}
