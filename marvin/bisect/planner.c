// From rows to the next requests.
#include "marvin/bisect/planner.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "common/cmd.h"
#include "common/error.h"
#include "common/proc.h"
#include "marvin/bisect/queued_collect.h"
#include "sql/queries.h"

enum { ASK_DEADLINE_MS = 600000, MOST_AT_ONCE = 4, MOST_PENDING = 256 };

/* A commit that twice gave nothing at all will not the third time. */
enum { TRIES = 2 };

struct Planner {
    Site *site; // borrowed
    char *mirror; // the tree's, a path
    GitRepo *repo;
    GitRange *range;
    Graph *graph;
    Queued *bisection;
    EvidenceRows *rows;
    Search *search;
    GArray *pending; // of Action
    Revert revert;
    Layout layout;
    void (*note)(const char *, ...) G_GNUC_PRINTF(1, 2);
    char *broken_endpoint; // a sentence; NULL: both can be tested
};

void planner_close(Planner *planner)
{
    if (planner == NULL)
        return;
    search_free(planner->search);
    evidence_rows_free(planner->rows);
    queued_free(planner->bisection);
    graph_free(planner->graph);
    git_range_free(planner->range);
    g_free(planner->mirror);
    git_repo_close(planner->repo);
    g_array_unref(planner->pending);
    revert_clear(&planner->revert);
    layout_clear(&planner->layout);
    g_free(planner->broken_endpoint);
    g_free(planner);
}

static bool take_lock(Planner *planner, GError **error)
{
    int64_t id = planner->bisection->id;
    g_autoptr(Rows) rows = NULL;
    if (!db_row(planner->site->db, &QUERY_BISECT_LOCK, DB_PARAMS(DB_INT(id)), &rows, error))
        return false;
    return rows_bool(rows, 0, "held") ||
           error_set(error, ERROR_INPUT,
                     "another process plans for the bisection %" G_GINT64_FORMAT
                     "; `marvin-bisect status %" G_GINT64_FORMAT "` shows how far it is",
                     id, id);
}

static bool load_range(Planner *planner, GError **error)
{
    const Queued *bisection = planner->bisection;
    g_autofree char *name = g_strconcat(bisection->tree, ".git", NULL);
    planner->mirror = g_build_filename(planner->site->state, "trees", name, NULL);
    if (!git_repo_open(planner->mirror, &planner->repo, error) ||
        !git_repo_range(planner->repo, bisection->bad, (const char *const *)bisection->good,
                        bisection->first_parent, &planner->range, error))
        return false;
    planner->graph = graph_new(planner->range->n, planner->range->first_parent_at,
                               planner->range->parent, error);
    return planner->graph != NULL;
}

bool planner_open(Site *site, int64_t id, Planner **ret_planner, GError **error)
{
    g_autoptr(Planner) planner = g_new0(Planner, 1);
    planner->site = site;
    planner->pending = g_array_new(FALSE, FALSE, sizeof(Action));
    if (!queued_load(site->db, id, &planner->bisection, error) || !load_range(planner, error))
        return false;
    *ret_planner = g_steal_pointer(&planner);
    return true;
}

/* --- taking in what has come --- */

/* The search's number of a revision; -2 for one that has nothing to do with it. */
static int commit_of(const Planner *planner, const char *revision)
{
    if (strcmp(revision, planner->bisection->good[0]) == 0)
        return COMMIT_GOOD;
    int commit = git_range_find(planner->range, revision);
    return commit >= 0 ? commit : -2;
}

static const char *revision_of(const Planner *planner, int commit)
{
    return commit == COMMIT_GOOD ? planner->bisection->good[0] : planner->range->hash[commit];
}

static Purpose purpose_of(const char *text)
{
    Purpose purpose = PURPOSE_GIVEN;
    if (text != NULL)
        purpose_parse(text, &purpose);
    return purpose;
}

static bool add_values(Planner *planner, GError **error)
{
    for (guint i = 0; i < planner->rows->values->len; i++) {
        const BootValue *value = g_ptr_array_index(planner->rows->values, i);
        int commit = commit_of(planner, value->revision);
        if (commit == -2 || value->machine < 0 || !isfinite(value->value))
            continue;
        Evidence evidence = {.machine = value->machine,
                             .commit = commit,
                             .purpose = purpose_of(value->purpose),
                             .value = value->value};
        if (!search_add(planner->search, &evidence, error))
            return false;
    }
    return true;
}

