/*
 * The worlds that simulated pages are drawn from: how boots of one test vary. Shared by
 * `marvin-report aa --simulate` and tests/show; every draw comes from a seeded generator, so that a
 * page can be drawn again. Not a source of randomness for anything that others must not guess.
 */
#pragma once

#include <glib.h>

typedef enum {
    WORLD_NORMAL,
    WORLD_SKEW, // lognormal of sd 1, scaled to sd 1
    WORLD_MODES_5, // two modes 30:70, 5 sd apart
    WORLD_MODES_8, // the same, 8 sd apart
    WORLD_OUTLIERS, // 5 % of boots 8 sd off
    WORLD_MIXTURE, // each test one of the above
    WORLD_MACHINE, // normal, and a boot effect of 1 sd shared by all tests of a machine
    WORLD_COUNT
} World;

/* "normal", "skew", "modes5" ... */
const char *world_format(World world);
gboolean world_parse(const char *text, World *ret_world);

/* A generator of its own: xoshiro256++. */
typedef struct {
    guint64 s[4];
    double spare;
    gboolean has_spare;
} Random;

void random_init(Random *random, guint64 seed);
double random_uniform(Random *random); // [0, 1)
double random_normal(Random *random);

/* Noise of one boot of a test in the world, mean about 0, sd about 1 (of one mode, where there are
 * two; of the bulk, where there are outliers). WORLD_MIXTURE and WORLD_MACHINE: as WORLD_NORMAL. */
double world_draw(World world, Random *random);
