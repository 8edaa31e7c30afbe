// Whether an effect stays with another layout: by hand, and from rows.
#include "marvin/bisect/layout_queued.h"

#include <glib.h>
#include <math.h>

#define PARENT "a444444444444444444444444444444444444444"
#define CULPRIT "c111111111111111111111111111111111111111"

static Level level_of(double a, double b)
{
    Level level = {0};
    level_add(&level, a);
    level_add(&level, b);
    return level;
}

static LayoutResult judge(double parent, double culprit, double spread)
{
    Level usual[2] = {level_of(9, 11), level_of(19, 21)};
    Level other[2] = {level_of(parent - spread, parent + spread),
                      level_of(culprit - spread, culprit + spread)};
    return layout_judge(usual, other, false);
}

static void the_share_has_its_interval_from_four_levels(void)
{
    // Differences 10 and 9; each ss 2, so variance 8/4 = 2 with 4 degrees of freedom; units 1 of
    // the other layout and .81 of the usual one; t(.975, 4) = 2.776445105.
    LayoutResult result = judge(10, 19, 1);
    g_assert_cmpfloat_with_epsilon(result.share, .9, 1e-12);
    g_assert_cmpfloat_with_epsilon(result.high - .9, 2.776445105197793 * sqrt(2 * 1.81) / 10, 1e-9);
    g_assert_cmpfloat_with_epsilon(result.effect.high, 9 + 2.776445105197793 * sqrt(2), 1e-9);
    g_assert_cmpint(result.n, ==, 2);
    g_assert_cmpint(result.kind, ==, LAYOUT_STAYS);
}

static void an_effect_stays_partly_or_not_at_all_or_nobody_knows(void)
{
    g_assert_cmpint(judge(10, 22, 1).kind, ==, LAYOUT_STAYS);
    g_assert_cmpint(judge(10, 10, 1).kind, ==, LAYOUT_APPARENT);
    g_assert_cmpint(judge(10, 8, 1).kind, ==, LAYOUT_APPARENT);
    g_assert_cmpint(judge(10, 16, 8).kind, ==, LAYOUT_UNCLEAR);
    Level usual[2] = {{.n = 9, .mean = 10}, {.n = 9, .mean = 20}}; // instructions: no noise
    Level third[2] = {{.n = 5, .mean = 10}, {.n = 5, .mean = 13}};
    Level trace[2] = {{.n = 5, .mean = 10}, {.n = 5, .mean = 10.3}};
    g_assert_cmpint(layout_judge(usual, third, false).kind, ==, LAYOUT_PARTLY);
    g_assert_cmpint(layout_judge(usual, trace, false).kind, ==, LAYOUT_APPARENT);
    g_assert_cmpint(layout_judge(usual, usual, false).kind, ==, LAYOUT_STAYS);
}

static void a_clear_effect_needs_few_runs(void)
{
    g_assert_cmpint(layout_runs(INFINITY), ==, 5);
    g_assert_cmpint(layout_runs(2), ==, 13);
    g_assert_cmpint(layout_runs(.5), ==, 40);
}

/* --- from rows --- */

typedef struct {
    Queued bisection;
    EvidenceRows rows;
    Outcome outcome;
    LayoutSource source;
} World;

static void value_add(World *world, const char *revision, double number, const char *artifact)
{
    BootValue *value = g_new0(BootValue, 1);
    *value = (BootValue){
        .revision = (char *)(guintptr)revision,
        .value = number,
        .artifact = (char *)(guintptr)artifact,
    };
    g_ptr_array_add(world->rows.values, value);
}

static void world_make(World *world, const char *parent, const char *culprit)
{
    *world = (World){.bisection = {.n_machines = 1, .state = (char *)(guintptr) "running"},
                     .outcome = {.kind = OUTCOME_FOUND}};
    world->rows.requests = g_ptr_array_new_with_free_func(g_free);
    world->rows.values = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < 5; i++) {
        value_add(world, PARENT, 100 + i, parent);
        value_add(world, CULPRIT, 110 + i, culprit);
    }
    world->source = (LayoutSource){.mirror = "/there/is/none",
                                   .bisection = &world->bisection,
                                   .rows = &world->rows,
                                   .outcome = &world->outcome,
                                   .revision = {PARENT, CULPRIT},
                                   .knows_layout = true};
}

static LayoutResult world_look(World *world)
{
    Layout layout = {0};
    g_autoptr(GError) error = NULL;
    g_assert_true(layout_look(&layout, &world->source, &error));
    g_assert_no_error(error);
    g_assert_cmpint(layout.n_wanted[0] + layout.n_wanted[1], ==, 0);
    LayoutResult result = layout.result;
    layout_clear(&layout);
    g_ptr_array_unref(world->rows.requests);
    g_ptr_array_unref(world->rows.values);
    return result;
}

static void the_same_binaries_are_noise_and_need_no_run(void)
{
    World world;
    world_make(&world, "5a5a", "5a5a");
    world.bisection.no_layout = true; // costs nothing, so it is said all the same
    g_assert_cmpint(world_look(&world).kind, ==, LAYOUT_IDENTICAL);
}

static void what_cannot_be_built_otherwise_is_said(void)
{
    World world;
    world_make(&world, "5a5a", "c3c3");
    world.source.knows_layout = false;
    LayoutResult result = world_look(&world);
    g_assert_cmpint(result.kind, ==, LAYOUT_NOT_MEASURED);
    g_assert_true(g_str_has_prefix(result.why, "the recipe knows no other layout"));
    world_make(&world, "5a5a", "c3c3");
    world.bisection.no_layout = true;
    g_assert_cmpstr(world_look(&world).why, ==, "not asked for");
    world_make(&world, "5a5a", "c3c3");
    world.source.revision[0] = NULL;
    g_assert_cmpstr(world_look(&world).why, ==, "it is a merge");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/layout/share", the_share_has_its_interval_from_four_levels);
    g_test_add_func("/layout/kinds", an_effect_stays_partly_or_not_at_all_or_nobody_knows);
    g_test_add_func("/layout/runs", a_clear_effect_needs_few_runs);
    g_test_add_func("/layout/identical", the_same_binaries_are_noise_and_need_no_run);
    g_test_add_func("/layout/why", what_cannot_be_built_otherwise_is_said);
    return g_test_run();
}
