// Power as a file in a folder (inventory/fake.h): power = fake FOLDER.
#include <string.h>

#include "inventory/fake.h"
#include "inventory/power.h"

static const char *folder_of(const Power *power)
{
    return facet_argument(power->facet, 0);
}

static char *state_path(const Power *power)
{
    return g_build_filename(folder_of(power), "power", NULL);
}

static bool fake_status(Power *power, int64_t deadline_ms, PowerState *ret_state, GError **error)
{
    FakeTurn turn;
    g_autofree char *path = state_path(power), *text = NULL;
    if (!fake_take(folder_of(power), "power", "status", deadline_ms, &turn, error))
        return false;
    bool on = g_file_get_contents(path, &text, NULL, NULL) && g_str_has_prefix(text, "on");
    *ret_state = on ? POWER_ON : POWER_OFF;
    return true;
}

static bool act(const Power *power, const char *action, const char *state, int64_t deadline_ms,
                GError **error)
{
    FakeTurn turn;
    g_autofree char *path = state_path(power);
    if (!fake_take(folder_of(power), "power", action, deadline_ms, &turn, error))
        return false;
    return turn == FAKE_IGNORE || g_file_set_contents(path, state, -1, error);
}

static bool fake_on(Power *power, int64_t deadline_ms, GError **error)
{
    return act(power, "on", "on\n", deadline_ms, error);
}

static bool fake_off(Power *power, int64_t deadline_ms, GError **error)
{
    return act(power, "off", "off\n", deadline_ms, error);
}

static bool fake_cycle(Power *power, int64_t deadline_ms, GError **error)
{
    return act(power, "cycle", "on\n", deadline_ms, error);
}

static bool fake_nmi(Power *power, int64_t deadline_ms, GError **error)
{
    FakeTurn turn;
    return fake_take(folder_of(power), "power", "nmi", deadline_ms, &turn, error);
}

const PowerDriver POWER_DRIVER_FAKE = {
    .word = {.name = "fake", .usage = "fake FOLDER", .min_arguments = 1, .max_arguments = 1},
    .status = fake_status,
    .on = fake_on,
    .off = fake_off,
    .cycle = fake_cycle,
    .nmi = fake_nmi,
    .poll_ms = 10,
};
