// marvin/bisect/graph: candidates and weights equal git's on generated histories.
#include "marvin/bisect/graph.h"

#include <string.h>

#include "common/error.h"
#include "common/stats/worlds.h"
#include "tests/common/scratch.h"

enum { HISTORIES = 12, COMMITS = 70, GOODS_MAX = 3 };

/* A generated history: commits of one, two or three parents, several roots. */
typedef struct {
    int start[COMMITS + 1], parents[3 * COMMITS];
    int goods[GOODS_MAX], n_goods;
    Graph *graph;
} Past;

static int draw(Random *random, int below)
{
    return (int)(random_uniform(random) * below);
}

static void past_make(Random *random, Past *ret_past)
{
    Past past = {0};
    int edges = 0;
    for (int c = 0; c < COMMITS; c++) {
        past.start[c] = edges;
        int count = c == 0 ? 0 : random_uniform(random) < 0.03 ? 0 : 1;
        for (int extra = 0; extra < 2; extra++)
            count += c > 3 && count > 0 && random_uniform(random) < 0.2;
        for (int i = 0; i < count; i++) {
            int parent = c - 1 - draw(random, MIN(c, 9));
            bool is_new = true;
            for (int e = past.start[c]; e < edges; e++)
                is_new &= past.parents[e] != parent;
            if (is_new)
                past.parents[edges++] = parent;
        }
    }
    past.start[COMMITS] = edges;
    past.n_goods = 1 + draw(random, GOODS_MAX);
    for (int i = 0; i < past.n_goods; i++)
        past.goods[i] = draw(random, COMMITS * 2 / 3);
    past.graph = graph_new(COMMITS, past.start, past.parents, NULL);
    g_assert_nonnull(past.graph);
    *ret_past = past;
}

/* Marks of fast-import: history h, commit c -> 1 + h COMMITS + c. */
static void past_write(const Past *past, int first_mark, GString *stream)
{
    for (int c = 0; c < COMMITS; c++) {
        g_string_append_printf(stream,
                               "commit refs/heads/h%d-%d\nmark :%d\ncommitter A U Thor "
                               "<author@example.org> %d +0000\ndata 2\nx\n",
                               first_mark, c, first_mark + c, 1000000000 + c);
        for (int e = past->start[c]; e < past->start[c + 1]; e++)
            g_string_append_printf(stream, "%s :%d\n", e == past->start[c] ? "from" : "merge",
                                   first_mark + past->parents[e]);
        g_string_append(stream, "\n");
    }
}

/* Hash of mark, one for each commit. */
static GPtrArray *marks_read(Scratch *scratch)
{
    g_autofree char *text = scratch_read(scratch, "marks");
    g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
    GPtrArray *hashes = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_set_size(hashes, (int)g_strv_length(lines) + 1);
    for (char **line = lines; *line; line++) {
        gint64 mark = g_ascii_strtoll(*line + 1, NULL, 10);
        g_ptr_array_index(hashes, mark) = g_strdup(strchr(*line, ' ') + 1);
    }
    return hashes;
}

/* What `git rev-list --bisect-all` prints: hash -> dist. */
static GHashTable *git_distances(Scratch *scratch, const Past *past, GPtrArray *hashes,
                                 int first_mark, bool first_parent)
{
    g_autoptr(GString) command = g_string_new("git -C repo rev-list --bisect-all ");
    if (first_parent)
        g_string_append(command, "--first-parent ");
    g_string_append(command, g_ptr_array_index(hashes, first_mark + COMMITS - 1));
    for (int i = 0; i < past->n_goods; i++)
        g_string_append_printf(
            command, " ^%s", (const char *)g_ptr_array_index(hashes, first_mark + past->goods[i]));
    g_autofree char *out = scratch_run(scratch, "sh", "-c", command->str, NULL);
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    GHashTable *distances = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (char **line = lines; *line && **line; line++) {
        const char *dist = strstr(*line, "dist=");
        g_assert_nonnull(dist);
        g_hash_table_insert(distances, g_strndup(*line, 40),
                            GINT_TO_POINTER(1 + g_ascii_strtoll(dist + 5, NULL, 10)));
    }
    return distances;
}

