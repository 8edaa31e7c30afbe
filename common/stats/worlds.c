// The worlds of simulated pages, and the generator behind them.
#include "common/stats/worlds.h"

#include <math.h>
#include <string.h>

static const char *const NAMES[WORLD_COUNT] = {"normal",   "skew",    "modes5", "modes8",
                                               "outliers", "mixture", "machine"};

static guint64 rotate(guint64 x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static guint64 random_next(Random *random)
{
    guint64 *s = random->s, drawn = rotate(s[0] + s[3], 23) + s[0], t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return drawn;
}

const char *world_format(World world)
{
    return NAMES[world];
}

gboolean world_parse(const char *text, World *ret_world)
{
    for (int i = 0; i < WORLD_COUNT; i++) {
        if (strcmp(text, NAMES[i]) == 0) {
            *ret_world = (World)i;
            return TRUE;
        }
    }
    return FALSE;
}

void random_init(Random *random, guint64 seed)
{
    for (int i = 0; i < 4; i++) {
        guint64 z = (seed += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        random->s[i] = z ^ (z >> 31);
    }
    random->has_spare = FALSE;
}

double random_uniform(Random *random)
{
    return (double)(random_next(random) >> 11) * 0x1p-53;
}

double random_normal(Random *random)
{
    if (random->has_spare) {
        random->has_spare = FALSE;
        return random->spare;
    }
    double radius = sqrt(-2 * log(1 - random_uniform(random)));
    double angle = 2 * G_PI * random_uniform(random);
    random->spare = radius * sin(angle);
    random->has_spare = TRUE;
    return radius * cos(angle);
}

double world_draw(World world, Random *random)
{
    double z = random_normal(random);
    switch (world) {
    case WORLD_SKEW: // mean sqrt(e), variance e (e - 1)
        return (exp(z) - sqrt(G_E)) / sqrt(G_E * (G_E - 1));
    case WORLD_MODES_5:
        return z + (random_uniform(random) < 0.3 ? 5 : 0);
    case WORLD_MODES_8:
        return z + (random_uniform(random) < 0.3 ? 8 : 0);
    case WORLD_OUTLIERS:
        return z + (random_uniform(random) < 0.05 ? 8 : 0);
    default:
        return z;
    }
}
