// The power of a machine: what all drivers share.
#include "inventory/power.h"

#include <string.h>

#include "common/clock.h"
#include "common/error.h"

enum { POLL_MS = 200, LEAST_MS = 100 };

// One line a driver, by the first member of its table.
static const FacetWord *const DRIVERS[] = {
    &POWER_DRIVER_QEMU.word,
    &POWER_DRIVER_IPMI.word,
    &POWER_DRIVER_REDFISH.word,
    &POWER_DRIVER_POWERMAN.word,
    &POWER_DRIVER_COMMAND.word,
    &POWER_DRIVER_FAKE.word,
    NULL,
};

static const char *const STATES[] = {"unknown", "off", "on"};
static const char *const ACTIONS[] = {"off", "on", "cycle", "reset"};

const FacetWord *const *power_words(void)
{
    return DRIVERS;
}

static const PowerDriver *driver_find(const char *name)
{
    for (const FacetWord *const *word = DRIVERS; *word; word++) {
        if (g_strcmp0((*word)->name, name) == 0)
            return (const PowerDriver *)*word;
    }
    return NULL;
}

bool power_open(const Machine *machine, const Actor *actor, Power **ret_power, GError **error)
{
    const PowerDriver *driver = driver_find(machine->power.driver);
    if (!driver)
        return error_set(error, ERROR_MACHINE,
                         "the machine %s has no power driver: switch it by hand, or set power = in "
                         "its section",
                         machine->name);
    g_autoptr(Power) power = g_new0(Power, 1);
    power->driver = driver;
    power->machine = machine;
    power->facet = &machine->power;
    power->actor = actor;
    if (driver->open && !driver->open(power, error))
        return false;
    if (!power->device)
        power->device = g_strdup(power->facet->text);
    *ret_power = g_steal_pointer(&power);
    return true;
}

void power_close(Power *power)
{
    if (!power)
        return;
    if (power->driver->close)
        power->driver->close(power);
    g_free(power->device);
    g_free(power);
}

// Whole actions: a limit, and what is left of it.
static int64_t left_ms(int64_t until)
{
    return MAX(until - clock_monotonic_ms(), 1);
}

static bool lock(const Power *power, int64_t deadline_ms, DeviceLock *ret_lock, GError **error)
{
    return device_lock(power->actor, power->machine->name, power->device, deadline_ms, ret_lock,
                       error);
}

static bool status_read(Power *power, int64_t deadline_ms, PowerState *ret_state, GError **error)
{
    PowerState state = POWER_UNKNOWN;
    GError *cause = NULL;
    bool good = power->driver->status(power, deadline_ms, &state, &cause);
    *ret_state = good ? state : POWER_UNKNOWN;
    return good || error_pass(error, cause, "%s: %s: the state of its power is unknown",
                              power->machine->name, power->device);
}

bool power_status(Power *power, int64_t deadline_ms, PowerState *ret_state, GError **error)
{
    // Reading changes nothing: no fence, but the device is asked by one at a time.
    const Actor reader = {.state = power->actor->state};
    g_auto(DeviceLock) held = {-1};
    int64_t until = clock_monotonic_ms() + deadline_ms;
    *ret_state = POWER_UNKNOWN;
    return device_lock(&reader, power->machine->name, power->device, deadline_ms, &held, error) &&
           status_read(power, left_ms(until), ret_state, error);
}

// Reads until the state is `wanted`. A reading that fails is tried again while there is time.
static bool read_back(Power *power, PowerState wanted, const char *what, int64_t until,
                      GError **error)
{
    int64_t poll_ms = power->driver->poll_ms ? power->driver->poll_ms : POLL_MS;
    PowerState last = POWER_UNKNOWN; // read so far: the last reading may be cut short
    for (;;) {
        g_autoptr(GError) cause = NULL;
        PowerState state = POWER_UNKNOWN;
        bool good = status_read(power, left_ms(until), &state, &cause);
        if (good && state == wanted)
            return true;
        last = good ? state : last;
        if (clock_monotonic_ms() + poll_ms < until) {
            g_usleep((gulong)poll_ms * 1000);
            continue;
        }
        if (!good && last == POWER_UNKNOWN) {
            g_propagate_error(error, g_steal_pointer(&cause));
            return false;
        }
        return error_set(error, ERROR_MACHINE,
                         "%s: %s took the command %s, and its power still reads %s",
                         power->machine->name, power->device, what, STATES[last]);
    }
}

