// marvin-bisect start: a bisection over the site's queue.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "benchmarks/find.h"
#include "common/error.h"
#include "common/suggest.h"
#include "marvin/bisect/between.h"
#include "marvin/bisect/commands.h"
#include "marvin/bisect/follow.h"
#include "sql/queries.h"

enum { MACHINES_MOST = 32, ITERATIONS_PRESET = 3 };

/* What is asked for, resolved. */
typedef struct {
    QueuedTerms terms;
    const Section *tree;
    GitRepo *repo;
    Between *between;
    char *trial_key;
    char *asked_by;
} Start;

static void start_clear(Start *start)
{
    between_free(start->between);
    git_repo_close(start->repo);
    g_free(start->trial_key);
    g_free(start->asked_by);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Start, start_clear)

static bool section_get(const Site *site, const char *kind, const char *name,
                        const Section **ret_section, GError **error)
{
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    const Section *section = NULL;
    *ret_section = settings_find(site->settings, kind, name);
    if (*ret_section != NULL)
        return true;
    for (int i = 0; (section = settings_at(site->settings, kind, i)) != NULL; i++)
        g_ptr_array_add(known, (gpointer)(guintptr)section_name(section));
    g_autofree char *hint =
        suggest_format(name, (const char *const *)known->pdata, (int)known->len);
    return error_set(error, ERROR_INPUT, "there is no %s '%s' in %s%s", kind, name, site->config,
                     hint);
}

static bool need(const Invocation *invocation, const char *option, GError **error)
{
    return cmd_text(invocation, option) != NULL ||
           error_set(error, ERROR_USAGE, "start needs --%s; see `marvin-bisect start --help`",
                     option);
}

static bool read_tree(const Site *site, const Invocation *invocation, Start *start, GError **error)
{
    const char *name = cmd_text(invocation, "tree");
    if (!section_get(site, "tree", name, &start->tree, error))
        return false;
    g_autofree char *folder = g_strconcat(name, ".git", NULL);
    g_autofree char *mirror = g_build_filename(site->state, "trees", folder, NULL);
    if (!g_file_test(mirror, G_FILE_TEST_IS_DIR))
        return error_set(error, ERROR_INPUT,
                         "the tree %s has not been fetched yet: run `bob watch %s`", name, name);
    start->terms.tree = name;
    return git_repo_open(mirror, &start->repo, error);
}

/* A release stays what it was when its tag moves. *ret_spec is freed with g_free. */
static bool spec_of(const Site *site, const char *tree, const char *name, char **ret_spec,
                    GError **error)
{
    g_autoptr(Rows) rows = NULL;
    const char *prefix = strchr(name, ':');
    size_t n = strlen(tree);
    if (prefix != NULL && (size_t)(prefix - name) == n && strncmp(name, tree, n) == 0)
        name = prefix + 1;
    if (!db_rows(site->db, &QUERY_BISECT_RELEASE_REVISION, DB_PARAMS(DB_TEXT(tree), DB_TEXT(name)),
                 &rows, error))
        return false;
    *ret_spec = g_strdup(rows_count(rows) > 0 ? rows_text(rows, 0, "revision") : name);
    return true;
}

static bool read_ends(const Site *site, const Invocation *invocation, Start *start, GError **error)
{
    const char *const *goods = cmd_texts(invocation, "good");
    g_auto(GStrv) specs = g_new0(char *, g_strv_length((char **)(guintptr)goods) + 1);
    g_autofree char *bad = NULL;
    for (int i = 0; goods[i] != NULL; i++)
        if (!spec_of(site, start->terms.tree, goods[i], &specs[i], error))
            return false;
    if (!spec_of(site, start->terms.tree, cmd_text(invocation, "bad"), &bad, error) ||
        !between_resolve(start->repo, (const char *const *)specs, bad, start->terms.find_fix,
                         start->terms.first_parent, &start->between, error))
        return false;
    if (start->between->note != NULL)
        cmd_note("%s", start->between->note);
    start->terms.good = (const char *const *)start->between->olds;
    start->terms.bad = start->between->new_commit;
    start->terms.good_name = start->terms.find_fix ? cmd_text(invocation, "bad") : goods[0];
    start->terms.bad_name = start->terms.find_fix ? goods[0] : cmd_text(invocation, "bad");
    return true;
}

static bool check_metric(const Benchmark *benchmark, const char *name, GError **error)
{
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    for (guint i = 0; i < benchmark->metrics->len; i++)
        g_ptr_array_add(known, ((Metric *)g_ptr_array_index(benchmark->metrics, i))->name);
    g_ptr_array_add(known, NULL);
    g_autofree char *list = g_strjoinv(", ", (char **)known->pdata);
    if (name == NULL && known->len > 2)
        return error_set(error, ERROR_USAGE, "%s has several metrics; give one of --metric %s",
                         benchmark->name, list);
    if (name != NULL && known->len > 1 && benchmark_metric_find(benchmark, name) == NULL)
        return error_set(error, ERROR_INPUT, "%s has no metric '%s'; it has %s", benchmark->name,
                         name, list);
    return true;
}

