// A comparison as text: a table a family and machine, then what the numbers mean.
#include "report/compare.h"

#include "common/text.h"
#include "report/columns.h"
#include "report/parts.h"
#include "report/words.h"

#include <math.h>

static const char *style_of(State state)
{
    switch (state) {
    case STATE_REGRESSED:
        return "1;31";
    case STATE_IMPROVED:
        return "1;32";
    case STATE_MIXED:
    case STATE_FAILED:
    case STATE_NOT_COMPARABLE:
        return "33";
    case STATE_SAME:
        return NULL;
    default:
        return "2";
    }
}

static void cell(Columns *columns, char *text, const char *style)
{
    columns_cell(columns, text, style);
    g_free(text);
}

static char *level_format(double level, int n)
{
    return n == 0 ? g_strdup("–") : value_format(level);
}

static char *state_cell(const Judged *judged)
{
    return g_strconcat(state_symbol(judged->state), judged->state == STATE_NONE ? "" : " ",
                       state_word(judged->state), NULL);
}

static void write_header(Columns *columns, const Family *family)
{
    const char *heads[] = {"benchmark",
                           "metric",
                           "n",
                           dataset_release(family->dataset, family->base)->name,
                           dataset_release(family->dataset, family->new_)->name,
                           "ratio",
                           "95 % interval",
                           "p",
                           "q",
                           "state",
                           "note"};
    for (size_t i = 0; i < G_N_ELEMENTS(heads); i++)
        columns_cell(columns, heads[i], "1");
}

static void write_row(Columns *columns, const FamilyRow *row)
{
    const Judged *judged = &row->judged;
    const Metric *metric = row->series->metric;
    const char *style = style_of(judged->state);
    columns_cell(columns, row->series->trial_key, NULL);
    bool plain = g_str_equal(metric->name, metric->unit) || *metric->unit == '\0';
    cell(columns,
         plain ? g_strdup(metric->name) : g_strdup_printf("%s %s", metric->name, metric->unit),
         NULL);
    cell(columns, g_strdup_printf("%d/%d", judged->n_base, judged->n_new), "2");
    cell(columns, level_format(judged->base, judged->n_base), NULL);
    cell(columns, level_format(judged->new_, judged->n_new), NULL);
    cell(columns, ratio_format(judged->ratio), style);
    cell(columns, interval_format(judged->ci_low, judged->ci_high), NULL);
    cell(columns, probability_format(judged->p), NULL);
    cell(columns, probability_format(judged->q), NULL);
    cell(columns, state_cell(judged), style);
    cell(columns, parts_note(row), "2");
}

static bool same_place(const FamilyRow *a, const FamilyRow *b)
{
    return g_strcmp0(a->series->machine, b->series->machine) == 0 &&
           g_strcmp0(a->series->distro, b->series->distro) == 0;
}

/* The rows of one machine and distro, from the first of them. */
static void write_place(const Family *family, int first, bool colour, GString *out)
{
    const Series *series = family->rows[first].series;
    g_autoptr(Columns) columns = columns_new("llrrrrlrrll");
    if (series->machine != NULL) {
        g_autofree char *place =
            g_strconcat(series->machine, series->distro == NULL ? "" : ", ", series->distro, NULL);
        g_autofree char *escaped = text_escape_terminal(place);
        g_string_append_printf(out, "%s\n", escaped);
    }
    write_header(columns, family);
    for (int i = first; i < family->n_rows; i++)
        if (same_place(&family->rows[first], &family->rows[i]))
            write_row(columns, &family->rows[i]);
    columns_write(columns, series->machine == NULL ? 0 : 2, colour, out);
    g_string_append_c(out, '\n');
}

static void write_counts(const Family *family, GString *out)
{
    g_string_append_printf(out, "%d comparison%s", family->n_rows, family->n_rows == 1 ? "" : "s");
    for (int state = STATE_REGRESSED; state < STATE_COUNT; state++) {
        int count = family_count(family, (State)state);
        if (count > 0)
            g_string_append_printf(out, ", %d %s", count, state_word((State)state));
    }
    g_string_append(out, "\n\n");
}

static void write_family(const Family *family, bool colour, GString *out)
{
    const Release *base = dataset_release(family->dataset, family->base);
    const Release *new_ = dataset_release(family->dataset, family->new_);
    const char *tree = new_->tree != NULL ? new_->tree : family->dataset->tree;
    g_autofree char *heading = g_strdup_printf("%s%s%s against %s", tree == NULL ? "" : tree,
                                               tree == NULL ? "" : " ", new_->name, base->name);
    g_autofree char *escaped = text_escape_terminal(heading);
    g_string_append_printf(out, "%s%s%s: ", colour ? "\033[1m" : "", escaped,
                           colour ? "\033[0m" : "");
    write_counts(family, out);
    for (int i = 0; i < family->n_rows; i++) {
        bool first = true;
        for (int j = 0; j < i && first; j++)
            first = !same_place(&family->rows[i], &family->rows[j]);
        if (first)
            write_place(family, i, colour, out);
    }
}

static void write_footer(const Family *family, GString *out)
{
    if (family->summary.size == 0)
        g_string_append(
            out, "Nothing could be tested: that takes two boots on each side, better five.\n");
    else
        g_string_append_printf(
            out,
            "Tested together: %d comparison%s, q = %g %%. Had nothing changed, at most %g "
            "in 100 such pages would show\nregressed or improved anywhere.\n",
            family->summary.size, family->summary.size == 1 ? "" : "s", family->summary.q * 100,
            family->summary.q * 100);
    g_string_append(
        out, "ratio: above 1 is better, whatever the metric; its interval is at 95 %. n: boots of "
             "base/new, the unit of\nreplication. Levels are means over boots. p: of no "
             "difference; q: p after Benjamini-Hochberg.\n");
}

char *compare_text(const GPtrArray *families, bool colour)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < families->len; i++) {
        write_family(families->pdata[i], colour, out);
        write_footer(families->pdata[i], out);
        if (i + 1 < families->len)
            g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}
