// Reads the runs of a report and computes their statistics; a run on which MMTests fails goes the
// way it goes there.
#include "report/mmtests_columns.h"

#include <math.h>
#include <string.h>

#include "common/error.h"
#include "report/mmtests_subselect.h"
#include "report/mmtests_table.h"

// Width of a value and of the percentage behind it.
enum { FIELD_WIDTH = 18, COMPARE_WIDTH = 11 };

static const MmtestsStat RATIO_OF_MEANS[] = {{MMTESTS_STAT_MEAN, 0}};
static const MmtestsStat RATIO_OF_SUBSELECTED[] = {{MMTESTS_STAT_SUBSELECTED_MEAN, 0}};
static const MmtestsStat RATIO_OF_VALUES[] = {{MMTESTS_STAT_VALUE, 0}};

static void summary_free(gpointer data)
{
    MmtestsOperationSummary *summary = data;
    g_free(summary->values);
    g_free(summary);
}

static void column_free(gpointer data)
{
    MmtestsColumn *column = data;
    if (!column)
        return;
    g_free(column->name);
    g_hash_table_unref(column->summaries);
    mmtests_samples_free(column->samples);
    g_free(column);
}

void mmtests_columns_free(MmtestsColumns *columns)
{
    if (!columns)
        return;
    if (columns->labels)
        g_ptr_array_unref(columns->labels);
    g_ptr_array_unref(columns->columns);
    g_ptr_array_unref(columns->failed);
    g_free(columns);
}

// Fills the statistics of that kind in values; the interval around the mean.
static MmtestsInterval subselected(const MmtestsColumns *columns, const MmtestsOperation *operation,
                                   double *values)
{
    const guint *counts = (const guint *)(const void *)operation->counts->data;
    MmtestsSubselection found =
        mmtests_subselect((const double *)(const void *)operation->values->data, counts,
                          operation->counts->len, columns->reading.higher);
    for (size_t i = 0; i < columns->n_stats; i++) {
        if (columns->stats[i].kind == MMTESTS_STAT_SUBSELECTED_MEAN)
            values[i] = found.mean;
        if (columns->stats[i].kind == MMTESTS_STAT_SUBSELECTED_HALF)
            values[i] = found.half;
    }
    return (MmtestsInterval){found.mean - found.half, found.mean + found.half};
}

// NULL where MMTests divides by zero.
static MmtestsOperationSummary *summary_new(const MmtestsColumns *columns,
                                            const MmtestsOperation *operation)
{
    const double *values = operation ? (const double *)(const void *)operation->values->data : NULL;
    size_t n = operation ? operation->values->len : 0;
    g_autoptr(MmtestsSorted) sorted = mmtests_sorted_new(values, n, columns->reading.higher);
    g_autofree double *stats = g_new(double, columns->n_stats);
    for (size_t i = 0; i < columns->n_stats; i++)
        if (!mmtests_stat(sorted, columns->stats[i], &stats[i]))
            return NULL;
    MmtestsOperationSummary *summary = g_new0(MmtestsOperationSummary, 1);
    summary->n = (guint)n;
    summary->values = g_steal_pointer(&stats);
    MmtestsInterval interval = {0, 0};
    if (columns->reading.summary == MMTESTS_SUBSELECTION && operation)
        interval = subselected(columns, operation, summary->values);
    else if (columns->compared >= 0 && !mmtests_interval(sorted, &interval.low, &interval.high))
        interval = (MmtestsInterval){NAN, NAN};
    if (columns->compared >= 0 && n > 0 && !isnan(interval.low) && !isnan(interval.high)) {
        summary->has_interval = true;
        summary->interval = interval;
    }
    return summary;
}

// false: MMTests fails on the run, for a division by zero or a gap between iterations.
static bool column_summarise(const MmtestsColumns *columns, MmtestsColumn *column,
                             const GRegex *prefix)
{
    g_autoptr(GPtrArray) labels =
        mmtests_samples_labels(column->samples, prefix, columns->options->print_ratio);
    for (guint i = 0; i < labels->len; i++) {
        const char *label = labels->pdata[i];
        const MmtestsOperation *operation = mmtests_samples_find(column->samples, label);
        MmtestsOperationSummary *summary =
            operation && operation->has_gap ? NULL : summary_new(columns, operation);
        if (!summary)
            return false;
        column->has_intervals = column->has_intervals || summary->has_interval;
        g_hash_table_insert(column->summaries, (gpointer)(gsize)label, summary);
    }
    return true;
}

static MmtestsColumn *column_new(const MmtestsColumns *columns, const char *run,
                                 const GRegex *filter)
{
    const MmtestsOptions *options = columns->options;
    g_autofree char *folder = g_build_filename(options->directory, run, NULL);
    MmtestsColumn *column = g_new0(MmtestsColumn, 1);
    column->name = g_strdup(run);
    column->samples = mmtests_samples_read(columns->family, folder, options->benchmark, filter);
    column->summaries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, summary_free);
    return column;
}

// A run on which MMTests fails is taken off the end of its list, but the next goes where it would
// have gone without that: holes are left, and a later failure may take a hole away.
static void columns_add(MmtestsColumns *columns, guint place, MmtestsColumn *column, bool failed)
{
    while (columns->columns->len < place)
        g_ptr_array_add(columns->columns, NULL);
    if (!failed) {
        g_ptr_array_add(columns->columns, column);
        return;
    }
    g_ptr_array_add(columns->failed, g_strdup(column->name));
    column_free(column);
}

