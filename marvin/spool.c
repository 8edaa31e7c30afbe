// Finished trials on their way to the database: a file, a transaction, no file.
#include "marvin/spool.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "common/error.h"
#include "marvin/metrics.h"
#include "sql/queries.h"

struct Spool {
    char *folder;
    char *refused;
    int counter;
};

bool spool_open(const char *state, const char *machine, Spool **ret_spool, GError **error)
{
    g_autoptr(Spool) spool = g_new0(Spool, 1);
    spool->folder = g_build_filename(state, "spool", machine, NULL);
    spool->refused = g_build_filename(spool->folder, "refused", NULL);
    if (g_mkdir_with_parents(spool->refused, 0755) != 0)
        return error_set(error, ERROR_INPUT, "cannot create %s: %s", spool->refused,
                         g_strerror(errno));
    *ret_spool = g_steal_pointer(&spool);
    return true;
}

void spool_close(Spool *spool)
{
    if (!spool)
        return;
    g_free(spool->folder);
    g_free(spool->refused);
    g_free(spool);
}

bool spool_add(Spool *spool, const json_t *trial, GError **error)
{
    g_autofree char *name =
        g_strdup_printf("%" G_GINT64_FORMAT "-%06d.json", g_get_real_time(), spool->counter++);
    g_autofree char *path = g_build_filename(spool->folder, name, NULL);
    char *text = json_dumps(trial, JSON_COMPACT | JSON_REAL_PRECISION(17));
    bool good = g_file_set_contents_full(
        path, text, (gssize)strlen(text),
        G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644, error);
    free(text);
    return good;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

// One trial in one transaction. *ret_stored is false where the database refuses it.
static bool trial_store(Db *db, json_t *trial, bool *ret_stored, GError **error)
{
    json_t *samples = json_object_get(trial, "samples");
    if (!metrics_resolve(db, text_of(trial, "benchmark"), samples, error))
        return false;
    char *list = json_dumps(samples, JSON_COMPACT | JSON_REAL_PRECISION(17));
    char *params = json_dumps(json_object_get(trial, "params"), JSON_COMPACT | JSON_SORT_KEYS);
    g_autoptr(Rows) rows = NULL;
    bool good = db_row(
        db, &QUERY_MARVIN_TRIAL_STORE,
        DB_PARAMS(DB_INT(json_integer_value(json_object_get(trial, "token"))),
                  DB_INT(json_integer_value(json_object_get(trial, "run"))),
                  DB_TEXT(text_of(trial, "benchmark")), DB_TEXT(text_of(trial, "benchmark_hash")),
                  DB_TEXT(params), DB_TEXT(text_of(trial, "key")),
                  DB_INT(json_integer_value(json_object_get(trial, "position"))),
                  DB_INT(json_integer_value(json_object_get(trial, "iterations"))),
                  DB_TEXT(text_of(trial, "state")), DB_TEXT(text_of(trial, "message")),
                  DB_TEXT(text_of(trial, "started")), DB_TEXT(text_of(trial, "ended")),
                  DB_TEXT(text_of(trial, "raw_hash")), DB_TEXT(list)),
        &rows, error);
    free(list);
    free(params);
    if (good)
        *ret_stored = !rows_is_null(rows, 0, "id");
    return good;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *names_of(const char *folder)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        if (g_str_has_suffix(name, ".json"))
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, compare_names);
    return names;
}

bool spool_flush(Spool *spool, Db *db, int *ret_refused, GError **error)
{
    g_autoptr(GPtrArray) names = names_of(spool->folder);
    int refused = 0;
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(spool->folder, names->pdata[i], NULL);
        json_t *trial = json_load_file(path, 0, NULL);
        bool stored = false;
        g_autoptr(GError) cause = NULL;
        bool good = !trial || trial_store(db, trial, &stored, &cause);
        json_decref(trial);
        if (!good && db_is_lost(db)) {
            g_propagate_error(error, g_steal_pointer(&cause));
            return false;
        }
        if (!good)
            g_warning("%s is put aside: %s", path, cause->message);
        if (stored) {
            g_unlink(path);
            continue;
        }
        g_autofree char *aside = g_build_filename(spool->refused, names->pdata[i], NULL);
        g_rename(path, aside);
        refused++;
    }
    if (ret_refused)
        *ret_refused = refused;
    return true;
}
