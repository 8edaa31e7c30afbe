// marvin-bisect plan: what a bisection will cost and how often it will be right.
#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "common/table.h"
#include "common/text.h"
#include "marvin/bisect/between.h"
#include "marvin/bisect/commands.h"
#include "marvin/bisect/forecast.h"

enum { TRIALS_PRESET = 100, TRIALS_MOST = 100000 };

/* What is asked. */
typedef struct {
    double change, noise; // relative
    double run_s, build_s; // 0: not said
    int trials;
    SearchOptions options;
} PlanQuestion;

static bool read_percent(const Invocation *call, const char *option, double *ret_value,
                         GError **error)
{
    const char *text = cmd_text(call, option);
    if (text == NULL)
        return error_set(error, ERROR_USAGE,
                         "plan needs --%s, such as %s; see `marvin-bisect plan --help`", option,
                         g_str_equal(option, "change") ? "-5.2%" : "3%");
    return (text_parse_percent(text, ret_value) && isfinite(*ret_value) && *ret_value > -1 &&
            *ret_value != 0) ||
           error_set(error, ERROR_USAGE, "--%s %s: expected a percentage such as 5.2%%", option,
                     text);
}

static bool read_question(const Invocation *call, PlanQuestion *question, GError **error)
{
    double trials = TRIALS_PRESET, stop = .95, seed = 1;
    search_options(&question->options);
    if (!read_percent(call, "change", &question->change, error) ||
        !read_percent(call, "noise", &question->noise, error) ||
        !cmd_number(call, "run-time", SETTING_DURATION, &question->run_s, error) ||
        !cmd_number(call, "build-time", SETTING_DURATION, &question->build_s, error) ||
        !cmd_probability(call, "stop", .5, &stop, error) ||
        !cmd_number(call, "seed", SETTING_INT, &seed, error) ||
        !cmd_number(call, "trials", SETTING_INT, &trials, error))
        return false;
    if (!(trials >= 1 && trials <= TRIALS_MOST) || !(seed >= 0))
        return error_set(error, ERROR_USAGE, "--trials is from 1 to %d, --seed from 0",
                         TRIALS_MOST);
    if (question->run_s > 0)
        question->options.costs =
            (Costs){.run = question->run_s,
                    .build = question->build_s > 0 ? question->build_s : 4 * question->run_s};
    question->trials = (int)trials;
    question->options.stop = stop;
    question->options.seed = (uint64_t)seed;
    return true;
}

static double separation_of(const PlanQuestion *question)
{
    return fabs(log1p(question->change)) / fabs(question->noise);
}

static json_t *cost_format(const ForecastCost *cost)
{
    return json_pack("{s:f, s:f}", "mean", cost->mean, "most", cost->most);
}

static void print_json(const PlanQuestion *question, const Forecast *f, int n)
{
    double separation = separation_of(question);
    json_t *all =
        json_pack("{s:i, s:f, s:i, s:i, s:i, s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:{s:f, s:f, s:f}}",
                  "commits", n, "separation", separation, "trials", f->trials, "found", f->found,
                  "right", f->right, "not_reproduced", f->not_reproduced, "undecided", f->undecided,
                  "endpoints", cost_format(&f->endpoints), "search", cost_format(&f->search),
                  "verify", cost_format(&f->verify), "builds", cost_format(&f->builds), "seconds",
                  question->run_s > 0 ? cost_format(&f->cost) : json_null(), "git_bisect_right",
                  "1", forecast_halves(n, separation, 1), "5", forecast_halves(n, separation, 5),
                  "10", forecast_halves(n, separation, 10));
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
}

static void add_row(Table *table, const char *what, const ForecastCost *cost, bool is_time)
{
    g_autofree char *mean =
        is_time ? text_seconds(cost->mean) : g_strdup_printf("%.0f", ceil(cost->mean));
    g_autofree char *most =
        is_time ? text_seconds(cost->most) : g_strdup_printf("%.0f", cost->most);
    table_text(table, what);
    table_text(table, mean);
    table_text(table, most);
}