static void compare(const Past *past, GPtrArray *hashes, int first_mark, bool first_parent,
                    GHashTable *distances)
{
    g_autofree int *index = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Graph) graph = graph_candidates(past->graph, COMMITS - 1, past->goods, past->n_goods,
                                              first_parent, &index, &error);
    if (g_hash_table_size(distances) == 0) {
        g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
        return;
    }
    g_assert_no_error(error);
    g_autofree int *weights = g_new(int, graph->n);
    graph_weights(graph, weights);
    g_assert_cmpint(graph->n, ==, g_hash_table_size(distances));
    g_assert_cmpint(index[graph->n - 1], ==, COMMITS - 1);
    for (int c = 0; c < graph->n; c++) {
        const char *hash = g_ptr_array_index(hashes, first_mark + index[c]);
        int dist = GPOINTER_TO_INT(g_hash_table_lookup(distances, hash)) - 1;
        g_assert_cmpint(MIN(weights[c], graph->n - weights[c]), ==, dist);
    }
}

static void test_candidates_and_weights_are_those_of_git(void)
{
    g_autoptr(Scratch) scratch = scratch_new();
    g_autoptr(GString) stream = g_string_new("");
    Past pasts[HISTORIES];
    Random random;
    random_init(&random, 11);
    for (int h = 0; h < HISTORIES; h++) {
        past_make(&random, &pasts[h]);
        past_write(&pasts[h], 1 + h * COMMITS, stream);
    }
    scratch_write(scratch, "stream", stream->str);
    g_free(scratch_run(scratch, "git", "init", "-q", "repo", NULL));
    g_free(scratch_run(scratch, "sh", "-c",
                       "git -C repo fast-import --quiet --export-marks=../marks <stream", NULL));
    g_autoptr(GPtrArray) hashes = marks_read(scratch);
    int candidates = 0;
    for (int h = 0; h < HISTORIES; h++) {
        for (int first_parent = 0; first_parent < 2; first_parent++) {
            g_autoptr(GHashTable) distances =
                git_distances(scratch, &pasts[h], hashes, 1 + h * COMMITS, first_parent);
            compare(&pasts[h], hashes, 1 + h * COMMITS, first_parent, distances);
            candidates += (int)g_hash_table_size(distances);
        }
        graph_free(pasts[h].graph);
    }
    g_test_message("%d candidates compared", candidates);
    g_assert_cmpint(candidates, >, 20 * HISTORIES);
}

static void test_ancestors_agree_with_reaching_and_with_weights(void)
{
    Random random;
    random_init(&random, 12);
    for (int h = 0; h < 10; h++) {
        Past past;
        past_make(&random, &past);
        const Graph *graph = past.graph;
        g_autofree guint64 *bits = g_new(guint64, graph_words(graph));
        g_autofree int *weights = g_new(int, graph->n);
        graph_weights(graph, weights);
        for (int c = 0; c < graph->n; c++) {
            int count = 0;
            graph_ancestors(graph, c, bits);
            for (int b = 0; b < graph->n; b++) {
                count += bit_is_set(bits, b);
                g_assert_cmpint(bit_is_set(bits, b), ==, graph_reaches(graph, b, c));
            }
            g_assert_cmpint(count, ==, weights[c]);
        }
        graph_free(past.graph);
    }
}

static void test_a_line_knows_that_it_is_one(void)
{
    g_autoptr(Graph) line = graph_new_line(130);
    g_autofree guint64 *bits = g_new(guint64, graph_words(line));
    int weights[130], distance[130];
    bool marked[130] = {false};
    marked[5] = true;
    g_assert_true(line->is_line);
    graph_weights(line, weights);
    graph_distances(line, marked, distance);
    for (int c = 0; c < 130; c++) {
        graph_ancestors(line, c, bits);
        g_assert_cmpint(weights[c], ==, c + 1);
        g_assert_cmpint(distance[c], ==, ABS(c - 5));
        for (int b = 0; b < 130; b++)
            g_assert_cmpint(bit_is_set(bits, b), ==, b <= c);
    }
}

static void test_graphs_that_are_none_are_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(graph_new(2, (const int[]){0, 0, 1}, (const int[]){1}, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_clear_error(&error);
    g_assert_null(graph_new(2, (const int[]){0, 0, 2}, (const int[]){0, 0}, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
    g_clear_error(&error);
    g_assert_null(graph_new(0, (const int[]){0}, NULL, &error));
    g_assert_error(error, MARVIN_ERROR, ERROR_INPUT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bisect/graph/git", test_candidates_and_weights_are_those_of_git);
    g_test_add_func("/bisect/graph/ancestors", test_ancestors_agree_with_reaching_and_with_weights);
    g_test_add_func("/bisect/graph/line", test_a_line_knows_that_it_is_one);
    g_test_add_func("/bisect/graph/refused", test_graphs_that_are_none_are_refused);
    return g_test_run();
}
