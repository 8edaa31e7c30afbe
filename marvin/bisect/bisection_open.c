// A bisection in a git tree: everything up to the first run.
#include <math.h>
#include <string.h>

#include "common/error.h"
#include "common/hash.h"
#include "marvin/bisect/bisection_internal.h"
#include "marvin/bisect/desk.h"

#define STATE_FOLDER "marvin-bisect"

static void undo_clear(Undo *undo)
{
    g_clear_pointer(&undo->why_not, g_free);
}

void bisection_close(Bisection *b)
{
    if (!b)
        return;
    search_free(b->search);
    journal_close(b->journal);
    question_clear(&b->question);
    between_free(b->between);
    configs_free(b->configs);
    g_free(b->config_commit);
    g_free(b->config_path);
    git_repo_close(b->repo);
    g_clear_pointer(&b->pattern, g_regex_unref);
    g_ptr_array_unref(b->notes);
    g_ptr_array_unref(b->news);
    undo_clear(&b->undo);
    g_strfreev(b->own_goods);
    g_free(b->journal_path);
    g_free(b->trees_path);
    g_free(b->log_path);
    g_free(b->settings);
    g_free(b->doing_commit);
    g_free(b);
}

// Whether a number or the exit status counts, and which way.
static bool metric_check(Bisection *b, GError **error)
{
    const BisectionOptions *o = b->options;
    bool has_direction = o->better != BETTER_NONE;
    if (o->by_exit && (o->metric_from || has_direction))
        return error_set(error, ERROR_USAGE,
                         "--exit-code goes without --metric-from and --better: either the exit "
                         "status counts or a number does.");
    if (o->metric_from && !has_direction)
        return error_set(error, ERROR_USAGE,
                         "--metric-from: say which numbers are better: --better lower (times, "
                         "sizes) or --better higher (throughput).");
    if (o->metric_from && !value_pattern_parse(o->metric_from, &b->pattern, error))
        return false;
    b->probe = (Probe){.build = o->build,
                       .command = o->command,
                       .env = git_repo_env(b->repo),
                       .pattern = b->pattern,
                       .by_exit = !has_direction,
                       .asks_direction = !has_direction && !o->by_exit,
                       .run_limit_s = o->run_limit_s,
                       .build_limit_s = o->build_limit_s,
                       .build_log = b->log_path};
    return true;
}

// Hashes of the files outside the tree that the command names: a changed script is another
// benchmark.
static char *inputs_hash(const char *const *command)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (const char *const *word = command; *word; word++) {
        g_autofree char *hash = NULL;
        if (g_path_is_absolute(*word) && hash_file(*word, &hash, NULL))
            g_string_append_printf(text, "%s%.16s %s", text->len ? ", " : "", hash, *word);
    }
    return g_string_free(g_steal_pointer(&text), false);
}

static char **goods_resolve(Bisection *b, GError **error)
{
    g_autoptr(GPtrArray) hashes = g_ptr_array_new_with_free_func(g_free);
    for (const char *const *good = b->options->goods; *good; good++) {
        char *hash = NULL;
        if (!git_repo_resolve(b->repo, *good, &hash, error))
            return NULL;
        g_ptr_array_add(hashes, hash);
    }
    g_ptr_array_add(hashes, NULL);
    g_ptr_array_set_free_func(hashes, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&hashes), false);
}

static const char *better_word(const BisectionOptions *o)
{
    return o->better == BETTER_LOWER ? "lower" : o->better == BETTER_HIGHER ? "higher" : "exit";
}

static bool question_make(Bisection *b, GError **error)
{
    const BisectionOptions *o = b->options;
    Question *q = &b->question;
    q->command = g_strdupv((char **)(guintptr)o->command);
    q->build = g_strdup(o->build);
    q->metric_from = g_strdup(o->metric_from);
    q->better = g_strdup(better_word(o));
    q->find_fix = o->find_fix;
    q->first_parent = o->first_parent;
    q->inputs = inputs_hash(o->command);
    q->trees = g_strdup(o->in_place ? "in-place" : "own");
    if (o->config_old)
        return bisection_config_question(b, error);
    q->good_spec = g_strjoinv(" ", (char **)(guintptr)o->goods);
    q->bad_spec = g_strdup(o->bad);
    q->goods = goods_resolve(b, error);
    return q->goods && git_repo_resolve(b->repo, o->bad, &q->bad, error);
}

static void paths_make(Bisection *b)
{
    g_autofree char *name = question_name(&b->question);
    g_autofree char *folder =
        b->options->state ? g_canonicalize_filename(b->options->state, NULL)
                          : g_build_filename(git_repo_common_dir(b->repo), STATE_FOLDER, NULL);
    b->journal_path = g_strdup_printf("%s/%s.jsonl", folder, name);
    b->trees_path = g_strdup_printf("%s/%s.trees", folder, name);
    b->log_path = g_strdup_printf("%s/%s.build.log", folder, name);
    b->config_path = g_strdup_printf("%s/%s.config", folder, name);
}

