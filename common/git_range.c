// The commits between good and bad, as `git rev-list` lists them.
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/git_repo_internal.h"

#define HASH_DIGITS_MAX 64 // of SHA-256

void git_range_free(GitRange *range)
{
    if (!range)
        return;
    g_strfreev(range->hash);
    g_free(range->first_parent_at);
    g_free(range->parent);
    if (range->index)
        g_hash_table_unref(range->index);
    g_free(range);
}

int git_range_find(const GitRange *range, const char *hash)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(range->index, hash)) - 1;
}

static gsize hash_length(const char *text)
{
    gsize n = strspn(text, "0123456789abcdef");
    return n <= HASH_DIGITS_MAX ? n : 0;
}

static int lines_count(const char *text)
{
    int n = 0;
    for (const char *c = text; *c; n++) {
        const char *end = strchrnul(c, '\n');
        c = *end ? end + 1 : end;
    }
    return n;
}

static bool fail_line(const char *line, GError **error)
{
    g_autofree char *shown = g_strndup(line, strcspn(line, "\n"));
    return error_set(error, ERROR_INPUT, "git rev-list: expected hashes, found '%.100s'.", shown);
}

// First pass: git lists children first, we number parents first.
static bool hashes_read(GitRange *range, const char *text, GError **error)
{
    const char *line = text;
    for (int i = range->n - 1; i >= 0; i--) {
        gsize n = hash_length(line);
        if (n == 0 || !strchr(" \n", line[n]))
            return fail_line(line, error);
        range->hash[i] = g_strndup(line, n);
        g_hash_table_insert(range->index, range->hash[i], GINT_TO_POINTER(i + 1));
        line = strchrnul(line, '\n') + 1;
    }
    return true;
}

// The parents on one line that are in the range.
static bool parents_read(const GitRange *range, int child, const char *line, GArray *ret_parents,
                         GError **error)
{
    const char *word = line + hash_length(line);
    while (*word == ' ') {
        char hash[HASH_DIGITS_MAX + 1];
        gsize n = hash_length(++word);
        if (n == 0)
            return fail_line(line, error);
        memcpy(hash, word, n);
        hash[n] = 0;
        int parent = git_range_find(range, hash);
        if (parent >= child)
            return fail_line(line, error);
        if (parent >= 0)
            g_array_append_val(ret_parents, parent);
        word += n;
    }
    return true;
}

bool git_range_parse(const char *text, GitRange **ret_range, GError **error)
{
    g_autoptr(GitRange) range = g_new0(GitRange, 1);
    range->n = lines_count(text);
    range->hash = g_new0(char *, range->n + 1);
    range->index = g_hash_table_new(g_str_hash, g_str_equal);
    if (!hashes_read(range, text, error)) {
        // g_strfreev() stops at the first NULL, and we fill from the end.
        for (int i = 0; i < range->n; i++)
            g_free(g_steal_pointer(&range->hash[i]));
        return false;
    }
    g_autofree const char **lines = g_new(const char *, range->n + 1);
    const char *line = text;
    for (int i = range->n - 1; i >= 0; i--) {
        lines[i] = line;
        line = strchrnul(line, '\n') + 1;
    }
    g_autoptr(GArray) parents = g_array_new(false, false, sizeof(int));
    range->first_parent_at = g_new0(int, range->n + 1);
    for (int i = 0; i < range->n; i++) {
        if (!parents_read(range, i, lines[i], parents, error))
            return false;
        range->first_parent_at[i + 1] = (int)parents->len;
    }
    range->parent = (int *)(gpointer)g_array_free(g_steal_pointer(&parents), false);
    *ret_range = g_steal_pointer(&range);
    return true;
}

bool git_repo_range(const GitRepo *repo, const char *bad, const char *const *goods,
                    bool first_parent, GitRange **ret_range, GError **error)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(argv, g_strdup("rev-list"));
    g_ptr_array_add(argv, g_strdup("--topo-order"));
    g_ptr_array_add(argv, g_strdup("--parents"));
    if (first_parent)
        g_ptr_array_add(argv, g_strdup("--first-parent"));
    g_ptr_array_add(argv, g_strdup(bad));
    for (const char *const *good = goods; *good; good++)
        g_ptr_array_add(argv, g_strconcat("^", *good, NULL));
    g_ptr_array_add(argv, g_strdup("--"));
    g_ptr_array_add(argv, NULL);
    g_auto(ProcResult) result = {0};
    return git_repo_git(repo, NULL, (const char *const *)argv->pdata, 0, &result, error) &&
           git_range_parse(result.out, ret_range, error);
}
