// marvin-inventory reserve and release: a person's hold on a machine.
#include <math.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/error.h"
#include "common/text.h"
#include "inventory/commands.h"
#include "inventory/holding.h"
#include "inventory/lease.h"
#include "inventory/reserve.h"
#include "sql/queries.h"

enum { PAUSE_MS = 1000, GRANT_MS = 30000, LONGEST_DAYS = 30 };

// Asks again until the machine is granted, or the user stops it.
static bool take(Site *site, const Holding *holding, const char *purpose, double seconds,
                 bool waits, Lease *ret_lease, GError **error)
{
    g_autofree char *name = person_name(), *key = person_key(holding->name);
    double guard_s = section_real(site->marvin, "guard");
    for (bool first = true;; first = false) {
        g_autoptr(GError) cause = NULL;
        if (lease_take(site->db, holding->name, name, key, purpose, seconds, guard_s, ret_lease,
                       &cause))
            return true;
        if (holding->is_mine && g_error_matches(cause, MARVIN_ERROR, ERROR_MACHINE))
            return error_set(error, ERROR_MACHINE,
                             "a command under your reservation acts on %s: the end cannot come "
                             "nearer before that has ended, only farther",
                             holding->name);
        if (!waits || !g_error_matches(cause, MARVIN_ERROR, ERROR_MACHINE)) {
            g_propagate_error(error, g_steal_pointer(&cause));
            return false;
        }
        if (first)
            cmd_note("%s; waiting", cause->message);
        if (!clock_sleep(PAUSE_MS, cmd_stop_requested_by, NULL))
            return error_set(error, ERROR_INTERRUPTED, "stopped waiting for %s", holding->name);
    }
}

// What another system must grant too (Slurm). Not granted: our lease is given back.
static bool ask_others(Site *site, const Holding *holding, Lease *lease, const char *purpose,
                       GError **error)
{
    g_autoptr(Reserve) reserve = NULL;
    Actor actor = {.state = site->state, .token = lease->token};
    if (reserve_open(holding->machine, &actor, &reserve, error) &&
        reserve_take(reserve, lease->seconds, purpose, GRANT_MS, error))
        return true;
    lease_release(site->db, lease, NULL); // stays while a command acts under it
    return false;
}

static bool give_back_to_others(Site *site, const Holding *holding, GError **error)
{
    g_autoptr(Reserve) reserve = NULL;
    Actor actor = {.state = site->state, .token = holding->token};
    if (!holding->machine) // who the other system was is not known any more
        return true;
    return reserve_open(holding->machine, &actor, &reserve, error) &&
           reserve_release(reserve, GRANT_MS, error);
}

static bool check_length(const Invocation *invocation, double seconds, double guard_s,
                         GError **error)
{
    return seconds > 2 * guard_s ||
           error_set(error, ERROR_USAGE,
                     "--for %s is too short: a command under the reservation stops the guard time "
                     "of %.0f s before its end; --for %.0fs is the least",
                     cmd_text(invocation, "for"), guard_s, floor(2 * guard_s) + 1);
}

static bool run_reserve(const Invocation *invocation, GError **error)
{
    g_autoptr(Site) site = NULL;
    g_auto(Holding) holding = {0};
    g_auto(Lease) lease = {0};
    double seconds = 0;
    const char *why = cmd_text(invocation, "why");
    if (!cmd_number(invocation, "for", SETTING_DURATION, &seconds, error))
        return false;
    if (seconds <= 0 || !why || !*why)
        return error_set(error, ERROR_USAGE,
                         "a reservation needs an end and a reason: --for 2h --why TEXT");
    if (seconds > LONGEST_DAYS * 86400.0)
        return error_set(
            error, ERROR_USAGE,
            "--for %s is too long: a reservation lasts for %d days at most, and can be "
            "renewed before its end",
            cmd_text(invocation, "for"), LONGEST_DAYS);
    if (!holding_load("marvin-inventory", cmd_arguments(invocation)[0], &site, &holding, error))
        return false;
    if (!check_length(invocation, seconds, section_real(site->marvin, "guard"), error))
        return false;
    if (holding.is_mine && holding.is_wanted)
        return holding_fail_wanted(&holding, error);
    if (!take(site, &holding, why, seconds, cmd_flag(invocation, "wait"), &lease, error) ||
        !ask_others(site, &holding, &lease, why, error))
        return false;
    g_autofree char *length = text_seconds(seconds);
    printf("%s is yours for %s; give it back with: marvin-inventory release %s\n", holding.name,
           length, holding.name);
    return true;
}

