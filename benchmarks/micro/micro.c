// The command line of micro: finds the command and its options, and runs it.
#include "micro.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const Command *const COMMANDS[] = {&MEMORY, &PAGE_FAULT, &PIPE,    &PIPE_WRITE,
                                          &YIELD,  &FUTEX,      &SYSCALL, &TCP,
                                          &UDP,    &FILES,      &PROCESS, &ALLOC};
enum { COMMANDS_COUNT = sizeof COMMANDS / sizeof *COMMANDS };

static void usage_print(void)
{
    puts("usage: micro COMMAND [--OPTION VALUE]...\n\n"
         "Small benchmarks of the kernel. Prints NAME: VALUE UNIT lines.");
    for (size_t i = 0; i < COMMANDS_COUNT; i++) {
        printf("\n  %-12s %s\n", COMMANDS[i]->name, COMMANDS[i]->help);
        for (const Option *o = COMMANDS[i]->options; o < COMMANDS[i]->options + OPTIONS_MAX; o++)
            if (o->name)
                printf("    --%-10s %s (%s)\n", o->name, o->help, o->fallback);
    }
}

static _Noreturn void usage_fail(const char *what, const char *word)
{
    fprintf(stderr, "micro: %s '%s'; see micro --help\n", what, word);
    exit(2);
}

static size_t option_index(const Option *options, const char *name)
{
    for (size_t i = 0; i < OPTIONS_MAX && options[i].name; i++)
        if (strcmp(options[i].name, name) == 0)
            return i;
    return OPTIONS_MAX;
}

static void arguments_parse(const Command *command, char **words, Arguments *arguments)
{
    arguments->options = command->options;
    for (size_t i = 0; i < OPTIONS_MAX; i++)
        arguments->text[i] = command->options[i].fallback;
    for (; *words; words += 2) {
        size_t index = OPTIONS_MAX;
        if (strncmp(*words, "--", 2) == 0)
            index = option_index(command->options, *words + 2);
        if (index == OPTIONS_MAX)
            usage_fail("unknown option", *words);
        if (!words[1])
            usage_fail("no value after", *words);
        arguments->text[index] = words[1];
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "noop") == 0)
        return 0; // what `process` executes
    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        usage_print();
        return argc < 2 ? 2 : 0;
    }
    for (size_t i = 0; i < COMMANDS_COUNT; i++)
        if (strcmp(COMMANDS[i]->name, argv[1]) == 0) {
            Arguments arguments;
            arguments_parse(COMMANDS[i], argv + 2, &arguments);
            COMMANDS[i]->run(&arguments);
            errno = 0;
            if (fflush(stdout) != 0)
                fail("stdout");
            return 0;
        }
    usage_fail("unknown command", argv[1]);
}
