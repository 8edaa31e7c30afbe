// Commands: a program is a table of them.
#include "common/cmd.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cmd_help.h"
#include "common/suggest.h"

struct Invocation {
    const Program *program;
    const Command *command;
    GPtrArray *arguments; // const char *, ends with NULL
    GHashTable *values; // option name -> GPtrArray of const char *, ends with NULL
};

static volatile sig_atomic_t stop_requested;

static void on_signal(int number)
{
    (void)number;
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

// Control characters as \xNN, so that no foreign text steers the terminal.
static void print_escaped(FILE *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
            fprintf(out, "\\x%02x", c);
        else
            fputc(c, out);
    }
}

void cmd_note(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    print_escaped(stderr, text);
    fputc('\n', stderr);
}

static const CommandOption *option_find(const CommandOption *options, const char *name,
                                        size_t length)
{
    for (; options && options->name; options++) {
        if (strlen(options->name) == length && strncmp(options->name, name, length) == 0)
            return options;
    }
    return NULL;
}

static const CommandOption *letter_find(const CommandOption *options, char letter)
{
    for (; options && options->name; options++) {
        if (options->letter == letter)
            return options;
    }
    return NULL;
}

static bool fail_unknown(const Invocation *call, const char *word, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const CommandOption *o = call->command->options; o && o->name; o++)
        g_ptr_array_add(names, g_strconcat("--", o->name, NULL));
    g_autofree char *hint =
        suggest_format(word, (const char *const *)names->pdata, (int)names->len);
    const char *gap = *call->command->name ? " " : "";
    return error_set(error, ERROR_USAGE, "unknown option '%s'%s (see %s%s%s --help)", word, hint,
                     call->program->name, gap, call->command->name);
}

static void value_add(Invocation *call, const char *name, const char *value)
{
    GPtrArray *list = g_hash_table_lookup(call->values, name);
    if (!list) {
        list = g_ptr_array_new();
        g_ptr_array_add(list, NULL);
        g_hash_table_insert(call->values, g_strdup(name), list);
    }
    list->pdata[list->len - 1] = (gpointer)(guintptr)value;
    g_ptr_array_add(list, NULL);
}

// One option from argv[*at]; *at moves to the last word used.
static bool option_parse(Invocation *call, char **argv, int *at, GError **error)
{
    const char *word = argv[*at];
    bool is_long = word[1] == '-';
    const char *equals = is_long ? strchr(word, '=') : NULL;
    size_t length = equals ? (size_t)(equals - word - 2) : strlen(word) - (is_long ? 2 : 0);
    const CommandOption *option = is_long ? option_find(call->command->options, word + 2, length)
                                          : letter_find(call->command->options, word[1]);
    if (!option)
        return fail_unknown(call, word, error);
    if (option->kind == OPTION_FLAG) {
        if (equals || (!is_long && word[2]))
            return error_set(error, ERROR_USAGE, "the option '--%s' takes no value", option->name);
        value_add(call, option->name, "");
        return true;
    }
    const char *value = equals ? equals + 1 : !is_long && word[2] ? word + 2 : argv[*at + 1];
    if (!value)
        return error_set(error, ERROR_USAGE, "the option '--%s' needs a value: %s", option->name,
                         option->value);
    if (!equals && value == argv[*at + 1])
        ++*at;
    value_add(call, option->name, value);
    return true;
}

static bool check_count(const Invocation *call, GError **error)
{
    const Command *command = call->command;
    int n = (int)call->arguments->len;
    if (n >= command->min_arguments && (command->max_arguments < 0 || n <= command->max_arguments))
        return true;
    return error_set(error, ERROR_USAGE, "usage: %s%s%s %s", call->program->name,
                     *command->name ? " " : "", command->name, command->arguments);
}

static bool arguments_parse(Invocation *call, char **argv, bool *ret_help, GError **error)
{
    for (int i = 0; argv[i]; i++) {
        if (strcmp(argv[i], "--") == 0) {
            for (i++; argv[i]; i++)
                g_ptr_array_add(call->arguments, argv[i]);
            break;
        }
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            *ret_help = true;
            return true;
        }
        if (argv[i][0] != '-' || !argv[i][1])
            g_ptr_array_add(call->arguments, argv[i]);
        else if (!option_parse(call, argv, &i, error))
            return false;
    }
    if (!check_count(call, error))
        return false;
    g_ptr_array_add(call->arguments, NULL);
    return true;
}

static const Command *command_find(const Program *program, const char *name)
{
    for (const Command *const *c = program->commands; *c; c++) {
        if (strcmp((*c)->name, name) == 0)
            return *c;
    }
    return NULL;
}

