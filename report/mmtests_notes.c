// Footnotes to a report: where MMTests' own answer misleads.
#include <math.h>
#include <string.h>

#include "report/mmtests_columns.h"

// Operations named in a note; the others are counted.
enum { NAMED_MAX = 4 };

static const MmtestsColumn *column_at(const MmtestsColumns *columns, guint place)
{
    return columns->columns->pdata[place];
}

// "a, b, c, d and 5 more"
static char *list_format(const GPtrArray *labels)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < labels->len && i < NAMED_MAX; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", (const char *)labels->pdata[i]);
    if (labels->len > NAMED_MAX)
        g_string_append_printf(text, " and %u more", labels->len - NAMED_MAX);
    return g_string_free(text, FALSE);
}

static void note(GString *text, const GPtrArray *labels, const char *before, const char *behind)
{
    if (labels->len == 0)
        return;
    g_autofree char *list = list_format(labels);
    g_string_append_printf(text, "note: %s%s%s\n", before, list, behind);
}

static void direction_note(const MmtestsColumns *columns, GString *text)
{
    g_autoptr(GPtrArray) wrong = g_ptr_array_new();
    Better read = columns->reading.higher ? BETTER_HIGHER : BETTER_LOWER;
    for (guint i = 0; i < columns->labels->len; i++) {
        Better truth = mmtests_better(columns->family, columns->labels->pdata[i]);
        if (truth != BETTER_NONE && truth != read)
            g_ptr_array_add(wrong, columns->labels->pdata[i]);
    }
    note(text, wrong, "MMTests has the direction wrong for ",
         columns->reading.higher ? ": lower is better, so read the sign of their percentages the "
                                   "other way round."
                                 : ": higher is better, so read the sign of their percentages the "
                                   "other way round.");
}

static bool has_samples(const MmtestsColumn *column, const char *label)
{
    const MmtestsOperation *operation =
        column ? mmtests_samples_find(column->samples, label) : NULL;
    return operation && operation->values->len > 0;
}

static void missing_note(const MmtestsColumns *columns, guint place, GString *text)
{
    const MmtestsColumn *column = column_at(columns, place);
    if (!column)
        return;
    g_autoptr(GPtrArray) missing = g_ptr_array_new();
    for (guint i = 0; i < columns->labels->len; i++)
        if (!has_samples(column, columns->labels->pdata[i]))
            g_ptr_array_add(missing, columns->labels->pdata[i]);
    g_autofree char *before = g_strdup_printf("%s has no data for ", column->name);
    note(text, missing, before,
         columns->options->print_ratio
             ? ": its ratio of 1.00 and 0.00% mean missing, not equal."
             : ": its 0.00 and 0.00% mean missing, neither zero nor equal.");
}

static void unshown_note(const MmtestsColumns *columns, guint place, GString *text)
{
    const MmtestsColumn *column = column_at(columns, place);
    if (!column)
        return;
    g_autoptr(GPtrArray) unshown = g_ptr_array_new();
    for (guint i = 0; i < column->samples->operations->len; i++) {
        const MmtestsOperation *operation = column->samples->operations->pdata[i];
        if (!mmtests_samples_find(column_at(columns, 0)->samples, operation->label))
            g_ptr_array_add(unshown, operation->label);
    }
    g_autofree char *before = g_strdup_printf("%s has operations that the baseline lacks and that "
                                              "are not shown: ",
                                              column->name);
    note(text, unshown, before, ".");
}

static double mean_of(const MmtestsColumns *columns, guint place, const char *label)
{
    const MmtestsOperationSummary *summary = mmtests_column_find(column_at(columns, place), label);
    int index = MAX(columns->compared, 0);
    return summary ? summary->values[index] : NAN;
}

// Zeros, and samples that have no mean.
static void zero_note(const MmtestsColumns *columns, guint place, GString *text)
{
    g_autoptr(GPtrArray) zeros = g_ptr_array_new();
    g_autoptr(GPtrArray) undefined = g_ptr_array_new();
    for (guint i = 0; i < columns->labels->len; i++) {
        const char *label = columns->labels->pdata[i];
        double value = mean_of(columns, place, label);
        double base = mean_of(columns, 0, label);
        if (isnan(value) && has_samples(column_at(columns, place), label))
            g_ptr_array_add(undefined, columns->labels->pdata[i]);
        else if (place > 0 && value != base && (value == 0 || base == 0))
            g_ptr_array_add(zeros, columns->labels->pdata[i]);
    }
    const char *name = column_at(columns, place) ? column_at(columns, place)->name : "";
    g_autofree char *zero = g_strdup_printf("%s against the baseline has a mean of 0 on one side "
                                            "for ",
                                            name);
    note(text, zeros, zero, ": their percentages and ratios are fixed numbers, not measured.");
    g_autofree char *none = g_strdup_printf("%s has no mean for ", name);
    note(text, undefined, none,
         ": samples that are not positive, or too few; what is printed is no mean.");
}

// Marks and distances against intervals that do not exist.
static void interval_note(const MmtestsColumns *columns, GString *text)
{
    if (columns->compared < 0 || columns->options->no_compare)
        return;
    g_autoptr(GPtrArray) single = g_ptr_array_new();
    for (guint i = 0; i < columns->labels->len; i++) {
        const MmtestsOperationSummary *base =
            mmtests_column_find(column_at(columns, 0), columns->labels->pdata[i]);
        bool compared = false;
        for (guint j = 1; j < columns->columns->len && !compared; j++) {
            const MmtestsOperationSummary *other =
                mmtests_column_find(column_at(columns, j), columns->labels->pdata[i]);
            compared = other && other->n > 0;
        }
        if (base && base->n == 1 && compared)
            g_ptr_array_add(single, columns->labels->pdata[i]);
    }
    note(text, single, "the baseline has one sample of ",
         columns->options->print_ratio ? ": their distances (s) say nothing."
                                       : ": asterisks there say nothing.");
}

static void netperf_note(const MmtestsColumns *columns, GString *text)
{
    if (strcmp(mmtests_family_name(columns->family), "netperf") != 0)
        return;
    g_autoptr(GPtrArray) copied = g_ptr_array_new();
    for (guint i = 0; i < columns->labels->len; i++)
        if (strstr(columns->labels->pdata[i], "-recv-") ||
            strstr(columns->labels->pdata[i], "-loss-"))
            g_ptr_array_add(copied, columns->labels->pdata[i]);
    note(text, copied, "MMTests prints what was sent, not what was received, for ", ".");
}

void mmtests_print_notes(const MmtestsColumns *columns, GString *text)
{
    for (guint i = 0; i < columns->failed->len; i++)
        g_string_append_printf(text,
                               "note: %s is left out, as MMTests fails on it (a mean of zeros, or "
                               "operations absent from some iterations).\n",
                               (const char *)columns->failed->pdata[i]);
    direction_note(columns, text);
    netperf_note(columns, text);
    interval_note(columns, text);
    for (guint i = 0; i < columns->columns->len; i++) {
        missing_note(columns, i, text);
        if (i > 0)
            unshown_note(columns, i, text);
        zero_note(columns, i, text);
        const MmtestsColumn *column = column_at(columns, i);
        for (guint j = 0; column && j < column->samples->complaints->len; j++)
            g_string_append_printf(text, "note: %s\n",
                                   (const char *)column->samples->complaints->pdata[j]);
    }
}