static void print_text(const PlanQuestion *question, const Forecast *f, const Between *between)
{
    static const TableColumn COLUMNS[] = {
        {"to expect", CELL_TEXT}, {"mean", CELL_TEXT}, {"19 of 20 need at most", CELL_TEXT}};
    double separation = separation_of(question);
    int n = between->range->n;
    g_autoptr(Table) table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    add_row(table, "runs of the ends", &f->endpoints, false);
    add_row(table, "runs to search", &f->search, false);
    add_row(table, "runs to verify", &f->verify, false);
    add_row(table, "builds", &f->builds, false);
    if (question->run_s > 0)
        add_row(table, "time", &f->cost, true);
    printf("%d commits between %s and %s; a change of %+.2f %% where a run varies by %.2f %%: %.2g "
           "deviations\n",
           n, between->old_name, between->new_name, 100 * question->change,
           100 * fabs(question->noise), separation);
    table_print(table, stdout, false);
    printf("of %d simulated bisections %d found a commit, %d the right one; %d did not reproduce "
           "the change, %d stayed open\n",
           f->trials, f->found, f->right, f->not_reproduced, f->undecided);
    printf("git bisect would be right in %.0f %% with 1 run a step, %.0f %% with 5, %.0f %% with "
           "10\n",
           100 * forecast_halves(n, separation, 1), 100 * forecast_halves(n, separation, 5),
           100 * forecast_halves(n, separation, 10));
}

static bool run(const Invocation *call, GError **error)
{
    PlanQuestion question = {0};
    Forecast forecast = {0};
    g_autoptr(GitRepo) repo = NULL;
    g_autoptr(Between) between = NULL;
    const char *dir = cmd_text(call, "repo");
    if (*cmd_texts(call, "good") == NULL || cmd_text(call, "bad") == NULL)
        return error_set(error, ERROR_USAGE,
                         "say between which commits: --good COMMIT --bad COMMIT");
    if (!read_question(call, &question, error) ||
        !git_repo_open(dir != NULL ? dir : ".", &repo, error) ||
        !between_resolve(repo, cmd_texts(call, "good"), cmd_text(call, "bad"), NULL, false,
                         cmd_flag(call, "first-parent"), &between, error) ||
        !forecast_run(between->graph, &question.options, separation_of(&question), question.trials,
                      cmd_stop_requested, &forecast, error))
        return false;
    if (cmd_flag(call, "json"))
        print_json(&question, &forecast, between->range->n);
    else
        print_text(&question, &forecast, between);
    return true;
}

static const CommandOption OPTIONS[] = {
    {.name = "repo", .kind = OPTION_VALUE, .value = "DIR", .help = "the git tree (the one around)"},
    {.name = "good", .kind = OPTION_VALUE, .value = "A", .help = "a commit without the change"},
    {.name = "bad", .kind = OPTION_VALUE, .value = "B", .help = "a commit with it"},
    {.name = "first-parent", .kind = OPTION_FLAG, .help = "follow first parents only"},
    {.name = "change", .kind = OPTION_VALUE, .value = "C", .help = "between the ends: -5.2%"},
    {.name = "noise",
     .kind = OPTION_VALUE,
     .value = "S",
     .help = "standard deviation of one run (of one boot): 3%"},
    {.name = "run-time", .kind = OPTION_VALUE, .value = "T", .help = "of one run: 40s, 5m"},
    {.name = "build-time", .kind = OPTION_VALUE, .value = "T", .help = "of one build"},
    {.name = "stop", .kind = OPTION_VALUE, .value = "P", .help = "the probability wanted (0.95)"},
    {.name = "trials", .kind = OPTION_VALUE, .value = "N", .help = "simulated bisections (100)"},
    {.name = "seed", .kind = OPTION_VALUE, .value = "N", .help = "of the simulation (1)"},
    {.name = "json", .kind = OPTION_FLAG, .help = "for scripts"},
    {0}};

const Command CMD_PLAN = {
    .name = "plan",
    .arguments = "--good A --bad B --change C --noise S",
    .summary = "what a bisection will cost and how often it will be right, by simulation",
    .help =
        "The search that ships is let loose on the commits between A and B with normal noise of "
        "the given size. Needs no database and runs nothing.",
    .options = OPTIONS,
    .run = run,
};
