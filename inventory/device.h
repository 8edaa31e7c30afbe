/*
 * The right to act on a device: one action at a time (a lock file keyed on the device, which the
 * system frees when its holder dies), and never by a holder whose lease has passed to another (the
 * machine's fence file keeps the largest token that has acted; a smaller one is refused). Both lie
 * in STATE/device/. Not the lease (inventory/lease.h): that is granted by the database.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Who wants to act, and for whom. Borrowed by every facet that is opened with it. */
typedef struct {
    const char *state; // our state folder
    int64_t token; // of the machine's lease; 0: without one, nothing is fenced
    /* Asked with the device's lock held, right before something is changed: whether the lease
     * lasts for within_ms more. NULL: nobody to ask. */
    bool (*may_act)(void *data, int64_t within_ms, GError **error);
    /* Asked at least every 200 ms while something takes long, so that the lease can be renewed
     * meanwhile; true: give up with ERROR_INTERRUPTED. May be NULL. */
    bool (*is_cancelled)(void *data);
    /* How long from now an action may last: what is left of the lease. NULL: as long as it takes.
     */
    int64_t (*left_ms)(void *data);
    void *data;
} Actor;

/* The limit of an action that may take wish_ms: no longer than the lease lasts, at least 1. */
int64_t actor_limit_ms(const Actor *actor, int64_t wish_ms);

/* A held lock; -1: none. Freed with device_unlock(). */
typedef struct {
    int fd;
} DeviceLock;

/*
 * Waits up to deadline_ms for the device. device: words that name it ("ipmi ivor-bmc").
 * ERROR_MACHINE: another process holds it still (named), the actor's lease is over, or the
 * machine's fence has a larger token.
 */
bool device_lock(const Actor *actor, const char *machine, const char *device, int64_t deadline_ms,
                 DeviceLock *ret_lock, GError **error);
void device_unlock(DeviceLock *lock);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DeviceLock, device_unlock)
