// A bisection in a git tree: the loop that does what the search says.
#include "marvin/bisect/bisection_internal.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/cmd.h"
#include "common/error.h"
#include "marvin/bisect/desk.h"

#define RUN_ATTEMPTS 3 // before a commit whose runs fail is untestable

const char *bisection_hash(const Bisection *b, int commit)
{
    return commit == COMMIT_GOOD ? b->between->old_commit : b->between->range->hash[commit];
}

// The number of a hash in the search; false where the range has none.
static bool commit_find(const Bisection *b, const char *hash, int *ret_commit)
{
    *ret_commit = COMMIT_GOOD;
    if (g_str_equal(hash, b->between->old_commit))
        return true;
    *ret_commit = git_range_find(b->between->range, hash);
    return *ret_commit >= 0;
}

BisectionCosts bisection_costs(const Bisection *b)
{
    BisectionCosts costs = {0};
    const GPtrArray *entries = journal_entries(b->journal);
    for (guint i = 0; i < entries->len; i++) {
        const Entry *e = entries->pdata[i];
        Purpose purpose = PURPOSE_SEARCH;
        costs.seconds += e->seconds;
        costs.builds += e->kind == ENTRY_BUILD;
        costs.failed_builds += e->kind == ENTRY_BUILD && e->why;
        costs.verify += e->kind == ENTRY_TIP || e->kind == ENTRY_LAYOUT;
        if (e->kind != ENTRY_RUN && e->kind != ENTRY_FAILED)
            continue;
        purpose_parse(e->word, &purpose);
        costs.endpoints += purpose == PURPOSE_ENDPOINTS;
        costs.search += purpose == PURPOSE_SEARCH;
        costs.verify += purpose == PURPOSE_VERIFY;
    }
    return costs;
}

double bisection_level(const Bisection *b, int commit, int *ret_n)
{
    const GPtrArray *entries = journal_entries(b->journal);
    const char *hash = bisection_hash(b, commit);
    double sum = 0;
    int n = 0;
    for (guint i = 0; i < entries->len; i++) {
        const Entry *e = entries->pdata[i];
        if (e->kind != ENTRY_RUN || !g_str_equal(e->commit, hash))
            continue;
        sum += e->value;
        n++;
    }
    *ret_n = n;
    return n ? sum / n : NAN;
}

// --- the journal and the search ------------------------------------------------------------

static bool unit_check(Bisection *b, const char *hash, const Value *value, GError **error)
{
    if (!b->has_first) {
        b->first = *value;
        b->has_first = true;
    }
    if (b->probe.by_exit || value_same_unit(&b->first, value))
        return true;
    return error_set(error, ERROR_INPUT,
                     "at commit %.12s the command printed '%g %s', and '%g %s' before: numbers of "
                     "different units cannot be compared; let it print one unit.",
                     hash, value->number, value->unit, b->first.number, b->first.unit);
}

// Tells the search what an entry says.
static bool entry_apply(Bisection *b, const Entry *e, GError **error)
{
    int commit = 0;
    if (e->kind != ENTRY_RUN && e->kind != ENTRY_UNTESTABLE)
        return true;
    if (!commit_find(b, e->commit, &commit))
        return error_set(error, ERROR_INPUT,
                         "%s: has a run of commit %.12s, which does not lie between good and bad; "
                         "--restart begins anew.",
                         b->journal_path, e->commit);
    if (e->kind == ENTRY_UNTESTABLE)
        return search_untestable(b->search, commit, error);
    Evidence evidence = {.commit = commit, .value = e->value};
    if (!purpose_parse(e->word, &evidence.purpose))
        return error_set(error, ERROR_INPUT, "%s: '%s' is no purpose of a run; --restart.",
                         b->journal_path, e->word);
    Value value = {.number = e->value};
    g_strlcpy(value.unit, e->unit ? e->unit : "", sizeof value.unit);
    return unit_check(b, e->commit, &value, error) && search_add(b->search, &evidence, error);
}

bool bisection_replay(Bisection *b, GError **error)
{
    const GPtrArray *entries = journal_entries(b->journal);
    for (guint i = 0; i < entries->len; i++) {
        if (!entry_apply(b, entries->pdata[i], error))
            return false;
    }
    return true;
}

// Writes the entry first: what the search knows is never more than what is stored.
static bool entry_add(Bisection *b, EntryKind kind, const char *hash, const char *word,
                      const char *why, const ProbeResult *result, GError **error)
{
    Entry *entry = g_new0(Entry, 1);
    entry->kind = kind;
    entry->commit = g_strdup(hash);
    entry->word = g_strdup(word);
    entry->why = g_strdup(why);
    if (result) {
        entry->seconds = result->seconds;
        entry->value = result->value.number;
        entry->unit = g_strdup(result->value.unit);
    }
    return journal_add(b->journal, entry, error) && entry_apply(b, entry, error);
}

// --- steps ---------------------------------------------------------------------------------

static void doing(Bisection *b, const char *what, const char *hash)
{
    b->doing = what;
    g_free(b->doing_commit);
    b->doing_commit = g_strdup(hash);
    if (b->watch)
        b->watch(b->data);
}

