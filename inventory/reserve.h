/*
 * Who else must grant a machine before it is ours. Every machine has a lease in the database
 * (inventory/lease.h, "builtin"); a site whose machines are handed out by another system too
 * (Slurm) asks that one for it, for as long as the lease is held. A table of functions, filled by a
 * file for each system.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "inventory/device.h"
#include "inventory/machine.h"

typedef struct Reserve Reserve;

typedef struct {
    FacetWord word;
    bool (*open)(Reserve *reserve, GError **error); // parses the arguments; NULL: nothing to do
    void (*close)(Reserve *reserve); // leaves the grant as it is; NULL: nothing to free
    /* Asks for the machine alone, for `seconds`, and waits for it up to deadline_ms. ERROR_MACHINE:
     * not granted, by whom it is held where that is known. */
    bool (*take)(Reserve *reserve, double seconds, const char *purpose, int64_t deadline_ms,
                 GError **error);
    /* Holds it `seconds` from now. ERROR_MACHINE: it is no longer ours. NULL: need not be said. */
    bool (*renew)(Reserve *reserve, double seconds, int64_t deadline_ms, GError **error);
    /* Gives it back; a grant that is over already is no error. */
    bool (*release)(Reserve *reserve, int64_t deadline_ms, GError **error);
    /* Who holds it now, for people; *ret_holder NULL: nobody. Freed by the caller. */
    bool (*holder)(Reserve *reserve, int64_t deadline_ms, char **ret_holder, GError **error);
} ReserveDriver;

struct Reserve {
    const ReserveDriver *driver; // NULL: builtin, all below does nothing
    const Machine *machine; // borrowed, as is the actor
    const Facet *facet;
    const Actor *actor;
    void *data;
};

const FacetWord *const *reserve_words(void); // static; "builtin" included

bool reserve_open(const Machine *machine, const Actor *actor, Reserve **ret_reserve,
                  GError **error);
void reserve_close(Reserve *reserve);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reserve, reserve_close)

/* As in ReserveDriver; with "builtin" all succeed at once. Errors name the machine. */
bool reserve_take(Reserve *reserve, double seconds, const char *purpose, int64_t deadline_ms,
                  GError **error);
bool reserve_renew(Reserve *reserve, double seconds, int64_t deadline_ms, GError **error);
bool reserve_release(Reserve *reserve, int64_t deadline_ms, GError **error);
bool reserve_holder(Reserve *reserve, int64_t deadline_ms, char **ret_holder, GError **error);

extern const ReserveDriver RESERVE_DRIVER_FAKE;
extern const ReserveDriver RESERVE_DRIVER_SLURM;
extern const ReserveDriver RESERVE_DRIVER_COMMAND;
