// The parts that pages share.
#include "report/parts.h"

#include "report/words.h"

#include <math.h>
#include <string.h>

static const char *const CLASSES[STATE_COUNT] = {
    "s-none",           "s-regressed", "s-improved",  "s-mixed",       "s-small-loss",
    "s-small-gain",     "s-same",      "s-undecided", "s-unconfirmed", "s-no-data",
    "s-not-comparable", "s-failed",    "s-pending"};

/* A larger effect than a factor of ten is none to speak of. */
static const double MDE_SHOWN_MAX = 9;

const char *parts_state_class(State state)
{
    return CLASSES[state];
}

void parts_state(Html *html, State state)
{
    if (state == STATE_NONE)
        return;
    g_autofree char *classes = g_strconcat("state ", CLASSES[state], NULL);
    html_open(html, "span", "class", classes, NULL);
    html_leaf(html, "span", state_symbol(state), "class", "sign", "aria-hidden", "true", NULL);
    html_text(html, state_word(state));
    html_close(html);
}

void parts_table_begin(Html *html, const char *const *columns)
{
    html_open(html, "div", "class", "scroll", NULL);
    html_open(html, "table", NULL);
    html_open(html, "thead", NULL);
    html_open(html, "tr", NULL);
    for (; *columns != NULL; columns++) {
        bool number = g_str_has_prefix(*columns, "number:");
        html_leaf(html, "th", *columns + (number ? strlen("number:") : 0), "scope", "col", "class",
                  number ? "number" : NULL, NULL);
    }
    html_close(html);
    html_close(html);
    html_open(html, "tbody", NULL);
}

void parts_table_end(Html *html)
{
    html_close(html);
    html_close(html);
    html_close(html);
}

void parts_number(Html *html, char *text)
{
    html_leaf(html, "td", text, "class", "number", NULL);
    g_free(text);
}

void parts_text(Html *html, char *text)
{
    html_leaf(html, "td", text, NULL);
    g_free(text);
}

void parts_tally(Html *html, const Family *family)
{
    html_open(html, "ul", "class", "tally", NULL);
    for (int state = STATE_REGRESSED; state < STATE_COUNT; state++) {
        int count = family_count(family, (State)state);
        if (count == 0 && state != STATE_REGRESSED && state != STATE_IMPROVED)
            continue;
        html_open(html, "li", "class", count == 0 ? NULL : CLASSES[state], NULL);
        html_leaf(html, "span", state_symbol((State)state), "aria-hidden", "true", NULL);
        html_text(html, " ");
        g_autofree char *number = g_strdup_printf("%d", count);
        html_leaf(html, "b", number, NULL);
        html_textf(html, " %s", state_word((State)state));
        html_close(html);
    }
    html_close(html);
}

void parts_legend(Html *html, unsigned states)
{
    html_open(html, "details", NULL);
    html_leaf(html, "summary", "How to read the numbers and states", NULL);
    html_leaf(
        html, "p",
        "A number is the ratio of the new level to the baseline's, turned so that above 1.00 is "
        "better for every metric: 1.02 is 2 % better, 0.98 is 2 % worse. A composite is the "
        "geometric mean of its metrics, with equal weight for each set of parameters.",
        "class", "note", NULL);
    html_open(html, "dl", "class", "legend", NULL);
    for (int state = STATE_REGRESSED; state < STATE_COUNT; state++) {
        if ((states & 1u << state) == 0)
            continue;
        html_open(html, "dt", NULL);
        parts_state(html, (State)state);
        html_close(html);
        html_leaf(html, "dd", state_meaning((State)state), NULL);
    }
    html_close(html);
    html_close(html);
}

void parts_error_rate(Html *html, const Family *family)
{
    if (family->summary.size == 0) {
        html_leaf(html, "p",
                  "Nothing could be tested: that takes two boots on each side, better five.",
                  "class", "note", NULL);
        return;
    }
    g_autofree char *comparisons = count_format(family->summary.size, "comparison");
    html_open(html, "p", "class", "note", NULL);
    html_textf(
        html,
        "%s, tested together at q = %g %%: had nothing changed, at most %g in 100 such pages "
        "would show any regressed or improved state. The unit of replication is the boot.",
        comparisons, family->summary.q * 100, family->summary.q * 100);
    html_close(html);
}