static bool is_cancelled(void *data)
{
    Bisection *b = data;
    if (b->watch)
        b->watch(b->data);
    return cmd_stop_requested();
}

// Numbers of one machine are compared only while it is the same one.
static void settings_look(Bisection *b)
{
    g_autofree char *now = desk_settings();
    g_autofree char *difference = desk_difference(b->settings, now);
    if (!difference)
        return;
    g_ptr_array_add(b->notes,
                    g_strdup_printf("the machine's settings changed on the way: %s", difference));
    g_free(b->settings);
    b->settings = g_steal_pointer(&now);
}

// The mixture of two configurations that a step stands for; variant 1: all switched but the
// culprit.
static bool config_place(Bisection *b, const char *step, int variant, TreePlace *ret_place,
                         GError **error)
{
    int commit = COMMIT_GOOD;
    commit_find(b, step, &commit);
    int switched = commit == COMMIT_GOOD ? 0 : commit + 1;
    int except = variant ? search_outcome(b->search)->culprit : -1;
    g_autofree char *text = configs_mix(b->configs, switched, except);
    return g_file_set_contents(b->config_path, text, -1, error) &&
           trees_get(b->trees, b->config_commit, 2 * switched + variant, ret_place, error);
}

static bool place_get(Bisection *b, const char *hash, int variant, TreePlace *ret_place,
                      GError **error)
{
    return b->configs ? config_place(b, hash, variant, ret_place, error)
                      : trees_get(b->trees, hash, variant, ret_place, error);
}

bool bisection_place(Bisection *b, const char *hash, int variant, TreePrepare prepare,
                     char **ret_dir, char **ret_why, GError **error)
{
    g_auto(TreePlace) place = {0};
    double start_s = clock_monotonic_s();
    doing(b, "checkout", hash);
    if (!place_get(b, hash, variant, &place, error))
        return false;
    if (!place.is_built) {
        char *why = prepare ? prepare(b, place.dir) : NULL;
        g_auto(ProbeResult) built = {.why = why};
        doing(b, "build", hash);
        if (!why && b->options->build && !probe_build(&b->probe, place.dir, hash, &built, error))
            return false;
        built.seconds = clock_monotonic_s() - start_s; // a checkout has its price too
        if (!why && !entry_add(b, ENTRY_BUILD, hash, NULL, built.why, &built, error))
            return false;
        if (built.why) {
            *ret_why = g_steal_pointer(&built.why);
            return true;
        }
        trees_built(b->trees);
    }
    *ret_dir = g_steal_pointer(&place.dir);
    return true;
}

static bool give_up(Bisection *b, int commit, const char *why, GError **error)
{
    const char *hash = bisection_hash(b, commit);
    bool is_old = commit == COMMIT_GOOD, is_new = commit == b->between->range->n - 1;
    g_autofree char *log =
        strstr(why, "the build") ? g_strdup_printf(" (%s)", b->log_path) : g_strdup("");
    if (is_old || is_new)
        return error_set(error, ERROR_INPUT, "%s '%s' (%.12s) cannot be tested: %s%s.",
                         is_old == b->options->find_fix ? "bad" : "good",
                         is_old ? b->between->old_name : b->between->new_name, hash, why, log);
    g_ptr_array_add(b->news, g_strdup_printf("%.12s cannot be tested: %s", hash, why));
    return entry_add(b, ENTRY_UNTESTABLE, hash, NULL, why, NULL, error);
}

// As git bisect run: 126 and 127 are "bad" unless the good end has them too.
static bool unable_check(const Bisection *b, const char *hash, const ProbeResult *result,
                         GError **error)
{
    const char *good = b->options->find_fix ? b->between->new_commit : b->between->old_commit;
    return !result->is_unable || !g_str_equal(hash, good) ||
           error_set(error, ERROR_INPUT,
                     "at the good end, commit %.12s, the command ended with status 126 or 127: it "
                     "cannot be run there; check its name and its permissions.",
                     hash);
}

// One run; *ret_why (g_free) where it gave no value.
static bool run_once(Bisection *b, const char *dir, const char *hash, const char *purpose,
                     bool *ret_may_retry, char **ret_why, GError **error)
{
    g_auto(ProbeResult) result = {0};
    doing(b, purpose, hash);
    if (!probe_run(&b->probe, dir, hash, &result, error))
        return false;
    if (result.why) {
        *ret_may_retry = result.may_retry;
        *ret_why = g_strdup(result.why);
        return entry_add(b, ENTRY_FAILED, hash, purpose, result.why, &result, error);
    }
    return unit_check(b, hash, &result.value, error) && unable_check(b, hash, &result, error) &&
           entry_add(b, ENTRY_RUN, hash, purpose, NULL, &result, error);
}

static bool is_out_of_time(const Bisection *b)
{
    return b->options->budget_s > 0 && bisection_costs(b).seconds >= b->options->budget_s;
}

void bisection_watch(Bisection *b, void (*watch)(void *data), void *data)
{
    b->watch = watch;
    b->data = data;
}

