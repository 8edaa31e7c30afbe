// The inside of a Gobench: interned strings, lines, directions, and the grouping into series.
#include "benchmarks/formats/gobench_model.h"

#include <string.h>

#include "benchmarks/complaint.h"

static void line_free(gpointer data)
{
    GobenchLine *line = data;
    g_free((gpointer)(guintptr)line->params);
    g_free((gpointer)(guintptr)line->values);
    g_free(line);
}

static int pair_compare(const void *a, const void *b)
{
    return strcmp(((const GobenchPair *)a)->key, ((const GobenchPair *)b)->key);
}

const char *gobench_intern(Gobench *gobench, const char *text, size_t length)
{
    g_autofree char *copy = g_strndup(text, length);
    return g_string_chunk_insert_const(gobench->strings, copy);
}

bool gobench_config_put(Gobench *gobench, const char *key, const char *value)
{
    GArray *config = gobench->config;
    for (unsigned i = 0; i < config->len; i++) {
        GobenchPair *pair = &g_array_index(config, GobenchPair, i);
        if (!g_str_equal(pair->key, key))
            continue;
        if (!value)
            g_array_remove_index(config, i);
        else
            pair->value = gobench_intern(gobench, value, strlen(value));
        gobench->config_changed = true;
        return true;
    }
    if (!value)
        return true;
    if (config->len >= GOBENCH_CONFIG_MAX)
        return false;
    GobenchPair added = {gobench_intern(gobench, key, strlen(key)),
                         gobench_intern(gobench, value, strlen(value))};
    g_array_append_val(config, added);
    g_array_sort(config, pair_compare);
    gobench->config_changed = true;
    return true;
}

bool gobench_unit_put(Gobench *gobench, const char *metric, const char *name, Better better)
{
    g_autofree char *written = gobench_unit_format(metric, name);
    gpointer known = NULL;
    if (g_hash_table_lookup_extended(gobench->units, written, NULL, &known))
        return GPOINTER_TO_INT(known) == (int)better;
    const char *unit = gobench_intern(gobench, written, strlen(written));
    g_hash_table_insert(gobench->units, (gpointer)(guintptr)unit, GINT_TO_POINTER((int)better));
    g_ptr_array_add(gobench->unit_order, (gpointer)(guintptr)unit);
    char *tidied = gobench_unit_tidy(written);
    if (g_hash_table_contains(gobench->tidied, tidied))
        g_free(tidied);
    else
        g_hash_table_insert(gobench->tidied, tidied, GINT_TO_POINTER((int)better));
    return true;
}

bool gobench_name_put(Gobench *gobench, const char *metric, const char *unit)
{
    const char *known = g_hash_table_lookup(gobench->names, unit);
    if (known)
        return g_str_equal(known, metric);
    g_hash_table_insert(gobench->names,
                        (gpointer)(guintptr)gobench_intern(gobench, unit, strlen(unit)),
                        (gpointer)(guintptr)gobench_intern(gobench, metric, strlen(metric)));
    return true;
}

// The configuration that holds now, shared by all lines until it changes.
static const GobenchPair *config_snapshot(Gobench *gobench)
{
    if (gobench->config->len == 0)
        return NULL;
    if (gobench->config_changed || gobench->snapshots->len == 0) {
        gobench->config_changed = false;
        g_ptr_array_add(gobench->snapshots, g_memdup2(gobench->config->data,
                                                      gobench->config->len * sizeof(GobenchPair)));
    }
    return g_ptr_array_index(gobench->snapshots, gobench->snapshots->len - 1);
}

GobenchLine *gobench_line_put(Gobench *gobench, GPtrArray *list, const char *name,
                              GobenchPair *params, size_t n_params, int64_t iterations,
                              GobenchValue *values, size_t n_values, unsigned line)
{
    GobenchLine *made = g_new0(GobenchLine, 1);
    *made = (GobenchLine){
        .name = name,
        .params = params,
        .n_params = n_params,
        .iterations = iterations,
        .values = values,
        .n_values = n_values,
        .config = config_snapshot(gobench),
        .n_config = gobench->config->len,
        .run = gobench->run,
        .line = line,
    };
    g_ptr_array_add(list, made);
    return made;
}

