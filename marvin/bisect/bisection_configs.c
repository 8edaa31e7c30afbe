// A bisection of configurations: what differs from one of commits before the first run.
#include "common/error.h"
#include "common/hash.h"
#include "marvin/bisect/bisection_internal.h"

// Of files their content counts, not their names alone; and what is built with them.
bool bisection_config_question(Bisection *b, GError **error)
{
    const BisectionOptions *o = b->options;
    Question *q = &b->question;
    q->is_config = true;
    q->good_spec = g_strdup(o->config_old);
    q->bad_spec = g_strdup(o->config_new);
    q->goods = g_new0(char *, 2);
    if (!hash_file(o->config_old, &q->goods[0], error) ||
        !hash_file(o->config_new, &q->bad, error) ||
        !git_repo_resolve(b->repo, "HEAD", &b->config_commit, error))
        return false;
    g_autofree char *inputs = q->inputs;
    q->inputs = g_strdup_printf("HEAD %.12s%s%s", b->config_commit, *inputs ? ", " : "", inputs);
    return true;
}

// Each option's only parent is the one before it.
static GitRange *options_range(const Bisection *b)
{
    const GPtrArray *options = b->configs->options;
    int n = (int)options->len;
    GitRange *range = g_new0(GitRange, 1);
    range->n = n;
    range->hash = g_new0(char *, n + 1);
    range->first_parent_at = g_new0(int, n + 1);
    range->parent = g_new0(int, n);
    range->index = g_hash_table_new(g_str_hash, g_str_equal);
    for (int i = 0; i < n; i++) {
        const ConfigOption *option = options->pdata[i];
        g_autofree char *subject = configs_describe(option);
        range->hash[i] = g_strdup(option->name);
        range->first_parent_at[i + 1] = i;
        range->parent[i] = i;
        g_hash_table_insert(range->index, range->hash[i], GINT_TO_POINTER(i + 1));
        git_repo_title_add(b->repo, option->name, subject);
    }
    return range;
}

bool bisection_config_between(Bisection *b, Between **ret_between, GError **error)
{
    const char *old_path = b->options->config_old, *new_path = b->options->config_new;
    g_autofree char *old = NULL, *new = NULL;
    if (!g_file_get_contents(old_path, &old, NULL, error) ||
        !g_file_get_contents(new_path, &new, NULL, error) ||
        !configs_compare(old, new, old_path, new_path, &b->configs, error))
        return false;
    b->probe.config = b->config_path;
    git_repo_title_add(b->repo, old_path, "all as they were");
    Between *between = g_new0(Between, 1);
    between->range = options_range(b);
    between->graph = graph_new_line(between->range->n);
    between->old_commit = g_strdup(old_path);
    between->old_name = g_strdup(old_path);
    between->olds = g_new0(char *, 2);
    between->olds[0] = g_strdup(old_path);
    between->new_commit = g_strdup(between->range->hash[between->range->n - 1]);
    between->new_name = g_strdup(new_path);
    *ret_between = between;
    return true;
}
