/*
 * A person's command acting on a machine: under the reservation that this person has, else under a
 * lease of its own for as long as it takes, else, with force, against whoever holds it. Not for the
 * runner, which has its lease.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/cmd.h"
#include "inventory/device.h"
#include "inventory/holding.h"
#include "inventory/lease.h"

/* Closed with grip_release(). */
typedef struct {
    Site *site;
    Holding holding;
    Lease lease; // token 0: forced
    bool is_own; // the lease was taken for this command
    bool is_granted; // the reserve driver granted it for this command
    GError *lost; // why it ended while we worked; NULL: it did not
    int64_t look_ms; // when the lease is looked at again; monotonic
    Actor actor; // for drivers: points into this grip, which must not move
} Grip;

/* Options of every such command. */
#define GRIP_FORCE                                                                                 \
    {                                                                                              \
        "force", 0, OPTION_FLAG, NULL, "although another holds it; wants --why"                    \
    }
#define GRIP_WHY                                                                                   \
    {                                                                                              \
        "why", 0, OPTION_VALUE, "TEXT", "the reason for --force, which is kept"                    \
    }

/*
 * Loads the machine named by the command's first argument and takes the right to act on it for up
 * to within_ms. purpose: "power off". ERROR_MACHINE: another holds it, and force was not given.
 * ERROR_USAGE: force without a reason. A forced act is kept as a notice of the machine.
 */
bool grip_take(const Invocation *invocation, const char *purpose, int64_t within_ms, Grip *ret_grip,
               GError **error);

/* Looks whether the lease still is what it was, and renews one of our own where it is time. True:
 * stop, the lease is lost or the user wants to. In the shape of ProcSpec.is_cancelled; data: the
 * grip. */
bool grip_tend(void *grip);

/* Gives back what was taken. good: what the command says; returns it, or false with an error. */
bool grip_release(Grip *grip, bool good, GError **error);