/* Whether a commit has given a value on some machine, and how many boots gave none. */
static bool has_value(const Planner *planner, const char *revision, int *ret_n_failed)
{
    for (guint i = 0; i < planner->rows->values->len; i++) {
        const BootValue *value = g_ptr_array_index(planner->rows->values, i);
        if (strcmp(value->revision, revision) != 0)
            continue;
        if (isfinite(value->value))
            return true;
        (*ret_n_failed)++;
    }
    return false;
}

static bool refuse_commit(Planner *planner, const Request *request, GError **error)
{
    int commit = commit_of(planner, request->revision);
    bool is_bad = commit == planner->range->n - 1;
    if (commit != COMMIT_GOOD && !is_bad)
        return search_untestable(planner->search, commit, error);
    g_free(planner->broken_endpoint);
    planner->broken_endpoint = g_strdup_printf(
        "the %s endpoint %s cannot be %s: %s", is_bad ? "bad" : "good",
        is_bad ? planner->bisection->bad_name : planner->bisection->good_name,
        request->is_build_failed ? "built" : "tested",
        request->message != NULL ? request->message : "its benchmark gives no value");
    return true;
}

/* Requests: what is under way, what is built, and what cannot be tested. */
static bool add_requests(Planner *planner, GError **error)
{
    for (guint i = 0; i < planner->rows->requests->len; i++) {
        const Request *request = g_ptr_array_index(planner->rows->requests, i);
        int commit = commit_of(planner, request->revision);
        if (commit == -2 || request->machine < 0)
            continue;
        Action action = {.kind = ACTION_RUN,
                         .purpose = purpose_of(request->purpose),
                         .machine = request->machine,
                         .commit = commit,
                         .runs = request->n_open};
        if (request->artifact != NULL)
            search_built(planner->search, commit);
        if (request->n_open > 0)
            g_array_append_val(planner->pending, action);
        int n_failed = request->n_failed;
        if (request->n_open == 0 && !has_value(planner, request->revision, &n_failed) &&
            (request->is_build_failed || n_failed >= TRIES) &&
            !refuse_commit(planner, request, error))
            return false;
    }
    return true;
}

/* Boots and builds in seconds; before any was seen, a build counts as four boots. */
static Costs costs_of(const EvidenceRows *rows)
{
    double run = rows->run_s > 0 ? rows->run_s : rows->build_s > 0 ? rows->build_s / 4 : 1;
    return (Costs){.run = run, .build = rows->build_s > 0 ? rows->build_s : 4 * run};
}

static bool make_search(Planner *planner, GError **error)
{
    const Queued *bisection = planner->bisection;
    SearchOptions options;
    search_options(&options);
    options.stop = bisection->stop;
    options.better = planner->rows->metric.better;
    options.resolution = planner->rows->metric.resolution;
    options.find_fix = bisection->find_fix;
    options.expected = fabs(log1p(bisection->reported));
    options.machines = bisection->n_machines;
    options.max_runs = bisection->max_runs;
    options.seed = (uint64_t)bisection->id;
    options.costs = costs_of(planner->rows);
    g_clear_pointer(&planner->search, search_free);
    g_array_set_size(planner->pending, 0);
    g_clear_pointer(&planner->broken_endpoint, g_free);
    planner->search = search_new(planner->graph, &options, error);
    return planner->search != NULL && add_values(planner, error) && add_requests(planner, error);
}

/* --- asking for more --- */

/* The last boot that is known of a commit on a machine, asked for by this bisection. */
static int last_boot(const Planner *planner, const char *revision, int machine)
{
    int last = 0;
    for (guint i = 0; i < planner->rows->requests->len; i++) {
        const Request *request = g_ptr_array_index(planner->rows->requests, i);
        if (request->machine == machine && strcmp(request->revision, revision) == 0)
            last = MAX(last, request->last_boot);
    }
    return last;
}

