// Power by Redfish: power = redfish https://NAME [options of inventory/redfish.h].
#include <string.h>

#include "common/error.h"
#include "inventory/device_program.h"
#include "inventory/power.h"
#include "inventory/redfish.h"

enum { POLL_MS = 500 };

static bool redfish_open(Power *power, GError **error)
{
    Redfish *redfish = NULL;
    if (!redfish_new(power->facet, &redfish, error))
        return false;
    g_free(power->device);
    power->device =
        g_strdup_printf("redfish %s%s", redfish->base, redfish->system ? redfish->system : "");
    power->data = redfish;
    return true;
}

static void redfish_close(Power *power)
{
    redfish_free(power->data);
}

// PoweringOn and PoweringOff are neither: read again.
static bool redfish_status(Power *power, int64_t deadline_ms, PowerState *ret_state, GError **error)
{
    json_t *resource = NULL;
    if (!redfish_system(power->data, deadline_ms, &resource, error))
        return false;
    g_autofree char *state = g_strdup(json_string_value(json_object_get(resource, "PowerState")));
    json_decref(resource);
    if (!state || (strcmp(state, "On") != 0 && strcmp(state, "Off") != 0 &&
                   !g_str_has_prefix(state, "Powering") && strcmp(state, "Paused") != 0))
        return device_rubbish("the controller", state ? state : "no PowerState", error);
    *ret_state = strcmp(state, "On") == 0    ? POWER_ON
                 : strcmp(state, "Off") == 0 ? POWER_OFF
                                             : POWER_UNKNOWN;
    return true;
}

static bool redfish_on(Power *power, int64_t deadline_ms, GError **error)
{
    static const char *const TYPES[] = {"On", "ForceOn", NULL};
    return redfish_reset(power->data, TYPES, deadline_ms, error);
}

static bool redfish_off(Power *power, int64_t deadline_ms, GError **error)
{
    static const char *const TYPES[] = {"ForceOff", NULL};
    return redfish_reset(power->data, TYPES, deadline_ms, error);
}

static bool redfish_cycle(Power *power, int64_t deadline_ms, GError **error)
{
    static const char *const TYPES[] = {"PowerCycle", "ForceRestart", NULL};
    return redfish_reset(power->data, TYPES, deadline_ms, error);
}

static bool redfish_restart(Power *power, int64_t deadline_ms, GError **error)
{
    static const char *const TYPES[] = {"ForceRestart", "PowerCycle", NULL};
    return redfish_reset(power->data, TYPES, deadline_ms, error);
}

static bool redfish_nmi(Power *power, int64_t deadline_ms, GError **error)
{
    static const char *const TYPES[] = {"Nmi", NULL};
    return redfish_reset(power->data, TYPES, deadline_ms, error);
}

const PowerDriver POWER_DRIVER_REDFISH = {
    .word = {.name = "redfish",
             .usage = "redfish https://NAME[/redfish/v1/Systems/ID] [user=U] [password-file=PATH] "
                      "[ca=FILE] [insecure=yes]",
             .min_arguments = 1,
             .max_arguments = 5},
    .open = redfish_open,
    .close = redfish_close,
    .status = redfish_status,
    .on = redfish_on,
    .off = redfish_off,
    .cycle = redfish_cycle,
    .reset = redfish_restart,
    .nmi = redfish_nmi,
    .poll_ms = POLL_MS,
};
