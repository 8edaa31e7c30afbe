/*
 * The states of a judgement, as DESIGN 8 spells them, and the state that a cell takes from its
 * members. It decides nothing about numbers: that is decide.h.
 */
#pragma once

#include <stdbool.h>

typedef enum {
    STATE_NONE, // no state (null outside); as an answer of better=none: reason "changed"
    STATE_REGRESSED,
    STATE_IMPROVED,
    STATE_MIXED, // cells only
    STATE_SMALL_LOSS,
    STATE_SMALL_GAIN,
    STATE_SAME,
    STATE_UNDECIDED,
    STATE_UNCONFIRMED,
    STATE_NO_DATA,
    STATE_NOT_COMPARABLE,
    STATE_FAILED,
    STATE_PENDING,
    STATE_COUNT
} State;

/* "regressed", "small-loss", "no-data" ...; NULL for STATE_NONE. Static, not to be freed. */
const char *state_format(State state);

/* The reverse; false, and *ret_state untouched, for any other text. */
bool state_parse(const char *text, State *ret_state);

/* Whether the state says something about the numbers: regressed .. undecided. */
bool state_is_judged(State state);

/*
 * The state of a cell from the states of its n members, in this order:
 *   pending if any is; regressed, improved, mixed; same if all judged members are; small-loss,
 *   small-gain, undecided; and where no member is judged: failed, not-comparable, unconfirmed,
 *   no-data (the first that any member has). Members in STATE_NONE (metrics without a direction)
 *   have no say; STATE_NONE where there are no others.
 */
State cell_state(const State *members, int n);
