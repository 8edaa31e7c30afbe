/*
 * The power of a machine: a table of functions, filled by a file for each kind of device
 * (inventory/power_KIND.c), and what all of them share: the lock of the device, the fence of the
 * lease, and reading back. A command that "succeeded" is not believed: the state is read until it
 * is what was asked for. A state that cannot be read is POWER_UNKNOWN with an error, never a guess.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "inventory/device.h"
#include "inventory/machine.h"

typedef enum { POWER_UNKNOWN, POWER_OFF, POWER_ON } PowerState;
typedef enum { POWER_DO_OFF, POWER_DO_ON, POWER_DO_CYCLE, POWER_DO_RESET } PowerAction;

typedef struct Power Power;

typedef struct {
    FacetWord word;
    /* Parses the arguments into power->data, and names the device into power->device where it is
     * not the facet's text (several machines on one device are serialised by it). NULL: nothing to
     * do. Talks to nobody. */
    bool (*open)(Power *power, GError **error);
    void (*close)(Power *power); // NULL: nothing to free
    /* What the device answers now. ERROR_MACHINE: it does not, or answers rubbish. */
    bool (*status)(Power *power, int64_t deadline_ms, PowerState *ret_state, GError **error);
    /* Sends the command; need not wait for its effect. cycle NULL: off, read back, on. reset NULL:
     * as cycle. */
    bool (*on)(Power *power, int64_t deadline_ms, GError **error);
    bool (*off)(Power *power, int64_t deadline_ms, GError **error);
    bool (*cycle)(Power *power, int64_t deadline_ms, GError **error);
    bool (*reset)(Power *power, int64_t deadline_ms, GError **error);
    /* A non-maskable interrupt, so that a hung kernel prints where it hangs. NULL: cannot. */
    bool (*nmi)(Power *power, int64_t deadline_ms, GError **error);
    /* Writes the memory of the machine to a file, an ELF core. NULL: cannot. */
    bool (*dump)(Power *power, const char *path, int64_t deadline_ms, GError **error);
    int64_t poll_ms; // between two readings back; 0: 200
} PowerDriver;

/* What every driver shares. */
struct Power {
    const PowerDriver *driver;
    const Machine *machine; // borrowed, as is the actor
    const Facet *facet; // the machine's
    const Actor *actor;
    char *device; // what is locked
    void *data; // the driver's
};

/* The drivers of this version, NULL-terminated, and the words of the facet. */
const FacetWord *const *power_words(void); // static

/* ERROR_MACHINE: the machine has no power driver (the message says what to do). */
bool power_open(const Machine *machine, const Actor *actor, Power **ret_power, GError **error);
void power_close(Power *power);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Power, power_close)

/* Under the device's lock. On failure the state is unknown, and *ret_state says so too. */
bool power_status(Power *power, int64_t deadline_ms, PowerState *ret_state, GError **error);

/*
 * Does it under the device's lock and reads back until the state is there (for cycle and reset: on)
 * or deadline_ms have passed. On while on and off while off send nothing. ERROR_MACHINE otherwise;
 * the state must then be taken for unknown.
 */
bool power_do(Power *power, PowerAction action, int64_t deadline_ms, GError **error);

/* ERROR_MACHINE also where the driver cannot. */
bool power_nmi(Power *power, int64_t deadline_ms, GError **error);
bool power_dump(Power *power, const char *path, int64_t deadline_ms, GError **error);

const char *power_state_name(PowerState state); // "unknown" "off" "on"
bool power_action_parse(const char *word, PowerAction *ret_action); // off on cycle reset

extern const PowerDriver POWER_DRIVER_IPMI;
extern const PowerDriver POWER_DRIVER_REDFISH;
extern const PowerDriver POWER_DRIVER_POWERMAN;
extern const PowerDriver POWER_DRIVER_COMMAND;
extern const PowerDriver POWER_DRIVER_FAKE;
extern const PowerDriver POWER_DRIVER_QEMU;
