/*
 * A hold on a machine (promise 6). The database grants it with an end and a guard time and a token
 * that only rises; the holder counts down on its own monotonic clock from before it asked, so that
 * it always believes the lease shorter than the database does. Nobody else is granted the machine
 * before end + guard. What remains: a holder that is frozen (SIGSTOP) between asking and acting
 * wakes with an old token; every later change is refused by the database, and child processes keep
 * their own deadlines (common/proc.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/db.h"

/* Held by value; owns nothing that must be freed but machine. */
typedef struct {
    char *machine;
    int64_t token; // 0: not held
    double seconds; // asked for at each renewal
    double guard_s;
    int64_t deadline_ms; // CLOCK_BOOTTIME: end - guard, counted from before we asked
    int64_t renewed_ms; // when it was last renewed
    bool is_adopted; // a reservation that others move and end
    bool is_wanted; // another wants the machine back; as of lease_look()
} Lease;

void lease_clear(Lease *lease);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Lease, lease_clear)

/*
 * Asks for the machine. holder: for people. holder_key: a later process with the same key takes
 * over at once, so it must be able to prove that this one is dead (a lock that the system frees).
 * A person's reservation (person_key()) is no process: taken again it is the same lease with
 * another end, which does not come nearer while a command acts under it.
 * seconds must be more than twice
 * guard_s. False with ERROR_MACHINE where another holds it: the message says who, why and until
 * when.
 */
bool lease_take(Db *db, const char *machine, const char *holder, const char *holder_key,
                const char *purpose, double seconds, double guard_s, Lease *ret_lease,
                GError **error);

/* A lease that was taken before, by a person's reservation, and runs left_s from now. */
void lease_adopt(const char *machine, int64_t token, double left_s, double guard_s,
                 Lease *ret_lease);

/* Milliseconds until our deadline (end - guard); at most 0: act no more. */
int64_t lease_left_ms(const Lease *lease);

/* True when a third of it has passed: time to renew. */
bool lease_wants_renewal(const Lease *lease);

/* Renews it. ERROR_MACHINE: it is another's by now. ERROR_DATABASE: not renewed, it runs on. */
bool lease_renew(Db *db, Lease *lease, GError **error);

/* Whether something may be done to the machine that takes up to within_ms: our deadline is not
 * before that, and the database, where it answers, still knows the lease as the living one.
 * ERROR_MACHINE else: nothing must be done. For inventory/device.h's Actor. */
bool lease_may_act(Db *db, const Lease *lease, int64_t within_ms, GError **error);

/* Says that a command acts under the lease, for as long as the connection lives: meanwhile nobody
 * can give the machine back from elsewhere. After db_reopen() it must be said again. ERROR_MACHINE:
 * the lease is over. */
bool lease_act(Db *db, const Lease *lease, GError **error);

/* Reads what has become of it, and of one that was adopted its end, which its owner may have moved.
 * ERROR_MACHINE: it is over, or another wants the machine back: stop. */
bool lease_look(Db *db, Lease *lease, GError **error);

/* Gives the machine back; a lease that is over already is no error. */
bool lease_release(Db *db, Lease *lease, GError **error);
