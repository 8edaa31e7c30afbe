// Power by a program of the site: power = command PROGRAM [ARGUMENTS..]. It is run as PROGRAM
// ARGUMENTS.. on|off|status|nmi; status prints on or off; a status other than 0 is a failure. Its
// environment has MARVIN_MACHINE, and MARVIN_LEASE, the lease's token, which only rises (0: none).
#include <string.h>

#include "common/error.h"
#include "inventory/device_program.h"
#include "inventory/power.h"

static bool ask(const Power *power, const char *what, int64_t deadline_ms, char **ret_out,
                GError **error)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autofree char *machine = g_strconcat("MARVIN_MACHINE=", power->machine->name, NULL);
    g_autofree char *lease = g_strdup_printf("MARVIN_LEASE=%" G_GINT64_FORMAT, power->actor->token);
    const char *variables[] = {machine, lease, NULL};
    for (char **word = power->facet->arguments; *word; word++)
        g_ptr_array_add(argv, *word);
    g_ptr_array_add(argv, (gpointer)(guintptr)what);
    g_ptr_array_add(argv, NULL);
    DeviceQuestion question = {.argv = (const char *const *)argv->pdata,
                               .variables = variables,
                               .deadline_ms = deadline_ms};
    return device_ask(&question, ret_out, error);
}

static bool command_status(Power *power, int64_t deadline_ms, PowerState *ret_state, GError **error)
{
    g_autofree char *out = NULL;
    if (!ask(power, "status", deadline_ms, &out, error))
        return false;
    g_strstrip(out);
    if (strcmp(out, "on") != 0 && strcmp(out, "off") != 0)
        return device_rubbish(facet_argument(power->facet, 0), out, error);
    *ret_state = strcmp(out, "on") == 0 ? POWER_ON : POWER_OFF;
    return true;
}

static bool command_on(Power *power, int64_t deadline_ms, GError **error)
{
    return ask(power, "on", deadline_ms, NULL, error);
}

static bool command_off(Power *power, int64_t deadline_ms, GError **error)
{
    return ask(power, "off", deadline_ms, NULL, error);
}

static bool command_nmi(Power *power, int64_t deadline_ms, GError **error)
{
    return ask(power, "nmi", deadline_ms, NULL, error);
}

const PowerDriver POWER_DRIVER_COMMAND = {
    .word = {.name = "command",
             .usage = "command PROGRAM [ARGUMENTS..]",
             .min_arguments = 1,
             .max_arguments = -1},
    .status = command_status,
    .on = command_on,
    .off = command_off,
    .nmi = command_nmi,
};
