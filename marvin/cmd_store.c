// marvin store: how full it is, whether it is whole, and taking away what nobody needs.
#include "marvin/cmd_store.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/progress.h"
#include "common/store.h"
#include "common/table.h"
#include "common/text.h"
#include "marvin/references.h"
#include "sql/queries.h"

enum { YOUNG_S = 86400, ARTIFACT_DAYS = 30 };

// What the verbs share; borrowed.
typedef struct {
    const Invocation *invocation;
    Site *site;
    Store *store;
    GHashTable *kinds; // hash -> kind, of all that is cited
} Call;

// Status -----------------------------------------------------------------------------------------

static const char *const KINDS[] = {"raw",     "artifact",  "build log",
                                    "console", "benchmark", "uncited"};
enum { N_KINDS = G_N_ELEMENTS(KINDS), UNCITED = N_KINDS - 1 };

typedef struct {
    const Call *call;
    guint64 objects[N_KINDS];
    guint64 bytes[N_KINDS];
    guint64 missing[N_KINDS];
} Status;

static int kind_of(const Call *call, const char *hash)
{
    const char *kind = g_hash_table_lookup(call->kinds, hash);
    int i = 0;
    while (i < UNCITED && g_strcmp0(kind, KINDS[i]) != 0)
        i++;
    return i;
}

static bool count_object(const char *hash, guint64 stored_bytes, gint64 mtime_s, gpointer data)
{
    Status *status = data;
    int kind = kind_of(status->call, hash);
    (void)mtime_s;
    status->objects[kind]++;
    status->bytes[kind] += stored_bytes;
    return true;
}

static bool store_status(Call *call, GError **error)
{
    static const TableColumn COLUMNS[] = {
        {"kind", CELL_TEXT}, {"objects", CELL_INT}, {"bytes", CELL_BYTES}, {"missing", CELL_INT}};
    Status status = {.call = call};
    if (!store_list(call->store, count_object, &status, error))
        return false;
    GHashTableIter iter;
    gpointer hash;
    g_hash_table_iter_init(&iter, call->kinds);
    while (g_hash_table_iter_next(&iter, &hash, NULL))
        status.missing[kind_of(call, hash)] += !store_has(call->store, hash);
    g_autoptr(Table) table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    for (int i = 0; i < N_KINDS; i++) {
        table_text(table, KINDS[i]);
        table_int(table, (int64_t)status.objects[i]);
        table_bytes(table, (int64_t)status.bytes[i]);
        table_int(table, (int64_t)status.missing[i]);
        table_tone(table, status.missing[i] ? TONE_BAD : TONE_NORMAL);
    }
    bool as_json = cmd_flag(call->invocation, "json");
    if (!as_json)
        printf("%s\n\n", store_dir(call->store));
    table_print(table, stdout, as_json);
    return true;
}

// Verify -----------------------------------------------------------------------------------------

static void print_damage(const char *hash, const char *why, gpointer data)
{
    progress_hide(data);
    printf("damaged  %s  %s\n", hash, why);
}

static bool show_progress(guint64 n_done, guint64 n_objects, gpointer data)
{
    progress_set_total(data, (int64_t)n_objects);
    progress_set(data, (int64_t)n_done, NULL);
    return !cmd_stop_requested();
}

static guint64 print_missing(const Call *call)
{
    guint64 n = 0;
    GHashTableIter iter;
    gpointer hash, kind;
    g_hash_table_iter_init(&iter, call->kinds);
    while (g_hash_table_iter_next(&iter, &hash, &kind)) {
        if (store_has(call->store, hash))
            continue;
        printf("missing  %s  %s\n", (char *)hash, (char *)kind);
        n++;
    }
    return n;
}

static bool verify(Call *call, GError **error)
{
    guint64 damaged = 0;
    g_autoptr(Progress) progress = progress_new(stderr, "objects", 0);
    if (!store_verify(call->store, print_damage, show_progress, progress, &damaged, error))
        return false;
    progress_hide(progress);
    guint64 missing = print_missing(call);
    printf("%" G_GUINT64_FORMAT " damaged, %" G_GUINT64_FORMAT " missing\n", damaged, missing);
    return damaged + missing == 0;
}

// Collection -------------------------------------------------------------------------------------

typedef struct {
    const Call *call;
    GPtrArray *hashes; // char *, to be removed
    gint64 before_s;
    guint64 bytes;
} Sweep;

static bool sweep_object(const char *hash, guint64 stored_bytes, gint64 mtime_s, gpointer data)
{
    Sweep *sweep = data;
    if (mtime_s >= sweep->before_s || g_hash_table_contains(sweep->call->kinds, hash))
        return true;
    g_ptr_array_add(sweep->hashes, g_strdup(hash));
    sweep->bytes += stored_bytes;
    return true;
}

// Whoever put the same content meanwhile renewed its time stamp: then it stays.
static bool sweep_remove(const Sweep *sweep, const char *hash, GError **error)
{
    g_autofree char *path = store_find_path(sweep->call->store, hash);
    GStatBuf st;
    if (!path || g_stat(path, &st) != 0 || st.st_mtime >= sweep->before_s)
        return true;
    return store_remove(sweep->call->store, hash, error);
}

