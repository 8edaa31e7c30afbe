// marvin-bisect run: no database, any git tree, any command that prints a number.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/progress.h"
#include "common/text.h"
#include "marvin/bisect/commands.h"
#include "marvin/bisect/report_collect.h"

static const CommandOption OPTIONS[] = {
    {"repo", 0, OPTION_VALUE, "DIR", "the git tree (the one around the current folder)"},
    {"good", 0, OPTION_VALUE, "COMMIT", "a commit without the change; may be given several times"},
    {"bad", 0, OPTION_VALUE, "COMMIT", "a commit with it"},
    {"config", 0, OPTION_VALUE, "OLD NEW",
     "instead: which option of two configuration files did it"},
    {"build", 0, OPTION_VALUE, "CMD", "builds a checkout; a shell command of yours"},
    {"metric-from", 0, OPTION_VALUE, "REGEX",
     "where the number is: the first group, in one match (the last line of the output)"},
    {"better", 0, OPTION_VALUE, "lower|higher", "which numbers are better"},
    {"exit-code", 0, OPTION_FLAG, NULL, "the exit status counts, as with git bisect run"},
    {"find", 0, OPTION_VALUE, "fix", "look for the commit that made it good: --bad comes first"},
    {"first-parent", 0, OPTION_FLAG, NULL, "follow first parents only"},
    {"stop", 0, OPTION_VALUE, "P", "the probability at which a commit counts as found (0.95)"},
    {"reported", 0, OPTION_VALUE, "PERCENT", "the change that was reported, such as -5.2%"},
    {"budget", 0, OPTION_VALUE, "TIME", "stop after so much time in builds and runs, such as 8h"},
    {"max-runs", 0, OPTION_VALUE, "N", "stop after so many runs"},
    {"seed", 0, OPTION_VALUE, "N", "of the order of runs (1)"},
    {"timeout", 0, OPTION_VALUE, "TIME", "of one run (1h)"},
    {"build-timeout", 0, OPTION_VALUE, "TIME", "of one build (4h)"},
    {"keep", 0, OPTION_VALUE, "N", "so many built work trees at once (8)"},
    {"in-place", 0, OPTION_FLAG, NULL, "use your work tree, for incremental builds"},
    {"state", 0, OPTION_VALUE, "DIR", "for the record and the work trees (.git/marvin-bisect)"},
    {"restart", 0, OPTION_FLAG, NULL, "set aside what was measured before, and begin anew"},
    {"resume", 0, OPTION_FLAG, NULL, "go on with the commits that moved names once meant"},
    {"no-revert", 0, OPTION_FLAG, NULL, "do not verify by reverting the culprit on the bad end"},
    {"no-layout", 0, OPTION_FLAG, NULL,
     "do not verify with another layout of the code, where --build knows one (MARVIN_LAYOUT)"},
    {"log", 0, OPTION_VALUE, "FILE", "write a log for git bisect replay"},
    {"json", 0, OPTION_FLAG, NULL, "the answer as JSON"},
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

static const char HELP[] =
    "Finds the first commit between --good and --bad at which CMD became slower (or, with --find\n"
    "fix, faster), although its numbers are noisy. It first checks that the two ends differ at "
    "all,\n"
    "then runs the commits that tell most for their price, verifies the culprit against its "
    "parent\n"
    "and by a revert, and prints its probability. CMD runs at the top of a checkout, without a "
    "shell.\n"
    "It prints a number (--better, and --metric-from where it is not the only number of the last\n"
    "line), or its exit status says good or bad as for `git bisect run`: 0 good, 125 cannot be\n"
    "tested, 1 to 127 bad, 128 and above end the bisection.\n"
    "\n"
    "  marvin-bisect run --good v1.0 --bad v1.5 --better lower --build 'make -j8' -- ./bench\n"
    "\n"
    "Everything happens in work trees of its own, which go away at the end; your work tree is not\n"
    "touched unless you say --in-place, which needs one without changes, and puts it back. A "
    "commit\n"
    "is built once, from a clean checkout. A commit that does not build or run is left out, and "
    "stays\n"
    "a suspect. Interrupt it or kill it at any time: the same command line goes on. The "
    "environment\n"
    "of CMD and of builds has MARVIN_COMMIT.\n"
    "\n"
    "With --config OLD NEW the checkout is HEAD, and what is searched are the options that two "
    "files of\n"
    "NAME=VALUE lines set differently: builds and CMD get a mixture of both in "
    "$MARVIN_CONFIG_FILE.\n"
    "\n"
    "  marvin-bisect run --config good.config bad.config --better lower \\\n"
    "      --build 'cp $MARVIN_CONFIG_FILE .config && make olddefconfig && make -j8' -- ./bench\n"
    "\n"
    "Exit status: 0 found, 1 the ends do not differ (does not reproduce), 2 usage, 3 bad input "
    "(an\n"
    "unknown commit, a command that prints no number ..), 6 interrupted or out of budget: the "
    "same\n"
    "command, with more budget, goes on.";

static bool fail_usage(const char *what, GError **error)
{
    return error_set(error, ERROR_USAGE, "%s (see marvin-bisect run --help)", what);
}

// --config OLD NEW -- CMD: NEW stands before CMD among the arguments.
static bool configs_parse(const Invocation *call, BisectionOptions *o, GError **error)
{
    static const char *const NONE[] = {NULL};
    if (*o->goods || o->bad || o->first_parent || cmd_flag(call, "resume") || cmd_text(call, "log"))
        return fail_usage("--config goes without commits and what belongs to them", error);
    if (cmd_argument_count(call) < 2)
        return fail_usage("--config OLD NEW -- CMD: two files and a command", error);
    o->goods = NONE;
    o->config_old = cmd_text(call, "config");
    o->config_new = cmd_arguments(call)[0];
    o->command = cmd_arguments(call) + 1;
    return true;
}

static bool commits_parse(const Invocation *call, BisectionOptions *o, GError **error)
{
    o->repo = cmd_text(call, "repo") ? cmd_text(call, "repo") : ".";
    o->goods = cmd_texts(call, "good");
    o->bad = cmd_text(call, "bad");
    const char *find = cmd_text(call, "find");
    o->find_fix = find != NULL;
    o->first_parent = cmd_flag(call, "first-parent");
    o->command = cmd_arguments(call);
    if (find && strcmp(find, "fix") != 0)
        return fail_usage("--find: expected 'fix'", error);
    if (cmd_text(call, "config"))
        return configs_parse(call, o, error);
    if (!*o->goods || !o->bad)
        return fail_usage("say between which commits: --good COMMIT --bad COMMIT", error);
    if (cmd_texts(call, "bad")[1])
        return fail_usage("--bad may be given once", error);
    if (find && o->goods[1])
        return fail_usage("--find fix takes one --good", error);
    return true;
}

static bool metric_parse(const Invocation *call, BisectionOptions *o, GError **error)
{
    const char *better = cmd_text(call, "better"), *reported = cmd_text(call, "reported");
    o->build = cmd_text(call, "build");
    o->metric_from = cmd_text(call, "metric-from");
    o->by_exit = cmd_flag(call, "exit-code");
    o->better = BETTER_NONE;
    o->reported = NAN;
    if (better && (!better_parse(better, &o->better) || o->better == BETTER_NONE))
        return fail_usage("--better: expected 'lower' or 'higher'", error);
    if (reported && (!text_parse_percent(reported, &o->reported) || o->reported <= -1))
        return fail_usage("--reported: expected a percentage such as -5.2%", error);
    return true;
}

static bool number_parse_between(const Invocation *call, const char *option, SettingType type,
                                 double low, double high, double *value, GError **error)
{
    if (cmd_text(call, option) == NULL)
        return true;
    if (!cmd_number(call, option, type, value, error))
        return false;
    return (*value >= low && *value <= high) ||
           error_set(error, ERROR_USAGE, "--%s: expected a number from %g to %g", option, low,
                     high);
}

static bool limits_parse(const Invocation *call, BisectionOptions *o, GError **error)
{
    double stop = o->stop, budget = 0, runs = 0, seed = (double)o->seed, keep = o->keep;
    const double forever = 1e9;
    if (!cmd_probability(call, "stop", 0.5, &stop, error) ||
        !number_parse_between(call, "budget", SETTING_DURATION, 0.001, forever, &budget, error) ||
        !number_parse_between(call, "max-runs", SETTING_INT, 1, 1e6, &runs, error) ||
        !number_parse_between(call, "seed", SETTING_INT, 0, 1e15, &seed, error) ||
        !number_parse_between(call, "keep", SETTING_INT, 2, 100, &keep, error) ||
        !number_parse_between(call, "timeout", SETTING_DURATION, 0.001, forever, &o->run_limit_s,
                              error) ||
        !number_parse_between(call, "build-timeout", SETTING_DURATION, 0.001, forever,
                              &o->build_limit_s, error))
        return false;
    o->stop = stop;
    o->budget_s = budget;
    o->max_runs = (int)runs;
    o->seed = (uint64_t)seed;
    o->keep = (int)keep;
    o->in_place = cmd_flag(call, "in-place");
    o->state = cmd_text(call, "state");
    o->restart = cmd_flag(call, "restart");
    o->resume = cmd_flag(call, "resume");
    o->no_revert = cmd_flag(call, "no-revert");
    o->no_layout = cmd_flag(call, "no-layout");
    if (o->restart && o->resume)
        return fail_usage("--restart begins anew, --resume goes on: give one of them", error);
    return true;
}

// --- progress ------------------------------------------------------------------------------

typedef struct {
    Bisection *bisection;
    Progress *progress;
    bool has_told; // what came of the ends
    guint notes_told, news_told;
} Watch;

static void news_tell(Watch *watch)
{
    const Bisection *b = watch->bisection;
    const Outcome *outcome = search_outcome(b->search);
    if (watch->notes_told < b->notes->len || watch->news_told < b->news->len)
        progress_hide(watch->progress);
    for (; watch->news_told < b->news->len; watch->news_told++)
        cmd_note("note: %s", (const char *)b->news->pdata[watch->news_told]);
    for (; watch->notes_told < b->notes->len; watch->notes_told++)
        cmd_note("note: %s", (const char *)b->notes->pdata[watch->notes_told]);
    if (watch->has_told || !outcome->is_confirmed)
        return;
    g_auto(Report) report = {0};
    watch->has_told = true;
    report_collect_ends(b, &report);
    g_autofree char *ends = report_endpoints(&report);
    progress_hide(watch->progress);
    cmd_note("%s", ends);
}

// What people want to know at a glance.
static char *standing_format(const Bisection *b)
{
    const Outcome *outcome = search_outcome(b->search);
    g_autoptr(GString) text = g_string_new(b->doing ? b->doing : "");
    if (b->doing_commit)
        g_string_append_printf(text, " %.12s", b->doing_commit);
    if (outcome->is_confirmed && outcome->n_suspects == 1)
        g_string_append_printf(text, "; %.12s has %.0f %%", bisection_hash(b, outcome->culprit),
                               100 * outcome->probability);
    else if (outcome->is_confirmed)
        g_string_append_printf(text, "; %d of %d commits hold %.0f %%", outcome->n_suspects,
                               b->between->range->n, 100 * b->options->stop);
    if (outcome->n_culprits > 0 && outcome->kind == OUTCOME_RUNNING)
        g_string_append_printf(text, ", of %.0f %% of the change; the rest is looked for",
                               100 * outcome->share);
    if (outcome->untestable)
        g_string_append_printf(text, "; %d cannot be tested", outcome->untestable);
    return g_string_free(g_steal_pointer(&text), false);
}

static void watch_call(void *data)
{
    Watch *watch = data;
    const Outcome *outcome = search_outcome(watch->bisection->search);
    BisectionCosts costs = bisection_costs(watch->bisection);
    int done = costs.endpoints + costs.search + costs.verify;
    g_autofree char *note = standing_format(watch->bisection);
    news_tell(watch);
    double left = outcome->is_confirmed && isfinite(outcome->runs_left) ? outcome->runs_left : 0;
    progress_set_total(watch->progress, left > 0 ? done + (int64_t)ceil(left) : 0);
    progress_set(watch->progress, done, note);
}

// --- the answer ----------------------------------------------------------------------------

static bool log_write(const Invocation *call, const Report *report, GError **error)
{
    const char *path = cmd_text(call, "log");
    g_autofree char *text = report_git_log(report);
    return !path || g_file_set_contents(path, text, -1, error);
}

static bool answer_print(const Invocation *call, const Bisection *b, OutcomeKind *ret_state,
                         GError **error)
{
    g_auto(Report) report = {0};
    if (!report_collect(b, &report, error) || !log_write(call, &report, error))
        return false;
    g_autofree char *text = cmd_flag(call, "json") ? report_json(&report) : report_text(&report);
    fputs(text, stdout);
    *ret_state = report.state;
    return true;
}

static bool answer_status(const Bisection *b, OutcomeKind state, GError **error)
{
    if (state == OUTCOME_FOUND)
        return true;
    if (state == OUTCOME_NOT_REPRODUCED)
        return false;
    BisectionCosts costs = bisection_costs(b);
    int runs = costs.endpoints + costs.search + costs.verify;
    bool is_short = bisection_is_spent(b) || (b->options->max_runs && runs >= b->options->max_runs);
    return error_set(error, ERROR_INTERRUPTED, "undecided: %s.%s",
                     bisection_is_spent(b) ? "the time is used up" : search_outcome(b->search)->why,
                     is_short ? " The same command goes on where it was, with a larger --budget or "
                                "--max-runs."
                              : "");
}

static bool run_watched(Bisection *b, GError **error)
{
    g_autoptr(Progress) progress = progress_new(stderr, "runs", 0);
    Watch watch = {.bisection = b, .progress = progress};
    bisection_watch(b, watch_call, &watch);
    bool ok = bisection_run(b, error);
    news_tell(&watch);
    bisection_watch(b, NULL, NULL);
    return ok;
}

// What there is to say, also about one that was interrupted. Takes cause.
static bool answer_give(const Invocation *call, const Bisection *b, GError *cause, GError **error)
{
    OutcomeKind state = OUTCOME_RUNNING;
    if (!cause)
        return answer_print(call, b, &state, error) && answer_status(b, state, error);
    if (!g_error_matches(cause, MARVIN_ERROR, ERROR_INTERRUPTED)) {
        g_propagate_error(error, cause);
        return false;
    }
    g_error_free(cause);
    answer_print(call, b, &state, NULL);
    return error_set(error, ERROR_INTERRUPTED,
                     "interrupted; the same command goes on where it was.");
}

static bool run_run(const Invocation *call, GError **error)
{
    BisectionOptions options = BISECTION_PRESET;
    g_autoptr(Bisection) b = NULL;
    if (!commits_parse(call, &options, error) || !metric_parse(call, &options, error) ||
        !limits_parse(call, &options, error) || !bisection_open(&options, &b, error))
        return false;
    GError *cause = NULL, *answer = NULL, *at_end = NULL;
    run_watched(b, &cause);
    bool ok = answer_give(call, b, cause, &answer);
    fflush(stdout);
    if (!bisection_tidy(b, &at_end)) {
        g_autofree char *first = g_strdup(answer ? answer->message : "");
        g_clear_error(&answer);
        return error_pass(error, at_end, "%s%sThe work tree is not as it was found", first,
                          *first ? " " : "");
    }
    if (answer)
        g_propagate_error(error, answer);
    return ok;
}

const Command CMD_RUN = {.name = "run",
                         .arguments = "-- CMD [ARGUMENT..]",
                         .summary = "bisect any git tree by any command, without a database",
                         .help = HELP,
                         .options = OPTIONS,
                         .min_arguments = 1,
                         .max_arguments = -1,
                         .run = run_run};
