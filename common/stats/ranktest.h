/*
 * The Mann-Whitney test of two samples: exact without ties (from cached null tables), exact with
 * ties (counting on doubled mid-ranks), and the normal approximation with continuity and tie
 * corrections. Which one: mann_whitney() by STATISTICS A.3.5. Two-sided throughout.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/*
 * Null distributions of U without ties, made when first asked for and kept: one object for a family
 * or a program, not shared between threads. Owned by the caller, freed with rank_tables_free().
 */
typedef struct RankTables RankTables;
RankTables *rank_tables_new(void);
void rank_tables_free(RankTables *tables);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RankTables, rank_tables_free)

/* P(U <= u) for u = 0 .. n*m, n, m >= 1. Borrowed from tables, valid while they live. */
const double *rank_tables_get(RankTables *tables, int n, int m);

/* The limits up to which mann_whitney() is exact: larger side, without and with ties. */
enum { RANK_EXACT_LIMIT = 50, RANK_TIES_EXACT_LIMIT = 25 };

typedef struct {
    double u; // of the second sample: pairs b > a, ties one half
    double p; // two-sided
    bool ties; // any two of the n+m values equal
    bool exact;
} RankTest;

/* a of n, b of m values, unsorted, finite; n, m >= 1. All equal: u = nm/2, p = 1. */
void mann_whitney(const double *a, int n, const double *b, int m, RankTables *tables,
                  RankTest *ret_test);

/*
 * The parts, for tests and tools. `twice_ranks`: doubled mid-ranks of a (n) then b (m), in the
 * order given.
 */
void rank_doubled(
    const double *a, int n, const double *b, int m, int *ret_twice_ranks,
    double *ret_tie_sum); // sum of t^3 - t over the groups of ties; NULL if not wanted

/* P(|R - E| >= |r - E|) by counting; exact, with or without ties. n + m <= 100. */
double rank_exact_p(const int *twice_ranks, int n, int m);

/* 2 Phi(-z), z = max(0, |U - nm/2| - 1/2) / sd with the tie correction; 1 if all are equal. */
double rank_normal_p(double u, int n, int m, double tie_sum);
