// marvin-inventory power: switch a machine, or say whether it is on.
#include <stdio.h>

#include "common/error.h"
#include "common/table.h"
#include "inventory/commands.h"
#include "inventory/grip.h"
#include "inventory/power.h"

enum { WITHIN_S = 60 };

static void print_state(const char *machine, PowerState state, bool as_json)
{
    static const TableColumn COLUMNS[] = {{"machine", CELL_TEXT}, {"power", CELL_TEXT}};
    if (!as_json) {
        printf("%s is %s\n", machine, power_state_name(state));
        return;
    }
    g_autoptr(Table) table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    table_text(table, machine);
    table_text(table, power_state_name(state));
    table_print(table, stdout, true);
}

// Reading needs no lease.
static bool show_status(const Invocation *invocation, int64_t within_ms, GError **error)
{
    g_autoptr(Site) site = site_load();
    g_autoptr(Machine) machine = NULL;
    g_autoptr(Power) power = NULL;
    PowerState state = POWER_UNKNOWN;
    Actor actor = {.state = site->state};
    if (!machine_find(site->settings, cmd_arguments(invocation)[0], &machine, error) ||
        !power_open(machine, &actor, &power, error))
        return false;
    bool good = power_status(power, within_ms, &state, error);
    print_state(machine->name, state, cmd_flag(invocation, "json"));
    return good;
}

static bool act(const Invocation *invocation, Grip *grip, const char *verb, int64_t within_ms,
                GError **error)
{
    g_autoptr(Power) power = NULL;
    PowerAction action = POWER_DO_OFF;
    const char *name = grip->holding.machine->name;
    if (!power_open(grip->holding.machine, &grip->actor, &power, error))
        return false;
    if (strcmp(verb, "nmi") == 0)
        return power_nmi(power, within_ms, error);
    power_action_parse(verb, &action);
    bool good = power_do(power, action, within_ms, error);
    bool as_json = cmd_flag(invocation, "json");
    PowerState wanted = action == POWER_DO_OFF ? POWER_OFF : POWER_ON;
    if (good || as_json) // after a failure it is not known what the device has done
        print_state(name, good ? wanted : POWER_UNKNOWN, as_json);
    return good;
}

static bool run(const Invocation *invocation, GError **error)
{
    const char *verb = cmd_arguments(invocation)[1];
    double within_s = WITHIN_S;
    PowerAction action = POWER_DO_OFF;
    if (!cmd_number(invocation, "within", SETTING_DURATION, &within_s, error))
        return false;
    int64_t within_ms = (int64_t)(within_s * 1000);
    if (strcmp(verb, "status") == 0)
        return show_status(invocation, within_ms, error);
    if (strcmp(verb, "nmi") != 0 && !power_action_parse(verb, &action))
        return error_set(error, ERROR_USAGE,
                         "power takes on, off, cycle, reset, nmi or status, "
                         "not %s",
                         verb);
    g_autofree char *purpose = g_strdup_printf("power %s", verb);
    Grip grip = {0};
    return grip_take(invocation, purpose, within_ms, &grip, error) &&
           grip_release(&grip, act(invocation, &grip, verb, within_ms, error), error);
}

static const CommandOption OPTIONS[] = {
    {"within", 0, OPTION_VALUE, "DURATION", "how long it may take; preset 60s"},
    {"json", 0, OPTION_FLAG, NULL, "the state as JSON: on, off, or unknown after a failure"},
    GRIP_FORCE,
    GRIP_WHY,
    {0},
};

const Command CMD_POWER = {
    .name = "power",
    .arguments = "MACHINE on|off|cycle|reset|nmi|status",
    .summary = "switch a machine, or say whether it is on",
    .help =
        "Acts under your reservation, or under a lease for as long as it takes, and reads back "
        "until\n"
        "the state is there. Ends with 5 where the device does not answer in time (the state is "
        "then\n"
        "unknown, not guessed) or another holds the machine. status needs no lease.",
    .options = OPTIONS,
    .min_arguments = 2,
    .max_arguments = 2,
    .run = run,
};
