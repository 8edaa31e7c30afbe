// Draws a page, asks every rule about every cell, and counts.
#include "report/aa_simulate.h"

#include "common/stats/decide.h"

#include <math.h>

static const double MARGIN = 0.02, SD_LEAST = 0.005, SD_MOST = 0.03, REAL_SHARE = 0.05;
// Pages of one seed are apart from those of the next.
static const guint64 SEED_STEP = 1000003;

typedef struct {
    Member members[AA_CELLS];
    double values[AA_CELLS][2 * AA_BOOTS_MOST]; // base, then new
    bool real[AA_CELLS];
    Judged judged[AA_CELLS];
} Page;

static World kind_of(World world, Random *random)
{
    static const World KINDS[] = {WORLD_NORMAL, WORLD_SKEW, WORLD_MODES_5, WORLD_MODES_8,
                                  WORLD_OUTLIERS};
    if (world != WORLD_MIXTURE)
        return world;
    return KINDS[(int)(random_uniform(random) * G_N_ELEMENTS(KINDS))];
}

static void draw_cell(Page *page, const AaWorld *world, int cell, World kind, double sd,
                      const double *shared, Random *random)
{
    int n = world->boots;
    double loss = page->real[cell] ? log1p(-2 * MARGIN) : 0;
    for (int k = 0; k < 2 * n; k++) {
        double noise = world_draw(kind, random) + shared[k];
        page->values[cell][k] = exp(log(100) + sd * noise + (k >= n ? loss : 0));
    }
    page->members[cell] = (Member){.base = page->values[cell],
                                   .n_base = n,
                                   .new_ = page->values[cell] + n,
                                   .n_new = n,
                                   .better = BETTER_HIGHER,
                                   .margin = MARGIN};
}

static void draw_page(Page *page, const AaWorld *world, bool has_real, Random *random)
{
    double shared[AA_MACHINES][2 * AA_BOOTS_MOST] = {0}; // of all boots of a machine
    for (int m = 0; m < AA_MACHINES && world->world == WORLD_MACHINE; m++)
        for (int k = 0; k < 2 * world->boots; k++)
            shared[m][k] = random_normal(random);
    for (int test = 0; test < AA_TESTS; test++) {
        double sd = SD_LEAST * pow(SD_MOST / SD_LEAST, random_uniform(random));
        World kind = kind_of(world->world, random);
        for (int m = 0; m < AA_MACHINES; m++) {
            int cell = test * AA_MACHINES + m;
            page->real[cell] = has_real && random_uniform(random) < REAL_SHARE;
            draw_cell(page, world, cell, kind, sd, shared[m], random);
        }
    }
}

/* 1: better, -1: worse, 0: neither. */
static int call_of(const Page *page, int rule, int cell, RankTables *tables)
{
    if (rule == AA_OURS) {
        State state = page->judged[cell].state;
        return (state == STATE_IMPROVED) - (state == STATE_REGRESSED);
    }
    const Member *member = &page->members[cell];
    return field_rule_call((FieldRule)(rule - 1), member->base, member->n_base, member->new_,
                           member->n_new, member->better, tables);
}

static void count_null(AaErrors *errors, long better, long worse)
{
    errors->pages++;
    errors->alarmed += better + worse > 0;
    errors->cells += AA_CELLS;
    errors->better += better;
    errors->worse += worse;
}

static void count_page(const Page *page, int rule, bool has_real, RankTables *tables,
                       AaErrors *errors)
{
    long better = 0, worse = 0, reals = 0, found = 0;
    for (int cell = 0; cell < AA_CELLS; cell++) {
        int call = call_of(page, rule, cell, tables);
        better += call > 0;
        worse += call < 0;
        reals += page->real[cell];
        found += page->real[cell] && call < 0;
    }
    if (!has_real) {
        count_null(errors, better, worse);
        return;
    }
    errors->real_pages++;
    errors->reals += reals;
    errors->found += found;
    if (better + worse > 0)
        errors->false_share += (double)(better + worse - found) / (double)(better + worse);
}

const char *aa_rule_format(int rule)
{
    return rule == AA_OURS ? "marvin" : field_rule_format((FieldRule)(rule - 1));
}

const char *aa_rule_explain(int rule)
{
    return rule == AA_OURS ? "what compare and the pages say, false discovery at most 5 % of a page"
                           : field_rule_explain((FieldRule)(rule - 1));
}

void aa_simulate_page(const AaWorld *world, int page, bool has_real, RankTables *tables,
                      AaErrors *errors)
{
    g_return_if_fail(world->boots >= 2 && world->boots <= AA_BOOTS_MOST);
    g_autofree Page *drawn = g_new(Page, 1);
    Random random;
    random_init(&random, world->seed * SEED_STEP + (guint64)page);
    draw_page(drawn, world, has_real, &random);
    family_decide(drawn->members, AA_CELLS, NULL, drawn->judged, NULL);
    for (int rule = 0; rule < AA_RULES; rule++)
        count_page(drawn, rule, has_real, tables, &errors[rule]);
}
