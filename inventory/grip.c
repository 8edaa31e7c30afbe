// A person's command acting on a machine.
#include "inventory/grip.h"

#include <unistd.h>

#include "common/clock.h"
#include "common/error.h"
#include "inventory/reserve.h"
#include "sql/queries.h"

enum { GRANT_MS = 30000, LOOK_MS = 500 };

static bool may_act(void *data, int64_t within_ms, GError **error)
{
    const Grip *grip = data;
    return !grip->lease.token || lease_may_act(grip->site->db, &grip->lease, within_ms, error);
}

static int64_t left_ms(void *data)
{
    const Grip *grip = data;
    return grip->lease.token ? lease_left_ms(&grip->lease) : G_MAXINT64;
}

static bool force(Grip *grip, const char *purpose, const char *why, GError **error)
{
    g_autofree char *who = person_name();
    g_autofree char *source = g_strdup_printf("machine %s", grip->holding.machine->name);
    g_autofree char *what = g_strdup_printf("%s did %s while %s held it (%s): %s", who, purpose,
                                            grip->holding.holder, grip->holding.purpose, why);
    g_autoptr(Rows) rows = NULL;
    return db_rows(grip->site->db, &QUERY_INVENTORY_NOTICE_STORE,
                   DB_PARAMS(DB_TEXT(source), DB_TEXT(what)), &rows, error);
}

// What another system grants beside the lease (Slurm); its reservation lasts as long as ours.
static bool ask_others(Grip *grip, const char *purpose, double seconds, GError **error)
{
    g_autoptr(Reserve) reserve = NULL;
    grip->is_granted = reserve_open(grip->holding.machine, &grip->actor, &reserve, error) &&
                       reserve_take(reserve, seconds, purpose, GRANT_MS, error);
    return grip->is_granted;
}

static bool take_lease(Grip *grip, const char *purpose, int64_t within_ms, double guard_s,
                       GError **error)
{
    const char *machine = grip->holding.machine->name;
    g_autofree char *name = person_name(), *person = person_key(machine);
    g_autofree char *key = g_strdup_printf("%s:command:%d", person, (int)getpid());
    double seconds =
        MAX(section_real(grip->site->marvin, "lease"), (double)within_ms / 1000 + 2 * guard_s + 1);
    return lease_take(grip->site->db, machine, name, key, purpose, seconds, guard_s, &grip->lease,
                      error) &&
           (grip->is_own = true) && lease_act(grip->site->db, &grip->lease, error) &&
           ask_others(grip, purpose, seconds, error);
}

static bool adopt(Grip *grip, double guard_s, GError **error)
{
    lease_adopt(grip->holding.machine->name, grip->holding.token, grip->holding.left_s, guard_s,
                &grip->lease);
    return lease_act(grip->site->db, &grip->lease, error);
}

static bool grip_hold(Grip *grip, const Invocation *invocation, const char *purpose,
                      int64_t within_ms, GError **error)
{
    const char *why = cmd_text(invocation, "why");
    double guard_s = section_real(grip->site->marvin, "guard");
    bool is_forced = cmd_flag(invocation, "force");
    if (is_forced && (!why || !*why))
        return error_set(error, ERROR_USAGE, "--force wants a reason: --why TEXT");
    if (grip->holding.is_mine && grip->holding.is_wanted)
        return holding_fail_wanted(&grip->holding, error);
    if (grip->holding.is_mine)
        return adopt(grip, guard_s, error);
    if (grip->holding.token && is_forced)
        return force(grip, purpose, why, error);
    return take_lease(grip, purpose, within_ms, guard_s, error);
}

bool grip_take(const Invocation *invocation, const char *purpose, int64_t within_ms, Grip *ret_grip,
               GError **error)
{
    *ret_grip = (Grip){0};
    if (!holding_load("marvin-inventory", cmd_arguments(invocation)[0], &ret_grip->site,
                      &ret_grip->holding, error))
        return false;
    ret_grip->actor.state = ret_grip->site->state;
    ret_grip->actor.may_act = may_act;
    ret_grip->actor.is_cancelled = grip_tend;
    ret_grip->actor.left_ms = left_ms;
    ret_grip->actor.data = ret_grip;
    if (!grip_hold(ret_grip, invocation, purpose, within_ms, error))
        return grip_release(ret_grip, false, NULL);
    ret_grip->actor.token = ret_grip->lease.token;
    return true;
}

// With the database away the deadline alone counts: nobody is granted the machine before it.
static bool reach(Grip *grip)
{
    Db *db = grip->site->db;
    g_autoptr(GError) error = NULL;
    if (!db_is_lost(db))
        return true;
    if (!db_reopen(db, NULL))
        return false;
    bool good = lease_act(db, &grip->lease, &error);
    if (!good && error->code == ERROR_MACHINE)
        grip->lost = g_steal_pointer(&error);
    return good;
}

static void look(Grip *grip)
{
    Db *db = grip->site->db;
    g_autoptr(GError) error = NULL;
    bool renews = grip->is_own && lease_wants_renewal(&grip->lease);
    if (clock_monotonic_ms() < grip->look_ms)
        return;
    grip->look_ms = clock_monotonic_ms() + LOOK_MS;
    if (!reach(grip))
        return;
    bool good =
        lease_look(db, &grip->lease, &error) && (!renews || lease_renew(db, &grip->lease, &error));
    if (!good && error->code == ERROR_MACHINE)
        grip->lost = g_steal_pointer(&error);
}

bool grip_tend(void *data)
{
    Grip *grip = data;
    if (cmd_stop_requested())
        return true;
    if (!grip->lease.token)
        return false;
    if (!grip->lost)
        look(grip);
    if (!grip->lost && lease_left_ms(&grip->lease) <= 0)
        error_set(&grip->lost, ERROR_MACHINE, "the lease on %s has ended", grip->lease.machine);
    return grip->lost != NULL;
}

bool grip_release(Grip *grip, bool good, GError **error)
{
    Db *db = grip->site ? grip->site->db : NULL;
    g_autoptr(Reserve) reserve = NULL;
    if (grip->is_granted && reserve_open(grip->holding.machine, &grip->actor, &reserve, NULL))
        good = reserve_release(reserve, GRANT_MS, good ? error : NULL) && good;
    bool is_asked = grip->lease.is_wanted && !grip->is_own; // the last command gives it back
    if ((grip->is_own || is_asked) && (!db_is_lost(db) || db_reopen(db, NULL)))
        good = lease_release(db, &grip->lease, good ? error : NULL) && good;
    lease_clear(&grip->lease);
    g_clear_error(&grip->lost);
    holding_clear(&grip->holding);
    site_close(grip->site);
    *grip = (Grip){0};
    return good;
}
