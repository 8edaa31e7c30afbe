// Walking the cases of MMTests.
#include "tests/benchmarks/mmtests_cases.h"

#include <glib.h>

unsigned mmtests_cases_visit(unsigned (*visit)(const char *folder, const char *file))
{
    g_autofree char *root =
        g_build_filename(g_getenv("MARVIN_SOURCE_DIR"), "tests/data/mmtests", NULL);
    g_autoptr(GDir) cases = g_dir_open(root, 0, NULL);
    g_assert_nonnull(cases);
    unsigned count = 0;
    for (const char *name = g_dir_read_name(cases); name; name = g_dir_read_name(cases)) {
        g_autofree char *folder = g_build_filename(root, name, NULL);
        g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
        for (const char *file = entries ? g_dir_read_name(entries) : NULL; file;
             file = g_dir_read_name(entries))
            if (g_str_has_prefix(file, "commands"))
                count += visit(folder, file);
    }
    return count;
}
