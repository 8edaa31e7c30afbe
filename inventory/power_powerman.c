// Power by a powerman server: power = powerman NODE [server=NAME:PORT]. The node is locked, not the
// server, which serialises its devices by itself.
#include <string.h>

#include "common/error.h"
#include "inventory/device_program.h"
#include "inventory/power.h"

static bool ask(const Power *power, const char *what, int64_t deadline_ms, char **ret_out,
                GError **error)
{
    const char *server = facet_option(power->facet, "server", "localhost:10101");
    const char *argv[] = {"powerman", "-h", server, what, facet_argument(power->facet, 0), NULL};
    DeviceQuestion question = {.argv = argv, .deadline_ms = deadline_ms};
    return device_ask(&question, ret_out, error);
}

static bool powerman_open(Power *power, GError **error)
{
    static const char *const KEYS[] = {"server", NULL};
    const char *node = facet_argument(power->facet, 0);
    const char *server = facet_option(power->facet, "server", "");
    if (*node == '-' || *server == '-' || node[strcspn(node, "[],")])
        return error_set(error, ERROR_INPUT, "%s: expected the name of one node, not %s",
                         power->facet->origin, node);
    return facet_check_options(power->facet, 1, KEYS, error);
}

// `powerman -q NODE` answers "on: NODE", "off:", "unknown:", a line each.
static bool powerman_status(Power *power, int64_t deadline_ms, PowerState *ret_state,
                            GError **error)
{
    static const char *const LINES[] = {"unknown:", "off:", "on:"}; // as PowerState
    g_autofree char *out = NULL;
    int found = -1;
    const char *node = facet_argument(power->facet, 0);
    if (!ask(power, "--query", deadline_ms, &out, error))
        return false;
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    for (char **line = lines; *line; line++) {
        for (int i = 0; i < (int)G_N_ELEMENTS(LINES); i++) {
            if (g_str_has_prefix(*line, LINES[i]) &&
                strcmp(g_strstrip(*line + strlen(LINES[i])), node) == 0)
                found = i;
        }
    }
    if (found < 0)
        return device_rubbish("powerman", out, error);
    if (found == POWER_UNKNOWN)
        return error_set(error, ERROR_MACHINE, "powerman's device does not answer for %s", node);
    *ret_state = (PowerState)found;
    return true;
}

static bool powerman_on(Power *power, int64_t deadline_ms, GError **error)
{
    return ask(power, "--on", deadline_ms, NULL, error);
}

static bool powerman_off(Power *power, int64_t deadline_ms, GError **error)
{
    return ask(power, "--off", deadline_ms, NULL, error);
}

static bool powerman_cycle(Power *power, int64_t deadline_ms, GError **error)
{
    return ask(power, "--cycle", deadline_ms, NULL, error);
}

const PowerDriver POWER_DRIVER_POWERMAN = {
    .word = {.name = "powerman",
             .usage = "powerman NODE [server=NAME:PORT]",
             .min_arguments = 1,
             .max_arguments = 2},
    .open = powerman_open,
    .status = powerman_status,
    .on = powerman_on,
    .off = powerman_off,
    .cycle = powerman_cycle,
};