static bool read_battery(const char *text, int64_t *ret_battery, GError **error)
{
    json_t *answer = json_loads(text, 0, NULL);
    json_t *battery =
        json_object_get(json_array_get(json_object_get(answer, "batteries"), 0), "battery");
    bool good = json_is_integer(battery);
    *ret_battery = json_integer_value(battery);
    json_decref(answer);
    return good || error_set(error, ERROR_INPUT, "bob queue answered without a battery");
}

/* Has bob queue boots of a commit, up to that number in all. */
static bool queue_boots(const Planner *planner, const char *revision, int machine, int boots,
                        bool other_layout, int64_t *ret_battery, GError **error)
{
    const Queued *bisection = planner->bisection;
    g_autofree char *folder = cmd_own_folder();
    g_autofree char *bob = g_build_filename(folder, "bob", NULL);
    g_autofree char *subject = g_strdup_printf("%s:%s", bisection->tree, revision);
    g_autofree char *n = g_strdup_printf("%d", boots);
    g_autofree char *iterations = g_strdup_printf("%d", bisection->iterations);
    const char *argv[] = {bob,
                          "--config",
                          planner->site->config,
                          "queue",
                          subject,
                          "--benchmark",
                          bisection->benchmark,
                          "--boots",
                          n,
                          "--iterations",
                          iterations,
                          "--machine",
                          bisection->machines[machine],
                          "--priority",
                          "bisect",
                          "--json",
                          other_layout ? "--other-layout" : NULL,
                          NULL};
    ProcSpec spec = {.argv = argv, .deadline_ms = ASK_DEADLINE_MS};
    g_auto(ProcResult) result = {0};
    return proc_run_ok(&spec, &result, error) && read_battery(result.out, ret_battery, error);
}

static bool ask(Planner *planner, const char *revision, int machine, int runs, const char *purpose,
                GError **error)
{
    int64_t battery = 0;
    int last = last_boot(planner, revision, machine);
    if (planner->note != NULL)
        planner->note("%s: %d boot%s of %.12s on %s", purpose, runs, runs == 1 ? "" : "s", revision,
                      planner->bisection->machines[machine]);
    return queue_boots(planner, revision, machine, last + runs, false, &battery, error) &&
           queued_request(planner->site->db, planner->bisection->id, battery, last + 1, last + runs,
                          purpose, error);
}

static bool has_pending_search(const Planner *planner, int machine)
{
    for (guint i = 0; i < planner->pending->len; i++) {
        const Action *action = &g_array_index(planner->pending, Action, i);
        if (action->machine == machine && action->purpose == PURPOSE_SEARCH)
            return true;
    }
    return false;
}

/* What one machine should do next, unless it is searching already. *ret_is_done: nothing, ever. */
static bool ask_for_machine(Planner *planner, int machine, bool *ret_is_done, GError **error)
{
    *ret_is_done = false;
    for (int i = 0; i < MOST_AT_ONCE && planner->pending->len < MOST_PENDING; i++) {
        if (has_pending_search(planner, machine))
            return true;
        Action action =
            search_next(planner->search, machine, (const Action *)planner->pending->data,
                        (int)planner->pending->len);
        *ret_is_done = action.kind == ACTION_DONE;
        if (action.kind != ACTION_RUN)
            return true;
        action.machine = machine;
        if (!ask(planner, revision_of(planner, action.commit), machine, action.runs,
                 purpose_format(action.purpose), error))
            return false;
        g_array_append_val(planner->pending, action);
    }
    return true;
}

static bool ask_all(Planner *planner, bool *ret_is_done, GError **error)
{
    *ret_is_done = true;
    for (int m = 0; m < planner->bisection->n_machines; m++) {
        bool is_done = false;
        if (!ask_for_machine(planner, m, &is_done, error))
            return false;
        *ret_is_done = *ret_is_done && is_done;
    }
    return true;
}

/* --- the revert, once the culprit is found --- */

/* Makes the commit, once, and reads what it gave so far. */
static bool look_at_revert(Planner *planner, const Outcome *outcome, GError **error)
{
    Revert *revert = &planner->revert;
    const Queued *bisection = planner->bisection;
    const char *culprit = planner->range->hash[outcome->culprit];
    if (!revert->is_tried && !revert_make(planner->mirror, bisection->bad, culprit, revert, error))
        return false;
    revert_read(revert, bisection, planner->rows, outcome);
    return true;
}