bool bisection_is_spent(const Bisection *b)
{
    return is_out_of_time(b) && search_outcome(b->search)->kind == OUTCOME_RUNNING;
}

static bool runs_do(Bisection *b, const Action *action, const char *dir, GError **error)
{
    const char *hash = bisection_hash(b, action->commit);
    const char *purpose = purpose_format(action->purpose);
    int failures = 0;
    for (int done = 0; done < action->runs && !is_out_of_time(b);) {
        g_autofree char *why = NULL;
        bool may_retry = false;
        if (!run_once(b, dir, hash, purpose, &may_retry, &why, error))
            return false;
        failures = why ? failures + 1 : 0;
        if (why && (!may_retry || failures == RUN_ATTEMPTS))
            return give_up(b, action->commit, why, error);
        done += !why;
    }
    return true;
}

// A build costs this many runs, to a power of two so that small differences in time change no step.
static void costs_tell(Bisection *b)
{
    const GPtrArray *entries = journal_entries(b->journal);
    double run_s = 0, build_s = 0;
    int runs = 0, builds = 0;
    for (guint i = 0; i < entries->len; i++) {
        const Entry *e = entries->pdata[i];
        bool is_run = e->kind == ENTRY_RUN, is_build = e->kind == ENTRY_BUILD && !e->why;
        run_s += is_run ? e->seconds : 0;
        build_s += is_build ? e->seconds : 0;
        runs += is_run;
        builds += is_build;
    }
    if (runs == 0 || builds == 0)
        return;
    double ratio = build_s / builds / fmax(run_s / runs, 1e-3);
    double build = exp2(round(log2(CLAMP(ratio, 0.0625, 1024))));
    search_set_costs(b->search, (Costs){1, build, b->options->in_place ? build : 0});
}

static bool step(Bisection *b, const Action *action, GError **error)
{
    g_autofree char *dir = NULL, *why = NULL;
    settings_look(b);
    if (!bisection_place(b, bisection_hash(b, action->commit), 0, NULL, &dir, &why, error))
        return false;
    return why ? give_up(b, action->commit, why, error) : runs_do(b, action, dir, error);
}

static bool search_run(Bisection *b, GError **error)
{
    while (!is_out_of_time(b)) {
        if (cmd_stop_requested())
            return error_set(error, ERROR_INTERRUPTED, "interrupted.");
        costs_tell(b);
        Action action = search_next(b->search, 0, NULL, 0);
        if (action.kind != ACTION_RUN)
            break;
        if (!step(b, &action, error))
            return false;
    }
    return true;
}

// Names that moved meanwhile: what was searched is still what they meant at the beginning.
static void names_look(Bisection *b)
{
    const Question *q = &b->question;
    g_autofree char *bad = NULL;
    if (b->options->resume || b->configs)
        return;
    if (!git_repo_resolve(b->repo, q->bad_spec, &bad, NULL) || !g_str_equal(bad, q->bad))
        g_ptr_array_add(b->notes, g_strdup_printf("'%s' was %.12s, and that was searched; it is "
                                                  "%.12s now",
                                                  q->bad_spec, q->bad, bad ? bad : "gone"));
    for (int i = 0; q->goods[i]; i++) {
        g_autofree char *good = NULL;
        if (!git_repo_resolve(b->repo, b->options->goods[i], &good, NULL) ||
            !g_str_equal(good, q->goods[i]))
            g_ptr_array_add(b->notes, g_strdup_printf("'%s' was %.12s, and that was searched; it "
                                                      "is %.12s now",
                                                      b->options->goods[i], q->goods[i],
                                                      good ? good : "gone"));
    }
}

static bool end_add(Bisection *b, GError **error)
{
    const Outcome *outcome = search_outcome(b->search);
    bool has_answer = outcome->kind == OUTCOME_FOUND || outcome->kind == OUTCOME_NOT_REPRODUCED;
    if (journal_has_ended(b->journal) || !has_answer)
        return true;
    const char *culprit =
        outcome->kind == OUTCOME_FOUND ? bisection_hash(b, outcome->culprit) : NULL;
    return entry_add(b, ENTRY_END, culprit, outcome_format(outcome->kind), b->undo.why_not, NULL,
                     error);
}

static bool trees_open(Bisection *b, GError **error)
{
    if (b->options->in_place)
        return trees_new_in_place(b->repo, &b->trees, error);
    b->trees = trees_new(b->repo, b->trees_path, b->options->keep,
                         b->configs ? b->config_commit : b->between->new_commit);
    return true;
}

bool bisection_run(Bisection *b, GError **error)
{
    b->probe.is_cancelled = is_cancelled;
    b->probe.data = b;
    if (!trees_open(b, error))
        return false;
    bool ok = search_run(b, error) && bisection_undo(b, error) && bisection_layout(b, error) &&
              end_add(b, error);
    names_look(b);
    return ok;
}

bool bisection_tidy(Bisection *b, GError **error)
{
    return trees_close(g_steal_pointer(&b->trees), error);
}
