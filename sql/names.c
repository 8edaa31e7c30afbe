// Names that somebody gave, and near ones.
#include "sql/names.h"

#include <string.h>

#include "common/error.h"
#include "common/suggest.h"
#include "sql/queries.h"

static void add_settings(GPtrArray *names, const Settings *settings, const char *kind)
{
    const Section *section;
    for (int i = 0; (section = settings_at(settings, kind, i)); i++)
        g_ptr_array_add(names, (gpointer)(guintptr)section_name(section));
}

static void add_rows(GPtrArray *names, const Rows *rows)
{
    for (int i = 0; i < rows_count(rows); i++) {
        const char *name = rows_text(rows, i, "name");
        if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
            g_ptr_array_add(names, (gpointer)(guintptr)name);
    }
}

static bool check(const GPtrArray *names, const char *kind, const char *name, const char *said,
                  GError **error)
{
    for (guint i = 0; i < names->len; i++) {
        if (strcmp(g_ptr_array_index(names, i), name) == 0)
            return true;
    }
    g_autofree char *hint =
        suggest_format(name, (const char *const *)names->pdata, (int)names->len);
    return error_set(error, ERROR_INPUT, "%s: there is no %s '%s'%s", said, kind, name, hint);
}

bool name_check_section(const Settings *settings, const char *kind, const char *name,
                        const char *said, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    add_settings(names, settings, kind);
    return check(names, kind, name, said, error);
}

bool name_check(const Site *site, const char *kind, const char *name, const char *said,
                GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(Rows) rows = NULL;
    if (settings_find(site->settings, kind, name))
        return true;
    if (site->db && !db_rows(site->db, &QUERY_SCHEMA_NAMES, DB_PARAMS(DB_TEXT(kind)), &rows, error))
        return false;
    add_settings(names, site->settings, kind);
    if (rows)
        add_rows(names, rows);
    return check(names, kind, name, said, error);
}
