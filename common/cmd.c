// Commands: a program is a table of them.
#include "common/cmd.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/cmd_internal.h"
#include "common/proc.h"
#include "common/suggest.h"
#include "common/text.h"

#define IMPATIENCE_S 1 // after the first signal, from when on a second one ends us at once

static volatile sig_atomic_t stop_requested;
static volatile time_t stop_requested_s;

static void abandon(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

// The first signal asks; one that comes later (not a copy of the first, as timeout(1) sends) is of
// somebody who does not want to wait.
static void on_signal(int number)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!stop_requested)
        stop_requested_s = now.tv_sec;
    else if (now.tv_sec - stop_requested_s > IMPATIENCE_S)
        abandon(number);
    stop_requested = 1;
}

bool cmd_stop_requested(void)
{
    return stop_requested;
}

bool cmd_stop_requested_by(void *data)
{
    (void)data;
    return stop_requested;
}

static void signals_begin(void)
{
    struct sigaction stop = {.sa_handler = on_signal};
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);
}

char *cmd_own_folder(void)
{
    g_autofree char *path = g_file_read_link("/proc/self/exe", NULL);
    return path ? g_path_get_dirname(path) : g_strdup(".");
}

// Nothing foreign in a message steers the terminal; its own line ends stay.
static void print_escaped(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_autofree char *safe = text_escape_terminal(*line);
        fprintf(stderr, "%s\n", safe);
    }
}

void cmd_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    print_escaped(text);
}

static const Command *command_find(const Program *program, const char *name)
{
    for (const Command *const *c = program->commands; *c; c++) {
        if (strcmp((*c)->name, name) == 0)
            return *c;
    }
    return NULL;
}

// Parses what stands behind the verb, and runs it.
static bool command_run(const Program *program, const Command *command, char **argv, GError **error)
{
    g_autoptr(Invocation) call = invocation_new(program, command);
    bool help = false;
    if (!invocation_parse(call, argv, &help, error))
        return false;
    if (!help)
        return command->run(call, error);
    cmd_help_command(program, command);
    return true;
}

static bool fail_unknown(const Program *program, const char *verb, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (const Command *const *c = program->commands; *c; c++)
        if (*(*c)->name)
            g_ptr_array_add(names, (gpointer)(guintptr)(*c)->name);
    g_autofree char *hint =
        suggest_format(verb, (const char *const *)names->pdata, (int)names->len);
    return error_set(error, ERROR_USAGE, "unknown command '%s'%s (see %s --help)", verb, hint,
                     program->name);
}

// A verb that is none of ours: the program NAME-VERB beside us, else on PATH. Returns only with an
// error: the verb is unknown, or its program cannot be run.
static bool other_run(const Program *program, char **argv, GError **error)
{
    if (!program->runs_others || !text_is_word(argv[0]))
        return fail_unknown(program, argv[0], error);
    g_autofree char *name = g_strconcat(program->name, "-", argv[0], NULL);
    g_autofree char *folder = cmd_own_folder();
    g_autofree char *beside = g_build_filename(folder, name, NULL);
    g_autofree char *path = proc_find_program(beside);
    if (!path)
        path = proc_find_program(name);
    if (!path)
        return fail_unknown(program, argv[0], error);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_ptr_array_add(words, path);
    for (char **word = argv + 1; *word; word++)
        g_ptr_array_add(words, *word);
    g_ptr_array_add(words, NULL);
    return proc_replace((const char *const *)words->pdata, error);
}

static bool verb_run(const Program *program, char **argv, GError **error)
{
    const Command *command = argv[0] ? command_find(program, argv[0]) : NULL;
    if (command && *command->name)
        return command_run(program, command, argv + 1, error);
    const Command *whole = command_find(program, "");
    if (whole && (!argv[0] || argv[0][0] == '-' || whole->max_arguments != 0))
        return command_run(program, whole, argv, error);
    if (!argv[0])
        return error_set(error, ERROR_USAGE, "what to do? (see %s --help)", program->name);
    if (argv[0][0] == '-')
        return error_set(error, ERROR_USAGE, "unknown option '%s' (see %s --help)", argv[0],
                         program->name);
    return other_run(program, argv, error);
}

// The settings folder as it was understood; complaints of it are an error.
static bool print_config(const Program *program, GError **error)
{
    g_autofree char *folder = settings_config_folder();
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Settings) settings =
        settings_read_folder(folder, program->config_kinds, *program->n_config_kinds, complaints);
    printf("# %s\n", folder);
    settings_print(settings, stdout);
    if (program->check_config)
        program->check_config(complaints);
    if (complaints->len == 0)
        return true;
    g_ptr_array_add(complaints, NULL);
    g_autofree char *list = g_strjoinv("\n", (char **)complaints->pdata);
    return error_set(error, ERROR_INPUT, "%s", list);
}

// The options before the verb. *ret_done: one of them was all there was to do.
static bool global_options(const Program *program, char **argv, int *at, bool *ret_done,
                           GError **error)
{
    for (; argv[*at]; ++*at) {
        const char *word = argv[*at];
        bool known = false;
        if (!cmd_global_parse(argv, at, &known, error))
            return false;
        if (known)
            continue;
        *ret_done = strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
                    strcmp(word, "--version") == 0 || strcmp(word, "--print-options") == 0 ||
                    strcmp(word, "--print-manual") == 0;
        if (*ret_done)
            cmd_help_global(program, word);
        if (program->config_kinds && strcmp(word, "--print-config") == 0) {
            *ret_done = true;
            return print_config(program, error);
        }
        return true;
    }
    return true;
}

int cmd_main(const Program *program, int argc, char **argv)
{
    (void)argc;
    setlocale(LC_CTYPE, "");
    signals_begin();
    g_log_writer_default_set_use_stderr(true);
    g_autoptr(GError) error = NULL;
    int first = 1;
    bool is_done = false;
    bool is_good = global_options(program, argv, &first, &is_done, &error);
    if (is_good && !is_done)
        is_good = verb_run(program, argv + first, &error);
    int status = is_good ? 0 : error ? error_exit_status(error) : ERROR_NO;
    if (error) {
        fflush(stdout);
        g_autofree char *message = g_strdup_printf("%s: %s", program->name, error->message);
        print_escaped(message);
    }
    if (fflush(stdout) != 0 && errno != EPIPE && status == 0) {
        fprintf(stderr, "%s: cannot write the output: %s\n", program->name, g_strerror(errno));
        status = ERROR_INPUT;
    }
    return status;
}
