// What of the store is still cited.
#include "marvin/references.h"

#include <jansson.h>

#include "sql/queries.h"

static void add_spooled(const char *path, GHashTable *kinds)
{
    json_t *trial = json_load_file(path, 0, NULL);
    const char *hash = json_string_value(json_object_get(trial, "raw_hash"));
    if (hash && !g_hash_table_contains(kinds, hash))
        g_hash_table_insert(kinds, g_strdup(hash), g_strdup("raw"));
    json_decref(trial);
}

// The trials below a folder: STATE/spool/MACHINE/*.json and MACHINE/refused/*.json.
static void add_folder(const char *folder, int depth, GHashTable *kinds)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_str_has_suffix(name, ".json"))
            add_spooled(path, kinds);
        else if (depth > 0 && g_file_test(path, G_FILE_TEST_IS_DIR))
            add_folder(path, depth - 1, kinds);
    }
}

bool references_load(Site *site, GHashTable **ret_kinds, GError **error)
{
    g_autoptr(GHashTable) kinds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *spool = g_build_filename(site->state, "spool", NULL);
    // The spool first: what leaves it meanwhile is a row by then.
    add_folder(spool, 2, kinds);
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(site->db, &QUERY_MARVIN_STORE_REFERENCES, DB_NO_PARAMS, &rows, error))
        return false;
    for (int i = 0; i < rows_count(rows); i++)
        g_hash_table_replace(kinds, g_strdup(rows_text(rows, i, "hash")),
                             g_strdup(rows_text(rows, i, "kind")));
    *ret_kinds = g_steal_pointer(&kinds);
    return true;
}
