// One commit under the user's own commands.
#include "marvin/bisect/probe.h"

#include <string.h>

#include "common/error.h"
#include "common/text.h"

#define RUN_OUTPUT_BYTES_MAX (16 << 20)
#define BUILD_OUTPUT_BYTES_MAX (1LL << 30)
#define STATUS_UNTESTABLE 125 // of git bisect run
#define STATUS_NOT_RUN 126 // of shells
#define STATUS_NOT_FOUND 127
#define STATUS_ABORT 128
#define TAIL_BYTES 4096

void probe_result_clear(ProbeResult *result)
{
    g_clear_pointer(&result->why, g_free);
}

static char **env_make(const Probe *probe, const char *commit)
{
    char **env = g_strdupv((char **)(guintptr)probe->env);
    if (probe->config)
        env = g_environ_setenv(env, "MARVIN_CONFIG_FILE", probe->config, true);
    env = probe->other_layout ? g_environ_setenv(env, "MARVIN_LAYOUT", "other", true)
                              : g_environ_unsetenv(env, "MARVIN_LAYOUT");
    return g_environ_setenv(env, "MARVIN_COMMIT", commit, true);
}

// The last line that says something, for a message.
static char *last_words(const char *text, gsize size)
{
    gsize n = MIN(size, TAIL_BYTES);
    g_autofree char *tail = g_strndup(text ? text + size - n : "", n);
    g_strchomp(tail);
    const char *line = strrchr(tail, '\n');
    g_autofree char *brief = g_strndup(line ? line + 1 : tail, 160);
    return text_escape_terminal(g_strstrip(brief));
}

static char *file_last_words(const char *path)
{
    g_autofree char *text = NULL;
    gsize size = 0;
    if (!g_file_get_contents(path, &text, &size, NULL))
        return g_strdup("");
    return last_words(text, size);
}

// What both kinds of programs can do wrong; NULL where the status is to be looked at.
static char *excess_format(const char *what, const ProcResult *output, double limit_s,
                           gint64 limit_bytes)
{
    g_autofree char *time = text_seconds(limit_s);
    g_autofree char *size = text_bytes(limit_bytes);
    if (output->timed_out)
        return g_strdup_printf("%s did not end within %s", what, time);
    if (output->output_exceeded)
        return g_strdup_printf("%s printed more than %s", what, size);
    return NULL;
}

static char *status_format(const char *what, int status, const char *words)
{
    if (status > STATUS_ABORT)
        return g_strdup_printf("%s was ended by signal %d", what, status - STATUS_ABORT);
    return g_strdup_printf("%s ended with status %d%s%s", what, status, *words ? ": " : "", words);
}

bool probe_build(const Probe *probe, const char *dir, const char *commit, ProbeResult *ret_result,
                 GError **error)
{
    const char *const argv[] = {"/bin/sh", "-c", probe->build, NULL};
    g_auto(GStrv) env = env_make(probe, commit);
    const ProcSpec spec = {.argv = argv,
                           .env = (const char *const *)env,
                           .dir = dir,
                           .stdout_path = probe->build_log,
                           .stderr_path = probe->build_log,
                           .output_limit_bytes = BUILD_OUTPUT_BYTES_MAX,
                           .deadline_ms = (gint64)(probe->build_limit_s * 1000),
                           .is_cancelled = probe->is_cancelled,
                           .data = probe->data};
    g_auto(ProcResult) output = {0};
    if (!proc_run(&spec, &output, error))
        return false;
    if (output.cancelled)
        return error_set(error, ERROR_INTERRUPTED, "interrupted in a build.");
    ProbeResult result = {.seconds = output.elapsed_s};
    result.why = excess_format("the build", &output, probe->build_limit_s, BUILD_OUTPUT_BYTES_MAX);
    if (!result.why && output.status != 0) {
        g_autofree char *words = file_last_words(probe->build_log);
        result.why = status_format("the build", output.status, words);
    }
    *ret_result = result;
    return true;
}

