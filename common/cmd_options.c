// The options and arguments of one command: parsed, and read by it.
#include "common/cmd.h"

#include <string.h>

#include "common/cmd_internal.h"
#include "common/suggest.h"

static void list_unref(void *list)
{
    g_ptr_array_unref(list);
}

Invocation *invocation_new(const Program *program, const Command *command)
{
    Invocation *call = g_new0(Invocation, 1);
    call->program = program;
    call->command = command;
    call->arguments = g_ptr_array_new();
    call->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, list_unref);
    return call;
}

void invocation_free(Invocation *call)
{
    if (!call)
        return;
    g_ptr_array_unref(call->arguments);
    g_hash_table_unref(call->values);
    g_free(call);
}

static bool config_use(const char *folder, GError **error)
{
    if (!g_file_test(folder, G_FILE_TEST_IS_DIR))
        return error_set(error, ERROR_USAGE, "--config %s: there is no such folder", folder);
    g_setenv("MARVIN_CONFIG", folder, true);
    return true;
}

bool cmd_global_parse(char **argv, int *at, bool *ret_known, GError **error)
{
    const char *word = argv[*at];
    *ret_known = true;
    if (strcmp(word, "--config") == 0)
        return argv[*at + 1]
                   ? config_use(argv[++*at], error)
                   : error_set(error, ERROR_USAGE, "the option '--config' needs a value: DIR");
    if (g_str_has_prefix(word, "--config="))
        return config_use(word + strlen("--config="), error);
    *ret_known = strcmp(word, "--verbose") == 0 || strcmp(word, "-v") == 0;
    if (*ret_known)
        g_log_set_debug_enabled(true);
    return true;
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
    for (const CommandOption *o = CMD_GLOBAL_OPTIONS; o->name && word[1] == '-'; o++)
        g_ptr_array_add(names, g_strconcat("--", o->name, NULL));
    g_autofree char *bare = g_strndup(word, strcspn(word, "="));
    g_autofree char *hint =
        suggest_format(bare, (const char *const *)names->pdata, (int)names->len);
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
    if (!option) {
        bool known = false;
        return cmd_global_parse(argv, at, &known, error) &&
               (known || fail_unknown(call, word, error));
    }
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
    const char *fault = n < command->min_arguments ? "an argument is missing"
                        : command->max_arguments   ? "there are too many arguments"
                                                   : "no argument was expected";
    return error_set(error, ERROR_USAGE, "%s; usage: %s%s%s%s%s", fault, call->program->name,
                     *command->name ? " " : "", command->name, *command->arguments ? " " : "",
                     command->arguments);
}

bool invocation_parse(Invocation *call, char **argv, bool *ret_help, GError **error)
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

bool cmd_probability(const Invocation *invocation, const char *option, double low,
                     double *ret_value, GError **error)
{
    const char *text = cmd_text(invocation, option);
    double value = 0;
    if (!text)
        return true;
    bool is_percent = g_str_has_suffix(text, "%");
    if (!setting_parse_number(is_percent ? SETTING_PERCENT : SETTING_REAL, text, &value) ||
        !(value >= low && value < 1))
        return error_set(error, ERROR_USAGE,
                         "--%s %s: expected a probability from %g to below 1, such as 0.95 or 95%%",
                         option, text, low);
    *ret_value = value;
    return true;
}

bool cmd_percent(const Invocation *invocation, const char *option, double low, double high,
                 double *ret_value, GError **error)
{
    const char *text = cmd_text(invocation, option);
    double value = 0;
    if (!text)
        return true;
    if (!setting_parse_number(SETTING_PERCENT, text, &value) || !(value >= low && value <= high))
        return error_set(error, ERROR_USAGE,
                         "--%s %s: expected a percentage from %g%% to %g%%, such as 2%%", option,
                         text, 100 * low, 100 * high);
    *ret_value = value;
    return true;
}

const char *const *cmd_arguments(const Invocation *invocation)
{
    return (const char *const *)invocation->arguments->pdata;
}

int cmd_argument_count(const Invocation *invocation)
{
    return (int)invocation->arguments->len - 1;
}
