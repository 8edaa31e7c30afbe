// benchmarks/find: the first folder on the search path wins, and an unknown name gets a suggestion.
#include "benchmarks/find.h"

#include <string.h>

#include "folder.h"

#define DEFINITION(name)                                                                           \
    "[benchmark " name "]\nsummary = a\nduration = 1s\n[metric m]\nunit = s\nbetter = lower\n"     \
    "pattern = (.*)\n"

static void test_the_first_folder_wins_and_names_are_listed_once(void)
{
    char *folder = folder_new();
    folder_write(folder, "site/pipe/benchmark.ini", DEFINITION("pipe"), -1, FALSE);
    folder_write(folder, "site/mine/benchmark.ini", DEFINITION("mine"), -1, FALSE);
    folder_write(folder, "ours/pipe/benchmark.ini", DEFINITION("pipe"), -1, FALSE);
    folder_write(folder, "ours/futex/benchmark.ini", DEFINITION("futex"), -1, FALSE);
    folder_write(folder, "ours/notes/readme", "no benchmark", -1, FALSE);
    g_autofree char *site = g_build_filename(folder, "site", NULL);
    g_autofree char *ours = g_build_filename(folder, "ours", NULL);
    const char *const search[] = {site, "/nonexistent", ours, NULL};
    g_autofree char *pipe = benchmark_folder_find(search, "pipe");
    g_assert_true(g_str_has_prefix(pipe, site));
    g_autofree char *futex = benchmark_folder_find(search, "futex");
    g_assert_true(g_str_has_prefix(futex, ours));
    g_assert_null(benchmark_folder_find(search, "notes"));
    g_assert_null(benchmark_folder_find(search, "../site/pipe"));
    g_assert_null(benchmark_folder_find(search, ""));
    g_auto(GStrv) names = benchmark_list(search);
    g_autofree char *all = g_strjoinv(" ", names);
    g_assert_cmpstr(all, ==, "futex mine pipe");
    g_autoptr(Benchmark) benchmark = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_false(benchmark_get(search, "futx", &benchmark, &error));
    g_assert_nonnull(strstr(error->message, "did you mean 'futex'"));
    g_assert_nonnull(strstr(error->message, site));
    folder_remove(folder);
}

static void test_the_programs_find_what_was_built_beside_them(void)
{
    g_auto(GStrv) search = benchmark_search_path("/etc/marvin");
    g_assert_cmpstr(search[0], ==, "/etc/marvin/benchmarks");
    g_autoptr(Benchmark) benchmark = NULL;
    g_autoptr(GError) error = NULL;
    benchmark_get((const char *const *)search, "memory-bandwidth", &benchmark, &error);
    g_assert_no_error(error);
    g_autofree char *micro = benchmark_program_find("micro");
    g_assert_nonnull(micro);
    g_assert_null(benchmark_program_find("macro"));
    g_assert_null(benchmark_program_find("../bin/marvin"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/find/the-first-folder-wins-and-names-are-listed-once",
                    test_the_first_folder_wins_and_names_are_listed_once);
    g_test_add_func("/find/the-programs-find-what-was-built-beside-them",
                    test_the_programs_find_what_was_built_beside_them);
    return g_test_run();
}
