// Every command of the cases in tests/data/mmtests prints what compare-mmtests.pl printed for it.
#include <stdlib.h>
#include <string.h>

#include "report/mmtests.h"
#include "tests/benchmarks/mmtests_cases.h"

static const char COMMAND[] = "$ $MMTESTS/bin/compare-mmtests.pl ";

static char *text_read(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) error = NULL;
    char *text = NULL;
    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    return text;
}

static bool has_word(char **words, const char *word)
{
    return g_strv_contains((const char *const *)words, word);
}

static const char *value_find(char **words, const char *option)
{
    for (unsigned i = 0; words[i] && words[i + 1]; i++)
        if (strcmp(words[i], option) == 0)
            return words[i + 1];
    return NULL;
}

// line: the options; the report goes to memory.
static char *command_run(const char *folder, const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    g_auto(GStrv) runs = g_strsplit(value_find(words, "-n"), ",", -1);
    g_autofree char *directory = g_build_filename(folder, value_find(words, "-d"), NULL);
    MmtestsOptions options = {.directory = directory,
                              .benchmark = value_find(words, "-b"),
                              .alternative = value_find(words, "-a"),
                              .runs = (const char *const *)runs,
                              .sub_heading = value_find(words, "--sub-heading"),
                              .print_ratio = has_word(words, "--print-ratio"),
                              .print_significance = has_word(words, "--print-significance"),
                              .no_compare = has_word(words, "--no-compare")};
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    g_autoptr(GError) error = NULL;
    bool done = mmtests_report(&options, out, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(done);
    fclose(out);
    char *copy = g_strdup(text);
    free(text);
    return copy;
}

static unsigned commands_run(const char *folder, const char *file)
{
    g_autofree char *commands = text_read(folder, file);
    g_auto(GStrv) lines = g_strsplit(commands, "\n", -1);
    unsigned count = 0;
    for (unsigned i = 0; lines[i] && lines[i + 1]; i++) {
        if (!g_str_has_prefix(lines[i], COMMAND))
            continue;
        const char *target = strstr(lines[i + 1], "-> ");
        g_assert_nonnull(target);
        g_autofree char *expected = text_read(folder, target + strlen("-> "));
        g_autofree char *text = command_run(folder, lines[i] + strlen(COMMAND));
        g_assert_cmpstr(text, ==, expected);
        count++;
    }
    return count;
}

static void test_every_report_is_byte_for_byte_that_of_mmtests(void)
{
    unsigned count = mmtests_cases_visit(commands_run);
    g_test_message("%u reports", count);
    g_assert_cmpuint(count, >=, 56);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mmtests/every report is byte for byte that of mmtests",
                    test_every_report_is_byte_for_byte_that_of_mmtests);
    return g_test_run();
}
