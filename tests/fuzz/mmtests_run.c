// Any bytes as time stamps, as facts and as a log of an MMTests run are read without harm. The
// first byte says how many 16ths of the rest are the time stamps; facts and logs share what is
// left.
#include "benchmarks/formats/mmtests_run.h"

#include <glib/gstdio.h>
#include <stdlib.h>

#include "fuzz.h"

static const char *const FILES[] = {"iter-0/tests-timestamp", "iter-0/kernel.version",
                                    "iter-0/lscpu.txt.gz", "mmtests-activity",
                                    "iter-0/perfpipe/logs/benchlog-_-_-1"};
static const char *const FOLDERS[] = {"iter-0/perfpipe/logs", "iter-0/perfpipe", "iter-0", ""};

static char *path_of(const char *name)
{
    // One folder a process: making one for each input would take most of the time.
    static char *folder;
    if (!folder)
        folder = g_dir_make_tmp("mmtests-fuzz-XXXXXX", NULL);
    g_assert_nonnull(folder);
    return g_build_filename(folder, name, NULL);
}

static void folder_remove(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(FILES); i++) {
        g_autofree char *path = path_of(FILES[i]);
        g_unlink(path);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(FOLDERS); i++) {
        g_autofree char *path = path_of(FOLDERS[i]);
        g_rmdir(path);
    }
}

static void folder_prepare(void)
{
    static gsize once;
    if (!g_once_init_enter(&once))
        return;
    g_autofree char *logs = path_of(FOLDERS[0]);
    g_mkdir_with_parents(logs, 0700);
    atexit(folder_remove);
    g_once_init_leave(&once, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    folder_prepare();
    size_t cut = (size - 1) * (data[0] % 17) / 16;
    for (unsigned i = 0; i < G_N_ELEMENTS(FILES); i++) {
        g_autofree char *path = path_of(FILES[i]);
        const char *text = (const char *)data + 1 + (i == 0 ? 0 : cut);
        g_file_set_contents_full(path, text, (gssize)(i == 0 ? cut : size - 1 - cut),
                                 G_FILE_SET_CONTENTS_NONE, 0600, NULL);
    }
    g_autofree char *folder = path_of("");
    g_autoptr(MmtestsRun) run = NULL;
    g_assert_true(mmtests_run_read(folder, &run, NULL));
    for (guint i = 0; i < run->iterations->len; i++) {
        const MmtestsIteration *iteration = run->iterations->pdata[i];
        g_assert_cmpuint(iteration->tests->len, >=, 1);
        for (guint j = 0; j < iteration->tests->len; j++) {
            const MmtestsTest *test = iteration->tests->pdata[j];
            g_autoptr(GPtrArray) series = mmtests_test_series(test, NULL, run->complaints);
            g_autofree char *state =
                mmtests_test_state_format(test, mmtests_test_state(test, series));
        }
    }
    return 0;
}
