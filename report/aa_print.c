// Rates of the self-test in tables and objects.
#include "report/aa_print.h"

#include "common/text.h"

#include <math.h>

static const double Q = 0.05;

double aa_limit(int pages)
{
    return pages > 0 ? Q + 2 * sqrt(Q * (1 - Q) / pages) : NAN;
}

static double rate(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

/* Right-aligned in width columns, "-" for NaN. */
static void add_percent(GString *text, double share, int width)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE] = "-";
    if (!isnan(share))
        g_ascii_formatd(number, sizeof number, share < 0.001 && share > 0 ? "%.3f" : "%.1f",
                        100 * share);
    g_string_append_printf(text, "%*s%s", width - 2, number, isnan(share) ? "  " : " %");
}

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *text_json(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

/* --- simulated --- */

char *aa_world_format_text(const AaWorld *world, const AaErrors *errors)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(
        text,
        "%s, %d boots a side: %d page%s of %d tests on %d machines where nothing "
        "changed,\n%d where 5 %% of the cells lost 4 %%\n",
        world_format(world->world), world->boots, errors->pages, errors->pages == 1 ? "" : "s",
        AA_TESTS, AA_MACHINES, errors->real_pages);
    g_string_append(text,
                    "               false alarm on           called         losses  of calls\n"
                    "rule             pages    cells   better   worse    found     false\n");
    for (int rule = 0; rule < AA_RULES; rule++) {
        const AaErrors *one = &errors[rule];
        g_string_append_printf(text, "%-13s", aa_rule_format(rule));
        add_percent(text, rate(one->alarmed, one->pages), 9);
        add_percent(text, rate((double)(one->better + one->worse), (double)one->cells), 9);
        g_string_append_printf(text, "%9ld%8ld", one->better, one->worse);
        add_percent(text, rate((double)one->found, (double)one->reals), 9);
        add_percent(text, rate(one->false_share, one->real_pages), 10);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

static json_t *rule_json(int rule, const AaErrors *one)
{
    double called = (double)(one->better + one->worse);
    return json_pack("{s:s, s:s, s:i, s:o, s:o, s:I, s:I, s:o, s:o}", "rule", aa_rule_format(rule),
                     "explanation", aa_rule_explain(rule), "false_pages", one->alarmed, "page_rate",
                     real_or_null(rate(one->alarmed, one->pages)), "cell_rate",
                     real_or_null(rate(called, (double)one->cells)), "better",
                     (json_int_t)one->better, "worse", (json_int_t)one->worse, "power",
                     real_or_null(rate((double)one->found, (double)one->reals)), "false_discovery",
                     real_or_null(rate(one->false_share, one->real_pages)));
}

json_t *aa_world_format_json(const AaWorld *world, const AaErrors *errors)
{
    json_t *rules = json_array();
    for (int rule = 0; rule < AA_RULES; rule++)
        json_array_append_new(rules, rule_json(rule, &errors[rule]));
    return json_pack("{s:s, s:i, s:i, s:i, s:o, s:o}", "world", world_format(world->world), "boots",
                     world->boots, "pages", errors->pages, "real_pages", errors->real_pages,
                     "limit", real_or_null(aa_limit(errors->pages)), "rules", rules);
}

/* --- of the database --- */

static void add_count(GString *text, const char *name, int width, const AaCount *count)
{
    g_autofree char *shown = text_escape_terminal(name);
    g_string_append_printf(text, "%-*s%9ld%8ld%8ld", width, shown, count->cells, count->better,
                           count->worse);
    add_percent(text, rate((double)(count->better + count->worse), (double)count->cells), 9);
    add_percent(
        text, rate((double)(count->alone_better + count->alone_worse), (double)count->tested), 10);
    g_string_append_printf(text, "%8ld%8ld\n", count->alone_better, count->alone_worse);
}

static int width_of(const AaSplits *splits)
{
    glong width = 14;
    for (guint i = 0; i < splits->releases->len; i++) {
        const AaRelease *one = &g_array_index(splits->releases, AaRelease, i);
        width = MAX(width, g_utf8_strlen(one->tree, -1) + g_utf8_strlen(one->release, -1) + 2);
    }
    for (guint i = 0; i < splits->benchmarks->len; i++)
        width =
            MAX(width,
                g_utf8_strlen(g_array_index(splits->benchmarks, AaBenchmark, i).benchmark, -1) + 1);
    return (int)MIN(width, 60);
}

static void add_head(GString *text, const char *what, int width)
{
    g_string_append_printf(text, "\n%*s%16s%10s  p <= .05 alone\n", width + 9, "", "called", "");
    g_string_append_printf(text, "%-*s%9s%8s%8s%9s%10s%8s%8s\n", width, what, "cells", "better",
                           "worse", "rate", "rate", "better", "worse");
}

static void add_tables(GString *text, const AaSplits *splits)
{
    int width = width_of(splits);
    add_head(text, "benchmark", width);
    for (guint i = 0; i < splits->benchmarks->len; i++) {
        const AaBenchmark *one = &g_array_index(splits->benchmarks, AaBenchmark, i);
        add_count(text, one->benchmark, width, &one->count);
    }
    add_count(text, "all", width, &splits->count);
    add_head(text, "release", width);
    for (guint i = 0; i < splits->releases->len; i++) {
        const AaRelease *one = &g_array_index(splits->releases, AaRelease, i);
        g_autofree char *name = g_strconcat(one->tree, ":", one->release, NULL);
        add_count(text, name, width, &one->count);
    }
}

static void add_noises(GString *text, const AaSplits *splits)
{
    if (splits->noises->len == 0)
        return;
    g_string_append(text, "\nnoise between batteries of one release (changes below it are not "
                          "called one)\n");
    for (guint i = 0; i < splits->noises->len; i++) {
        const AaSeriesNoise *one = &g_array_index(splits->noises, AaSeriesNoise, i);
        g_string_append_printf(text, "%s %s: %.2f %% of %d pairs%s, margin %.2f %%\n", one->tree,
                               one->series, 100 * expm1(series_noise_level(&one->noise)),
                               one->noise.pairs, one->noise.is_machine ? " of the machine" : "",
                               100 * one->margin);
    }
}

char *aa_splits_format_text(const AaSplits *splits, const AaSplitOptions *options)
{
    int releases = (int)splits->releases->len;
    if (releases == 0)
        return g_strdup_printf("no release has a series of %d boots or more on one machine\n",
                               AA_BOOTS_LEAST);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text,
                           "%d release%s, each dealt into two pretended ones %d times; nothing "
                           "changed between them\n",
                           releases, releases == 1 ? "" : "s", options->regroupings);
    g_string_append_printf(text, "pages with a false alarm: %d of %d,", splits->alarmed,
                           splits->pages);
    double share = rate(splits->alarmed, splits->pages);
    add_percent(text, share, 7);
    g_string_append(text, "; expected at most 5 %, and with so few releases");
    add_percent(text, aa_limit(releases), 7);
    g_string_append_printf(text, ": %s\n", share <= aa_limit(releases) ? "holds" : "exceeded");
    add_tables(text, splits);
    add_noises(text, splits);
    return g_string_free(text, FALSE);
}

/* The fields of a count, into an object that has a name already. */
static void set_count(json_t *object, const AaCount *count)
{
    double called = (double)(count->better + count->worse);
    double alone = (double)(count->alone_better + count->alone_worse);
    json_object_set_new(object, "cells", json_integer(count->cells));
    json_object_set_new(object, "better", json_integer(count->better));
    json_object_set_new(object, "worse", json_integer(count->worse));
    json_object_set_new(object, "cell_rate", real_or_null(rate(called, (double)count->cells)));
    json_object_set_new(object, "tested", json_integer(count->tested));
    json_object_set_new(object, "alone_better", json_integer(count->alone_better));
    json_object_set_new(object, "alone_worse", json_integer(count->alone_worse));
    json_object_set_new(object, "alone_rate", real_or_null(rate(alone, (double)count->tested)));
}

static void set_pages(json_t *object, int pages, int alarmed)
{
    json_object_set_new(object, "pages", json_integer(pages));
    json_object_set_new(object, "false_pages", json_integer(alarmed));
    json_object_set_new(object, "page_rate", real_or_null(rate(alarmed, pages)));
}

static json_t *noises_json(const AaSplits *splits)
{
    json_t *list = json_array();
    for (guint i = 0; i < splits->noises->len; i++) {
        const AaSeriesNoise *one = &g_array_index(splits->noises, AaSeriesNoise, i);
        json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:i, s:b, s:f, s:f, s:f}", "tree", text_json(one->tree), "series",
                      text_json(one->series), "pairs", one->noise.pairs, "of_machine",
                      (int)one->noise.is_machine, "tau", one->noise.tau_a, "noise",
                      expm1(series_noise_level(&one->noise)), "margin", one->margin));
    }
    return list;
}

