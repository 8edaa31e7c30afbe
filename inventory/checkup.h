/*
 * A list of what was looked at, what was found, and how to mend it: `marvin doctor` and
 * `marvin-inventory check`. Not a monitor: it looks once and changes nothing.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

#include "inventory/device.h"
#include "inventory/transport.h"

typedef struct Checkup Checkup;

Checkup *checkup_new(void);
void checkup_free(Checkup *checkup);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Checkup, checkup_free)

/* One line each, all texts copied. what: "disk". found: what is. remedy: what to do. A note is
 * worth knowing and no fault. */
void checkup_good(Checkup *checkup, const char *what, const char *found);
void checkup_note(Checkup *checkup, const char *what, const char *found, const char *remedy);
void checkup_mend(Checkup *checkup, const char *what, const char *found, const char *remedy);

/* True where nothing must be mended. */
bool checkup_is_good(const Checkup *checkup);

/* Aligned lines, or a JSON array of {state: ok | note | mend, check, found, remedy}. */
void checkup_print(const Checkup *checkup, FILE *out, bool as_json);

/* Looks at a machine: programs, disk, clock, load, and what makes its numbers vary. ERROR_MACHINE:
 * it does not answer. what of each line begins with the machine's name. */
bool checkup_machine(Checkup *checkup, Transport *transport, GError **error);

/* Asks the power device, the console and the reserving system of a machine, those that it has.
 * held: somebody works on it. */
void checkup_drivers(Checkup *checkup, const Machine *machine, const Actor *actor, bool held);

/* Asks its way of deploying, where it has one. transport: of the machine, or NULL: it does not
 * answer. settings: [distro NAME]. */
void checkup_deploy(Checkup *checkup, const Machine *machine, const Actor *actor,
                    const Settings *settings, Transport *transport);
