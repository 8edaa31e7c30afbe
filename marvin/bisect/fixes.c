// "Fixed upstream by X, absent here".
#include "marvin/bisect/fixes.h"

#include <string.h>

#include "common/error.h"
#include "marvin/bisect/backport.h"

#define ALIKE_MIN 0.5 // of the lines: less is another change
#define PREFIX_DIGITS 7
#define FIXES_MAX 1000

void fix_free(gpointer data)
{
    Fix *fix = data;
    git_title_free(fix->title);
    g_free(fix->fixes);
    g_free(fix->as);
    g_free(fix);
}

typedef struct {
    const GitRepo *repo;
    char *upstream, *branch; // full hashes
    char *own; // "BASE..BRANCH": what the branch has beside upstream
} FixTrees;

static void fix_trees_clear(FixTrees *trees)
{
    g_free(trees->upstream);
    g_free(trees->branch);
    g_free(trees->own);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FixTrees, fix_trees_clear)

static bool is_ancestor(const GitRepo *repo, const char *a, const char *b, bool *ret_is,
                        GError **error)
{
    const char *const asked[] = {"merge-base", "--is-ancestor", a, b, NULL};
    g_auto(ProcResult) result = {0};
    if (!git_repo_git(repo, NULL, asked, 1, &result, error))
        return false;
    *ret_is = result.status == 0;
    return true;
}

// Hash and message of the commits of a range whose message has the words; records end with NUL.
static bool messages_grep(const GitRepo *repo, const char *range, const char *words,
                          ProcResult *ret_result, GError **error)
{
    g_autofree char *grep = g_strconcat("--grep=", words, NULL);
    const char *const asked[] = {"log",
                                 "-z",
                                 "--no-show-signature",
                                 "--no-color",
                                 "--reverse",
                                 "--topo-order",
                                 "--fixed-strings",
                                 grep,
                                 "--format=%H%n%B",
                                 range,
                                 "--",
                                 NULL};
    return git_repo_git(repo, NULL, asked, 0, ret_result, error);
}

// The next record; false at the end. *ret_message points behind the hash's line.
static bool record_next(const ProcResult *result, gsize *at, char *ret_hash, gsize hash_size,
                        const char **ret_message)
{
    if (*at >= result->out_size)
        return false;
    const char *record = result->out + *at;
    gsize n = strcspn(record, "\n");
    *at += strlen(record) + 1;
    if (n + 1 > hash_size)
        return false;
    memcpy(ret_hash, record, n);
    ret_hash[n] = 0;
    *ret_message = record + n;
    return true;
}

static bool names_as_fixed(const char *message, const char *hash)
{
    g_autoptr(GPtrArray) fixed = backport_fixes(message);
    for (guint i = 0; i < fixed->len; i++) {
        if (backport_names(fixed->pdata[i], hash))
            return true;
    }
    return false;
}

static bool is_listed(const GPtrArray *fixes, const char *hash)
{
    for (guint i = 0; i < fixes->len; i++) {
        if (g_str_equal(((const Fix *)fixes->pdata[i])->title->hash, hash))
            return true;
    }
    return false;
}

// Adds what fixes hash directly.
static bool fixes_add(const FixTrees *trees, const char *hash, GPtrArray *fixes, GError **error)
{
    g_autofree char *range = g_strdup_printf("%s..%s", hash, trees->upstream);
    g_autofree char *prefix = g_strndup(hash, PREFIX_DIGITS);
    g_auto(ProcResult) found = {0};
    if (!messages_grep(trees->repo, range, prefix, &found, error))
        return false;
    char fixing[80];
    const char *message = NULL;
    for (gsize at = 0; record_next(&found, &at, fixing, sizeof fixing, &message);) {
        if (!names_as_fixed(message, hash) || is_listed(fixes, fixing) || fixes->len == FIXES_MAX)
            continue;
        Fix *fix = g_new0(Fix, 1);
        fix->fixes = g_strdup(hash);
        if (!git_repo_title(trees->repo, fixing, &fix->title, error)) {
            fix_free(fix);
            return false;
        }
        g_ptr_array_add(fixes, fix);
    }
    return true;
}

static bool named_look(const FixTrees *trees, Fix *fix, GError **error)
{
    g_autofree char *prefix = g_strndup(fix->title->hash, PREFIX_DIGITS);
    g_auto(ProcResult) found = {0};
    if (!messages_grep(trees->repo, trees->own, prefix, &found, error))
        return false;
    char hash[80];
    const char *message = NULL;
    for (gsize at = 0; record_next(&found, &at, hash, sizeof hash, &message);) {
        g_autofree char *named = backport_upstream(message);
        if (!named || !backport_names(named, fix->title->hash))
            continue;
        fix->presence = FIX_NAMED;
        fix->confidence = 1;
        g_free(fix->as);
        fix->as = g_strdup(hash);
    }
    return true;
}

static bool patch_read(const GitRepo *repo, const char *hash, Patch **ret_patch, GError **error)
{
    const char *const asked[] = {"show",
                                 "--no-color",
                                 "--no-ext-diff",
                                 "--no-textconv",
                                 "--format=",
                                 "--no-show-signature",
                                 hash,
                                 "--",
                                 NULL};
    g_auto(ProcResult) result = {0};
    if (!git_repo_git(repo, NULL, asked, 0, &result, error))
        return false;
    *ret_patch = patch_parse(result.out);
    return true;
}