static void list_unref(void *list)
{
    g_ptr_array_unref(list);
}

// Parses what stands behind the verb, and runs it.
static bool command_run(const Program *program, const Command *command, char **argv, GError **error)
{
    Invocation call = {program, command, g_ptr_array_new(),
                       g_hash_table_new_full(g_str_hash, g_str_equal, g_free, list_unref)};
    bool help = false;
    bool good = arguments_parse(&call, argv, &help, error);
    if (good && help)
        cmd_help_command(program, command);
    else if (good)
        good = command->run(&call, error);
    g_ptr_array_unref(call.arguments);
    g_hash_table_unref(call.values);
    return good;
}

// A verb that is none of ours: the program NAME-VERB beside us, else on PATH. Returns only with an
// error: the verb is unknown.
static bool other_run(const Program *program, char **argv, GError **error)
{
    g_autofree char *name = g_strconcat(program->name, "-", argv[0], NULL);
    g_autofree char *folder = cmd_own_folder();
    g_autofree char *beside = g_build_filename(folder, name, NULL);
    char *first = argv[0];
    if (program->runs_others && !strchr(first, '/')) {
        argv[0] = name;
        execv(beside, argv);
        execvp(name, argv);
        argv[0] = first;
    }
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (const Command *const *c = program->commands; *c; c++)
        g_ptr_array_add(names, (gpointer)(guintptr)(*c)->name);
    g_autofree char *hint =
        suggest_format(first, (const char *const *)names->pdata, (int)names->len);
    return error_set(error, ERROR_USAGE, "unknown command '%s'%s (see %s --help)", first, hint,
                     program->name);
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

// The options before the verb. True: one of them was all there was to do.
static bool global_options(const Program *program, char ***argv)
{
    for (; **argv; ++*argv) {
        const char *word = **argv;
        if (strcmp(word, "--config") == 0 && (*argv)[1])
            g_setenv("MARVIN_CONFIG", *++*argv, true);
        else if (g_str_has_prefix(word, "--config="))
            g_setenv("MARVIN_CONFIG", word + strlen("--config="), true);
        else if (strcmp(word, "--verbose") == 0 || strcmp(word, "-v") == 0)
            g_log_set_debug_enabled(true);
        else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
                 strcmp(word, "--version") == 0 || strcmp(word, "--print-options") == 0)
            return cmd_help_global(program, word);
        else
            return false;
    }
    return false;
}

int cmd_main(const Program *program, int argc, char **argv)
{
    (void)argc;
    setlocale(LC_CTYPE, "");
    signals_begin();
    g_log_writer_default_set_use_stderr(true);
    argv++;
    if (global_options(program, &argv))
        return 0;
    GError *error = NULL;
    if (!verb_run(program, argv, &error) && !error)
        return ERROR_NO;
    int status = error_exit_status(error);
    if (error) {
        fflush(stdout);
        fprintf(stderr, "%s: ", program->name);
        print_escaped(stderr, error->message);
        fputc('\n', stderr);
        g_error_free(error);
    }
    if (fflush(stdout) != 0 && errno != EPIPE && status == 0) {
        fprintf(stderr, "%s: cannot write the output: %s\n", program->name, g_strerror(errno));
        status = ERROR_INPUT;
    }
    return status;
}

bool cmd_flag(const Invocation *invocation, const char *option)
{
    return g_hash_table_contains(invocation->values, option);
}

const char *const *cmd_texts(const Invocation *invocation, const char *option)
{
    static const char *const NONE[] = {NULL};
    const GPtrArray *list = g_hash_table_lookup(invocation->values, option);
    return list ? (const char *const *)list->pdata : NONE;
}

const char *cmd_text(const Invocation *invocation, const char *option)
{
    const GPtrArray *list = g_hash_table_lookup(invocation->values, option);
    return list ? list->pdata[list->len - 2] : NULL;
}

bool cmd_number(const Invocation *invocation, const char *option, SettingType type,
                double *ret_value, GError **error)
{
    const char *text = cmd_text(invocation, option);
    if (!text)
        return true;
    if (setting_parse_number(type, text, ret_value))
        return true;
    return error_set(error, ERROR_USAGE, "--%s %s: expected %s", option, text,
                     type == SETTING_DURATION  ? "a duration such as 90s or 2h"
                     : type == SETTING_PERCENT ? "a percentage such as 2%"
                     : type == SETTING_SIZE    ? "a size such as 512M"
                                               : "a number");
}

const char *const *cmd_arguments(const Invocation *invocation)
{
    return (const char *const *)invocation->arguments->pdata;
}

int cmd_argument_count(const Invocation *invocation)
{
    return (int)invocation->arguments->len - 1;
}
