// A program's man page, made from its table: man(7) macros, as man-db and mandoc read them.
#include "common/cmd_internal.h"

#include <stdio.h>
#include <string.h>

#ifndef MARVIN_VERSION
#define MARVIN_VERSION "unknown"
#endif

// Text as roff takes it literally; a line may begin with anything.
static void print_text(const char *text)
{
    bool at_begin = true;
    for (const char *c = text; *c; c++) {
        if (at_begin && strchr(".'", *c))
            printf("\\&");
        if (*c == '\\')
            printf("\\e");
        else if (*c == '-')
            printf("\\-");
        else if (*c == '~')
            printf("\\(ti");
        else if (*c == '^')
            printf("\\(ha");
        else if (*c == '`')
            printf("\\(ga");
        else
            putchar(*c);
        at_begin = *c == '\n';
    }
    putchar('\n');
}

static void print_options(const CommandOption *options)
{
    for (const CommandOption *o = options; o && o->name; o++) {
        printf(".TP\n");
        g_autofree char *letter = o->letter ? g_strdup_printf("-%c, ", o->letter) : g_strdup("");
        g_autofree char *left = g_strdup_printf("%s--%s%s%s", letter, o->name, o->value ? " " : "",
                                                o->value ? o->value : "");
        print_text(left);
        print_text(o->help);
    }
}

static void print_usage(const Program *program, const Command *command)
{
    g_autofree char *usage = g_strdup_printf(
        "%s%s%s%s%s%s", program->name, *command->name ? " " : "", command->name,
        command->options ? " [options]" : "", *command->arguments ? " " : "", command->arguments);
    print_text(usage);
}

// Lines with an indent are tables and stay as they are; others are filled.
static void print_help(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    bool is_table = false;
    printf(".PP\n");
    for (char **line = lines; *line; line++) {
        if ((**line == ' ') != is_table) {
            is_table = !is_table;
            printf(is_table ? ".nf\n" : ".fi\n");
        }
        if (**line)
            print_text(*line);
        else
            printf(".PP\n");
    }
    if (is_table)
        printf(".fi\n");
}

static void print_command(const Program *program, const Command *command)
{
    printf(".SS ");
    print_usage(program, command);
    print_text(command->summary);
    if (command->help)
        print_help(command->help);
    print_options(command->options);
}

static const struct {
    int status;
    const char *meaning;
} STATUSES[] = {{0, "done"},
                {1, "the answer is no, or regressed, where a command asks"},
                {2, "the command line is wrong"},
                {3, "bad input: a file, a setting, a name"},
                {4, "the database"},
                {5, "a machine"},
                {6, "interrupted; run it again to go on"}};

static void print_statuses(void)
{
    printf(".SH EXIT STATUS\n");
    for (size_t i = 0; i < G_N_ELEMENTS(STATUSES); i++)
        printf(".TP\n%d\n%s\n", STATUSES[i].status, STATUSES[i].meaning);
}

void cmd_print_manual(const Program *program)
{
    g_autofree char *title = g_ascii_strup(program->name, -1);
    printf(".TH %s 1 \"\" \"Marvin %s\" \"Marvin\"\n.SH NAME\n", title, MARVIN_VERSION);
    printf("%s \\- ", program->name);
    print_text(program->summary);
    printf(".SH SYNOPSIS\n.nf\n");
    for (const Command *const *c = program->commands; *c; c++)
        print_usage(program, *c);
    printf(".fi\n.SH COMMANDS\n");
    for (const Command *const *c = program->commands; *c; c++)
        print_command(program, *c);
    printf(".SH OPTIONS BEFORE THE COMMAND\n");
    print_options(CMD_GLOBAL_OPTIONS);
    print_statuses();
    printf(".SH SEE ALSO\n.BR bob (1),\n.BR marvin (1),\n.BR marvin-bisect (1),\n"
           ".BR marvin-inventory (1),\n.BR marvin-report (1)\n");
}