// Commits of the branch that touch files of the same names, wherever those lie.
static bool touching_list(const FixTrees *trees, const char *hash, char ***ret_hashes,
                          GError **error)
{
    const char *const files[] = {"show", "-z", "--name-only", "--format=", hash, "--", NULL};
    g_auto(ProcResult) names = {0};
    if (!git_repo_git(trees->repo, NULL, files, 0, &names, error))
        return false;
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    const char *const log[] = {"log", "--no-merges", "--format=%H", trees->own, "--", NULL};
    for (int i = 0; log[i]; i++)
        g_ptr_array_add(argv, g_strdup(log[i]));
    for (gsize at = 0; at < names.out_size; at += strlen(names.out + at) + 1) {
        g_autofree char *base = g_path_get_basename(names.out + at);
        g_ptr_array_add(argv, g_strdup_printf(":(top,glob)**/%s", base));
    }
    g_ptr_array_add(argv, NULL);
    g_auto(ProcResult) found = {0};
    if (!git_repo_git(trees->repo, NULL, (const char *const *)argv->pdata, 0, &found, error))
        return false;
    g_strchomp(found.out);
    *ret_hashes = *found.out ? g_strsplit(found.out, "\n", -1) : g_new0(char *, 1);
    return true;
}

static bool alike_look(const FixTrees *trees, Fix *fix, GError **error)
{
    g_autoptr(Patch) wanted = NULL;
    g_auto(GStrv) hashes = NULL;
    if (!patch_read(trees->repo, fix->title->hash, &wanted, error) ||
        !touching_list(trees, fix->title->hash, &hashes, error))
        return false;
    for (char **hash = hashes; *hash; hash++) {
        g_autoptr(Patch) patch = NULL;
        if (!patch_read(trees->repo, *hash, &patch, error))
            return false;
        double alike = patch_similarity(wanted, patch);
        if (alike < ALIKE_MIN || alike <= fix->confidence)
            continue;
        fix->presence = FIX_ALIKE;
        fix->confidence = alike;
        g_free(fix->as);
        fix->as = g_strdup(*hash);
    }
    return true;
}

static bool presence_look(const FixTrees *trees, Fix *fix, GError **error)
{
    bool is_in = false;
    if (!is_ancestor(trees->repo, fix->title->hash, trees->branch, &is_in, error))
        return false;
    if (is_in) {
        fix->presence = FIX_ANCESTOR;
        fix->confidence = 1;
        return true;
    }
    return named_look(trees, fix, error) &&
           (fix->presence == FIX_NAMED || alike_look(trees, fix, error));
}

static bool fix_trees_open(const GitRepo *repo, const char *upstream, const char *branch,
                           FixTrees *ret_trees, GError **error)
{
    ret_trees->repo = repo;
    if (!git_repo_resolve(repo, upstream, &ret_trees->upstream, error) ||
        !git_repo_resolve(repo, branch, &ret_trees->branch, error))
        return false;
    ret_trees->own = g_strdup_printf("%s..%s", ret_trees->upstream, ret_trees->branch);
    return true;
}

// The commit itself where it is upstream, else what its message names.
static bool upstream_find(const FixTrees *trees, const char *commit, char **ret_hash,
                          GError **error)
{
    g_autofree char *hash = NULL, *named = NULL, *full = NULL;
    bool is_in = false;
    if (!git_repo_resolve(trees->repo, commit, &hash, error) ||
        !is_ancestor(trees->repo, hash, trees->upstream, &is_in, error))
        return false;
    if (is_in) {
        *ret_hash = g_steal_pointer(&hash);
        return true;
    }
    const char *const asked[] = {"log", "-1", "--format=%B", hash, "--", NULL};
    g_auto(ProcResult) result = {0};
    if (!git_repo_git(trees->repo, NULL, asked, 0, &result, error))
        return false;
    named = backport_upstream(result.out);
    if (named && git_repo_resolve(trees->repo, named, &full, NULL) &&
        is_ancestor(trees->repo, full, trees->upstream, &is_in, error) && is_in) {
        *ret_hash = g_steal_pointer(&full);
        return true;
    }
    return error_set(error, ERROR_INPUT,
                     "%.12s is not upstream and its message names no commit that is: name the "
                     "upstream commit.",
                     hash);
}

static bool commit_look(const FixTrees *trees, const char *hash, Fix **ret_commit, GError **error)
{
    g_autoptr(Fix) commit = g_new0(Fix, 1);
    if (!git_repo_title(trees->repo, hash, &commit->title, error) ||
        !presence_look(trees, commit, error))
        return false;
    *ret_commit = g_steal_pointer(&commit);
    return true;
}

bool fixes_find(const GitRepo *repo, const char *commit, const char *upstream, const char *branch,
                Fix **ret_commit, GPtrArray **ret_fixes, GError **error)
{
    g_auto(FixTrees) trees = {0};
    g_autofree char *hash = NULL;
    g_autoptr(Fix) broken = NULL;
    g_autoptr(GPtrArray) fixes = g_ptr_array_new_with_free_func(fix_free);
    if (!fix_trees_open(repo, upstream, branch, &trees, error) ||
        !upstream_find(&trees, commit, &hash, error) ||
        !commit_look(&trees, hash, &broken, error) || !fixes_add(&trees, hash, fixes, error))
        return false;
    // Fixes of fixes: the list grows while it is walked.
    for (guint i = 0; i < fixes->len; i++) {
        Fix *fix = fixes->pdata[i];
        if (!fixes_add(&trees, fix->title->hash, fixes, error) ||
            !presence_look(&trees, fix, error))
            return false;
        if (fix->presence == FIX_ABSENT && broken->presence == FIX_ABSENT)
            fix->presence = FIX_NOT_NEEDED;
    }
    *ret_commit = g_steal_pointer(&broken);
    *ret_fixes = g_steal_pointer(&fixes);
    return true;
}