// A name that means another commit now; NULL: none does. g_free.
static char *move_format(const Bisection *b)
{
    const Question *then = journal_question(b->journal), *now = &b->question;
    const char *name = NULL, *old = NULL, *new = NULL;
    for (int i = 0; now->goods[i] && then->goods[i]; i++) {
        if (!g_str_equal(then->goods[i], now->goods[i])) {
            name = b->options->goods[i];
            old = then->goods[i];
            new = now->goods[i];
        }
    }
    if (!g_str_equal(then->bad, now->bad)) {
        name = now->bad_spec;
        old = then->bad;
        new = now->bad;
    }
    return name ? g_strdup_printf("'%s' was %.12s when this bisection began and is %.12s now "
                                  "(history rewritten, or a branch that moved)",
                                  name, old, new)
                : NULL;
}

// Why what was measured before cannot be continued; NULL where it can, but for names that moved.
// g_free.
static char *change_format(const Bisection *b, const char *machine)
{
    const Question *then = journal_question(b->journal), *now = &b->question;
    bool is_same = g_str_equal(then->bad, now->bad) &&
                   g_strv_equal((const char *const *)then->goods, (const char *const *)now->goods);
    if (now->is_config && !is_same)
        return g_strdup("a configuration file changed since its runs");
    if (!g_str_equal(then->inputs, now->inputs))
        return g_strdup_printf("a file of the command changed since its runs (then %s; now %s)",
                               *then->inputs ? then->inputs : "not there",
                               *now->inputs ? now->inputs : "not there");
    if (!g_str_equal(journal_machine(b->journal), machine))
        return g_strdup_printf("its runs were made on another machine or kernel (then %s; now %s)",
                               journal_machine(b->journal), machine);
    if (then->trees && !g_str_equal(then->trees, now->trees))
        return g_strdup(b->options->in_place
                            ? "its runs were made in clean work trees of its own, without "
                              "--in-place, and without it they go on"
                            : "its runs were made with --in-place, and with it they go on");
    return NULL;
}

// The answer of another question by the same name.
static bool answer_set_aside(Bisection *b, const char *why, GError **error)
{
    g_autofree char *old = NULL;
    if (!journal_restart(b->journal, &old, error))
        return false;
    g_ptr_array_add(
        b->news, g_strdup_printf("begun anew, for there was an answer and %s; its record is %s now",
                                 why, old));
    return true;
}

// Takes up what there is of this question, or begins it.
static bool journal_take(Bisection *b, GError **error)
{
    g_autofree char *machine = desk_identify();
    if (!journal_open(b->journal_path, &b->journal, error) ||
        (b->options->restart && !journal_restart(b->journal, NULL, error)))
        return false;
    if (journal_question(b->journal)) {
        g_autofree char *move = move_format(b), *change = change_format(b, machine);
        if (move && !change && b->options->resume) {
            g_ptr_array_add(b->notes,
                            g_strdup_printf("going on with the commits as they were: %s", move));
            return true;
        }
        if ((move || change) && !journal_has_ended(b->journal))
            return change ? error_set(error, ERROR_INPUT, "%s: --restart begins anew.", change)
                          : error_set(error, ERROR_INPUT,
                                      "%s: --resume goes on with what it was; --restart begins "
                                      "anew.",
                                      move);
        if ((move || change) && !answer_set_aside(b, change ? change : move, error))
            return false;
    }
    return journal_question(b->journal) || journal_begin(b->journal, &b->question, machine, error);
}

static bool search_make(Bisection *b, GError **error)
{
    const BisectionOptions *o = b->options;
    SearchOptions options;
    search_options(&options);
    options.stop = o->stop;
    options.better = o->better;
    options.find_fix = o->find_fix;
    options.binary = b->probe.by_exit;
    options.expected = isnan(o->reported) ? 0 : fabs(log1p(o->reported));
    options.max_runs = o->max_runs;
    options.seed = o->seed;
    b->search = search_new(b->between->graph, &options, error);
    return b->search && bisection_replay(b, error);
}

// Trees of bisections that were killed and whose journal nobody has open.
static void leftovers_remove(const Bisection *b)
{
    g_autofree char *folder = g_path_get_dirname(b->journal_path);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *trees = g_build_filename(folder, name, NULL);
        if (!g_str_has_suffix(name, ".trees") || g_str_equal(trees, b->trees_path))
            continue;
        g_autofree char *stem = g_strndup(trees, strlen(trees) - strlen(".trees"));
        g_autofree char *path = g_strconcat(stem, ".jsonl", NULL);
        g_autoptr(Journal) journal = NULL;
        if (journal_open(path, &journal, NULL))
            trees_remove(b->repo, trees, NULL);
    }
}

