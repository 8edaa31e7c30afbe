// The usual report: statistics of each operation, with the difference to the baseline in percent.
#include <math.h>
#include <string.h>

#include "report/mmtests_columns.h"
#include "report/mmtests_table.h"

typedef struct {
    bool significant;
    double distance; // D, of the baseline against the run
} Significance;

static double difference(const MmtestsColumns *columns, MmtestsStat stat, double value, double base)
{
    bool spread = stat.kind == MMTESTS_STAT_STDDEV || stat.kind == MMTESTS_STAT_COEFFVAR ||
                  stat.kind == MMTESTS_STAT_SUBSELECTED_HALF;
    if (mmtests_stat_is_subselected(stat) && (isnan(value) || isnan(base)))
        return NAN;
    return columns->reading.higher && !spread ? mmtests_pdiff(value, base)
                                              : mmtests_pndiff(value, base);
}

// Perl turns a number into text of 15 digits before it is printed with two; but a whole one below
// 2^53 has become an integer by then, and is text in full.
static double through_text(double value)
{
    static const double WHOLE_BELOW = 9007199254740992.0;
    char text[64];
    if (isnan(value) || (fabs(value) < WHOLE_BELOW && value == trunc(value)))
        return value;
    return g_ascii_strtod(g_ascii_formatd(text, sizeof text, "%.15g", value), NULL);
}

static MmtestsInterval interval_or_zero(const MmtestsOperationSummary *summary)
{
    return summary && summary->has_interval ? summary->interval : (MmtestsInterval){0, 0};
}

// A baseline without any interval counts as 0 with one of width 0: MMTests' fault, kept.
static Significance significance(const MmtestsColumns *columns, const char *label, guint place)
{
    const MmtestsColumn *baseline = columns->columns->pdata[0];
    const MmtestsColumn *column = columns->columns->pdata[place];
    const MmtestsOperationSummary *summary = mmtests_column_find(column, label);
    if (place == 0 || columns->compared < 0 || !summary || !summary->has_interval)
        return (Significance){false, 0};
    const MmtestsOperationSummary *base = mmtests_column_find(baseline, label);
    double base_value = baseline->has_intervals && base ? base->values[columns->compared] : 0;
    double distance = mmtests_cidiff(base_value, interval_or_zero(base),
                                     summary->values[columns->compared], summary->interval);
    return (Significance){fabs(distance) > 1, distance};
}

static void row_print(const MmtestsColumns *columns, MmtestsTable *table, const char *label,
                      size_t stat)
{
    const MmtestsOperationSummary *base = mmtests_column_find(columns->columns->pdata[0], label);
    for (guint i = 0; i < columns->columns->len; i++) {
        const MmtestsOperationSummary *summary =
            mmtests_column_find(columns->columns->pdata[i], label);
        double value = summary ? summary->values[stat] : NAN;
        double base_value = base->values[stat];
        bool counts =
            mmtests_value_counts(summary, columns->stats[stat], value) && base_value != -1;
        bool starred =
            (int)stat == columns->compared && significance(columns, label, i).significant;
        double change = counts ? difference(columns, columns->stats[stat], value, base_value) : 0;
        mmtests_table_cell(table, (MmtestsCell){true, counts ? value : 0, false});
        mmtests_table_cell(table, (MmtestsCell){true, through_text(change), starred});
    }
    mmtests_table_end_row(table);
}

static void significance_print(const MmtestsColumns *columns, MmtestsTable *table,
                               size_t name_width, size_t label_width)
{
    for (guint i = 0; i < columns->labels->len; i++) {
        const char *label = columns->labels->pdata[i];
        mmtests_table_title(table, "Significant", name_width);
        mmtests_table_title(table, " ", 1);
        mmtests_table_title(table, label, label_width);
        for (guint j = 0; j < columns->columns->len; j++) {
            Significance found = significance(columns, label, j);
            mmtests_table_cell(table, (MmtestsCell){true, found.significant, false});
            mmtests_table_cell(table, (MmtestsCell){true, found.distance, false});
        }
        mmtests_table_cell(table, (MmtestsCell){false, 0, false});
        mmtests_table_end_row(table);
    }
}

static void formats_set(const MmtestsColumns *columns, MmtestsTable *table)
{
    int decimals = columns->reading.decimals;
    for (guint i = 0; i <= columns->columns->len; i++) {
        mmtests_table_format(table, (MmtestsFormat){"", "", 18, decimals, false, false});
        mmtests_table_format(
            table, (MmtestsFormat){" (", "%)", 7, 2, false, columns->options->no_compare});
    }
}

void mmtests_print_plain(const MmtestsColumns *columns, GString *text)
{
    g_autoptr(MmtestsTable) table = mmtests_table_new();
    formats_set(columns, table);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    size_t name_width = 0;
    size_t label_width = 0;
    for (size_t i = 0; i < columns->n_stats; i++) {
        char *name = mmtests_stat_name(columns->stats[i], columns->reading.higher);
        g_ptr_array_add(names, name);
        name_width = MAX(name_width, strlen(name));
    }
    for (guint i = 0; i < columns->labels->len; i++)
        label_width = MAX(label_width, strlen(columns->labels->pdata[i]));
    for (size_t stat = 0; stat < columns->n_stats; stat++) {
        for (guint i = 0; i < columns->labels->len; i++) {
            mmtests_table_title(table, names->pdata[stat], name_width);
            mmtests_table_title(table, " ", 1);
            mmtests_table_title(table, columns->labels->pdata[i], label_width);
            row_print(columns, table, columns->labels->pdata[i], stat);
        }
    }
    if (columns->options->print_significance && !columns->options->no_compare)
        significance_print(columns, table, name_width, label_width);
    mmtests_columns_header(columns, name_width + 1 + label_width, text);
    g_string_append_len(text, table->text->str, (gssize)table->text->len);
}