// Another's work is not cut off: its lease is renewed no more, and nobody is granted the machine
// before it has ended or its holder has stopped. A reservation without a command ends at once.
static bool want_back(Db *db, const Holding *holding, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    if (!db_row(db, &QUERY_INVENTORY_LEASE_REVOKE, DB_PARAMS(DB_INT(holding->token)), &rows, error))
        return false;
    if (rows_bool(rows, 0, "ended")) {
        printf("%s is free: the reservation of %s (%s) was ended, tell them\n", holding->name,
               holding->holder, holding->purpose);
        g_autofree char *who = person_name();
        g_autofree char *source = g_strdup_printf("machine %s", holding->name);
        g_autofree char *what = g_strdup_printf("%s ended the reservation of %s (%s)", who,
                                                holding->holder, holding->purpose);
        return db_none(db, &QUERY_INVENTORY_NOTICE_STORE, DB_PARAMS(DB_TEXT(source), DB_TEXT(what)),
                       error);
    }
    g_autofree char *until = text_time(holding->ends_at);
    printf("%s is wanted back from %s: free when that has stopped, at the latest soon after %s\n",
           holding->name, holding->holder, until);
    return true;
}

// Not under the hands of a command that still acts there.
static bool end_lease(Site *site, const Holding *holding, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    return db_row(site->db, &QUERY_INVENTORY_LEASE_RELEASE,
                  DB_PARAMS(DB_INT(holding->token), DB_TEXT("person")), &rows, error) &&
           (rows_bool(rows, 0, "released") ||
            error_set(error, ERROR_MACHINE,
                      "a command under your reservation still acts on %s (exec, power, deploy ..): "
                      "let it end, or stop it, then release again",
                      holding->name));
}

// In one transaction: until the other system has its machine back, nobody is granted ours.
static bool give_back(Site *site, const Holding *holding, GError **error)
{
    if (!db_begin(site->db, error))
        return false;
    bool good = end_lease(site, holding, error) && give_back_to_others(site, holding, error);
    return db_end(site->db, good, good ? error : NULL) && good;
}

static bool run_release(const Invocation *invocation, GError **error)
{
    g_autoptr(Site) site = NULL;
    g_auto(Holding) holding = {0};
    if (!holding_look("marvin-inventory", cmd_arguments(invocation)[0], &site, &holding, error))
        return false;
    const char *name = holding.name;
    if (!holding.token) {
        printf("%s is free\n", name);
        return true;
    }
    if (!holding.is_mine && cmd_flag(invocation, "force"))
        return want_back(site->db, &holding, error);
    if (!holding.is_mine)
        return error_set(error, ERROR_MACHINE,
                         "%s is held by %s (%s), not by you; --force wants it back from them", name,
                         holding.holder, holding.purpose);
    if (!give_back(site, &holding, error))
        return false;
    printf("%s is free again\n", name);
    return true;
}

static const CommandOption RESERVE_OPTIONS[] = {
    {"for", 0, OPTION_VALUE, "DURATION", "how long: 30m, 2h, 1d; 30d at most"},
    {"why", 0, OPTION_VALUE, "TEXT", "the reason, which others are shown"},
    {"wait", 0, OPTION_FLAG, NULL, "wait until whoever has it gives it back"},
    {0},
};

const Command CMD_RESERVE = {
    .name = "reserve",
    .arguments = "MACHINE",
    .summary = "hold a machine for yourself: its runner waits",
    .help =
        "The reservation ends by itself. Reserving again what you hold moves its end. Ends with "
        "5 where\n"
        "another holds the machine and --wait is not given.",
    .options = RESERVE_OPTIONS,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run_reserve,
};

static const CommandOption RELEASE_OPTIONS[] = {
    {"force", 0, OPTION_FLAG, NULL,
     "want it back from another: a lease is renewed no more, an idle reservation ends"},
    {0},
};

const Command CMD_RELEASE = {
    .name = "release",
    .arguments = "MACHINE",
    .summary = "give a reserved machine back",
    .help = "Ends with 5 while a command acts there under the reservation, or where another holds "
            "the machine\n"
            "and --force is not given.",
    .options = RELEASE_OPTIONS,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run_release,
};
