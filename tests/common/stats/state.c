// common/stats/state: spelling, and what a cell takes from its members.
#include "common/stats/state.h"

#include <glib.h>

static void test_states_are_spelt_as_in_the_design(void)
{
    static const char *const NAMES[] = {"regressed",      "improved", "mixed",     "small-loss",
                                        "small-gain",     "same",     "undecided", "unconfirmed",
                                        "not-comparable", "failed",   "pending",   "no-data"};
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
        State state = STATE_NONE;
        g_assert_true(state_parse(NAMES[i], &state));
        g_assert_cmpstr(state_format(state), ==, NAMES[i]);
    }
    State untouched = STATE_SAME;
    g_assert_false(state_parse("Regressed", &untouched));
    g_assert_false(state_parse("", &untouched));
    g_assert_cmpint(untouched, ==, STATE_SAME);
    g_assert_null(state_format(STATE_NONE));
}

#define CELL(...)                                                                                  \
    cell_state((const State[]){__VA_ARGS__}, (int)(sizeof((State[]){__VA_ARGS__}) / sizeof(State)))

static void test_one_red_member_reddens_the_cell(void)
{
    g_assert_cmpint(CELL(STATE_SAME, STATE_REGRESSED, STATE_NO_DATA), ==, STATE_REGRESSED);
    g_assert_cmpint(CELL(STATE_IMPROVED, STATE_SMALL_LOSS), ==, STATE_IMPROVED);
    g_assert_cmpint(CELL(STATE_IMPROVED, STATE_REGRESSED), ==, STATE_MIXED);
}

static void test_same_needs_every_judged_member(void)
{
    g_assert_cmpint(CELL(STATE_SAME, STATE_SAME), ==, STATE_SAME);
    g_assert_cmpint(CELL(STATE_SAME, STATE_UNDECIDED), ==, STATE_UNDECIDED);
    g_assert_cmpint(CELL(STATE_UNDECIDED, STATE_SMALL_GAIN), ==, STATE_SMALL_GAIN);
    g_assert_cmpint(CELL(STATE_SMALL_GAIN, STATE_SMALL_LOSS, STATE_SAME), ==, STATE_SMALL_LOSS);
    g_assert_cmpint(CELL(STATE_SAME, STATE_NONE), ==, STATE_SAME);
}

static void test_nothing_judged_is_never_calm(void)
{
    g_assert_cmpint(CELL(STATE_NO_DATA, STATE_FAILED), ==, STATE_FAILED);
    g_assert_cmpint(CELL(STATE_NO_DATA, STATE_UNCONFIRMED), ==, STATE_UNCONFIRMED);
    g_assert_cmpint(CELL(STATE_NO_DATA), ==, STATE_NO_DATA);
    g_assert_cmpint(CELL(STATE_SAME, STATE_PENDING), ==, STATE_PENDING);
    g_assert_cmpint(CELL(STATE_NONE), ==, STATE_NONE);
    g_assert_cmpint(cell_state(NULL, 0), ==, STATE_NONE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/state/spelt-as-in-the-design", test_states_are_spelt_as_in_the_design);
    g_test_add_func("/cell/one-red-member", test_one_red_member_reddens_the_cell);
    g_test_add_func("/cell/same-needs-every-judged-member", test_same_needs_every_judged_member);
    g_test_add_func("/cell/nothing-judged-is-never-calm", test_nothing_judged_is_never_calm);
    return g_test_run();
}
