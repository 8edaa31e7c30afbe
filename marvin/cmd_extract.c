// marvin extract --again: samples anew from stored raw files (promise 1).
#include "marvin/cmd_extract.h"

#include <glib/gstdio.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "benchmarks/find.h"
#include "common/proc.h"
#include "common/progress.h"
#include "common/store.h"
#include "marvin/extract_mmtests.h"
#include "marvin/metrics.h"
#include "marvin/raw_extract.h"
#include "marvin/sample_json.h"
#include "marvin/selection.h"
#include "sql/queries.h"
#include "sql/site.h"

// What a whole extraction has in hand; borrowed but for the table and the counts.
typedef struct {
    Site *site;
    Store *store;
    char **search; // folders of benchmarks
    char *folder; // for raw files
    GHashTable *benchmarks; // name -> Benchmark
    MmtestsAgain *mmtests; // of imported trials
    bool is_dry;
    int changed;
    int unreadable;
} Again;

static void again_clear(Again *again)
{
    g_strfreev(again->search);
    mmtests_again_free(again->mmtests);
    g_free(again->folder);
    g_clear_pointer(&again->benchmarks, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Again, again_clear)

static void benchmark_unref(void *benchmark)
{
    benchmark_free(benchmark);
}

// The definition as it is now, read once.
static const Benchmark *benchmark_of(Again *again, const char *name, GError **error)
{
    Benchmark *benchmark = g_hash_table_lookup(again->benchmarks, name);
    if (benchmark)
        return benchmark;
    if (!benchmark_get((const char *const *)again->search, name, &benchmark, error))
        return NULL;
    g_hash_table_insert(again->benchmarks, g_strdup(name), benchmark);
    return benchmark;
}

static bool folder_remove(const char *folder, GError **error)
{
    const char *argv[] = {"rm", "-rf", "--", folder, NULL};
    g_auto(ProcResult) ran = {0};
    return proc_run_ok(&(ProcSpec){.argv = argv}, &ran, error);
}

// What is stored of a trial: its samples, and what became of it as a whole.
typedef struct {
    json_t *samples; // NULL: they stay as they are
    char *message;
    bool is_done;
} Anew;

static void anew_clear(Anew *anew)
{
    json_decref(anew->samples);
    g_free(anew->message);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Anew, anew_clear)

static bool samples_store(Again *again, const Rows *rows, int i, const Anew *anew,
                          bool *ret_changed, GError **error)
{
    g_autoptr(Rows) stored = NULL;
    bool good =
        metrics_resolve(again->site->db, rows_text(rows, i, "benchmark"), anew->samples, error);
    char *list = json_dumps(anew->samples, JSON_COMPACT | JSON_REAL_PRECISION(17));
    good = good && db_row(again->site->db, &QUERY_MARVIN_SAMPLE_STORE,
                          DB_PARAMS(DB_INT(rows_int(rows, i, "run_id")),
                                    DB_INT(rows_int(rows, i, "trial_id")),
                                    DB_TEXT(anew->is_done ? "done" : "failed"),
                                    DB_TEXT(anew->message), DB_TEXT(list)),
                          &stored, error);
    free(list);
    if (good)
        *ret_changed = !rows_is_null(stored, 0, "extraction");
    return good;
}

static bool imported_extract(Again *again, const Rows *rows, int i, Anew *anew, GError **error)
{
    if (strcmp(rows_text(rows, i, "format"), "mmtests") != 0)
        return true; // its samples came as samples
    if (!mmtests_again_extract(again->mmtests, rows_text(rows, i, "raw_hash"),
                               rows_text(rows, i, "benchmark"), rows_text(rows, i, "trial_key"),
                               &anew->samples, &anew->message, error))
        return false;
    size_t k;
    json_t *sample;
    json_array_foreach(anew->samples, k, sample) anew->is_done =
        anew->is_done || json_object_get(sample, "value") != NULL;
    return true;
}

static bool raw_extract_trial(Again *again, const Benchmark *benchmark, const Rows *rows, int i,
                              Anew *anew, GError **error)
{
    g_autoptr(Extraction) extraction = NULL;
    if (!store_unpack(again->store, rows_text(rows, i, "raw_hash"), again->folder, 0, error) ||
        !raw_extract(benchmark, benchmark->folder, again->folder, &extraction, error))
        return false;
    anew->samples = samples_format(benchmark, extraction, rows_text(rows, i, "mode"));
    anew->message = extraction_message(extraction);
    anew->is_done = extraction_has_samples(extraction);
    return true;
}

// One trial in one transaction. A raw folder that cannot be read is counted, and the rest goes on.
static bool trial_extract(Again *again, const Rows *rows, int i, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_auto(Anew) anew = {0};
    bool changed = false, is_read;
    if (!rows_is_null(rows, i, "format")) {
        is_read = imported_extract(again, rows, i, &anew, &cause);
    } else {
        const Benchmark *benchmark = benchmark_of(again, rows_text(rows, i, "benchmark"), error);
        if (!benchmark || !folder_remove(again->folder, error))
            return false;
        is_read = raw_extract_trial(again, benchmark, rows, i, &anew, &cause);
    }
    if (!is_read) {
        cmd_note("run %" G_GINT64_FORMAT ", %s: %s", rows_int(rows, i, "run_id"),
                 rows_text(rows, i, "trial_key"), cause->message);
        again->unreadable++;
    }
    if (!anew.samples)
        return true;
    if (!db_begin(again->site->db, error))
        return false;
    bool good = samples_store(again, rows, i, &anew, &changed, error);
    if (!db_end(again->site->db, good && !again->is_dry, good ? error : NULL) || !good)
        return false;
    again->changed += changed;
    return true;
}

static bool trials_extract(Again *again, const Rows *rows, GError **error)
{
    g_autoptr(Progress) progress = progress_new(stderr, "trials", rows_count(rows));
    for (int i = 0; i < rows_count(rows); i++) {
        if (cmd_stop_requested())
            return error_set(error, ERROR_INTERRUPTED,
                             "stopped after %d of %d trials; start it again to go on", i,
                             rows_count(rows));
        progress_set(progress, i, rows_text(rows, i, "trial_key"));
        if (!trial_extract(again, rows, i, error))
            return false;
    }
    return true;
}

static bool trials_find(Db *db, const Selection *selection, Rows **ret_rows, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_MARVIN_EXTRACT_TRIALS,
                 DB_PARAMS(DB_TEXT(selection->benchmark), DB_TEXT(selection->machine),
                           DB_TEXT(selection->tree), DB_TEXT(selection->release),
                           DB_TEXT(selection->plan)),
                 &rows, error))
        return false;
    g_autofree char *words = selection_format(selection);
    if (rows_count(rows) == 0)
        return error_set(error, ERROR_INPUT, "no stored trial is of %s", words);
    *ret_rows = g_steal_pointer(&rows);
    return true;
}