typedef bool (*Command)(Power *power, int64_t deadline_ms, GError **error);

// What is cut off in the middle may have been done: without time for it nothing is sent.
static bool check_time(const Power *power, const char *what, const GError *asked, int64_t until,
                       GError **error)
{
    return until - clock_monotonic_ms() >= LEAST_MS ||
           error_set(error, ERROR_MACHINE,
                     "%s: %s: power %s was not sent: the question for its state took all the time "
                     "that there was%s%s",
                     power->machine->name, power->device, what, asked ? ": " : "",
                     asked ? asked->message : "; give it more");
}

// One command and its effect.
static bool command(Power *power, Command send, const char *what, PowerState wanted, int64_t until,
                    GError **error)
{
    GError *cause = NULL;
    if (!send(power, left_ms(until), &cause))
        return error_pass(error, cause, "%s: %s: power %s", power->machine->name, power->device,
                          what);
    return read_back(power, wanted, what, until, error);
}

static bool switch_to(Power *power, PowerState wanted, int64_t until, GError **error)
{
    bool on = wanted == POWER_ON;
    const char *what = on ? "on" : "off";
    g_autoptr(GError) asked = NULL; // a state that cannot be read keeps nobody from switching
    PowerState state = POWER_UNKNOWN;
    if (status_read(power, left_ms(until), &state, &asked) && state == wanted)
        return true;
    return check_time(power, what, asked, until, error) &&
           command(power, on ? power->driver->on : power->driver->off, what, wanted, until, error);
}

// A machine that is off is switched on: many devices refuse to cycle or reset one.
static bool cycle(Power *power, Command send, const char *what, int64_t until, GError **error)
{
    PowerState state = POWER_UNKNOWN;
    if (!send)
        return switch_to(power, POWER_OFF, until, error) &&
               switch_to(power, POWER_ON, until, error);
    if (!status_read(power, left_ms(until), &state, error))
        return false;
    return state == POWER_OFF ? switch_to(power, POWER_ON, until, error)
                              : check_time(power, what, NULL, until, error) &&
                                    command(power, send, what, POWER_ON, until, error);
}

bool power_do(Power *power, PowerAction action, int64_t deadline_ms, GError **error)
{
    const PowerDriver *driver = power->driver;
    int64_t until = clock_monotonic_ms() + deadline_ms;
    g_auto(DeviceLock) held = {-1};
    if (!lock(power, deadline_ms, &held, error))
        return false;
    switch (action) {
    case POWER_DO_OFF:
        return switch_to(power, POWER_OFF, until, error);
    case POWER_DO_ON:
        return switch_to(power, POWER_ON, until, error);
    case POWER_DO_RESET:
        return cycle(power, driver->reset ? driver->reset : driver->cycle,
                     driver->reset ? "reset" : "cycle", until, error);
    default:
        return cycle(power, driver->cycle, "cycle", until, error);
    }
}

bool power_nmi(Power *power, int64_t deadline_ms, GError **error)
{
    int64_t until = clock_monotonic_ms() + deadline_ms;
    g_auto(DeviceLock) held = {-1};
    if (!power->driver->nmi)
        return error_set(error, ERROR_MACHINE, "%s: %s cannot send an NMI", power->machine->name,
                         power->device);
    if (!lock(power, deadline_ms, &held, error))
        return false;
    GError *cause = NULL;
    return power->driver->nmi(power, left_ms(until), &cause) ||
           error_pass(error, cause, "%s: %s: power nmi", power->machine->name, power->device);
}

bool power_dump(Power *power, const char *path, int64_t deadline_ms, GError **error)
{
    int64_t until = clock_monotonic_ms() + deadline_ms;
    g_auto(DeviceLock) held = {-1};
    if (!power->driver->dump)
        return error_set(error, ERROR_MACHINE, "%s: %s cannot dump the machine's memory",
                         power->machine->name, power->device);
    return lock(power, deadline_ms, &held, error) &&
           power->driver->dump(power, path, left_ms(until), error);
}

const char *power_state_name(PowerState state)
{
    return STATES[state];
}

bool power_action_parse(const char *word, PowerAction *ret_action)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ACTIONS); i++) {
        if (strcmp(ACTIONS[i], word) == 0) {
            *ret_action = (PowerAction)i;
            return true;
        }
    }
    return false;
}