// The number of a command that ended well, or why there is none.
static void value_take(const Probe *probe, const ProcResult *output, ProbeResult *result)
{
    g_autoptr(GError) cause = NULL;
    if (!value_read(probe->pattern, output, &result->value, &cause))
        result->why = g_strdup_printf("the command ended well, but %s", cause->message);
}

// That a number is there by mistake: found as it is with --better.
static bool number_check(const ProcResult *output, GError **error)
{
    Value value;
    if (!value_read(NULL, output, &value, NULL))
        return true;
    g_autofree char *words = last_words(output->out, output->out_size);
    return error_set(error, ERROR_USAGE,
                     "the command prints a number, '%s': say which is better, --better lower or "
                     "--better higher (or --exit-code where its exit status is what counts).",
                     words);
}

static bool status_read(const Probe *probe, const ProcResult *output, const char *commit,
                        ProbeResult *result, GError **error)
{
    int status = output->status;
    const char *said = output->err_size ? output->err : output->out;
    g_autofree char *words =
        last_words(said, output->err_size ? output->err_size : output->out_size);
    if (probe->by_exit && status >= STATUS_ABORT)
        return error_set(
            error, ERROR_INPUT,
            "at commit %.12s the command ended with status %d%s%s: 128 and above end a "
            "bisection, as `git bisect run` has it; end it with 125 where a commit "
            "cannot be tested.",
            commit, status, *words ? ": " : "", words);
    if (probe->asks_direction && status == 0 && !number_check(output, error))
        return false;
    if (status == STATUS_UNTESTABLE)
        result->why = g_strdup_printf("the command says so (status %d)", STATUS_UNTESTABLE);
    else if (probe->by_exit) {
        result->value.number = status == 0 ? 0 : 1;
        result->is_unable = status == STATUS_NOT_RUN || status == STATUS_NOT_FOUND;
    } else if (status == 0)
        value_take(probe, output, result);
    else {
        result->why = status_format("the command", status, words);
        result->may_retry = true;
    }
    return true;
}

// "./bench" is the one of the work tree.
static char **argv_make(const Probe *probe, const char *dir)
{
    char **argv = g_strdupv((char **)(guintptr)probe->command);
    if (!strchr(argv[0], '/') || g_path_is_absolute(argv[0]))
        return argv;
    char *path = g_canonicalize_filename(argv[0], dir);
    g_free(argv[0]);
    argv[0] = path;
    return argv;
}

// The usual mistake: a script that lies in the work tree and was never committed.
static char *start_format(const Probe *probe, const char *message)
{
    const char *name = probe->command[0];
    bool is_here = strchr(name, '/') && !g_path_is_absolute(name) &&
                   g_file_test(name, G_FILE_TEST_IS_EXECUTABLE);
    return g_strdup_printf("the command cannot be started: %s%s", message,
                           is_here ? " (it is in the current folder and not in this commit: give "
                                     "its full path)"
                                   : "");
}

bool probe_run(const Probe *probe, const char *dir, const char *commit, ProbeResult *ret_result,
               GError **error)
{
    g_auto(GStrv) env = env_make(probe, commit);
    g_auto(GStrv) argv = argv_make(probe, dir);
    const ProcSpec spec = {.argv = (const char *const *)argv,
                           .env = (const char *const *)env,
                           .dir = dir,
                           .output_limit_bytes = RUN_OUTPUT_BYTES_MAX,
                           .deadline_ms = (gint64)(probe->run_limit_s * 1000),
                           .is_cancelled = probe->is_cancelled,
                           .data = probe->data};
    g_auto(ProcResult) output = {0};
    g_autoptr(GError) cause = NULL;
    g_auto(ProbeResult) result = {0};
    if (!proc_run(&spec, &output, &cause)) {
        result.why = start_format(probe, cause->message);
    } else {
        if (output.cancelled)
            return error_set(error, ERROR_INTERRUPTED, "interrupted in a run.");
        result.seconds = output.elapsed_s;
        result.why =
            excess_format("the command", &output, probe->run_limit_s, RUN_OUTPUT_BYTES_MAX);
        if (!result.why && !status_read(probe, &output, commit, &result, error))
            return false;
    }
    *ret_result = result;
    result.why = NULL;
    return true;
}
