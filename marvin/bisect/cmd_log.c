// marvin-bisect log: what `git bisect replay` takes to the same commit.
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "marvin/bisect/commands.h"
#include "marvin/bisect/report_collect.h"

static const CommandOption OPTIONS[] = {
    {"repo", 0, OPTION_VALUE, "DIR", "the git tree (the one around the current folder)"},
    {"state", 0, OPTION_VALUE, "DIR", "where its records are (.git/marvin-bisect)"},
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

static char *newest_find(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autofree char *newest = NULL;
    struct timespec when = {0};
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        struct stat info;
        if (!g_str_has_suffix(name, ".jsonl") || stat(path, &info) != 0)
            continue;
        bool is_newer = info.st_mtim.tv_sec > when.tv_sec ||
                        (info.st_mtim.tv_sec == when.tv_sec && info.st_mtim.tv_nsec > when.tv_nsec);
        if (newest && !is_newer)
            continue;
        when = info.st_mtim;
        g_free(newest);
        newest = g_steal_pointer(&path);
    }
    return g_steal_pointer(&newest);
}

static bool path_find(const Invocation *call, const char *repo_dir, char **ret_path, GError **error)
{
    if (cmd_argument_count(call) > 0) {
        *ret_path = g_strdup(cmd_arguments(call)[0]);
        return true;
    }
    g_autoptr(GitRepo) repo = NULL;
    if (!git_repo_open(repo_dir, &repo, error))
        return false;
    const char *state = cmd_text(call, "state");
    g_autofree char *folder =
        state ? g_strdup(state)
              : g_build_filename(git_repo_common_dir(repo), "marvin-bisect", NULL);
    *ret_path = newest_find(folder);
    return *ret_path ||
           error_set(error, ERROR_INPUT,
                     "%s: has no record of a bisection; `marvin-bisect run` makes one.", folder);
}

static bool log_run(const Invocation *call, GError **error)
{
    const char *word = cmd_argument_count(call) > 0 ? cmd_arguments(call)[0] : NULL;
    if (word && word[strspn(word, "0123456789")] == '\0' &&
        !g_file_test(word, G_FILE_TEST_EXISTS))
        return report_of_queue(word, "log", error);
    const char *repo = cmd_text(call, "repo") ? cmd_text(call, "repo") : ".";
    g_autofree char *path = NULL;
    g_autoptr(Bisection) b = NULL;
    g_auto(Report) report = {0};
    if (!path_find(call, repo, &path, error) || !bisection_read(repo, path, &b, error) ||
        !report_collect(b, &report, error))
        return false;
    g_autofree char *text = report_git_log(&report);
    fputs(text, stdout);
    return true;
}

const Command CMD_LOG = {
    .name = "log",
    .arguments = "[RECORD|ID]",
    .summary = "a bisection as a log for git bisect replay",
    .help =
        "Prints what is believed about the commits of a bisection, the newest one of the tree or\n"
        "the one of a record file, or the one of a number over the site's queue, in the form of\n"
        "`git bisect log`:\n"
        "\n"
        "  marvin-bisect log >log && git bisect replay log\n"
        "\n"
        "ends at the same commit. Every run commit is marked as the most probable culprit has it,\n"
        "with the probability in a comment.",
    .options = OPTIONS,
    .min_arguments = 0,
    .max_arguments = 1,
    .run = log_run};