static bool artifacts_expire(Call *call, bool is_dry, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(call->site->db, &QUERY_MARVIN_ARTIFACT_EXPIRE,
                 DB_PARAMS(DB_INT(ARTIFACT_DAYS), DB_BOOL(is_dry)), &rows, error))
        return false;
    for (int i = 0; i < rows_count(rows); i++) {
        const char *hash = rows_text(rows, i, "hash");
        if (g_strcmp0(g_hash_table_lookup(call->kinds, hash), "artifact") == 0)
            g_hash_table_remove(call->kinds, hash);
    }
    if (rows_count(rows))
        printf("%d artifact%s of no release, older than %d days\n", rows_count(rows),
               rows_count(rows) == 1 ? "" : "s", ARTIFACT_DAYS);
    return true;
}

// The logs of builds that succeeded long ago are cited no more.
static bool logs_expire(const Site *site, bool is_dry, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    double kept_s = section_real(site->marvin, "success-logs");
    if (!db_row(site->db, &QUERY_MARVIN_SUCCESS_LOGS_EXPIRE,
                DB_PARAMS(DB_REAL(kept_s), DB_BOOL(is_dry)), &rows, error))
        return false;
    int n = (int)rows_int(rows, 0, "n");
    g_autofree char *age = text_seconds(kept_s);
    if (n > 0)
        printf("%d log%s of builds that succeeded, older than %s (success-logs)\n", n,
               n == 1 ? "" : "s", age);
    return true;
}

static bool store_gc(Call *call, GError **error)
{
    bool is_dry = cmd_flag(call->invocation, "dry-run");
    g_autoptr(GPtrArray) hashes = g_ptr_array_new_with_free_func(g_free);
    Sweep sweep = {.call = call, .hashes = hashes, .before_s = clock_unix_s() - YOUNG_S};
    guint leavings = 0;
    if (!artifacts_expire(call, is_dry, error) ||
        !store_list(call->store, sweep_object, &sweep, error))
        return false;
    for (guint i = 0; i < hashes->len && !is_dry; i++) {
        if (!sweep_remove(&sweep, hashes->pdata[i], error))
            return false;
    }
    if (!is_dry && !store_clean_tmp(call->store, &leavings, error))
        return false;
    g_autofree char *bytes = text_bytes((int64_t)sweep.bytes);
    printf("%u object%s, %s%s\n", hashes->len, hashes->len == 1 ? "" : "s", bytes,
           is_dry ? " would be removed" : " removed");
    return true;
}

static const struct {
    const char *name;
    bool (*run)(Call *call, GError **error);
} VERBS[] = {{"status", store_status}, {"verify", verify}, {"gc", store_gc}};

static bool run(const Invocation *invocation, GError **error)
{
    const char *verb = cmd_arguments(invocation)[0];
    size_t i = 0;
    while (i < G_N_ELEMENTS(VERBS) && strcmp(verb, VERBS[i].name) != 0)
        i++;
    if (i == G_N_ELEMENTS(VERBS))
        return error_set(error, ERROR_USAGE, "marvin store %s: expected status, verify or gc",
                         verb);
    if (cmd_flag(invocation, "json") && VERBS[i].run != store_status)
        return error_set(error, ERROR_USAGE, "marvin store %s: --json is of status only", verb);
    if (cmd_flag(invocation, "dry-run") && strcmp(verb, "gc") != 0)
        return error_set(error, ERROR_USAGE, "marvin store %s: --dry-run is of gc only", verb);
    g_autoptr(Site) site = NULL;
    g_autoptr(Store) store = NULL;
    g_autoptr(GHashTable) kinds = NULL;
    if (!site_open(&site, "marvin store", "marvin_runner", error) ||
        !store_open(site->store, &store, error) ||
        (VERBS[i].run == store_gc && !logs_expire(site, cmd_flag(invocation, "dry-run"), error)) ||
        !references_load(site, &kinds, error))
        return false;
    Call call = {.invocation = invocation, .site = site, .store = store, .kinds = kinds};
    return VERBS[i].run(&call, error);
}

static const CommandOption OPTIONS[] = {
    {"json", 0, OPTION_FLAG, NULL, "of status: as JSON"},
    {"dry-run", 0, OPTION_FLAG, NULL, "of gc: say what would go, remove nothing"},
    {0},
};

const Command CMD_STORE = {
    .name = "store",
    .arguments = "status|verify|gc",
    .summary = "the store of artifacts and raw logs: how full, whether whole, what may go",
    .help =
        "verify reads every object and checks it against its name, and looks for each one that "
        "the\n"
        "database cites; it ends with 1 where one is damaged or missing. gc removes what "
        "nothing cites\n"
        "and is older than a day, and artifacts older than 30 days that belong to no release "
        "unless a\n"
        "bisection cites them or a job waits for them; logs of builds that succeeded when they\n"
        "are older than success-logs. Raw logs and logs of failures are kept for ever.",
    .options = OPTIONS,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