static bool step_revert(Planner *planner, const Outcome *outcome, bool *ret_is_done, GError **error)
{
    const Revert *revert = &planner->revert;
    *ret_is_done = true;
    if (outcome->kind != OUTCOME_FOUND)
        return true;
    if (!look_at_revert(planner, outcome, error))
        return false;
    *ret_is_done = revert->n_wanted <= 0;
    if (*ret_is_done || revert->n_open > 0)
        return true;
    return ask(planner, revert->commit, 0, revert->n_wanted, "revert", error);
}

/* --- the layout test behind it --- */

/* The only parent, the good end where that is it; NULL of a merge. */
static const char *parent_of(const Planner *planner, int commit)
{
    const GitRange *range = planner->range;
    int first = range->first_parent_at[commit], n = range->first_parent_at[commit + 1] - first;
    return n == 0 ? planner->bisection->good[0] : n == 1 ? range->hash[range->parent[first]] : NULL;
}

static bool look_at_layout(Planner *planner, const Outcome *outcome, GError **error)
{
    const char *culprit = planner->range->hash[outcome->culprit];
    g_autoptr(Rows) recipe = NULL;
    if (!db_rows(planner->site->db, &QUERY_BISECT_RECIPE,
                 DB_PARAMS(DB_INT(planner->bisection->id), DB_TEXT(culprit)), &recipe, error))
        return false;
    LayoutSource source = {.mirror = planner->mirror,
                           .bisection = planner->bisection,
                           .rows = planner->rows,
                           .outcome = outcome,
                           .revision = {parent_of(planner, outcome->culprit), culprit},
                           .knows_layout =
                               rows_count(recipe) > 0 && rows_bool(recipe, 0, "knows_layout"),
                           .n_revert = planner->revert.n};
    return layout_look(&planner->layout, &source, error);
}

static bool ask_layout(Planner *planner, const char *const revision[2], GError **error)
{
    const Layout *layout = &planner->layout;
    int runs = MAX(layout->n_wanted[0], layout->n_wanted[1]);
    if (planner->note != NULL)
        planner->note("layout: %d boot%s of %.12s and of its parent, with another layout, on %s",
                      runs, runs == 1 ? "" : "s each", revision[1],
                      planner->bisection->machines[layout->machine]);
    for (int i = 0; i < 2; i++) {
        int last = layout->last_boot[i], wanted = layout->n_wanted[i];
        int64_t battery = 0;
        if (wanted == 0)
            continue;
        if (!queue_boots(planner, revision[i], layout->machine, last + wanted, true, &battery,
                         error) ||
            !queued_request(planner->site->db, planner->bisection->id, battery, last + 1,
                            last + wanted, "layout", error))
            return false;
    }
    return true;
}

static bool step_layout(Planner *planner, const Outcome *outcome, bool *ret_is_done, GError **error)
{
    const Layout *layout = &planner->layout;
    *ret_is_done = true;
    if (outcome->kind != OUTCOME_FOUND)
        return true;
    if (!look_at_layout(planner, outcome, error))
        return false;
    *ret_is_done = layout->result.kind != LAYOUT_OPEN;
    if (*ret_is_done || layout->n_wanted[0] + layout->n_wanted[1] == 0)
        return true;
    const char *const revision[2] = {parent_of(planner, outcome->culprit),
                                     planner->range->hash[outcome->culprit]};
    return ask_layout(planner, revision, error);
}

/* --- a step --- */

/* The answer for scripts, with what pages show beside it. */
static bool make_answer(const Planner *planner, json_t **ret_answer, GError **error)
{
    const BisectedMetric *metric = &planner->rows->metric;
    g_auto(Report) report = {0};
    if (!queued_collect(planner, &report, error))
        return false;
    g_autofree char *json = report_json(&report);
    g_autofree char *text = report_text(&report);
    g_autofree char *log = report_git_log(&report);
    json_t *answer = json_loads(json, 0, NULL);
    if (metric->name != NULL)
        json_object_set_new(answer, "metric", json_string(metric->name));
    json_object_set_new(answer, "report", json_string(text));
    json_object_set_new(answer, "git_log", json_string(log));
    *ret_answer = answer;
    return true;
}

