/*
 * Who holds a machine, as commands for people need it: the machine of the settings, its row, and
 * the lease that lies on it. Not the lease itself (inventory/lease.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "inventory/machine.h"
#include "sql/site.h"

/* Freed with holding_clear(). The texts are NULL where nobody holds the machine. */
typedef struct {
    char *name;
    Machine *machine; // NULL: only the database has it; never after holding_load()
    bool is_known; // the database has it
    char *holder;
    char *key; // of the lease
    char *purpose;
    int64_t token; // 0: free
    int64_t ends_at; // seconds since 1970
    double left_s; // until the lease ends
    bool is_mine; // a reservation of this person from this computer
    bool is_wanted; // another wants the machine back
} Holding;

void holding_clear(Holding *holding);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Holding, holding_clear)

/* Opens the site, finds the machine in the settings, renews its row, and reads who holds it. A
 * lease that has run out counts as none. */
bool holding_load(const char *program, const char *machine, Site **ret_site, Holding *ret_holding,
                  GError **error);

/* The same for what looks, or acts on the database's row alone: stores nothing. A machine that the
 * settings no longer have, or have wrongly, is found in the database; ERROR_INPUT where neither has
 * it. */
bool holding_look(const char *program, const char *machine, Site **ret_site, Holding *ret_holding,
                  GError **error);

/* ERROR_MACHINE: a reservation of ours that another wants back is good for nothing but to be
 * released. */
bool holding_fail_wanted(const Holding *holding, GError **error);

/* "ann on desk7": this person, for people; and the key under which this person reserves a machine.
 * Freed by the caller. */
char *person_name(void);
char *person_key(const char *machine);
