/*
 * Objects that travel to the store through the database, from a builder that has no other way to
 * it. The sender shows the token of its claim with each part of 1 MiB, and each part extends the
 * claim; killed or cut off anywhere, the next one who sends the same file goes on behind the last
 * part that came. What is on its way at once is bounded. Whoever has the store (bob) takes what has
 * come whole, checks it against its hash, and only then lets go what waited for it.
 *
 * Not a general file transfer: nothing travels from the store to a builder.
 */
#pragma once

#include "common/db.h"
#include "common/store.h"

/* Whether store is the one of the database: what is put there need not travel. *ret_home is false
 * too where nobody has said yet which one it is. */
bool transfer_is_home(Db *db, Store *store, bool *ret_home, GError **error);

/* Says that store is the one of the database, of which at most limit_bytes may be on their way at
 * once. *ret_changed: another folder was before. */
bool transfer_set_home(Db *db, Store *store, guint64 limit_bytes, bool *ret_changed,
                       GError **error);

typedef enum {
    TRANSFER_SENT, // or it is there already
    TRANSFER_LOST, // the claim is another's
    TRANSFER_FULL, // not now: too much is on its way, or the same came from another; try again
} TransferEnd;

/*
 * Sends the object of that hash in store, under a claim's token; lease_s: how long the claim lasts
 * from each part on. is_stopped (may be NULL) is asked before each part: ERROR_INTERRUPTED.
 * ERROR_DATABASE: send again later, which goes on where it was. ERROR_INPUT: store has no such
 * object.
 */
bool transfer_send(Db *db, Store *store, const char *hash, gint64 token, double lease_s,
                   bool (*is_stopped)(void *data), void *data, TransferEnd *ret_end,
                   GError **error);

/* Tells of an object that came damaged, which is then refused. */
typedef void (*TransferRefuseFunc)(const char *hash, const char *why, gpointer data);

/*
 * Takes into store all that has come whole, and removes what nobody goes on with. *ret_taken: how
 * many objects. Several may do so at once: each object is one's. ERROR_DATABASE, ERROR_INPUT (the
 * store cannot be written; what has not been taken stays where it is).
 */
bool transfer_take(Db *db, Store *store, TransferRefuseFunc on_refuse, gpointer data,
                   guint *ret_taken, GError **error);
