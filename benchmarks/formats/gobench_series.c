// The lines of a Gobench grouped: one series per benchmark, parameters, configuration and metric.
#include "benchmarks/formats/gobench.h"

#include <string.h>

typedef struct {
    size_t run;
    double value;
} Member;

// A series that is still growing.
typedef struct {
    GobenchSeries series;
    GHashTable *runs; // run id -> index + 1
    GArray *members; // of Member
} Growing;

static void growing_free(gpointer data)
{
    Growing *growing = data;
    g_clear_pointer(&growing->runs, g_hash_table_unref);
    g_clear_pointer(&growing->members, g_array_unref);
    g_free(growing);
}

static void series_free(gpointer data)
{
    GobenchSeries *series = data;
    g_free(series->run_start);
    g_free(series->values);
    g_free(series);
}

static void key_append(GString *key, const char *text)
{
    g_string_append(key, text ? text : "\x01");
    g_string_append_c(key, '\x1f');
}

static int pair_compare(const void *a, const void *b)
{
    return strcmp(((const GobenchPair *)a)->key, ((const GobenchPair *)b)->key);
}

GArray *gobench_line_params(const GobenchLine *line)
{
    GArray *params = g_array_new(FALSE, FALSE, sizeof(GobenchPair));
    if (line->n_params > 0)
        g_array_append_vals(params, line->params, (guint)line->n_params);
    const char *package = gobench_pair_find(line->config, line->n_config, "pkg");
    const char *own = gobench_pair_find(line->params, line->n_params, "pkg");
    GobenchPair added = {own ? "package" : "pkg", package};
    if (package && g_strcmp0(own, package) != 0 &&
        !gobench_pair_find(line->params, line->n_params, added.key))
        g_array_append_val(params, added);
    g_array_sort(params, pair_compare);
    return params;
}

char *gobench_line_key(const GobenchLine *line)
{
    GString *key = g_string_new(line->name);
    g_autoptr(GArray) params = gobench_line_params(line);
    for (guint i = 0; i < params->len; i++) {
        const GobenchPair *pair = &g_array_index(params, GobenchPair, i);
        g_string_append_printf(key, "/%s=%s", pair->key, pair->value);
    }
    return g_string_free(key, FALSE);
}

// Everything that tells the lines of one series from those of another, but the metric.
static void line_key_append(GString *key, const GobenchLine *line, const char *const *config_keys)
{
    key_append(key, line->name);
    for (size_t i = 0; i < line->n_params; i++) {
        key_append(key, line->params[i].key);
        key_append(key, line->params[i].value);
    }
    key_append(key, NULL);
    for (; config_keys && *config_keys; config_keys++)
        key_append(key, gobench_pair_find(line->config, line->n_config, *config_keys));
}

static size_t run_index(Growing *growing, const char *run)
{
    if (!run)
        return growing->series.n_runs++;
    size_t known = GPOINTER_TO_SIZE(g_hash_table_lookup(growing->runs, run));
    if (known > 0)
        return known - 1;
    g_hash_table_insert(growing->runs, (gpointer)(guintptr)run,
                        GSIZE_TO_POINTER(growing->series.n_runs + 1));
    return growing->series.n_runs++;
}

static Growing *growing_new(const GobenchLine *line, const GobenchValue *value)
{
    Growing *growing = g_new0(Growing, 1);
    growing->series.first = line;
    growing->series.metric = value->metric;
    growing->series.unit = value->unit;
    growing->runs = g_hash_table_new(g_str_hash, g_str_equal);
    growing->members = g_array_new(FALSE, FALSE, sizeof(Member));
    return growing;
}

// Values by run, in order of appearance within each: a counting sort.
static GobenchSeries *growing_finish(const Growing *growing, const Gobench *gobench)
{
    GobenchSeries *series = g_memdup2(&growing->series, sizeof *series);
    size_t n = growing->members->len;
    series->better = gobench_better(gobench, series->metric, series->unit);
    series->run_start = g_new0(size_t, series->n_runs + 1);
    series->values = g_new(double, n);
    for (size_t i = 0; i < n; i++)
        series->run_start[g_array_index(growing->members, Member, i).run + 1]++;
    for (size_t run = 0; run < series->n_runs; run++)
        series->run_start[run + 1] += series->run_start[run];
    g_autofree size_t *next = g_memdup2(series->run_start, series->n_runs * sizeof(size_t));
    for (size_t i = 0; i < n; i++) {
        const Member *member = &g_array_index(growing->members, Member, i);
        series->values[next[member->run]++] = member->value;
    }
    return series;
}

GPtrArray *gobench_series(const Gobench *gobench, const char *const *config_keys)
{
    g_autoptr(GHashTable) by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) order = g_ptr_array_new_with_free_func(growing_free);
    g_autoptr(GString) key = g_string_new(NULL);
    for (size_t i = 0; i < gobench_line_count(gobench); i++) {
        const GobenchLine *line = gobench_line_get(gobench, i);
        g_string_truncate(key, 0);
        line_key_append(key, line, config_keys);
        size_t common = key->len;
        for (size_t v = 0; v < line->n_values; v++) {
            const GobenchValue *value = &line->values[v];
            g_string_truncate(key, common);
            key_append(key, value->metric);
            key_append(key, value->unit);
            Growing *growing = g_hash_table_lookup(by_key, key->str);
            if (!growing) {
                growing = growing_new(line, value);
                g_hash_table_insert(by_key, g_strdup(key->str), growing);
                g_ptr_array_add(order, growing);
            }
            Member member = {run_index(growing, line->run), value->value};
            g_array_append_val(growing->members, member);
        }
    }
    GPtrArray *all = g_ptr_array_new_with_free_func(series_free);
    for (unsigned i = 0; i < order->len; i++)
        g_ptr_array_add(all, growing_finish(g_ptr_array_index(order, i), gobench));
    return all;
}
