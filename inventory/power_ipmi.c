// Power by IPMI over the network: power = ipmi NAME [options of inventory/ipmi.h].
#include <string.h>

#include "common/error.h"
#include "inventory/device_program.h"
#include "inventory/ipmi.h"
#include "inventory/power.h"

enum { POLL_MS = 500 };

static bool ask(const Power *power, const char *what, int64_t deadline_ms, char **ret_out,
                GError **error)
{
    const Ipmi *ipmi = power->data;
    const char *words[] = {"chassis", "power", what, NULL};
    g_autofree const char **argv = ipmi_argv(ipmi, words);
    DeviceQuestion question = {.argv = argv,
                               .variables = (const char *const *)ipmi->variables,
                               .deadline_ms = deadline_ms};
    return device_ask(&question, ret_out, error);
}

static bool ipmi_open(Power *power, GError **error)
{
    g_autoptr(Ipmi) ipmi = NULL;
    if (!ipmi_new(power->facet, &ipmi, error))
        return false;
    g_free(power->device);
    power->device = g_strdup(ipmi->device);
    power->data = g_steal_pointer(&ipmi);
    return true;
}

static void ipmi_close(Power *power)
{
    ipmi_free(power->data);
}

static bool ipmi_status(Power *power, int64_t deadline_ms, PowerState *ret_state, GError **error)
{
    static const char PREFIX[] = "Chassis Power is ";
    g_autofree char *out = NULL;
    if (!ask(power, "status", deadline_ms, &out, error))
        return false;
    g_strstrip(out);
    const char *state = g_str_has_prefix(out, PREFIX) ? out + strlen(PREFIX) : "";
    if (strcmp(state, "on") != 0 && strcmp(state, "off") != 0)
        return device_rubbish("ipmitool", out, error);
    *ret_state = strcmp(state, "on") == 0 ? POWER_ON : POWER_OFF;
    return true;
}

static bool ipmi_on(Power *power, int64_t deadline_ms, GError **error)
{
    return ask(power, "on", deadline_ms, NULL, error);
}

static bool ipmi_off(Power *power, int64_t deadline_ms, GError **error)
{
    return ask(power, "off", deadline_ms, NULL, error);
}

static bool ipmi_cycle(Power *power, int64_t deadline_ms, GError **error)
{
    return ask(power, "cycle", deadline_ms, NULL, error);
}

static bool ipmi_reset(Power *power, int64_t deadline_ms, GError **error)
{
    return ask(power, "reset", deadline_ms, NULL, error);
}

static bool ipmi_nmi(Power *power, int64_t deadline_ms, GError **error)
{
    return ask(power, "diag", deadline_ms, NULL, error);
}

const PowerDriver POWER_DRIVER_IPMI = {
    .word = {.name = "ipmi",
             .usage = "ipmi NAME [port=N] [user=U] [password-file=PATH] [cipher=N]",
             .min_arguments = 1,
             .max_arguments = 5},
    .open = ipmi_open,
    .close = ipmi_close,
    .status = ipmi_status,
    .on = ipmi_on,
    .off = ipmi_off,
    .cycle = ipmi_cycle,
    .reset = ipmi_reset,
    .nmi = ipmi_nmi,
    .poll_ms = POLL_MS,
};
