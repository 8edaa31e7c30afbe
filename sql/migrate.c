// The schema of the database: created and moved forward.
#include "sql/migrate.h"

#include "common/error.h"
#include "sql/queries.h"

typedef struct {
    int version; // -1: no schema
    char *hash; // of the replaced part, or NULL
} SchemaState;

static char *hash_of_replacements(void)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    for (int i = 0; i < N_REPLACEMENTS; i++)
        g_checksum_update(sum, (const guchar *)REPLACEMENTS[i].text, -1);
    return g_strdup(g_checksum_get_string(sum));
}

static bool state_load(Db *db, SchemaState *ret_state, GError **error)
{
    g_autoptr(Rows) present = NULL, state = NULL;
    if (!db_row(db, &QUERY_SCHEMA_PRESENT, DB_NO_PARAMS, &present, error))
        return false;
    if (!rows_bool(present, 0, "present")) {
        *ret_state = (SchemaState){.version = -1};
        return true;
    }
    if (!db_row(db, &QUERY_SCHEMA_STATE, DB_NO_PARAMS, &state, error))
        return false;
    *ret_state =
        (SchemaState){(int)rows_int(state, 0, "version"), g_strdup(rows_text(state, 0, "hash"))};
    return true;
}

static bool check_not_newer(int version, GError **error)
{
    return version <= N_MIGRATIONS ||
           error_set(
               error, ERROR_DATABASE,
               "the database has schema %d and this program knows %d: install the newer Marvin",
               version, N_MIGRATIONS);
}

// Runs one step in a transaction of its own, after others that migrate have ended.
static bool step_run(Db *db, const Query *scripts, int n_scripts, const Query *record,
                     const DbParam *params, GError **error)
{
    if (!db_begin(db, error))
        return false;
    bool good = db_none(db, &QUERY_SCHEMA_LOCK, DB_NO_PARAMS, error);
    for (int i = 0; good && i < n_scripts; i++)
        good = db_script(db, &scripts[i], error);
    good = good && (!record || db_none(db, record, params, error));
    return db_end(db, good, good ? error : NULL) && good;
}

static bool replace(Db *db, GError **error)
{
    g_autofree char *hash = hash_of_replacements();
    return step_run(db, REPLACEMENTS, N_REPLACEMENTS, &QUERY_SCHEMA_REPLACED,
                    DB_PARAMS(DB_TEXT(hash)), error);
}

bool schema_migrate(Db *db, int *ret_applied, GError **error)
{
    SchemaState state = {0};
    if (!step_run(db, &QUERY_SCHEMA_CREATE, 1, NULL, NULL, error) || !state_load(db, &state, error))
        return false;
    g_autofree char *had = state.hash;
    g_autofree char *hash = hash_of_replacements();
    if (!check_not_newer(state.version, error))
        return false;
    for (int i = state.version; i < N_MIGRATIONS; i++) {
        GError *cause = NULL;
        if (!step_run(db, &MIGRATIONS[i], 1, &QUERY_SCHEMA_APPLIED,
                      DB_PARAMS(DB_INT(i + 1), DB_TEXT(MIGRATIONS[i].name)), &cause))
            return error_pass(error, cause, "migration %s", MIGRATIONS[i].name);
    }
    if ((state.version < N_MIGRATIONS || g_strcmp0(had, hash) != 0) && !replace(db, error))
        return false;
    *ret_applied = N_MIGRATIONS - state.version;
    return true;
}

bool schema_is_current(Db *db, bool *ret_current, GError **error)
{
    SchemaState state = {0};
    if (!state_load(db, &state, error))
        return false;
    g_autofree char *had = state.hash;
    g_autofree char *hash = hash_of_replacements();
    if (!check_not_newer(state.version, error))
        return false;
    *ret_current = state.version == N_MIGRATIONS && g_strcmp0(had, hash) == 0;
    return true;
}

bool schema_version(Db *db, int *ret_version, GError **error)
{
    SchemaState state = {0};
    if (!state_load(db, &state, error))
        return false;
    g_free(state.hash);
    *ret_version = state.version;
    return true;
}
