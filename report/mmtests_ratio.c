// The ratio report: each operation's mean relative to the baseline's, how far apart the intervals
// are, and the mean of both over the operations.
#include <math.h>
#include <string.h>

#include "report/mmtests_columns.h"
#include "report/mmtests_table.h"

// A ratio of 0 enters the geometric mean as this.
static const double SMALLEST_RATIO = 0.00001;
// "Ratio " before the operation's name.
static const size_t TITLE_WIDTH = 6;

typedef struct {
    double ratio;
    double percent;
    double distance; // D; NaN where the baseline has no interval at all
} Ratio;

static MmtestsInterval interval_or_zero(const MmtestsOperationSummary *summary)
{
    return summary->has_interval ? summary->interval : (MmtestsInterval){0, 0};
}

static Ratio ratio_of(const MmtestsColumns *columns, const char *label, guint place)
{
    const MmtestsColumn *baseline = columns->columns->pdata[0];
    const MmtestsOperationSummary *base = mmtests_column_find(baseline, label);
    const MmtestsOperationSummary *summary =
        mmtests_column_find(columns->columns->pdata[place], label);
    if (!summary || !mmtests_value_counts(summary, columns->stats[0], summary->values[0]) ||
        !mmtests_value_counts(base, columns->stats[0], base->values[0]))
        return (Ratio){1, 0, 0};
    if (isnan(summary->values[0]) || isnan(base->values[0]))
        return (Ratio){NAN, NAN, baseline->has_intervals ? 0 : NAN};
    double ratio = mmtests_rdiff(summary->values[0], base->values[0]);
    double percent = columns->reading.higher ? mmtests_pdiff(ratio, 1) : mmtests_pndiff(ratio, 1);
    if (!baseline->has_intervals)
        return (Ratio){ratio, percent, NAN};
    double distance = mmtests_cidiff(summary->values[0], interval_or_zero(summary), base->values[0],
                                     interval_or_zero(base));
    return (Ratio){ratio, percent, isnan(distance) ? 0 : distance};
}

// MMTests makes as many groups of formats as there are operations, plus one, not as many as runs.
static void formats_set(const MmtestsColumns *columns, MmtestsTable *table)
{
    int decimals = columns->reading.decimals;
    for (guint i = 0; i <= columns->labels->len; i++) {
        mmtests_table_format(table, (MmtestsFormat){"", "", 18, decimals, false, false});
        if (columns->options->no_compare) {
            mmtests_table_format(table, (MmtestsFormat){"", "", 0, 0, false, true});
            continue;
        }
        mmtests_table_format(table, (MmtestsFormat){" (", "%)", 0, 2, false, false});
        mmtests_table_format(table, (MmtestsFormat){" (", "s)", 0, 2, true, false});
    }
}

static void operations_print(const MmtestsColumns *columns, MmtestsTable *table, size_t width)
{
    bool has_distance = ((const MmtestsColumn *)columns->columns->pdata[0])->has_intervals;
    for (guint i = 0; i < columns->labels->len; i++) {
        const char *label = columns->labels->pdata[i];
        g_autofree char *title = g_strconcat("Ratio ", label, NULL);
        mmtests_table_title(table, title, width);
        for (guint j = 0; j < columns->columns->len; j++) {
            Ratio found = ratio_of(columns, label, j);
            mmtests_table_cell(table, (MmtestsCell){true, found.ratio, false});
            mmtests_table_cell(
                table,
                (MmtestsCell){true, columns->options->no_compare ? NAN : found.percent, false});
            mmtests_table_cell(table,
                               (MmtestsCell){true, has_distance ? found.distance : NAN, false});
        }
        mmtests_table_end_row(table);
    }
}

typedef struct {
    double geometric;
    double mean, least, most; // of the distances
} Totals;

/*
 * MMTests takes the least and the most in the order of a Perl hash: which of equal zeros it finds
 * first, 0 or -0, differs from run to run. The sign that most of the zeros have is the likelier.
 */
static double zero_of(double extreme, int plus, int minus)
{
    return extreme == 0 ? copysign(0, minus > plus ? -1 : 1) : extreme;
}

static Totals totals_of(const MmtestsColumns *columns, guint place)
{
    guint n = columns->labels->len;
    Totals totals = {1, 0, NAN, NAN};
    int plus = 0, minus = 0; // zeros
    for (guint i = 0; i < n; i++) {
        Ratio found = ratio_of(columns, columns->labels->pdata[i], place);
        double ratio = isnan(found.ratio) ? 1 : found.ratio;
        totals.geometric *= ratio != 0 ? ratio : SMALLEST_RATIO;
        totals.mean += found.distance;
        totals.least = i == 0 || found.distance < totals.least ? found.distance : totals.least;
        totals.most = i == 0 || found.distance > totals.most ? found.distance : totals.most;
        plus += found.distance == 0 && !signbit(found.distance);
        minus += found.distance == 0 && signbit(found.distance);
    }
    totals.least = zero_of(totals.least, plus, minus);
    totals.most = zero_of(totals.most, plus, minus);
    totals.geometric = n > 0 ? pow(totals.geometric, 1 / (double)n) : NAN;
    totals.mean = n > 0 ? totals.mean / n : NAN;
    return totals;
}

static void total_print(MmtestsTable *table, const char *title, const char *preferred, size_t width,
                        const double *values, guint n)
{
    g_autofree char *whole = g_strdup_printf("%s %s", title, preferred);
    mmtests_table_title(table, whole, width);
    for (guint i = 0; i < n; i++) {
        mmtests_table_cell(table, (MmtestsCell){true, values[i], false});
        mmtests_table_cell(table, (MmtestsCell){false, 0, false});
        mmtests_table_cell(table, (MmtestsCell){false, 0, false});
    }
    mmtests_table_end_row(table);
}

static void totals_print(const MmtestsColumns *columns, MmtestsTable *table, size_t width)
{
    guint n = columns->columns->len;
    g_autofree double *all = g_new(double, 4 * (gsize)n);
    for (guint i = 0; i < n; i++) {
        Totals totals = totals_of(columns, i);
        all[i] = totals.mean;
        all[n + i] = totals.least;
        all[2 * n + i] = totals.most;
        all[3 * n + i] = totals.geometric;
    }
    const char *preferred = columns->reading.higher ? "Higher" : "Lower";
    if (((const MmtestsColumn *)columns->columns->pdata[0])->has_intervals) {
        total_print(table, "Dmean", preferred, width, all, n);
        total_print(table, "Dmin ", preferred, width, all + n, n);
        total_print(table, "Dmax ", preferred, width, all + 2 * n, n);
    }
    total_print(table, "Gmean", preferred, width, all + 3 * n, n);
}

void mmtests_print_ratio(const MmtestsColumns *columns, GString *text)
{
    g_autoptr(MmtestsTable) table = mmtests_table_new();
    formats_set(columns, table);
    size_t width = 0;
    for (guint i = 0; i < columns->labels->len; i++)
        width = MAX(width, strlen(columns->labels->pdata[i]));
    width += TITLE_WIDTH;
    operations_print(columns, table, width);
    totals_print(columns, table, width);
    mmtests_columns_header(columns, width, text);
    g_string_append_len(text, table->text->str, (gssize)table->text->len);
}