static bool regex_make(const char *pattern, const char *before, GRegex **ret_regex, GError **error)
{
    if (!pattern || !pattern[0])
        return true;
    g_autofree char *text = g_strconcat(before, pattern, NULL);
    g_autoptr(GError) cause = NULL;
    *ret_regex = g_regex_new(text, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, &cause);
    return *ret_regex ||
           error_set(error, ERROR_USAGE, "--sub-heading '%s' is not a regular expression: %s",
                     pattern, cause->message);
}

static bool family_choose(MmtestsColumns *columns, GError **error)
{
    const MmtestsOptions *options = columns->options;
    const char *alternative = options->alternative ? options->alternative : "";
    const MmtestsFamily *family = mmtests_family_find(options->benchmark, alternative);
    g_autofree char *known = mmtests_family_list();
    if (!family || !mmtests_family_has_parser(family))
        return error_set(error, ERROR_USAGE,
                         "MMTests' benchmark '%s' has no%s%s report here; known are %s",
                         options->benchmark, alternative[0] ? " " : "", alternative, known);
    columns->family = family;
    columns->reading = mmtests_reading(family, options->sub_heading);
    columns->stats = mmtests_stats_of(columns->reading.summary, &columns->n_stats);
    columns->compared = mmtests_stats_compared(columns->reading.summary);
    if (options->print_ratio) {
        columns->stats = columns->compared < 0                              ? RATIO_OF_VALUES
                         : columns->reading.summary == MMTESTS_SUBSELECTION ? RATIO_OF_SUBSELECTED
                                                                            : RATIO_OF_MEANS;
        columns->n_stats = 1;
        columns->compared = columns->compared >= 0 ? 0 : -1;
    }
    return true;
}

static bool baseline_check(MmtestsColumns *columns, GError **error)
{
    const MmtestsOptions *options = columns->options;
    const MmtestsColumn *baseline = columns->columns->len ? columns->columns->pdata[0] : NULL;
    if (!baseline)
        return error_set(error, ERROR_INPUT,
                         "%s/%s: MMTests cannot summarise the baseline's samples of %s (a mean of "
                         "zeros, or operations absent from some iterations); try "
                         "`marvin-report compare`",
                         options->directory, options->runs[0], options->benchmark);
    if (columns->labels->len == 0 && !options->print_ratio)
        return error_set(error, ERROR_INPUT,
                         "%s/%s: has no data of %s%s%s; expected iter-N/%s/logs",
                         options->directory, options->runs[0], options->benchmark,
                         options->sub_heading ? " for the sub-heading " : "",
                         options->sub_heading ? options->sub_heading : "", options->benchmark);
    return true;
}

bool mmtests_columns_read(const MmtestsOptions *options, MmtestsColumns **ret_columns,
                          GError **error)
{
    if (!g_file_test(options->directory, G_FILE_TEST_IS_DIR))
        return error_set(error, ERROR_INPUT,
                         "%s: is not a folder; -d names the one that holds the runs",
                         options->directory);
    g_autoptr(MmtestsColumns) columns = g_new0(MmtestsColumns, 1);
    columns->options = options;
    columns->columns = g_ptr_array_new_with_free_func(column_free);
    columns->failed = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GRegex) filter = NULL;
    g_autoptr(GRegex) prefix = NULL;
    if (!family_choose(columns, error) || !regex_make(options->sub_heading, "", &filter, error) ||
        !regex_make(options->sub_heading, "^", &prefix, error))
        return false;
    for (guint i = 0; options->runs[i]; i++) {
        MmtestsColumn *column = column_new(columns, options->runs[i], filter);
        bool done = column_summarise(columns, column, prefix);
        columns_add(columns, i, column, !done);
    }
    if (columns->columns->len > 0 && columns->columns->pdata[0]) {
        const MmtestsColumn *baseline = columns->columns->pdata[0];
        columns->labels = mmtests_samples_labels(baseline->samples, prefix, options->print_ratio);
    }
    if (!baseline_check(columns, error))
        return false;
    *ret_columns = g_steal_pointer(&columns);
    return true;
}

const MmtestsOperationSummary *mmtests_column_find(const MmtestsColumn *column, const char *label)
{
    return column ? g_hash_table_lookup(column->summaries, label) : NULL;
}

bool mmtests_value_counts(const MmtestsOperationSummary *summary, MmtestsStat stat, double value)
{
    if (isnan(value))
        return summary && summary->n > 0 && mmtests_stat_is_subselected(stat);
    return value != -1;
}

void mmtests_columns_header(const MmtestsColumns *columns, size_t indent, GString *text)
{
    guint n = columns->columns->len;
    int compare = columns->options->no_compare ? 0 : COMPARE_WIDTH;
    g_autofree const char **names = g_new0(const char *, n);
    g_autofree int *widths = g_new0(int, n);
    for (guint i = 0; i < n; i++) {
        const MmtestsColumn *column = columns->columns->pdata[i];
        names[i] = column ? column->name : "";
        widths[i] = (column ? FIELD_WIDTH : 0) + compare;
    }
    mmtests_table_header(text, names, widths, n, indent);
}
