// A hold on a machine, with an end by the database's clock and a deadline by ours.
#include "inventory/lease.h"

#include <glib.h>

#include "common/error.h"
#include "sql/queries.h"

static int64_t now_ms(void)
{
    return g_get_monotonic_time() / 1000;
}

void lease_clear(Lease *lease)
{
    g_free(lease->machine);
    *lease = (Lease){0};
}

bool lease_take(Db *db, const char *machine, const char *holder, const char *holder_key,
                const char *purpose, double seconds, double guard_s, Lease *ret_lease,
                GError **error)
{
    int64_t asked_ms = now_ms();
    g_autoptr(Rows) rows = NULL;
    if (!db_row(db, &QUERY_INVENTORY_LEASE_TAKE,
                DB_PARAMS(DB_TEXT(machine), DB_TEXT(holder), DB_TEXT(holder_key), DB_TEXT(purpose),
                          DB_REAL(seconds), DB_REAL(guard_s)),
                &rows, error))
        return false;
    if (!rows_bool(rows, 0, "granted"))
        return error_set(error, ERROR_MACHINE,
                         "the machine %s is held by %s (%s) until %s; free in %.0f s at the latest",
                         machine, rows_text(rows, 0, "holder"), rows_text(rows, 0, "purpose"),
                         rows_text(rows, 0, "ends_at"), rows_real(rows, 0, "left_s"));
    *ret_lease = (Lease){.machine = g_strdup(machine),
                         .token = rows_int(rows, 0, "token"),
                         .seconds = seconds,
                         .guard_s = guard_s,
                         .ends_ms = asked_ms + (int64_t)(seconds * 1000),
                         .renewed_ms = asked_ms};
    return true;
}

int64_t lease_left_ms(const Lease *lease)
{
    return lease->token ? lease->ends_ms - now_ms() : 0;
}

bool lease_wants_renewal(const Lease *lease)
{
    return lease->token && now_ms() - lease->renewed_ms > (int64_t)(lease->seconds * 1000 / 3);
}

bool lease_renew(Db *db, Lease *lease, GError **error)
{
    int64_t asked_ms = now_ms();
    g_autoptr(Rows) rows = NULL;
    if (!db_row(db, &QUERY_INVENTORY_LEASE_EXTEND,
                DB_PARAMS(DB_INT(lease->token), DB_REAL(lease->seconds)), &rows, error))
        return false;
    if (rows_is_null(rows, 0, "left_s")) {
        lease->ends_ms = asked_ms;
        return error_set(error, ERROR_MACHINE, "the lease on %s is over: another may hold it now",
                         lease->machine);
    }
    lease->ends_ms = asked_ms + (int64_t)(lease->seconds * 1000);
    lease->renewed_ms = asked_ms;
    return true;
}

bool lease_release(Db *db, Lease *lease, GError **error)
{
    if (!lease->token)
        return true;
    g_autoptr(Rows) rows = NULL;
    bool good = db_row(db, &QUERY_INVENTORY_LEASE_RELEASE,
                       DB_PARAMS(DB_INT(lease->token), DB_TEXT("holder")), &rows, error);
    lease->token = 0;
    return good;
}
