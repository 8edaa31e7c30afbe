// Rows of all iterations of a run, gathered by operation.
#include "report/mmtests_samples.h"

#include <string.h>

static void operation_free(gpointer data)
{
    MmtestsOperation *operation = data;
    g_free(operation->label);
    g_array_unref(operation->values);
    g_array_unref(operation->counts);
    g_free(operation);
}

static MmtestsSamples *samples_new(void)
{
    MmtestsSamples *samples = g_new0(MmtestsSamples, 1);
    samples->operations = g_ptr_array_new_with_free_func(operation_free);
    samples->by_label = g_hash_table_new(g_str_hash, g_str_equal);
    samples->complaints = g_ptr_array_new_with_free_func(g_free);
    return samples;
}

void mmtests_samples_free(MmtestsSamples *samples)
{
    if (!samples)
        return;
    g_hash_table_unref(samples->by_label);
    g_ptr_array_unref(samples->operations);
    g_ptr_array_unref(samples->complaints);
    if (samples->ratio)
        g_ptr_array_unref(samples->ratio);
    g_free(samples);
}

static MmtestsOperation *operation_get(MmtestsSamples *samples, const char *label)
{
    MmtestsOperation *operation = g_hash_table_lookup(samples->by_label, label);
    if (operation)
        return operation;
    operation = g_new0(MmtestsOperation, 1);
    operation->label = g_strdup(label);
    operation->values = g_array_new(FALSE, FALSE, sizeof(double));
    operation->counts = g_array_new(FALSE, FALSE, sizeof(guint));
    g_ptr_array_add(samples->operations, operation);
    g_hash_table_insert(samples->by_label, operation->label, operation);
    return operation;
}

static void value_add(MmtestsOperation *operation, double value, guint iteration)
{
    operation->has_gap = operation->has_gap || iteration > operation->next_iteration;
    const guint none = 0;
    if (operation->counts->len == 0 || iteration + 1 > operation->next_iteration)
        g_array_append_val(operation->counts, none);
    g_array_index(operation->counts, guint, operation->counts->len - 1)++;
    operation->next_iteration = iteration + 1;
    g_array_append_val(operation->values, value);
}

// Rows of one iteration. Most follow one of the same operation, which then need not be looked for.
static void rows_add(MmtestsSamples *samples, const MmtestsRows *rows, guint iteration,
                     const GRegex *filter)
{
    g_autoptr(GString) label = g_string_new(NULL);
    g_autoptr(GString) last_label = g_string_new(NULL);
    g_autoptr(GHashTable) ratio_seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) ratio = g_ptr_array_new_with_free_func(g_free);
    MmtestsOperation *operation = NULL;
    bool wanted = false;
    for (size_t i = 0; i < rows->n_rows; i++) {
        const MmtestsRow *row = &rows->rows[i];
        mmtests_row_label(row, label);
        if (i == 0 || !g_string_equal(label, last_label)) {
            g_string_assign(last_label, label->str);
            wanted = !filter || g_regex_match(filter, label->str, 0, NULL);
            operation = wanted ? operation_get(samples, label->str) : NULL;
        }
        if (wanted && row->numeric)
            value_add(operation, row->number, iteration);
        if (mmtests_row_is_ratio(row) && g_hash_table_add(ratio_seen, g_strdup(label->str)))
            g_ptr_array_add(ratio, g_strdup(label->str));
    }
    if (ratio->len == 0)
        return;
    if (samples->ratio)
        g_ptr_array_unref(samples->ratio);
    samples->ratio = g_steal_pointer(&ratio);
}

static void iteration_read(MmtestsSamples *samples, const MmtestsFamily *family, const char *folder,
                           const GRegex *filter)
{
    g_autoptr(MmtestsLogs) logs = mmtests_logs_open(folder);
    g_autofree char *text = mmtests_rows_extract(family, logs, MMTESTS_FAITHFUL);
    if (!text)
        return;
    g_autoptr(MmtestsRows) rows = mmtests_rows_parse(text, strlen(text));
    rows_add(samples, rows, samples->n_iterations, filter);
    const GPtrArray *complaints = mmtests_logs_complaints(logs);
    for (guint i = 0; i < complaints->len; i++)
        g_ptr_array_add(samples->complaints, g_strdup(complaints->pdata[i]));
}

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// "iter-0", "iter-1", "iter-10", "iter-2", ...
static GPtrArray *iteration_names(const char *run_folder)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) entries = g_dir_open(run_folder, 0, NULL);
    for (const char *name = entries ? g_dir_read_name(entries) : NULL; name;
         name = g_dir_read_name(entries))
        if (g_str_has_prefix(name, "iter-"))
            g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, by_text);
    return names;
}

MmtestsSamples *mmtests_samples_read(const MmtestsFamily *family, const char *run_folder,
                                     const char *benchmark, const GRegex *filter)
{
    MmtestsSamples *samples = samples_new();
    g_autoptr(GPtrArray) names = iteration_names(run_folder);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *folder =
            g_build_filename(run_folder, names->pdata[i], benchmark, "logs", NULL);
        iteration_read(samples, family, folder, filter);
        samples->n_iterations++;
    }
    return samples;
}

const MmtestsOperation *mmtests_samples_find(const MmtestsSamples *samples, const char *label)
{
    return g_hash_table_lookup(samples->by_label, label);
}

GPtrArray *mmtests_samples_labels(const MmtestsSamples *samples, const GRegex *prefix, bool ratio)
{
    bool marked = ratio && samples->ratio;
    guint count = marked ? samples->ratio->len : samples->operations->len;
    GPtrArray *labels = g_ptr_array_new();
    for (guint i = 0; i < count; i++) {
        const MmtestsOperation *operation = samples->operations->pdata[marked ? 0 : i];
        const char *label = marked ? samples->ratio->pdata[i] : operation->label;
        if (!prefix || g_regex_match(prefix, label, 0, NULL))
            g_ptr_array_add(labels, (gpointer)(gsize)label);
    }
    return labels;
}
