// Who holds a machine, as commands for people need it.
#include "inventory/holding.h"

#include "common/cmd.h"
#include "common/error.h"
#include "sql/queries.h"

void holding_clear(Holding *holding)
{
    machine_free(holding->machine);
    g_free(holding->name);
    g_free(holding->holder);
    g_free(holding->key);
    g_free(holding->purpose);
    *holding = (Holding){0};
}

char *person_name(void)
{
    return g_strdup_printf("%s on %s", g_get_user_name(), g_get_host_name());
}

char *person_key(const char *machine)
{
    return g_strdup_printf("person:%s@%s:%s", g_get_user_name(), g_get_host_name(), machine);
}

bool holding_fail_wanted(const Holding *holding, GError **error)
{
    return error_set(error, ERROR_MACHINE,
                     "another wants %s back from you: stop what you do there, then "
                     "marvin-inventory release %s",
                     holding->name, holding->name);
}

static bool read_lease(Db *db, Holding *holding, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_rows(db, &QUERY_INVENTORY_MACHINES, DB_PARAMS(DB_TEXT(holding->name)), &rows, error))
        return false;
    holding->is_known = rows_count(rows) == 1;
    if (!holding->is_known || rows_is_null(rows, 0, "token") || rows_bool(rows, 0, "expired"))
        return true;
    g_autofree char *mine = person_key(holding->name);
    holding->token = rows_int(rows, 0, "token");
    holding->holder = g_strdup(rows_text(rows, 0, "holder"));
    holding->key = g_strdup(rows_text(rows, 0, "holder_key"));
    holding->purpose = g_strdup(rows_text(rows, 0, "purpose"));
    holding->ends_at = rows_int(rows, 0, "ends_at");
    holding->left_s = rows_real(rows, 0, "left_s");
    holding->is_mine = g_strcmp0(holding->key, mine) == 0;
    holding->is_wanted = rows_bool(rows, 0, "revoked");
    return true;
}

static bool open_site(const char *program, Site **ret_site, GError **error)
{
    if (!site_open(ret_site, program, "marvin_runner", error))
        return false;
    for (guint i = 0; i < (*ret_site)->complaints->len; i++)
        cmd_note("%s", (const char *)(*ret_site)->complaints->pdata[i]);
    return true;
}

bool holding_load(const char *program, const char *machine, Site **ret_site, Holding *ret_holding,
                  GError **error)
{
    g_autoptr(Site) site = NULL;
    g_auto(Holding) holding = {.name = g_strdup(machine)};
    int id = 0;
    if (!open_site(program, &site, error) ||
        !machine_find(site->settings, machine, &holding.machine, error) ||
        !machine_store(site->db, holding.machine, &id, error) ||
        !read_lease(site->db, &holding, error))
        return false;
    *ret_site = g_steal_pointer(&site);
    *ret_holding = holding;
    holding = (Holding){0};
    return true;
}

bool holding_look(const char *program, const char *machine, Site **ret_site, Holding *ret_holding,
                  GError **error)
{
    g_autoptr(Site) site = NULL;
    g_auto(Holding) holding = {.name = g_strdup(machine)};
    GError *cause = NULL;
    if (!open_site(program, &site, error) || !read_lease(site->db, &holding, error))
        return false;
    if (!machine_find(site->settings, machine, &holding.machine, &cause) && !holding.is_known) {
        g_propagate_error(error, cause);
        return false;
    }
    g_clear_error(&cause);
    *ret_site = g_steal_pointer(&site);
    *ret_holding = holding;
    holding = (Holding){0};
    return true;
}
