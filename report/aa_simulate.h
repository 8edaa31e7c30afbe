/*
 * Simulated pages for the self-test: what our procedure and the rules of other tools make of boots
 * whose truth is known. Pure: no files, no database. The pages are those of STATISTICS A.3: 200
 * tests on 5 machines, sd log-uniform by test from .5 to 3 %, margin 2 %, no history, higher is
 * better. The splits of boots that were really run are aa_split.h.
 */
#pragma once

#include "common/stats/field_rules.h"
#include "common/stats/worlds.h"

#include <glib.h>
#include <stdbool.h>

enum { AA_TESTS = 200, AA_MACHINES = 5, AA_CELLS = AA_TESTS * AA_MACHINES, AA_BOOTS_MOST = 50 };
/* Ours first, then those of FieldRule in their order. */
enum { AA_OURS = 0, AA_RULES = 1 + FIELD_COUNT };

/* "marvin", "lkp", ...; what it asks for, a line. Static. */
const char *aa_rule_format(int rule);
const char *aa_rule_explain(int rule);

typedef struct {
    World world;
    int boots; // a side, 2 to AA_BOOTS_MOST
    guint64 seed;
} AaWorld;

/* What one rule said, summed over pages. All zero to begin with. */
typedef struct {
    int pages, alarmed; // pages where nothing changed; those with any cell called different
    long cells, better, worse; // of these pages: all, and those called better and worse
    int real_pages; // pages where 5 % of the cells lost twice the margin
    long reals, found; // cells that lost; those called worse
    double false_share; // sum over these pages of wrongly called / called cells; 0 where none is
} AaErrors;

/*
 * Draws page number `page` (the same numbers give the same page) and adds what each rule says to
 * errors[AA_RULES]. has_real: with losses, else nothing changed.
 */
void aa_simulate_page(const AaWorld *world, int page, bool has_real, RankTables *tables,
                      AaErrors *errors);
