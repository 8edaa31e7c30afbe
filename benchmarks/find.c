// Where benchmark folders, and our programs for targets, are.
#include "benchmarks/find.h"

#include <string.h>
#include <unistd.h>

#include "benchmarks/manifest_model.h"
#include "common/error.h"
#include "common/suggest.h"

// FOLDER/../below, where FOLDER holds the running program.
static char *installed_folder(const char *below)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    if (!program)
        return g_build_filename("/usr", below, NULL);
    g_autofree char *folder = g_path_get_dirname(program);
    g_autofree char *prefix = g_path_get_dirname(folder);
    return g_build_filename(prefix, below, NULL);
}

static bool is_benchmark_folder(const char *folder)
{
    g_autofree char *file = g_build_filename(folder, "benchmark.ini", NULL);
    return g_file_test(file, G_FILE_TEST_IS_REGULAR);
}

static int text_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char **benchmark_search_path(const char *config_folder)
{
    GPtrArray *path = g_ptr_array_new();
    if (config_folder)
        g_ptr_array_add(path, g_build_filename(config_folder, "benchmarks", NULL));
    const char *data = g_getenv("MARVIN_DATA");
    g_ptr_array_add(path, data ? g_build_filename(data, "benchmarks", NULL)
                               : installed_folder("share/marvin/benchmarks"));
    g_ptr_array_add(path, NULL);
    return (char **)g_ptr_array_free(path, FALSE);
}

char *benchmark_folder_find(const char *const *search, const char *name)
{
    if (!benchmark_name_is_valid(name))
        return NULL;
    for (; *search; search++) {
        g_autofree char *folder = g_build_filename(*search, name, NULL);
        if (is_benchmark_folder(folder))
            return g_steal_pointer(&folder);
    }
    return NULL;
}

bool benchmark_get(const char *const *search, const char *name, Benchmark **ret_benchmark,
                   GError **error)
{
    g_autofree char *folder = benchmark_folder_find(search, name);
    if (folder)
        return benchmark_read(folder, ret_benchmark, error);
    g_auto(GStrv) names = benchmark_list(search);
    g_autofree char *near =
        suggest_format(name, (const char *const *)names, (int)g_strv_length(names));
    g_autofree char *places = g_strjoinv(" or ", (char **)(guintptr)search);
    return error_set(error, ERROR_INPUT, "There is no benchmark '%s' in %s%s.", name, places, near);
}

char **benchmark_list(const char *const *search)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *names = g_ptr_array_new();
    for (; *search; search++) {
        g_autoptr(GDir) entries = g_dir_open(*search, 0, NULL);
        const char *name = NULL;
        while (entries && (name = g_dir_read_name(entries))) {
            g_autofree char *folder = g_build_filename(*search, name, NULL);
            if (g_hash_table_contains(seen, name) || !benchmark_name_is_valid(name) ||
                !is_benchmark_folder(folder))
                continue;
            char *copy = g_strdup(name);
            g_hash_table_add(seen, copy);
            g_ptr_array_add(names, copy);
        }
    }
    g_ptr_array_sort(names, text_compare);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

char *benchmark_program_find(const char *name)
{
    const char *folder = g_getenv("MARVIN_PROGRAMS");
    g_autofree char *own = folder ? g_strdup(folder) : installed_folder("lib/marvin");
    g_autofree char *path = g_build_filename(own, name, NULL);
    if (!benchmark_name_is_valid(name) || !g_file_test(path, G_FILE_TEST_IS_REGULAR) ||
        access(path, X_OK) != 0)
        return NULL;
    return g_steal_pointer(&path);
}
