// marvin-bisect start: a bisection over the site's queue.
#include <math.h>
#include <string.h>

#include "common/error.h"
#include "marvin/bisect/commands.h"
#include "marvin/bisect/follow.h"
#include "marvin/bisect/start.h"

static bool need(const Invocation *invocation, const char *option, GError **error)
{
    return cmd_text(invocation, option) != NULL ||
           error_set(error, ERROR_USAGE, "start needs --%s; see `marvin-bisect start --help`",
                     option);
}

static bool read_numbers(const Invocation *invocation, StartRequest *terms, GError **error)
{
    double max_runs = 0, iterations = terms->iterations, reported = 0;
    const char *find = cmd_text(invocation, "find");
    if (!cmd_probability(invocation, "stop", .5, &terms->stop, error) ||
        !cmd_number(invocation, "budget", SETTING_DURATION, &terms->budget_s, error) ||
        !cmd_number(invocation, "max-runs", SETTING_INT, &max_runs, error) ||
        !cmd_number(invocation, "iterations", SETTING_INT, &iterations, error) ||
        !cmd_number(invocation, "reported", SETTING_PERCENT, &reported, error))
        return false;
    if (find != NULL && strcmp(find, "fix") != 0 && strcmp(find, "regression") != 0)
        return error_set(error, ERROR_USAGE, "--find %s: expected fix or regression", find);
    if ((cmd_text(invocation, "max-runs") != NULL && max_runs < 1) ||
        (cmd_text(invocation, "budget") != NULL && !(terms->budget_s > 0)) || iterations < 1 ||
        iterations > 10000 || fabs(reported) >= 1)
        return error_set(error, ERROR_USAGE,
                         "--max-runs, --budget, --iterations or --reported is out of bounds");
    terms->max_runs = (int)max_runs;
    terms->iterations = (int)iterations;
    terms->reported = reported;
    terms->find_fix = g_strcmp0(find, "fix") == 0;
    terms->first_parent = cmd_flag(invocation, "first-parent");
    terms->exclusive = cmd_flag(invocation, "exclusive");
    terms->no_layout = cmd_flag(invocation, "no-layout");
    return true;
}

static bool run(const Invocation *invocation, GError **error)
{
    g_autoptr(Site) site = NULL;
    g_autofree char *note = NULL;
    StartRequest request;
    int64_t id = 0;
    start_request_init(&request);
    request.tree = cmd_text(invocation, "tree");
    request.goods = cmd_texts(invocation, "good");
    request.bad = cmd_text(invocation, "bad");
    request.benchmark = cmd_text(invocation, "benchmark");
    request.metric = cmd_text(invocation, "metric");
    request.machines = cmd_texts(invocation, "machine");
    if (!need(invocation, "tree", error) || !need(invocation, "good", error) ||
        !need(invocation, "bad", error) || !need(invocation, "benchmark", error) ||
        !read_numbers(invocation, &request, error) || !follow_open(&site, error) ||
        !start_bisection(site, &request, &id, &note, error) ||
        !follow_begin(site, id, invocation, error))
        return false;
    if (note != NULL)
        cmd_note("%s", note);
    cmd_note("bisection %" G_GINT64_FORMAT
             "; stop with Ctrl-C, go on with `marvin-bisect resume %" G_GINT64_FORMAT "`",
             id, id);
    return follow_run(site, id, invocation, error);
}

static const CommandOption OPTIONS[] = {
    {.name = "tree", .kind = OPTION_VALUE, .value = "T", .help = "the tree of the settings"},
    {.name = "good",
     .kind = OPTION_VALUE,
     .value = "A",
     .help = "a release or commit that is good; may be repeated"},
    {.name = "bad", .kind = OPTION_VALUE, .value = "B", .help = "a release or commit that is bad"},
    {.name = "benchmark", .kind = OPTION_VALUE, .value = "X", .help = "NAME or NAME/k=v"},
    {.name = "metric",
     .kind = OPTION_VALUE,
     .value = "M",
     .help = "where the benchmark has several"},
    {.name = "machine",
     .kind = OPTION_VALUE,
     .value = "M",
     .help = "on this machine instead of the tree's; may be repeated"},
    {.name = "find",
     .kind = OPTION_VALUE,
     .value = "fix",
     .help = "look for the commit that made it better: good is the newer one"},
    {.name = "first-parent",
     .kind = OPTION_FLAG,
     .help = "follow the first parents of merges only"},
    {.name = "exclusive",
     .kind = OPTION_FLAG,
     .help = "nothing else runs on its machines between its boots"},
    {.name = "no-layout",
     .kind = OPTION_FLAG,
     .help = "do not build culprit and parent again with another layout of the code"},
    {.name = "stop",
     .kind = OPTION_VALUE,
     .value = "P",
     .help = "the probability that is enough; preset: 0.95"},
    {.name = "reported",
     .kind = OPTION_VALUE,
     .value = "C",
     .help = "the change that was reported, -5.2%: much less does not reproduce it"},
    {.name = "budget", .kind = OPTION_VALUE, .value = "T", .help = "give up after 48h, 2d .."},
    {.name = "max-runs", .kind = OPTION_VALUE, .value = "N", .help = "give up after so many boots"},
    {.name = "iterations", .kind = OPTION_VALUE, .value = "N", .help = "in a boot; preset: 3"},
    FOLLOW_OPTIONS,
    {0}};

const Command CMD_START = {
    .name = "start",
    .arguments = "--tree T --good A --bad B --benchmark X",
    .summary = "find the commit that did it, over the site's queue",
    .help = "Builds and boots are ordinary jobs of the queue (priority bisect); results that are "
            "there already count as evidence. Both ends are measured first. The status is 0 where "
            "the commit was found, 1 where the change does not reproduce, 6 where the answer stays "
            "open or it was stopped: it can be resumed.",
    .options = OPTIONS,
    .run = run,
};
