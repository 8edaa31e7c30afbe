// From a request to a row.
#include "marvin/bisect/start.h"

#include <string.h>

#include "benchmarks/find.h"
#include "common/error.h"
#include "common/suggest.h"
#include "inventory/machine.h"
#include "marvin/bisect/between.h"
#include "sql/queries.h"

enum { MACHINES_MOST = 32, ITERATIONS_PRESET = 3 };

/* What is asked for, resolved. */
typedef struct {
    QueuedTerms terms;
    const Section *tree;
    GitRepo *repo;
    Between *between;
    char *trial_key;
    char *metric; // the benchmark's only one, where none was named
    char *asked_by;
} Start;

static void start_clear(Start *start)
{
    between_free(start->between);
    git_repo_close(start->repo);
    g_free(start->trial_key);
    g_free(start->metric);
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

static bool read_tree(const Site *site, const StartRequest *request, Start *start, GError **error)
{
    const char *name = request->tree;
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

static bool read_ends(const Site *site, const StartRequest *request, Start *start, GError **error)
{
    const char *const *goods = request->goods;
    g_auto(GStrv) specs = g_new0(char *, g_strv_length((char **)(guintptr)goods) + 1);
    g_autofree char *bad = NULL;
    const BetweenNames names = {goods, request->bad};
    for (int i = 0; goods[i] != NULL; i++)
        if (!spec_of(site, start->terms.tree, goods[i], &specs[i], error))
            return false;
    if (!spec_of(site, start->terms.tree, request->bad, &bad, error) ||
        !between_resolve(start->repo, (const char *const *)specs, bad, &names,
                         start->terms.find_fix, start->terms.first_parent, &start->between, error))
        return false;
    start->terms.good = (const char *const *)start->between->olds;
    start->terms.bad = start->between->new_commit;
    start->terms.good_name = start->terms.find_fix ? request->bad : goods[0];
    start->terms.bad_name = start->terms.find_fix ? goods[0] : request->bad;
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

static bool read_benchmark(const Site *site, const StartRequest *request, Start *start,
                           GError **error)
{
    const char *text = request->benchmark, *metric = request->metric;
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
    // By name from now on: results of another metric that come later are none of its evidence.
    if (metric == NULL && benchmark->metrics->len == 1)
        start->metric = g_strdup(((Metric *)g_ptr_array_index(benchmark->metrics, 0))->name);
    start->terms.metric = metric != NULL ? metric : start->metric != NULL ? start->metric : "";
    return true;
}

static bool read_machines(const Site *site, const StartRequest *request, Start *start,
                          GError **error)
{
    const char *const *names = request->machines;
    const Section *section = NULL;
    if (names == NULL || *names == NULL)
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

/* Machines that never ran have no row yet. */
static bool store_machines(Site *site, const QueuedTerms *terms, GError **error)
{
    for (int i = 0; terms->machines[i] != NULL; i++) {
        g_autoptr(Machine) machine = NULL;
        int id = 0;
        if (!machine_find(site->settings, terms->machines[i], &machine, error) ||
            !machine_store(site->db, machine, &id, error))
            return false;
    }
    return true;
}

/* Nobody else plans for it before the first step: the lock is there before the row is seen. */
static bool begin(Db *db, const QueuedTerms *terms, int64_t *ret_id, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_begin(db, error))
        return false;
    bool good = queued_begin(db, terms, ret_id, error) &&
                db_row(db, &QUERY_BISECT_LOCK, DB_PARAMS(DB_INT(*ret_id)), &rows, error);
    return db_end(db, good, good ? error : NULL) && good;
}

void start_request_init(StartRequest *ret_request)
{
    *ret_request = (StartRequest){.stop = .95, .iterations = ITERATIONS_PRESET};
}

bool start_bisection(Site *site, const StartRequest *request, int64_t *ret_id, char **ret_note,
                     GError **error)
{
    g_auto(Start) start = {.terms = {.stop = request->stop,
                                     .budget_s = request->budget_s,
                                     .reported = request->reported,
                                     .max_runs = request->max_runs,
                                     .iterations = request->iterations,
                                     .find_fix = request->find_fix,
                                     .first_parent = request->first_parent,
                                     .exclusive = request->exclusive,
                                     .no_layout = request->no_layout,
                                     .change_id = request->change_id}};
    start.asked_by = g_strdup(g_get_user_name());
    start.terms.asked_by = start.asked_by;
    if (!read_tree(site, request, &start, error) || !read_benchmark(site, request, &start, error) ||
        !read_machines(site, request, &start, error) || !read_ends(site, request, &start, error) ||
        !store_machines(site, &start.terms, error) || !begin(site->db, &start.terms, ret_id, error))
        return false;
    *ret_note = g_strdup(start.between->note);
    return true;
}