static void add_note(GString *note, char *text)
{
    g_string_append_printf(note, "%s%s", note->len > 0 ? "; " : "", text);
    g_free(text);
}

char *parts_note(const FamilyRow *row)
{
    const Judged *judged = &row->judged;
    GString *note = g_string_new(row->reason);
    if (mode_caveat(row->mode) != NULL)
        add_note(note, g_strdup(mode_caveat(row->mode)));
    if (judged->state == STATE_UNDECIDED && isfinite(judged->mde) && judged->mde < MDE_SHOWN_MAX) {
        g_autofree char *size = percent_format(1 + judged->mde);
        add_note(note, g_strdup_printf("could have seen ±%s", size + 1));
    }
    if (judged->state == STATE_UNDECIDED && judged->boots_needed > 0) {
        g_autofree char *boots = count_format(judged->boots_needed, "more boot");
        add_note(note, g_strdup_printf("needs %s a side", boots));
    }
    int failed = row->failed_base + row->failed_new + judged->n_failed;
    if (failed > 0 && judged->state != STATE_FAILED) {
        g_autofree char *boots = count_format(failed, "boot");
        add_note(note, g_strdup_printf("%s failed", boots));
    }
    if ((judged->warnings & WARN_SERIAL) != 0)
        add_note(note, g_strdup_printf("boots are not independent: worth %.0f", judged->n_eff));
    if ((judged->warnings & WARN_MODES) != 0)
        add_note(note, g_strdup("the boots have two modes"));
    return g_string_free(note, FALSE);
}

static void write_row(Html *html, const FamilyRow *row, bool with_machine)
{
    const Judged *judged = &row->judged;
    const Metric *metric = row->series->metric;
    bool plain = strcmp(metric->name, metric->unit) == 0 || *metric->unit == '\0';
    html_open(html, "tr", NULL);
    html_leaf(html, "th", row->series->trial_key, "scope", "row", NULL);
    parts_text(html, plain ? g_strdup(metric->name)
                           : g_strdup_printf("%s, %s", metric->name, metric->unit));
    if (with_machine)
        html_leaf(html, "td", row->series->machine, NULL);
    parts_number(html, ratio_format(judged->ratio));
    parts_text(html, interval_format(judged->ci_low, judged->ci_high));
    html_open(html, "td", "class", "why", NULL);
    parts_state(html, judged->state);
    g_autofree char *note = parts_note(row);
    if (*note != '\0')
        html_leaf(html, "span", note, "class", "note", NULL);
    html_close(html);
    parts_number(html, value_format(judged->n_base > 0 ? judged->base : NAN));
    parts_number(html, value_format(judged->n_new > 0 ? judged->new_ : NAN));
    parts_number(html, g_strdup_printf("%d / %d", judged->n_base, judged->n_new));
    parts_number(html, probability_format(judged->p));
    parts_number(html, probability_format(judged->q));
    html_close(html);
}

void parts_rows(Html *html, const Family *family, const FamilyRow *const *rows, int n)
{
    bool with_machine = false;
    for (int i = 0; i < n; i++)
        with_machine |= g_strcmp0(rows[i]->series->machine, rows[0]->series->machine) != 0;
    g_autofree char *base =
        g_strconcat("number:", dataset_release(family->dataset, family->base)->name, NULL);
    g_autofree char *new_ =
        g_strconcat("number:", dataset_release(family->dataset, family->new_)->name, NULL);
    const char *all[] = {"Benchmark",     "Metric",   "Machine",  "number:Ratio",
                         "95 % interval", "State",    base,       new_,
                         "number:Boots",  "number:p", "number:q", NULL};
    const char *columns[G_N_ELEMENTS(all)];
    int n_columns = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        if (i != 2 || with_machine)
            columns[n_columns++] = all[i];
    parts_table_begin(html, columns);
    for (int i = 0; i < n; i++)
        write_row(html, rows[i], with_machine);
    parts_table_end(html);
}