static bool store(Planner *planner, const char *state, const char *why, GError **error)
{
    json_t *answer = NULL;
    g_free(planner->bisection->state);
    g_free(planner->bisection->why);
    planner->bisection->state = g_strdup(state);
    planner->bisection->why = g_strdup(why);
    if (!make_answer(planner, &answer, error))
        return false;
    json_object_set_new(answer, "state", json_string(state));
    bool stored =
        queued_store(planner->site->db, planner->bisection->id, state, why, answer, error);
    json_decref(answer);
    return stored;
}

/* Ends it: nothing more is run for it alone. */
static bool end(Planner *planner, const char *state, const char *why, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    return store(planner, state, why, error) &&
           db_row(planner->site->db, &QUERY_BISECT_WITHDRAW,
                  DB_PARAMS(DB_INT(planner->bisection->id)), &rows, error);
}

static bool go_on(Planner *planner, bool *ret_ended, GError **error)
{
    const Queued *bisection = planner->bisection;
    bool is_done = false, is_verified = false, is_laid_out = false;
    if (planner->broken_endpoint != NULL) {
        *ret_ended = true;
        return end(planner, "undecided", planner->broken_endpoint, error);
    }
    if (bisection->budget_s > 0 && bisection->age_s > bisection->budget_s) {
        *ret_ended = true;
        // What was found stays found: only its checks are cut short.
        const Outcome *found = search_outcome(planner->search);
        return found->kind == OUTCOME_FOUND
                   ? end(planner, "found", found->why, error)
                   : end(planner, "undecided", "its time budget is used up", error);
    }
    if (!ask_all(planner, &is_done, error))
        return false;
    const Outcome *outcome = search_outcome(planner->search);
    if (is_done && !step_revert(planner, outcome, &is_verified, error))
        return false;
    if (is_verified && !step_layout(planner, outcome, &is_laid_out, error))
        return false;
    *ret_ended = is_verified && is_laid_out;
    return *ret_ended ? end(planner, outcome_format(outcome->kind), outcome->why, error)
                      : store(planner, "running", outcome->why, error);
}

bool planner_look(Planner *planner, GError **error)
{
    Db *db = planner->site->db;
    Queued *bisection = NULL;
    EvidenceRows *rows = NULL;
    if (!queued_load(db, planner->bisection->id, &bisection, error))
        return false;
    queued_free(planner->bisection);
    planner->bisection = bisection;
    if (!evidence_rows_load(db, bisection, &rows, error))
        return false;
    evidence_rows_free(planner->rows);
    planner->rows = rows;
    if (!make_search(planner, error))
        return false;
    const Outcome *outcome = search_outcome(planner->search);
    return outcome->kind != OUTCOME_FOUND ||
           (look_at_revert(planner, outcome, error) && look_at_layout(planner, outcome, error));
}

bool planner_step(Planner *planner, void (*note)(const char *, ...), bool *ret_ended,
                  GError **error)
{
    planner->note = note;
    // Anew each time: a connection that was lost has lost its locks.
    if (!take_lock(planner, error) || !planner_look(planner, error))
        return false;
    *ret_ended = strcmp(planner->bisection->state, "running") != 0;
    return *ret_ended || go_on(planner, ret_ended, error);
}

Db *planner_db(const Planner *planner)
{
    return planner->site->db;
}

const GitRepo *planner_repo(const Planner *planner)
{
    return planner->repo;
}

const Queued *planner_bisection(const Planner *planner)
{
    return planner->bisection;
}

const EvidenceRows *planner_rows(const Planner *planner)
{
    return planner->rows;
}

const GitRange *planner_range(const Planner *planner)
{
    return planner->range;
}

const Graph *planner_graph(const Planner *planner)
{
    return planner->graph;
}

Search *planner_search(const Planner *planner)
{
    return planner->search;
}

const Revert *planner_revert(const Planner *planner)
{
    return &planner->revert;
}

const LayoutResult *planner_layout(const Planner *planner)
{
    return &planner->layout.result;
}
