// Between which commits a bisection in a git tree searches.
#include "marvin/bisect/between.h"

#include "common/error.h"

void between_free(Between *between)
{
    if (!between)
        return;
    g_free(between->old_commit);
    g_free(between->old_name);
    g_strfreev(between->olds);
    g_free(between->new_commit);
    g_free(between->new_name);
    g_free(between->note);
    git_range_free(between->range);
    graph_free(between->graph);
    g_free(between);
}

// The names of the two sides in messages.
typedef struct {
    const char *old_side, *new_side; // "good", "bad"
    const char *old_name, *new_name;
} Sides;

static bool fail_equal(const Sides *sides, const char *hash, GError **error)
{
    return error_set(error, ERROR_INPUT,
                     "%s '%s' and %s '%s' are the same commit %.12s: nothing lies between them.",
                     sides->old_side, sides->old_name, sides->new_side, sides->new_name, hash);
}

static bool fail_unrelated(const Sides *sides, GError **error)
{
    return error_set(error, ERROR_INPUT,
                     "%s '%s' and %s '%s' have no history in common: name two commits of one line "
                     "of development.",
                     sides->old_side, sides->old_name, sides->new_side, sides->new_name);
}

static bool fail_swapped(const Sides *sides, bool find_fix, GError **error)
{
    return error_set(error, ERROR_INPUT, "%s '%s' is an ancestor of %s '%s': are they swapped? %s",
                     sides->new_side, sides->new_name, sides->old_side, sides->old_name,
                     find_fix ? "With --find fix the bad commit comes first; without it the good "
                                "one does."
                              : "Exchange them, or give --find fix to look for the commit that "
                                "made it good.");
}

static bool list_has(const GPtrArray *list, const char *hash)
{
    for (guint i = 0; i < list->len; i++) {
        if (g_str_equal(list->pdata[i], hash))
            return true;
    }
    return false;
}

// Adds one old commit, or the merge bases that stand for it.
static bool old_add(const GitRepo *repo, const char *spec, const Sides *sides, bool find_fix,
                    GPtrArray *olds, Between *between, GError **error)
{
    g_autofree char *hash = NULL;
    g_auto(GStrv) bases = NULL;
    if (!git_repo_resolve(repo, spec, &hash, error))
        return false;
    if (g_str_equal(hash, between->new_commit))
        return fail_equal(sides, hash, error);
    if (!git_repo_merge_bases(repo, hash, between->new_commit, &bases, error))
        return false;
    if (!bases[0])
        return fail_unrelated(sides, error);
    if (g_str_equal(bases[0], between->new_commit))
        return fail_swapped(sides, find_fix, error);
    bool is_ancestor = g_str_equal(bases[0], hash);
    if (olds->len == 0)
        between->old_name =
            is_ancestor ? g_strdup(sides->old_name) : g_strdup_printf("merge base %.12s", bases[0]);
    if (!is_ancestor && !between->note)
        between->note = g_strdup_printf(
            "%s '%s' is no ancestor of %s '%s': their merge base %.12s is tested "
            "in its place, as git bisect does.",
            sides->old_side, sides->old_name, sides->new_side, sides->new_name, bases[0]);
    for (char **base = bases; *base; base++) {
        if (!list_has(olds, *base))
            g_ptr_array_add(olds, g_strdup(*base));
    }
    return true;
}

static bool olds_resolve(const GitRepo *repo, const char *const *specs, const char *const *names,
                         Sides sides, bool find_fix, Between *between, GError **error)
{
    g_autoptr(GPtrArray) olds = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; specs[i]; i++) {
        sides.old_name = names[i];
        if (!old_add(repo, specs[i], &sides, find_fix, olds, between, error))
            return false;
    }
    between->old_commit = g_strdup(olds->pdata[0]);
    g_ptr_array_add(olds, NULL);
    g_ptr_array_set_free_func(olds, NULL);
    between->olds = (char **)g_ptr_array_free(g_steal_pointer(&olds), false);
    return true;
}

bool between_resolve(const GitRepo *repo, const char *const *goods, const char *bad,
                     const BetweenNames *names, bool find_fix, bool first_parent,
                     Between **ret_between, GError **error)
{
    if (git_repo_is_shallow(repo))
        return error_set(error, ERROR_INPUT,
                         "%s is a shallow clone: the history between good and bad may be cut off. "
                         "`git fetch --unshallow` completes it.",
                         git_repo_common_dir(repo));
    const BetweenNames as_written = {goods, bad};
    names = names ? names : &as_written;
    const char *const bads[] = {bad, NULL}, *const bad_names[] = {names->bad, NULL};
    const Sides sides = {.old_side = find_fix ? "bad" : "good",
                         .new_side = find_fix ? "good" : "bad",
                         .new_name = find_fix ? names->goods[0] : names->bad};
    g_autoptr(Between) between = g_new0(Between, 1);
    between->new_name = g_strdup(sides.new_name);
    if (!git_repo_resolve(repo, find_fix ? goods[0] : bad, &between->new_commit, error) ||
        !olds_resolve(repo, find_fix ? bads : goods, find_fix ? bad_names : names->goods, sides,
                      find_fix, between, error) ||
        !git_repo_range(repo, between->new_commit, (const char *const *)between->olds, first_parent,
                        &between->range, error))
        return false;
    if (between->range->n == 0)
        return error_set(error, ERROR_INPUT, "one of the commits given as %s contains %s '%s'.",
                         sides.old_side, sides.new_side, sides.new_name);
    between->graph = graph_new(between->range->n, between->range->first_parent_at,
                               between->range->parent, error);
    if (!between->graph)
        return false;
    *ret_between = g_steal_pointer(&between);
    return true;
}
