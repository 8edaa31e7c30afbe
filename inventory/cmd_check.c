// marvin-inventory check: whether a machine answers, and what makes its numbers vary.
#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "common/text.h"
#include "inventory/checkup.h"
#include "inventory/commands.h"
#include "inventory/holding.h"
#include "sql/queries.h"

// A person's word about the machine, which the settings need not have; true: said.
static bool mark(const Invocation *invocation, Site *site, const Holding *holding,
                 const char *event, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    g_autofree char *who = person_name();
    const char *why = cmd_text(invocation, "why"), *name = holding->name;
    int id = 0;
    if (!why || !*why)
        return error_set(error, ERROR_USAGE, "a reason is wanted: --why TEXT");
    if ((!holding->is_known && !machine_store(site->db, holding->machine, &id, error)) ||
        !db_row(site->db, &QUERY_INVENTORY_MACHINE_MARK,
                DB_PARAMS(DB_TEXT(name), DB_TEXT(event), DB_TEXT(why), DB_TEXT(who)), &rows, error))
        return false;
    printf("%s is %s\n", name, event);
    return true;
}

static bool ask_canary(const Invocation *invocation, Site *site, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    g_autofree char *who = person_name();
    g_autofree char *why = g_strdup_printf("asked for by %s", who);
    const char *name = cmd_arguments(invocation)[0];
    if (!db_row(site->db, &QUERY_INVENTORY_CANARY_QUEUE, DB_PARAMS(DB_TEXT(name), DB_TEXT(why)),
                &rows, error))
        return false;
    if (rows_is_null(rows, 0, "battery"))
        return error_set(error, ERROR_NO,
                         "no canary was queued: one waits already, or no release is known good on "
                         "%s",
                         name);
    printf("a known-good release is queued on %s before all else\n", name);
    return true;
}

static void look_at_lease(Checkup *checkup, const Holding *holding)
{
    g_autofree char *what = g_strdup_printf("%s: lease", holding->name);
    g_autofree char *until = text_time(holding->ends_at);
    g_autofree char *found =
        holding->token
            ? g_strdup_printf("held by %s (%s) until %s", holding->holder, holding->purpose, until)
            : g_strdup("free");
    checkup_good(checkup, what, found);
}

static bool look_at_health(Checkup *checkup, Db *db, const char *machine, GError **error)
{
    g_autoptr(Rows) rows = NULL;
    g_autofree char *what = g_strdup_printf("%s: health", machine);
    if (!db_rows(db, &QUERY_INVENTORY_MACHINES, DB_PARAMS(DB_TEXT(machine)), &rows, error))
        return false;
    if (rows_count(rows) == 0) {
        checkup_good(checkup, what, "never used");
        return true;
    }
    const char *state = rows_text(rows, 0, "state"), *reason = rows_text(rows, 0, "reason");
    g_autofree char *found = reason ? g_strdup_printf("%s: %s", state, reason) : g_strdup(state);
    g_autofree char *remedy = g_strdup_printf(
        "it gets no work: see `marvin-inventory show %s` and its last consoles, mend it, then "
        "marvin-inventory check %s --fit --why TEXT",
        machine, machine);
    if (strcmp(state, "ok") == 0)
        checkup_good(checkup, what, found);
    else
        checkup_mend(checkup, what, found, remedy);
    return true;
}

// A machine that does not answer is a line among others: its devices may say why.
static bool look_at_system(Checkup *checkup, const Holding *holding, const Site *site,
                           GError **ret_away)
{
    g_autoptr(Transport) transport = NULL;
    Actor actor = {.state = site->state};
    bool good = transport_open(holding->machine, site->state, &transport, ret_away);
    checkup_deploy(checkup, holding->machine, &actor, site->settings, transport);
    return good && checkup_machine(checkup, transport, ret_away);
}

static bool look(const Invocation *invocation, Site *site, const Holding *holding, GError **error)
{
    g_autoptr(Checkup) checkup = checkup_new();
    g_autoptr(GError) away = NULL;
    Actor actor = {.state = site->state};
    look_at_lease(checkup, holding);
    if (!look_at_health(checkup, site->db, holding->machine->name, error))
        return false;
    checkup_drivers(checkup, holding->machine, &actor, holding->token != 0);
    if (!look_at_system(checkup, holding, site, &away)) {
        g_autofree char *what = g_strdup_printf("%s: system", holding->machine->name);
        checkup_mend(checkup, what, away->message,
                     "switch it on (marvin-inventory power), watch its console, try ssh by hand");
    }
    checkup_print(checkup, stdout, cmd_flag(invocation, "json"));
    if (away)
        g_propagate_error(error, g_steal_pointer(&away));
    return checkup_is_good(checkup);
}

static bool run(const Invocation *invocation, GError **error)
{
    g_autoptr(Site) site = NULL;
    g_auto(Holding) holding = {0};
    bool is_fit = cmd_flag(invocation, "fit"), is_unfit = cmd_flag(invocation, "quarantine");
    bool wants_canary = cmd_flag(invocation, "canary");
    const char *name = cmd_arguments(invocation)[0];
    if (is_fit + is_unfit + wants_canary > 1)
        return error_set(error, ERROR_USAGE,
                         "--fit, --quarantine and --canary are three things: give one of them");
    if (!holding_look("marvin-inventory", name, &site, &holding, error))
        return false;
    if (is_fit || is_unfit)
        return mark(invocation, site, &holding, is_fit ? "fit" : "quarantined", error);
    if (!holding.machine)
        return machine_find(site->settings, name, &holding.machine, error); // says what is wrong
    return wants_canary ? ask_canary(invocation, site, error)
                        : look(invocation, site, &holding, error);
}

static const CommandOption OPTIONS[] = {
    {"json", 0, OPTION_FLAG, NULL, "as JSON"},
    {"canary", 0, OPTION_FLAG, NULL, "queue a boot of a known-good release, before all else"},
    {"fit", 0, OPTION_FLAG, NULL, "end its quarantine; wants --why"},
    {"quarantine", 0, OPTION_FLAG, NULL, "give it no more work; wants --why"},
    {"why", 0, OPTION_VALUE, "TEXT", "the reason, which is kept"},
    {0},
};

const Command CMD_CHECK = {
    .name = "check",
    .arguments = "MACHINE",
    .summary = "whether a machine answers and is fit for work, and what makes its numbers vary",
    .help = "Looks only, at its drivers, its system and its health; takes no lease. Ends with 1 "
            "where something must be mended, with 5 where "
            "the machine\n"
            "does not answer.",
    .options = OPTIONS,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
