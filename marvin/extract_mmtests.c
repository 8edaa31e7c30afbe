// Samples anew of trials that were imported from MMTests.
#include "marvin/extract_mmtests.h"

#include <string.h>

#include "common/cmd.h"
#include "common/error.h"
#include "common/proc.h"
#include "marvin/import_mmtests.h"

struct MmtestsAgain {
    Store *store;
    char *folder;
    const char *checkout;
    char *raw_hash; // of what is unpacked
    MmtestsRun *run;
    const MmtestsTest *test; // that is read
    GPtrArray *all; // its series
    GPtrArray *lost; // what is damaged of its logs and in none of them
};

MmtestsAgain *mmtests_again_new(Store *store, const char *folder, const char *checkout)
{
    MmtestsAgain *again = g_new0(MmtestsAgain, 1);
    *again = (MmtestsAgain){.store = store, .folder = g_strdup(folder), .checkout = checkout};
    return again;
}

static bool folder_remove(const char *folder, GError **error)
{
    const char *argv[] = {"rm", "-rf", "--", folder, NULL};
    g_auto(ProcResult) ran = {0};
    return proc_run_ok(&(ProcSpec){.argv = argv}, &ran, error);
}

static void forget(MmtestsAgain *again)
{
    g_clear_pointer(&again->raw_hash, g_free);
    g_clear_pointer(&again->run, mmtests_run_free);
    g_clear_pointer(&again->all, g_ptr_array_unref);
    g_clear_pointer(&again->lost, g_ptr_array_unref);
    again->test = NULL;
}

void mmtests_again_free(MmtestsAgain *again)
{
    if (!again)
        return;
    if (again->raw_hash)
        folder_remove(again->folder, NULL);
    forget(again);
    g_free(again->folder);
    g_free(again);
}

// The object is an iteration's folder: it becomes the only one of a run.
static bool run_unpack(MmtestsAgain *again, const char *raw_hash, GError **error)
{
    if (g_strcmp0(again->raw_hash, raw_hash) == 0)
        return true;
    forget(again);
    g_autofree char *iteration = g_build_filename(again->folder, "iter-0", NULL);
    if (!folder_remove(again->folder, error))
        return false;
    if (g_mkdir_with_parents(again->folder, 0700) != 0)
        return error_set(error, ERROR_INPUT, "cannot make %s", again->folder);
    again->raw_hash = g_strdup(raw_hash);
    if (store_unpack(again->store, raw_hash, iteration, 0, error) &&
        mmtests_run_read(again->folder, &again->run, error))
        return true;
    forget(again);
    return false;
}

static const MmtestsTest *test_find(const MmtestsRun *run, const char *name)
{
    const MmtestsIteration *iteration = run->iterations->pdata[0];
    for (guint i = 0; i < iteration->tests->len; i++) {
        const MmtestsTest *test = iteration->tests->pdata[i];
        if (strcmp(test->name, name) == 0)
            return test;
    }
    return NULL;
}

static void test_read(MmtestsAgain *again, const MmtestsTest *test)
{
    if (again->test == test)
        return;
    g_autoptr(GPtrArray) said = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *rows = NULL;
    bool is_ours = test->family && mmtests_family_has_parser(test->family);
    if (!is_ours && again->checkout)
        rows = mmtests_rows_run(again->checkout, test, said);
    g_clear_pointer(&again->all, g_ptr_array_unref);
    g_clear_pointer(&again->lost, g_ptr_array_unref);
    again->lost = g_ptr_array_new_with_free_func(g_free);
    again->all = mmtests_test_series_all(test, rows, said, again->lost);
    again->test = test;
    for (guint i = 0; i < said->len; i++)
        cmd_note("%s", (const char *)said->pdata[i]);
}

bool mmtests_again_extract(MmtestsAgain *again, const char *raw_hash, const char *test,
                           const char *trial_key, json_t **ret_samples, char **ret_message,
                           GError **error)
{
    if (!run_unpack(again, raw_hash, error))
        return false;
    const MmtestsTest *found = test_find(again->run, test);
    if (!found)
        return error_set(error, ERROR_INPUT, "its raw files have no test %s", test);
    test_read(again, found);
    MmtestsTestState state = mmtests_test_state(found, again->all);
    g_autofree char *problem = mmtests_test_problem(found, state, again->all, again->lost);
    *ret_samples = NULL;
    *ret_message = NULL;
    if (state == MMTESTS_TEST_NO_PARSER)
        return true;
    *ret_samples = json_array();
    for (guint i = 0; i < again->all->len; i++) {
        const MmtestsSeries *series = again->all->pdata[i];
        g_autofree char *key = mmtests_series_trial_key(found, series);
        if (strcmp(key, trial_key) == 0)
            json_array_append_new(*ret_samples, mmtests_sample_format(series, problem));
    }
    *ret_message =
        g_strdup(mmtests_trial_message(found, again->all, again->lost, trial_key, problem));
    return true;
}
