// The help texts of a program, made from its table.
#include "common/cmd_internal.h"

#include <stdio.h>
#include <string.h>

#ifndef MARVIN_VERSION
#define MARVIN_VERSION "unknown"
#endif

enum { HELP_WIDTH = 100 };

const CommandOption CMD_GLOBAL_OPTIONS[] = {
    {"config", 0, OPTION_VALUE, "DIR", "the folder of the settings ($MARVIN_CONFIG)"},
    {"verbose", 'v', OPTION_FLAG, NULL, "say more on stderr"},
    {"help", 'h', OPTION_FLAG, NULL, "this text; behind a command, that command's"},
    {"version", 0, OPTION_FLAG, NULL, "the version"},
    {"print-config", 0, OPTION_FLAG, NULL,
     "the settings, and where each is from; status 3: one cannot be"},
    {0},
};

/* Lines longer than a page is wide are broken at spaces, with the indent of their own beginning. */
static void print_wrapped(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        const char *rest = *line;
        int indent = (int)strspn(rest, " ");
        while (strlen(rest) > HELP_WIDTH) {
            const char *end = g_strrstr_len(rest, HELP_WIDTH, " ");
            if (!end || end - rest <= indent)
                break;
            printf("%.*s\n%*s", (int)(end - rest), rest, indent, "");
            rest = end + 1;
        }
        printf("%s\n", rest);
    }
}

static void print_options(const CommandOption *options)
{
    for (const CommandOption *o = options; o && o->name; o++) {
        g_autofree char *letter =
            o->letter ? g_strdup_printf("-%c, ", o->letter) : g_strdup("    ");
        g_autofree char *left = g_strdup_printf("%s--%s%s%s", letter, o->name, o->value ? " " : "",
                                                o->value ? o->value : "");
        printf("  %-26s %s\n", left, o->help);
    }
}

static void print_usage(const Program *program, const Command *command)
{
    printf("%s%s%s%s%s%s\n", program->name, *command->name ? " " : "", command->name,
           command->options ? " [options]" : "", *command->arguments ? " " : "",
           command->arguments);
}

void cmd_help_command(const Program *program, const Command *command)
{
    printf("usage: ");
    print_usage(program, command);
    printf("\n%s\n", command->summary);
    if (command->help) {
        printf("\n");
        print_wrapped(command->help);
    }
    if (command->options) {
        printf("\noptions:\n");
        print_options(command->options);
    }
}

static void print_program(const Program *program)
{
    printf("%s: %s\n\n", program->name, program->summary);
    for (const Command *const *c = program->commands; *c; c++) {
        g_autofree char *left = g_strdup_printf(
            "%s%s%s", (*c)->name, *(*c)->name && *(*c)->arguments ? " " : "", (*c)->arguments);
        printf("  %s %-36s %s\n", program->name, left, (*c)->summary);
    }
    for (const Command *const *c = program->commands; *c; c++) {
        if (!*(*c)->name && (*c)->options) {
            printf("\noptions without a command:\n");
            print_options((*c)->options);
        }
    }
    printf("\noptions before the command:\n");
    print_options(CMD_GLOBAL_OPTIONS);
}

static void print_option_rows(const Program *program, const char *verb,
                              const CommandOption *options)
{
    for (const CommandOption *o = options; o && o->name; o++)
        printf("%s\t%s\t--%s\t%.1s\t%s\t%s\n", program->name, verb, o->name, &o->letter,
               o->value ? o->value : "", o->help);
}

// program, command, option, letter, value, help: separated by tabs, for completions.
// A row without an option is a command (or, without that too, the program) with its arguments.
static void print_table(const Program *program)
{
    printf("%s\t\t\t\t\t%s\n", program->name, program->summary);
    print_option_rows(program, "", CMD_GLOBAL_OPTIONS);
    for (const Command *const *c = program->commands; *c; c++) {
        if (*(*c)->name)
            printf("%s\t%s\t\t\t%s\t%s\n", program->name, (*c)->name, (*c)->arguments,
                   (*c)->summary);
        print_option_rows(program, (*c)->name, (*c)->options);
    }
}

void cmd_help_global(const Program *program, const char *word)
{
    if (strcmp(word, "--version") == 0)
        printf("%s %s\n", program->name, MARVIN_VERSION);
    else if (strcmp(word, "--print-options") == 0)
        print_table(program);
    else if (strcmp(word, "--print-manual") == 0)
        cmd_print_manual(program);
    else
        print_program(program);
}
