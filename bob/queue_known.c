// What the database has of a tree's builds and batteries already, asked for at once.
#include "bob/queue_targets.h"

#include "sql/queries.h"

#include <string.h>

static void battery_free(gpointer data)
{
    KnownBattery *known = data;
    g_free(known->recipe_hash);
    g_free(known);
}

char *battery_key(gint64 subject_id, int machine_id, int distro_id, const char *plan_key)
{
    return g_strdup_printf("%" G_GINT64_FORMAT " %d %d %s", subject_id, machine_id, distro_id,
                           plan_key);
}

char *build_key(gint64 subject_id, const char *recipe_hash, const char *toolchain, const char *arch)
{
    return g_strdup_printf("%" G_GINT64_FORMAT " %s %s %s", subject_id, recipe_hash, toolchain,
                           arch);
}

static bool load_batteries(QueueTargets *targets, Db *db, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_BOB_BATTERY_LIST, DB_PARAMS(DB_INT(targets->tree->id)), &rows, error))
        return false;
    for (int i = 0; i < rows_count(rows); i++) {
        KnownBattery *known = g_new0(KnownBattery, 1);
        const char *state = rows_text(rows, i, "state");
        const char *build = rows_text(rows, i, "build_state");
        known->id = rows_int(rows, i, "id");
        known->boots = (int)rows_int(rows, i, "boots");
        known->is_cancelled = strcmp(state, "cancelled") == 0;
        known->has_failed_build =
            strcmp(state, "failed") == 0 && build != NULL && strcmp(build, "failed") == 0;
        known->has_cancelled_build =
            strcmp(state, "cancelled") == 0 && g_strcmp0(build, "cancelled") == 0;
        known->recipe_hash = g_strdup(rows_text(rows, i, "recipe_hash"));
        g_hash_table_insert(
            targets->known,
            battery_key(rows_int(rows, i, "subject_id"), (int)rows_int(rows, i, "machine_id"),
                        (int)rows_int(rows, i, "distro_id"), rows_text(rows, i, "plan_key")),
            known);
    }
    return true;
}

static bool load_builds(QueueTargets *targets, Db *db, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_BOB_BUILD_LIST, DB_PARAMS(DB_INT(targets->tree->id)), &rows, error))
        return false;
    for (int i = 0; i < rows_count(rows); i++) {
        KnownBuild *known = g_new0(KnownBuild, 1);
        known->waits_at = (int)rows_int(rows, i, "waits_at");
        known->is_gone = rows_bool(rows, i, "is_gone");
        g_hash_table_insert(targets->builds,
                            build_key(rows_int(rows, i, "subject_id"),
                                      rows_text(rows, i, "recipe_hash"),
                                      rows_text(rows, i, "toolchain"), rows_text(rows, i, "arch")),
                            known);
    }
    return true;
}

bool targets_load_known(QueueTargets *targets, Db *db, GError **error)
{
    if (targets->is_known)
        return true;
    targets->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, battery_free);
    targets->builds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    targets->is_known = true;
    bool builds_only = targets->machines->len == 0 || targets->plans->len == 0;
    return builds_only ? load_builds(targets, db, error) : load_batteries(targets, db, error);
}

void targets_forget_known(QueueTargets *targets)
{
    g_clear_pointer(&targets->known, g_hash_table_unref);
    g_clear_pointer(&targets->builds, g_hash_table_unref);
    targets->is_known = false;
}
