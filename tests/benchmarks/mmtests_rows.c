// The rows of every case of tests/data/mmtests are those that MMTests' own parse-results prints.
#include <glib.h>
#include <string.h>

#include "benchmarks/formats/mmtests.h"
#include "tests/benchmarks/mmtests_cases.h"

typedef struct {
    const char *folder; // tests/data/mmtests/CASE
    const char *benchmark;
    const char *alternative;
    const char *suffix; // "" or "-op": the files are rows-op-RUN-iterN.tsv
} Case;

// The word behind option in the first command of a case.
static char *option_find(const char *commands, const char *option)
{
    g_auto(GStrv) lines = g_strsplit(commands, "\n", 2);
    g_auto(GStrv) words = g_strsplit(lines[0], " ", -1);
    for (unsigned i = 0; words[i] && words[i + 1]; i++)
        if (strcmp(words[i], option) == 0)
            return g_strdup(words[i + 1]);
    return NULL;
}

static char *text_read(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) error = NULL;
    char *text = NULL;
    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    return text;
}

// rows[SUFFIX]-RUN-iterN.tsv
static unsigned rows_compare(const Case *test, const char *file)
{
    g_autofree char *prefix = g_strdup_printf("rows%s-", test->suffix);
    const char *end = g_strrstr(file, "-iter");
    g_autofree char *run = g_strndup(file + strlen(prefix), (gsize)(end - file) - strlen(prefix));
    g_autofree char *iteration = g_strndup(end + 1, strlen(end + 1) - strlen(".tsv"));
    g_autofree char *number = g_strdup_printf("iter-%s", iteration + strlen("iter"));
    g_autofree char *logs_folder =
        g_build_filename(test->folder, "log", run, number, test->benchmark, "logs", NULL);
    if (!g_file_test(logs_folder, G_FILE_TEST_IS_DIR))
        return 0; // the file of another suffix
    g_autofree char *expected = text_read(test->folder, file);
    g_autoptr(MmtestsLogs) logs = mmtests_logs_open(logs_folder);
    const MmtestsFamily *family = mmtests_family_find(test->benchmark, test->alternative);
    g_assert_nonnull(family);
    g_autofree char *rows = mmtests_rows_extract(family, logs, MMTESTS_FAITHFUL);
    g_assert_cmpstr(rows, ==, expected);
    g_assert_cmpuint(mmtests_logs_complaints(logs)->len, ==, 0);
    return 1;
}

static unsigned case_run(const char *folder, const char *commands_file)
{
    g_autofree char *commands = text_read(folder, commands_file);
    g_autofree char *benchmark = option_find(commands, "-b");
    g_autofree char *alternative = option_find(commands, "-a");
    g_autofree char *suffix =
        g_strndup(commands_file + strlen("commands"),
                  strlen(commands_file) - strlen("commands") - strlen(".txt"));
    Case test = {folder, benchmark, alternative, suffix};
    g_autofree char *prefix = g_strdup_printf("rows%s-", suffix);
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    unsigned count = 0;
    for (const char *name = g_dir_read_name(entries); name; name = g_dir_read_name(entries))
        if (g_str_has_prefix(name, prefix) && g_str_has_suffix(name, ".tsv"))
            count += rows_compare(&test, name);
    return count;
}

static void test_rows_of_every_case_are_those_of_mmtests(void)
{
    unsigned count = mmtests_cases_visit(case_run);
    g_test_message("%u files of rows", count);
    g_assert_cmpuint(count, >=, 30);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mmtests/rows of every case are those of mmtests",
                    test_rows_of_every_case_are_those_of_mmtests);
    return g_test_run();
}