static bool repository_open(Bisection *b, GError **error)
{
    char *note = NULL;
    if (!git_repo_open(b->options->repo, &b->repo, error) || !trees_restore(b->repo, &note, error))
        return false;
    if (note)
        g_ptr_array_add(b->notes, note);
    bool dirty = false;
    if (!b->options->in_place && git_repo_top(b->repo) &&
        git_repo_is_dirty(b->repo, &dirty, NULL) && dirty)
        g_ptr_array_add(b->notes, g_strdup_printf("changes in %s that are not committed are not "
                                                  "part of what is run",
                                                  git_repo_top(b->repo)));
    return !b->options->in_place || git_repo_need_clean(b->repo, error);
}

static bool commit_check(const Bisection *b, const char *hash, GError **error)
{
    g_autofree char *found = NULL;
    return git_repo_resolve(b->repo, hash, &found, NULL) ||
           error_set(error, ERROR_INPUT,
                     "commit %.12s, with which this bisection began, is gone: its history was "
                     "rewritten and pruned. Fetch it again, or --restart to begin anew.",
                     hash);
}

// The commits that the names meant when it began.
static bool commits_recall(Bisection *b, GError **error)
{
    const Question *q = journal_question(b->journal);
    for (char **good = q->goods; *good; good++) {
        if (!commit_check(b, *good, error))
            return false;
    }
    return commit_check(b, q->bad, error) &&
           between_resolve(b->repo, (const char *const *)q->goods, q->bad, NULL,
                           b->options->find_fix, b->options->first_parent, &b->between, error);
}

static bool between_read(Bisection *b, Between **ret_between, GError **error)
{
    const BisectionOptions *o = b->options;
    if (o->config_old)
        return bisection_config_between(b, ret_between, error);
    return o->resume || between_resolve(b->repo, o->goods, o->bad, NULL, o->find_fix,
                                        o->first_parent, ret_between, error);
}

bool bisection_open(const BisectionOptions *options, Bisection **ret_bisection, GError **error)
{
    g_autoptr(Bisection) b = g_new0(Bisection, 1);
    b->options = options;
    b->notes = g_ptr_array_new_with_free_func(g_free);
    b->news = g_ptr_array_new_with_free_func(g_free);
    b->settings = desk_settings();
    if (!repository_open(b, error) || !question_make(b, error))
        return false;
    paths_make(b);
    g_autoptr(Between) now = NULL;
    // What is wrong with the commits is told before anything is written.
    if (!metric_check(b, error) || !between_read(b, &now, error) || !journal_take(b, error))
        return false;
    b->between = g_steal_pointer(&now);
    if (options->resume && !commits_recall(b, error))
        return false;
    if (!search_make(b, error))
        return false;
    if (b->between->note)
        g_ptr_array_add(b->notes, g_strdup(b->between->note));
    leftovers_remove(b);
    *ret_bisection = g_steal_pointer(&b);
    return true;
}

// As if the command line that the journal has had been given again.
static void options_recall(Bisection *b, const char *repo)
{
    static const BisectionOptions PRESET = BISECTION_PRESET;
    const Question *q = journal_question(b->journal);
    b->own_goods = g_strsplit(q->good_spec, " ", -1);
    b->own = (BisectionOptions){.repo = repo,
                                .goods = (const char *const *)b->own_goods,
                                .bad = q->bad_spec,
                                .find_fix = q->find_fix,
                                .first_parent = q->first_parent,
                                .command = (const char *const *)q->command,
                                .build = q->build,
                                .metric_from = q->metric_from,
                                .by_exit = g_str_equal(q->better, "exit"),
                                .stop = PRESET.stop,
                                .reported = PRESET.reported,
                                .seed = PRESET.seed,
                                .run_limit_s = PRESET.run_limit_s,
                                .build_limit_s = PRESET.build_limit_s,
                                .keep = PRESET.keep,
                                .resume = true};
    better_parse(q->better, &b->own.better);
    b->options = &b->own;
}

bool bisection_read(const char *repo, const char *path, Bisection **ret_bisection, GError **error)
{
    g_autoptr(Bisection) b = g_new0(Bisection, 1);
    b->notes = g_ptr_array_new_with_free_func(g_free);
    b->news = g_ptr_array_new_with_free_func(g_free);
    b->journal_path = g_strdup(path);
    if (!git_repo_open(repo, &b->repo, error) || !journal_read(path, &b->journal, error))
        return false;
    if (journal_question(b->journal)->is_config)
        return error_set(error, ERROR_INPUT,
                         "%s: is a bisection of configurations, of which git knows nothing.", path);
    options_recall(b, repo);
    b->undo.why_not = g_strdup("not looked at again");
    b->question.better = g_strdup(journal_question(b->journal)->better);
    if (!metric_check(b, error) || !commits_recall(b, error) || !search_make(b, error))
        return false;
    *ret_bisection = g_steal_pointer(&b);
    return true;
}
