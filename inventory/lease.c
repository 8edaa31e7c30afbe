// A hold on a machine, with an end by the database's clock and a deadline by ours.
#include "inventory/lease.h"

#include <glib.h>
#include <time.h>

#include "common/error.h"
#include "sql/queries.h"

// CLOCK_BOOTTIME goes on while the computer sleeps, as the database's clock does.
static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t deadline_of(const Lease *lease, int64_t asked_ms)
{
    return asked_ms + (int64_t)((lease->seconds - lease->guard_s) * 1000);
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
    if (seconds <= 2 * guard_s)
        return error_set(
            error, ERROR_INPUT,
            "a lease of %.0f s with a guard of %.0f s leaves no time to work: set `lease` to "
            "more than twice `guard` in marvin.ini",
            seconds, guard_s);
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
                         .renewed_ms = asked_ms};
    ret_lease->deadline_ms = deadline_of(ret_lease, asked_ms);
    return true;
}

void lease_adopt(const char *machine, int64_t token, double left_s, double guard_s,
                 Lease *ret_lease)
{
    int64_t asked_ms = now_ms();
    *ret_lease = (Lease){.machine = g_strdup(machine),
                         .token = token,
                         .seconds = left_s,
                         .guard_s = guard_s,
                         .renewed_ms = asked_ms,
                         .is_adopted = true};
    ret_lease->deadline_ms = deadline_of(ret_lease, asked_ms);
}

int64_t lease_left_ms(const Lease *lease)
{
    return lease->token ? lease->deadline_ms - now_ms() : 0;
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
        lease->deadline_ms = asked_ms;
        return error_set(error, ERROR_MACHINE, "the lease on %s is over: another may hold it now",
                         lease->machine);
    }
    lease->deadline_ms = deadline_of(lease, asked_ms);
    lease->renewed_ms = asked_ms;
    return true;
}

bool lease_may_act(Db *db, const Lease *lease, int64_t within_ms, GError **error)
{
    int64_t left_ms = lease_left_ms(lease);
    if (left_ms < within_ms)
        return error_set(error, ERROR_MACHINE,
                         "%s: nothing was done: the lease ends in %.0f s, and this may take %.0f s",
                         lease->machine, (double)MAX(left_ms, 0) / 1000, (double)within_ms / 1000);
    g_autoptr(Rows) rows = NULL;
    GError *cause = NULL;
    if (!db_row(db, &QUERY_INVENTORY_LEASE_IS_HELD, DB_PARAMS(DB_INT(lease->token)), &rows,
                &cause)) {
        if (!db_is_lost(db)) {
            g_propagate_error(error, cause);
            return false;
        }
        // With the database away the deadline alone holds: nobody is granted the machine before.
        g_error_free(cause);
        return true;
    }
    return rows_bool(rows, 0, "held") ||
           error_set(error, ERROR_MACHINE,
                     "%s: nothing was done: its lease is over, and another may hold it now",
                     lease->machine);
}

static bool fail_over(const Lease *lease, const char *why, GError **error)
{
    return error_set(error, ERROR_MACHINE, "the lease on %s %s", lease->machine, why);
}

bool lease_act(Db *db, const Lease *lease, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_row(db, &QUERY_INVENTORY_LEASE_ACT, DB_PARAMS(DB_INT(lease->token)), &rows, error))
        return false;
    return rows_bool(rows, 0, "held") ||
           fail_over(lease, "has ended: another may hold it now", error);
}

bool lease_look(Db *db, Lease *lease, GError **error)
{
    int64_t asked_ms = now_ms();
    g_autoptr(Rows) rows = NULL;
    if (!db_row(db, &QUERY_INVENTORY_LEASE_LOOK, DB_PARAMS(DB_INT(lease->token)), &rows, error))
        return false;
    if (!rows_bool(rows, 0, "held"))
        return fail_over(lease, "has ended: another may hold it now", error);
    lease->is_wanted = rows_bool(rows, 0, "revoked");
    if (lease->is_wanted)
        return fail_over(lease, "is over: another wants the machine back", error);
    if (lease->is_adopted) {
        lease->seconds = rows_real(rows, 0, "left_s");
        lease->deadline_ms = deadline_of(lease, asked_ms);
    }
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
