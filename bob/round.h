/*
 * A round of bob: trees that are due are polled, what is missing is queued, pages are made. Shared
 * by `bob --once`, the daemon and the commands; it says what it does on stderr as it goes.
 */
#pragma once

#include "bob/tree.h"
#include "bob/watch.h"
#include "common/store.h"
#include "sql/site.h"

/* What every command of bob opens. Freed with round_close(). */
typedef struct {
    Site *site;
    Store *store;
    guint troubles; // told so far
    GHashTable *said; // of a daemon, borrowed: sentences that it has said; NULL: says all
} Round;

/* Settings, database and store; prints what is wrong in the settings. said: a set of char *, owned
 * by a daemon that opens one round after the other and says nothing twice, and does not poll at
 * once again what has failed; NULL for a command. ERROR_INPUT, ERROR_DATABASE. */
bool round_open(Round **ret_round, GHashTable *said, GError **error);
void round_close(Round *round);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Round, round_close)

/* Prints a sentence, counts it, and keeps it as a notice of source ("tree toy"). With once it is a
 * state that people are told of a single time (a refused tag), and no trouble of this round.
 * ERROR_DATABASE. */
bool round_trouble(Round *round, const char *source, const char *sentence, bool once,
                   GError **error);

/* Seconds since 1970 by the database's clock. */
bool round_now(Round *round, gint64 *ret_now_s, GError **error);

/* What a schedule last served; *ret_slot_s is SCHEDULE_NEVER for one never carried out. */
bool round_last(Round *round, const char *kind, const char *name, gint64 *ret_slot_s,
                gint64 *ret_at_s, bool *ret_failed, GError **error);

/* Notes what was carried out: of the slot, or with complaint (the slot stays to be served). */
bool round_served(Round *round, const char *kind, const char *name, const char *expression,
                  gint64 slot_s, const char *complaint, GError **error);

/* Polls the trees that are due (regardless: all), or the one of that name (its absence is
 * ERROR_INPUT), and queues what is missing for all of them. Troubles of one tree leave the others
 * alone. ERROR_DATABASE, ERROR_INTERRUPTED. */
bool round_watch(Round *round, const char *only, bool regardless, GError **error);

/* Takes into the store what builders without its folder have sent; does nothing where the store is
 * not the database's. ERROR_DATABASE. A store that cannot be written is trouble of this round. */
bool round_take(Round *round, GError **error);

/* Makes the pages of batteries that have ended since the last time and of reports that are due, by
 * marvin-report, and their mirrors. */
bool round_report(Round *round, GError **error);

/* Begins the bisections that trees ask for and moves those that run a step, by marvin-bisect; after
 * round_report(), which finds the losses. */
bool round_bisect(Round *round, GError **error);

/* Polls a tree with a progress bar; stops when a signal asks for it. As tree_watch(). */
bool round_poll(Round *round, Tree *tree, Watch *ret_watch, GError **error);

/* Says, once, which builds wait for a toolchain or an architecture that no builder has. */
bool round_tell_unclaimable(Round *round, GError **error);

/* For the end of a command: ERROR_INPUT when there was trouble, which is printed by then. */
bool round_conclude(const Round *round, GError **error);