static bool run(const Invocation *invocation, GError **error)
{
    g_auto(Selection) selection = {0};
    g_autoptr(Site) site = NULL;
    g_autoptr(Store) store = NULL;
    g_autoptr(Rows) rows = NULL;
    if (!cmd_flag(invocation, "again"))
        return error_set(error, ERROR_USAGE,
                         "a trial is extracted when it ends; --again does so anew");
    if (!selection_parse(cmd_arguments(invocation), &selection, error) ||
        !site_open(&site, "marvin extract", "marvin_runner", error) ||
        !store_open(site->store, &store, error) || !trials_find(site->db, &selection, &rows, error))
        return false;
    g_auto(Again) again = {
        .site = site,
        .store = store,
        .search = benchmark_search_path(site->config),
        .folder = g_strdup_printf("%s/extract-%d", site->state, (int)getpid()),
        .benchmarks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, benchmark_unref),
        .is_dry = cmd_flag(invocation, "dry-run")};
    g_autofree char *iteration = g_strconcat(again.folder, ".mmtests", NULL);
    again.mmtests = mmtests_again_new(store, iteration, cmd_text(invocation, "mmtests"));
    bool good = trials_extract(&again, rows, error);
    folder_remove(again.folder, NULL);
    if (!good)
        return false;
    printf("%d trial%s: %d %schanged, %d as before\n", rows_count(rows),
           rows_count(rows) == 1 ? "" : "s", again.changed, again.is_dry ? "would be " : "",
           rows_count(rows) - again.changed - again.unreadable);
    return again.unreadable == 0 || error_set(error, ERROR_INPUT,
                                              "the raw files of %d trials cannot be read: "
                                              "`marvin store verify` says more",
                                              again.unreadable);
}

static const CommandOption OPTIONS[] = {
    {"again", 0, OPTION_FLAG, NULL, "from the stored raw files, without running anything"},
    {"dry-run", 0, OPTION_FLAG, NULL, "say how many trials would change, store nothing"},
    {"mmtests", 0, OPTION_VALUE, "DIR",
     "a source tree of MMTests, for imported trials that have no parser here"},
    {0},
};

const Command CMD_EXTRACT = {
    .name = "extract",
    .arguments = "--again SELECTION",
    .summary = "take the samples of stored trials anew, by the benchmarks as they are now",
    .help = "SELECTION is benchmark=, machine=, tree=, release= and plan=, of which all given must "
            "hold.\n"
            "Raw files and the earlier samples stay; the new ones count where they differ. It can "
            "be stopped\n"
            "and started again at any time.",
    .options = OPTIONS,
    .min_arguments = 1,
    .max_arguments = -1,
    .run = run,
};