static bool read_benchmark(const Site *site, const Invocation *invocation, Start *start,
                           GError **error)
{
    const char *text = cmd_text(invocation, "benchmark"), *metric = cmd_text(invocation, "metric");
    g_auto(GStrv) search = benchmark_search_path(site->config);
    g_autoptr(Benchmark) benchmark = NULL;
    g_autoptr(GHashTable) overrides = NULL, parameters = NULL;
    g_autofree char *name = NULL;
    if (!benchmark_reference_parse(text, &name, &overrides, error) ||
        !benchmark_get((const char *const *)search, name, &benchmark, error) ||
        !benchmark_parameters(benchmark, overrides, &parameters, error) ||
        !check_metric(benchmark, metric, error))
        return false;
    g_autofree char *path = parameters_format_path(parameters);
    start->trial_key = g_strconcat(name, path, NULL);
    start->terms.trial_key = start->trial_key;
    start->terms.benchmark = text;
    start->terms.metric = metric != NULL ? metric : "";
    return true;
}

static bool read_machines(const Site *site, const Invocation *invocation, Start *start,
                          GError **error)
{
    const char *const *names = cmd_texts(invocation, "machine");
    const Section *section = NULL;
    if (*names == NULL)
        names = section_words(start->tree, "machines");
    if (*names == NULL)
        return error_set(error, ERROR_INPUT,
                         "%s: the tree %s has no machines: write them there, or give --machine",
                         section_origin(start->tree, NULL), start->terms.tree);
    for (int i = 0; names[i] != NULL; i++) {
        if (i >= MACHINES_MOST)
            return error_set(error, ERROR_INPUT, "a bisection has at most %d machines",
                             MACHINES_MOST);
        if (!section_get(site, "machine", names[i], &section, error))
            return false;
    }
    start->terms.machines = names;
    return true;
}

static bool read_numbers(const Invocation *invocation, Start *start, GError **error)
{
    QueuedTerms *terms = &start->terms;
    double max_runs = 0, iterations = ITERATIONS_PRESET, reported = 0;
    const char *find = cmd_text(invocation, "find");
    terms->stop = .95;
    if (!cmd_number(invocation, "stop", SETTING_PERCENT, &terms->stop, error) ||
        !cmd_number(invocation, "budget", SETTING_DURATION, &terms->budget_s, error) ||
        !cmd_number(invocation, "max-runs", SETTING_INT, &max_runs, error) ||
        !cmd_number(invocation, "iterations", SETTING_INT, &iterations, error) ||
        !cmd_number(invocation, "reported", SETTING_PERCENT, &reported, error))
        return false;
    if (!(terms->stop > .5 && terms->stop < 1))
        return error_set(error, ERROR_USAGE, "--stop: expected a probability above 0.5, below 1");
    if (find != NULL && strcmp(find, "fix") != 0 && strcmp(find, "regression") != 0)
        return error_set(error, ERROR_USAGE, "--find %s: expected fix or regression", find);
    if (max_runs < 0 || iterations < 1 || iterations > 10000 || fabs(reported) >= 1)
        return error_set(error, ERROR_USAGE,
                         "--max-runs, --iterations or --reported is out of "
                         "bounds");
    terms->max_runs = (int)max_runs;
    terms->iterations = (int)iterations;
    terms->reported = reported;
    terms->find_fix = g_strcmp0(find, "fix") == 0;
    terms->first_parent = cmd_flag(invocation, "first-parent");
    return true;
}

static bool begin(Site *site, const Invocation *invocation, int64_t *ret_id, GError **error)
{
    g_auto(Start) start = {0};
    start.asked_by = g_strdup(g_get_user_name());
    start.terms.asked_by = start.asked_by;
    return read_numbers(invocation, &start, error) && read_tree(site, invocation, &start, error) &&
           read_benchmark(site, invocation, &start, error) &&
           read_machines(site, invocation, &start, error) &&
           read_ends(site, invocation, &start, error) &&
           follow_prepare(site, &start.terms, error) &&
           queued_begin(site->db, &start.terms, ret_id, error);
}

static bool run(const Invocation *invocation, GError **error)
{
    g_autoptr(Site) site = NULL;
    int64_t id = 0;
    if (!need(invocation, "tree", error) || !need(invocation, "good", error) ||
        !need(invocation, "bad", error) || !need(invocation, "benchmark", error) ||
        !follow_open(&site, error) || !begin(site, invocation, &id, error))
        return false;
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
