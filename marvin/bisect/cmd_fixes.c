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
    {"fix", CELL_TEXT},     {"subject", CELL_TEXT}, {"author", CELL_TEXT},     {"fixes", CELL_TEXT},
    {"present", CELL_TEXT}, {"as", CELL_TEXT},      {"confidence", CELL_REAL},
};

static const char *presence_format(FixPresence presence)
{
    static const char *const WORDS[] = {[FIX_ABSENT] = "absent",
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

static void fix_row(Table *table, const Fix *fix, bool as_json)
{
    hash_cell(table, fix->title->hash, as_json);
    table_text(table, fix->title->subject);
    table_text(table, fix->title->author);
    hash_cell(table, fix->fixes, as_json);
    table_text(table, presence_format(fix->presence));
    table_tone(table, fix->presence == FIX_ABSENT ? TONE_BAD : TONE_GOOD);
    hash_cell(table, fix->as, as_json);
    if (fix->presence == FIX_ABSENT)
        table_null(table);
    else
        table_real(table, fix->confidence);
}

static bool fixes_run(const Invocation *call, GError **error)
{
    const char *dir = cmd_text(call, "repo"), *branch = cmd_text(call, "in");
    const char *upstream = cmd_text(call, "upstream");
    bool as_json = cmd_flag(call, "json");
    g_autoptr(GitRepo) repo = NULL;
    g_autofree char *hash = NULL;
    g_autoptr(GPtrArray) fixes = NULL;
    if (!upstream)
        return error_set(error, ERROR_USAGE, "say where fixes are looked for: --upstream COMMIT");
    if (!git_repo_open(dir ? dir : ".", &repo, error) ||
        !fixes_find(repo, cmd_arguments(call)[0], upstream, branch ? branch : "HEAD", &hash, &fixes,
                    error))
        return false;
    g_autoptr(Table) table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    bool has_all = true;
    for (guint i = 0; i < fixes->len; i++) {
        const Fix *fix = fixes->pdata[i];
        has_all = has_all && fix->presence != FIX_ABSENT;
        fix_row(table, fix, as_json);
    }
    if (fixes->len > 0 || as_json)
        table_print(table, stdout, as_json);
    else
        printf("nothing upstream says that it fixes %.12s\n", hash);
    return has_all;
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
        "the share of lines as confidence). COMMIT may be a backport itself.\n"
        "\n"
        "  marvin-bisect fixes 6ffb948cf84d --upstream origin/master --in linux-6.1.y\n"
        "\n"
        "Exit status: 0 nothing is missing, 1 a fix is absent.",
    .options = OPTIONS,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = fixes_run};