json_t *aa_splits_format_json(const AaSplits *splits, const AaSplitOptions *options)
{
    json_t *releases = json_array(), *benchmarks = json_array();
    for (guint i = 0; i < splits->releases->len; i++) {
        const AaRelease *one = &g_array_index(splits->releases, AaRelease, i);
        json_t *object = json_pack("{s:o, s:o}", "tree", text_json(one->tree), "release",
                                   text_json(one->release));
        set_pages(object, one->pages, one->alarmed);
        set_count(object, &one->count);
        json_array_append_new(releases, object);
    }
    for (guint i = 0; i < splits->benchmarks->len; i++) {
        const AaBenchmark *one = &g_array_index(splits->benchmarks, AaBenchmark, i);
        json_t *object = json_pack("{s:o}", "benchmark", text_json(one->benchmark));
        set_count(object, &one->count);
        json_array_append_new(benchmarks, object);
    }
    json_t *object = json_pack("{s:i, s:f, s:i, s:I}", "schema", 1, "q", Q, "regroupings",
                               options->regroupings, "seed", (json_int_t)options->seed);
    set_pages(object, splits->pages, splits->alarmed);
    json_object_set_new(object, "limit", real_or_null(aa_limit((int)splits->releases->len)));
    set_count(object, &splits->count);
    json_object_set_new(object, "benchmarks", benchmarks);
    json_object_set_new(object, "releases", releases);
    json_object_set_new(object, "noises", noises_json(splits));
    return object;
}
