// marvin-bisect fixes: what upstream fixed about a commit, and what a branch lacks of it.
#include <stdio.h>

#include "common/table.h"
#include "marvin/bisect/commands.h"
#include "marvin/bisect/fixes.h"

static const CommandOption OPTIONS[] = {
    {"repo", 0, OPTION_VALUE, "DIR", "the git tree (the one around the current folder)"},
    {"upstream", 0, OPTION_VALUE, "COMMIT", "where fixes are looked for, such as origin/master"},
    {"in", 0, OPTION_VALUE, "COMMIT", "the branch that may lack them (HEAD)"},
    {"json", 0, OPTION_FLAG, NULL, "as JSON"},
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

static const TableColumn COLUMNS[] = {
    {"fix", CELL_TEXT},        {"subject", CELL_TEXT}, {"author", CELL_TEXT},
    {"fixes", CELL_TEXT},      {"present", CELL_TEXT}, {"as", CELL_TEXT},
    {"confidence", CELL_REAL}, {"commit", CELL_TEXT}, // JSON only: the presence of the commit
                                                      // itself
};

static const char *presence_format(FixPresence presence)
{
    static const char *const WORDS[] = {[FIX_ABSENT] = "absent",
                                        [FIX_NOT_NEEDED] = "not-needed",
                                        [FIX_ANCESTOR] = "itself",
                                        [FIX_NAMED] = "backport",
                                        [FIX_ALIKE] = "alike"};
    return WORDS[presence];
}

// Full hashes for scripts, twelve digits for people.
static void hash_cell(Table *table, const char *hash, bool as_json)
{
    if (hash && !as_json)
        table_format(table, "%.12s", hash);
    else
        table_text(table, hash);
}

static void fix_row(Table *table, const Fix *fix, const Fix *commit, bool as_json)
{
    bool is_absent = fix->presence == FIX_ABSENT || fix->presence == FIX_NOT_NEEDED;
    hash_cell(table, fix->title->hash, as_json);
    table_text(table, fix->title->subject);
    table_text(table, fix->title->author);
    hash_cell(table, fix->fixes, as_json);
    table_text(table, presence_format(fix->presence));
    table_tone(table, fix->presence == FIX_ABSENT ? TONE_BAD : TONE_GOOD);
    hash_cell(table, fix->as, as_json);
    if (is_absent)
        table_null(table);
    else
        table_real(table, fix->confidence);
    if (as_json)
        table_text(table, presence_format(commit->presence));
}

static bool fixes_print(const GPtrArray *fixes, const Fix *commit, const char *branch, bool as_json)
{
    g_autoptr(Table) table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS) - !as_json);
    bool has_all = true;
    for (guint i = 0; i < fixes->len; i++) {
        const Fix *fix = fixes->pdata[i];
        has_all = has_all && fix->presence != FIX_ABSENT;
        fix_row(table, fix, commit, as_json);
    }
    if (!as_json && commit->presence == FIX_ABSENT)
        printf("%.12s itself is not in %s: nothing to fix\n", commit->title->hash, branch);
    else if (fixes->len > 0 || as_json)
        table_print(table, stdout, as_json);
    else
        printf("nothing upstream says that it fixes %.12s\n", commit->title->hash);
    return has_all;
}

static bool fixes_run(const Invocation *call, GError **error)
{
    const char *dir = cmd_text(call, "repo"), *branch = cmd_text(call, "in");
    const char *upstream = cmd_text(call, "upstream");
    g_autoptr(GitRepo) repo = NULL;
    g_autoptr(Fix) commit = NULL;
    g_autoptr(GPtrArray) fixes = NULL;
    branch = branch ? branch : "HEAD";
    if (!upstream)
        return error_set(error, ERROR_USAGE, "say where fixes are looked for: --upstream COMMIT");
    return git_repo_open(dir ? dir : ".", &repo, error) &&
           fixes_find(repo, cmd_arguments(call)[0], upstream, branch, &commit, &fixes, error) &&
           fixes_print(fixes, commit, branch, cmd_flag(call, "json"));
}

const Command CMD_FIXES = {
    .name = "fixes",
    .arguments = "COMMIT",
    .summary = "what upstream fixed about a commit, and what a branch lacks of it",
    .help =
        "Lists the commits of --upstream whose message says `Fixes: COMMIT`, and those that fix\n"
        "these in turn, and whether --in has each: itself, as a backport that names it (\"commit "
        "..\n"
        "upstream\", \"cherry picked from\" ..), or a commit that changes the same lines (alike, "
        "with\n"
        "the share of lines as confidence). COMMIT may be a backport itself. Where --in has COMMIT "
        "in\n"
        "none of these forms, there is nothing to fix: `present` is not-needed in the JSON, and\n"
        "`commit` absent.\n"
        "\n"
        "  marvin-bisect fixes 6ffb948cf84d --upstream origin/master --in linux-6.1.y\n"
        "\n"
        "Exit status: 0 nothing is missing, 1 a fix is absent.",
    .options = OPTIONS,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = fixes_run};