// Only the numerator is tidied, token by token, as golang.org/x/perf/benchunit does.
char *gobench_unit_tidy(const char *unit)
{
    GString *out = g_string_new(NULL);
    bool denominator = false;
    while (*unit) {
        size_t word = strcspn(unit, "*/- ");
        if (!denominator && word == 2 && strncmp(unit, "ns", 2) == 0)
            g_string_append(out, "sec");
        else if (!denominator && word == 2 && strncmp(unit, "MB", 2) == 0)
            g_string_append(out, "B");
        else
            g_string_append_len(out, unit, (gssize)word);
        unit += word;
        if (*unit == '/')
            denominator = true;
        else if (*unit == '*')
            denominator = false;
        if (*unit)
            g_string_append_c(out, *unit++);
    }
    return g_string_free(out, FALSE);
}

Gobench *gobench_new(void)
{
    Gobench *gobench = g_new0(Gobench, 1);
    gobench->strings = g_string_chunk_new(4096);
    gobench->lines = g_ptr_array_new_with_free_func(line_free);
    gobench->failed = g_ptr_array_new_with_free_func(line_free);
    gobench->snapshots = g_ptr_array_new_with_free_func(g_free);
    gobench->config = g_array_new(FALSE, FALSE, sizeof(GobenchPair));
    gobench->units = g_hash_table_new(g_str_hash, g_str_equal);
    gobench->unit_order = g_ptr_array_new();
    gobench->names = g_hash_table_new(g_str_hash, g_str_equal);
    gobench->tidied = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    gobench->complaints = g_ptr_array_new_null_terminated(1, g_free, TRUE);
    return gobench;
}

void gobench_free(Gobench *gobench)
{
    if (!gobench)
        return;
    g_ptr_array_unref(gobench->complaints);
    g_hash_table_unref(gobench->tidied);
    g_hash_table_unref(gobench->names);
    g_ptr_array_unref(gobench->unit_order);
    g_hash_table_unref(gobench->units);
    g_array_unref(gobench->config);
    g_ptr_array_unref(gobench->snapshots);
    g_ptr_array_unref(gobench->failed);
    g_ptr_array_unref(gobench->lines);
    g_string_chunk_free(gobench->strings);
    g_free(gobench);
}

size_t gobench_line_count(const Gobench *gobench)
{
    return gobench->lines->len;
}

const GobenchLine *gobench_line_get(const Gobench *gobench, size_t index)
{
    return g_ptr_array_index(gobench->lines, index);
}

size_t gobench_failed_count(const Gobench *gobench)
{
    return gobench->failed->len;
}

const GobenchLine *gobench_failed_get(const Gobench *gobench, size_t index)
{
    return g_ptr_array_index(gobench->failed, index);
}

const char *const *gobench_complaints(const Gobench *gobench)
{
    return (const char *const *)gobench->complaints->pdata;
}

static bool unit_better_find(const Gobench *gobench, const char *metric, const char *name,
                             Better *ret_better)
{
    gpointer found = NULL;
    g_autofree char *unit = gobench_unit_format(metric, name);
    g_autofree char *tidied = gobench_unit_tidy(unit);
    if (!g_hash_table_lookup_extended(gobench->units, unit, NULL, &found) &&
        !g_hash_table_lookup_extended(gobench->tidied, tidied, NULL, &found))
        return false;
    *ret_better = (Better)GPOINTER_TO_INT(found);
    return true;
}

bool gobench_better_find(const Gobench *gobench, const char *metric, const char *unit,
                         Better *ret_better)
{
    if (unit_better_find(gobench, metric, unit, ret_better) ||
        unit_better_find(gobench, unit, unit, ret_better))
        return true;
    static const char *const lower[] = {"ns/op", "sec/op", "B/op", "allocs/op", NULL};
    static const char *const higher[] = {"MB/s", "B/s", NULL};
    bool is_lower = g_strv_contains(lower, unit);
    if (!is_lower && !g_strv_contains(higher, unit))
        return false;
    *ret_better = is_lower ? BETTER_LOWER : BETTER_HIGHER;
    return true;
}

Better gobench_better(const Gobench *gobench, const char *metric, const char *unit)
{
    Better better = BETTER_NONE;
    gobench_better_find(gobench, metric, unit, &better);
    return better;
}

const char *gobench_pair_find(const GobenchPair *pairs, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (g_str_equal(pairs[i].key, key))
            return pairs[i].value;
    return NULL;
}
