// Runs a fuzz target over the files of the folders given: the corpus as an ordinary test.
#include <glib.h>

#include "fuzz.h"

static unsigned folder_replay(const char *folder)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) entries = g_dir_open(folder, 0, &error);
    g_assert_no_error(error);
    unsigned count = 0;
    for (const char *name = g_dir_read_name(entries); name; name = g_dir_read_name(entries)) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *text = NULL;
        gsize length = 0;
        g_file_get_contents(path, &text, &length, &error);
        g_assert_no_error(error);
        // A copy of the exact size, so that a read beyond the end is seen by AddressSanitizer.
        g_autofree uint8_t *exact = g_memdup2(text, length);
        LLVMFuzzerTestOneInput(exact, length);
        count++;
    }
    return count;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    for (int i = 1; i < argc; i++)
        count += folder_replay(argv[i]);
    g_print("%u inputs replayed\n", count);
    return count > 0 ? 0 : 1;
}
