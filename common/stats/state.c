// The spelling of states, and the aggregation of member states to a cell.
#include "common/stats/state.h"

#include <string.h>

static const char *const NAMES[STATE_COUNT] = {
    NULL,        "regressed",   "improved", "mixed",          "small-loss", "small-gain", "same",
    "undecided", "unconfirmed", "no-data",  "not-comparable", "failed",     "pending"};

const char *state_format(State state)
{
    return NAMES[state];
}

bool state_parse(const char *text, State *ret_state)
{
    for (int i = 1; i < STATE_COUNT; i++) {
        if (strcmp(text, NAMES[i]) == 0) {
            *ret_state = (State)i;
            return true;
        }
    }
    return false;
}

bool state_is_judged(State state)
{
    return state >= STATE_REGRESSED && state <= STATE_UNDECIDED;
}

State cell_state(const State *members, int n)
{
    static const State ORDER[] = {STATE_SMALL_LOSS,  STATE_SMALL_GAIN, STATE_UNDECIDED,
                                  STATE_SAME,        STATE_FAILED,     STATE_NOT_COMPARABLE,
                                  STATE_UNCONFIRMED, STATE_NO_DATA};
    int count[STATE_COUNT] = {0};
    for (int i = 0; i < n; i++)
        count[members[i]]++;
    if (count[STATE_PENDING] > 0)
        return STATE_PENDING;
    bool red = count[STATE_REGRESSED] > 0 || count[STATE_MIXED] > 0;
    bool green = count[STATE_IMPROVED] > 0 || count[STATE_MIXED] > 0;
    if (red || green)
        return red && green ? STATE_MIXED : red ? STATE_REGRESSED : STATE_IMPROVED;
    // after the three before it, `same` is left only where every judged member is
    for (size_t i = 0; i < sizeof ORDER / sizeof ORDER[0]; i++) {
        if (count[ORDER[i]] > 0)
            return ORDER[i];
    }
    return STATE_NONE;
}
