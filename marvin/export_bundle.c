// Boots of the database, with the objects that they cite, as one file.
#include "marvin/export_bundle.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "benchmarks/formats/bundle.h"
#include "common/archive.h"
#include "common/cmd.h"
#include "common/error.h"
#include "common/proc.h"
#include "sql/queries.h"

static bool folder_remove(const char *folder, GError **error)
{
    const char *argv[] = {"rm", "-rf", "--", folder, NULL};
    g_auto(ProcResult) ran = {0};
    return proc_run_ok(&(ProcSpec){.argv = argv}, &ran, error);
}

static bool boots_write(const Rows *rows, const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, BUNDLE_BOOTS, NULL);
    FILE *out = fopen(path, "w");
    if (!out)
        return error_set(error, ERROR_INPUT, "cannot make %s: %s", path, g_strerror(errno));
    fputs("{\"schema\": 1, \"boots\": [", out);
    for (int i = 0; i < rows_count(rows); i++)
        fprintf(out, "%s\n%s", i ? "," : "", rows_text(rows, i, "boot"));
    fputs("\n]}\n", out);
    if (fclose(out) != 0)
        return error_set(error, ERROR_INPUT, "cannot write %s: %s", path, g_strerror(errno));
    return true;
}

// The store's file of an object into the folder: as a link where that goes.
static bool object_place(Store *store, const char *hash, const char *folder, GError **error)
{
    g_autofree char *from = store_find_path(store, hash);
    g_autofree char *name = g_strconcat(hash, ".zst", NULL);
    g_autofree char *to = g_build_filename(folder, name, NULL);
    if (!from) {
        cmd_note("the store lacks %s, and so does the bundle", hash);
        return true;
    }
    if (link(from, to) == 0 || errno == EEXIST)
        return true;
    const char *argv[] = {"cp", "--", from, to, NULL};
    g_auto(ProcResult) ran = {0};
    return proc_run_ok(&(ProcSpec){.argv = argv}, &ran, error);
}

static void hashes_add(const json_t *list, const char *key, GHashTable *hashes)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        const char *hash = json_string_value(json_object_get(item, key));
        if (hash)
            g_hash_table_add(hashes, g_strdup(hash));
    }
}

static bool objects_place(Store *store, const Rows *rows, const char *folder, GError **error)
{
    g_autofree char *raw = g_build_filename(folder, BUNDLE_RAW, NULL);
    g_autoptr(GHashTable) hashes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_mkdir_with_parents(raw, 0700);
    for (int i = 0; i < rows_count(rows); i++) {
        json_t *boot = json_loads(rows_text(rows, i, "boot"), 0, NULL);
        json_t *trials = json_object_get(boot, "trials"), *trial;
        size_t k;
        hashes_add(trials, "raw_hash", hashes);
        json_array_foreach(trials, k, trial)
        {
            const json_t *definition = json_object_get(trial, "definition");
            const char *folder_hash = json_string_value(json_object_get(definition, "folder"));
            if (folder_hash)
                g_hash_table_add(hashes, g_strdup(folder_hash));
        }
        hashes_add(json_object_get(boot, "files"), "hash", hashes);
        json_decref(boot);
    }
    GHashTableIter iter;
    gpointer hash;
    g_hash_table_iter_init(&iter, hashes);
    while (g_hash_table_iter_next(&iter, &hash, NULL))
        if (!object_place(store, hash, raw, error))
            return false;
    return true;
}

bool export_bundle(Site *site, Store *store, const Selection *selection, bool with_raw,
                   const char *scratch, int fd, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(site->db, &QUERY_MARVIN_EXPORT_BOOTS,
                 DB_PARAMS(DB_TEXT(selection->benchmark), DB_TEXT(selection->machine),
                           DB_TEXT(selection->tree), DB_TEXT(selection->release),
                           DB_TEXT(selection->plan)),
                 &rows, error))
        return false;
    g_autofree char *words = selection_format(selection);
    if (rows_count(rows) == 0)
        return error_set(error, ERROR_INPUT, "no boot is of %s",
                         *words ? words : "an empty database");
    if (!folder_remove(scratch, error))
        return false;
    g_mkdir_with_parents(scratch, 0700);
    bool good = boots_write(rows, scratch, error) &&
                (!with_raw || objects_place(store, rows, scratch, error)) &&
                archive_pack_fd(fd, scratch, 0, NULL, error);
    return folder_remove(scratch, good ? error : NULL) && good;
}
